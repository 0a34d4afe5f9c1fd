//! The server in memory, a virtual clock, and a process that can be killed at any moment.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ahuora::error::Failure;
use ahuora::github::date;
use ahuora::github::dispatch::Keep;
use ahuora::github::wire::{Answer, Cut, Request, Wire};

use crate::server::{BEGINNING, Reply, Server};

/// A server and a clock that all processes of a test share.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) server: Rc<RefCell<Server>>,
    pub(crate) clock: Rc<Cell<u64>>,
    /// What the server's clock is ahead of ours, in milliseconds.
    pub(crate) skew: Rc<Cell<i64>>,
    /// How many more moments the process lives; none: for ever.
    pub(crate) life: Rc<Cell<Option<u64>>>,
    /// What was slept, in milliseconds.
    pub(crate) slept: Rc<RefCell<Vec<u64>>>,
    /// The journal's bytes.
    pub(crate) journal: Rc<RefCell<Vec<u8>>>,
}

impl World {
    pub(crate) fn new(mut server: Server) -> Self {
        server.brief = true;
        Self {
            server: Rc::new(RefCell::new(server)),
            clock: Rc::new(Cell::new(BEGINNING)),
            skew: Rc::default(),
            life: Rc::default(),
            slept: Rc::default(),
            journal: Rc::default(),
        }
    }

    /// One moment passes; whether the process still lives.
    fn lives(&self) -> bool {
        match self.life.get() {
            None => true,
            Some(0) => false,
            Some(left) => {
                self.life.set(Some(left - 1));
                true
            }
        }
    }

    /// Whether the process was killed.
    pub(crate) fn is_dead(&self) -> bool {
        self.life.get() == Some(0)
    }
}

impl Wire for World {
    fn send(&mut self, request: &Request) -> Result<Answer, Cut> {
        let dead = || Cut::NoCredentials("killed".to_owned());
        if !self.lives() {
            return Err(dead());
        }
        let mut server = self.server.borrow_mut();
        server.now = self.clock.get().saturating_add_signed(self.skew.get());
        let body = request.body.clone().unwrap_or_default();
        let reply = server.answer(request.method.word(), &request.path, &body, request.etag.as_deref(), "");
        drop(server);
        if !self.lives() {
            return Err(dead());
        }
        if reply.cut || reply.slow {
            return Err(Cut::Unknown("cut".to_owned()));
        }
        Ok(answer_of(reply))
    }

    fn now(&mut self) -> u64 {
        self.clock.get()
    }

    fn sleep(&mut self, milliseconds: u64) {
        self.slept.borrow_mut().push(milliseconds);
        self.clock.set(self.clock.get() + milliseconds);
    }

    fn any(&mut self) -> u64 {
        self.clock.get().wrapping_mul(6_364_136_223_846_793_005) >> 33
    }
}

impl Keep for World {
    fn append(&mut self, line: &str) -> Result<(), Failure> {
        let killed = || Failure::Usage { message: "killed".to_owned(), hint: String::new() };
        if !self.lives() {
            // In the middle of writing.
            self.journal.borrow_mut().extend(&line.as_bytes()[..line.len() / 2]);
            return Err(killed());
        }
        self.journal.borrow_mut().extend(line.as_bytes());
        if self.lives() { Ok(()) } else { Err(killed()) }
    }
}

fn answer_of(reply: Reply) -> Answer {
    let text = |name: &str| reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
    let number = |name: &str| text(name).and_then(|value| value.parse().ok());
    Answer {
        status: reply.status,
        date: text("date").and_then(|date| date::of_http(&date)),
        retry_after: number("retry-after"),
        remaining: number("x-ratelimit-remaining"),
        reset: number("x-ratelimit-reset"),
        etag: text("etag"),
        body: reply.body.unwrap_or_default(),
    }
}
