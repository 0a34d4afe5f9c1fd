//! A client that keeps GitHub's rules: paced, patient, and nothing is made twice.

use serde_json::{Value, json};

use super::pacer::Pacer;
use super::policy::{ATTEMPTS, History, Kind, Verdict, jittered, verdict};
use super::trouble::Trouble;
use super::wire::{Answer, Method, Request, Wire};

/// Waits that are shorter are not worth a word.
const WORTH_A_WORD: u64 = 10_000;
/// Pages of a list that are read; at 100 things each.
const PAGES: usize = 100;
/// How long GitHub may need before it knows an object that it has just made, in milliseconds, attempt by attempt.
const SETTLING: [u64; 3] = [0, 4_000, 8_000];

/// One repository on GitHub.
pub struct Client<'w> {
    wire: &'w mut dyn Wire,
    say: &'w dyn Fn(&str),
    pacer: Pacer,
    /// What the server's clock is ahead of ours, in milliseconds.
    ahead: i64,
    repository: String,
}

/// What is looked for before something is made.
pub type Look<'l, T> = &'l mut dyn FnMut(&mut Client<'_>) -> Result<Option<T>, Trouble>;

impl<'w> Client<'w> {
    /// A client of a repository, `OWNER/NAME`; what takes long is told to `say`.
    pub fn new(wire: &'w mut dyn Wire, repository: &str, say: &'w dyn Fn(&str)) -> Self {
        Self { wire, say, pacer: Pacer::default(), ahead: 0, repository: repository.to_owned() }
    }

    /// Its owner.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }

    /// Its name with its owner.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// A path below the repository.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        format!("/repos/{}/{below}", self.repository)
    }

    /// The server's time in milliseconds since 1970, as far as it has told it.
    pub fn now(&mut self) -> u64 {
        self.wire.now().saturating_add_signed(self.ahead)
    }

    /// Lets time pass.
    pub fn sleep(&mut self, milliseconds: u64) {
        self.wire.sleep(milliseconds);
    }

    /// Tells the person something.
    pub fn say(&self, text: &str) {
        (self.say)(text);
    }

    /// Lets some time pass before an attempt is repeated.
    pub fn pause(&mut self, attempt: u32) {
        let any = self.wire.any();
        self.wire.sleep(jittered(attempt, any));
    }

    /// The answer to a request, which is sent again as the policy says.
    ///
    /// # Errors
    /// What GitHub refuses for good.
    pub fn ask(&mut self, request: &Request, kind: Kind) -> Result<Answer, Trouble> {
        let mut history = History::default();
        loop {
            if request.method != Method::Get {
                let now = self.wire.now();
                let wait = self.pacer.wait(now);
                self.wait(wait, "GitHub's limit of changes");
                let now = self.wire.now();
                self.pacer.made(now);
            }
            let tried = self.wire.send(request);
            if let Some(date) = tried.as_ref().ok().and_then(|answer| answer.date) {
                self.learn(date);
            }
            let (now, any) = (self.now(), self.wire.any());
            match verdict(kind, &tried, history, now, any) {
                Verdict::Good => return tried.map_err(|_| Trouble::Strange("status")),
                Verdict::Bad(trouble) => return Err(trouble),
                Verdict::Again(wait, why, next) => {
                    self.wait(wait, why);
                    history = next;
                }
            }
        }
    }

    /// Seconds are all that a server tells: less than two of them are no difference.
    fn learn(&mut self, date: u64) {
        let ours = i64::try_from(self.wire.now()).unwrap_or(0);
        let ahead = i64::try_from(date).unwrap_or(0).saturating_mul(1_000).saturating_sub(ours);
        self.ahead = if ahead.abs() < 2_000 { 0 } else { ahead };
    }

    fn wait(&mut self, milliseconds: u64, why: &str) {
        if milliseconds >= WORTH_A_WORD {
            (self.say)(&format!("waiting {} s: {why}", milliseconds.div_ceil(1_000)));
        }
        self.wire.sleep(milliseconds);
    }

    /// What stands at a path.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn read(&mut self, path: &str) -> Result<Value, Trouble> {
        self.ask(&Request::get(path), Kind::Read).map(|answer| answer.body)
    }

    /// What stands at a path, or nothing.
    ///
    /// # Errors
    /// As [`Client::ask`], but for what is missing.
    pub fn find(&mut self, path: &str) -> Result<Option<Value>, Trouble> {
        match self.read(path) {
            Ok(value) => Ok(Some(value)),
            Err(Trouble::Missing) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// All things of a list, page by page. `within` is the field that holds them, where the answer is no plain list.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn list(&mut self, path: &str, within: Option<&'static str>) -> Result<Vec<Value>, Trouble> {
        const PAGE: usize = 100;
        let mut all = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        for page in 1..=PAGES {
            let answer = self.read(&format!("{path}{joint}per_page={PAGE}&page={page}"))?;
            let list = within.map_or(Some(&answer), |field| answer.get(field));
            let list = list.and_then(Value::as_array).ok_or(Trouble::Strange("list"))?;
            all.extend(list.iter().cloned());
            if list.len() < PAGE {
                break;
            }
        }
        Ok(all)
    }

    /// Changes what may be changed to the same twice.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn change(&mut self, request: &Request) -> Result<Value, Trouble> {
        self.ask(request, Kind::Same).map(|answer| answer.body)
    }

    /// Makes what must not be made twice: it is looked for, made, and looked for again when nobody knows whether it
    /// was made, or GitHub says that it stands there.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn make<T>(
        &mut self,
        request: &Request,
        look: Look<'_, T>,
        take: &dyn Fn(&Value) -> Option<T>,
    ) -> Result<T, Trouble> {
        let mut attempt = 0;
        loop {
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            match self.ask(request, Kind::Once) {
                Ok(answer) => return take(&answer.body).ok_or(Trouble::Strange("description of what was made")),
                Err(Trouble::Unknown(why)) if attempt + 1 >= ATTEMPTS => return Err(Trouble::Silent(why)),
                Err(Trouble::Unknown(_)) => {
                    self.pause(attempt);
                    attempt += 1;
                }
                Err(Trouble::Refused { status, message }) if matches!(status, 409 | 422) => {
                    return look(self)?.ok_or(Trouble::Refused { status, message });
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Makes a reference to an object that was made a moment ago, as [`Client::make`] does: gives the object at which it
    /// points, which is another's when `look` takes what it finds.
    ///
    /// # Errors
    /// As [`Client::make`].
    pub fn make_reference(&mut self, name: &str, object: &str, look: Look<'_, String>) -> Result<String, Trouble> {
        let request = Request::post(self.path("git/refs"), json!({"ref": name, "sha": object}));
        let mut missing = Trouble::Missing;
        for wait in SETTLING {
            self.sleep(wait);
            let made = self.make(&request, look, &|made| {
                Some(text(made, "/object/sha").to_owned()).filter(|object| !object.is_empty())
            });
            match made {
                Err(trouble @ Trouble::Missing) => missing = trouble,
                // GitHub says so of what it has made a moment ago.
                Err(trouble @ Trouble::Refused { .. }) if trouble.to_string().contains("does not exist") => {
                    missing = trouble;
                }
                other => return other,
            }
        }
        Err(missing)
    }
}

/// A text within a value.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
