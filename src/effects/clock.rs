//! The clocks of the machine, and waiting.
#![allow(clippy::disallowed_methods, reason = "this is where the time is read")]

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by the wall clock, which may jump.
#[must_use]
pub fn now() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    u64::try_from(time).unwrap_or(u64::MAX)
}

/// Milliseconds since the program first asked, by a clock that never jumps.
#[must_use]
pub fn elapsed() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Waits for so many milliseconds.
pub fn sleep(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
