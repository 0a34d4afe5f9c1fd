//! What to do after an attempt: the one place that knows GitHub's limits and failures.

use super::trouble::Trouble;
use super::wire::{Answer, Cut};

/// How often a request may be sent while the server is ill.
pub const ATTEMPTS: u32 = 6;
/// How often a limit is waited for.
const LIMITS: u32 = 5;
/// Longest pause before the second attempt; twice as long before each further one.
const PAUSE: u64 = 1_000;
/// Longest pause at all.
const LONGEST: u64 = 30_000;
/// How long to wait where GitHub names no time.
const UNNAMED: u64 = 60_000;
/// Longest that a limit is waited for: primary limits are renewed every hour.
const LONGEST_LIMIT: u64 = 3_700_000;

/// What a request may do when it is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It reads.
    Read,
    /// It writes, and twice is as once.
    Same,
    /// It writes, and twice is twice.
    Once,
}

/// What has been tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// Attempts that the server's illness has cost.
    pub ill: u32,
    /// Limits that were waited for.
    pub limits: u32,
    /// Whether a refusal without a reason was waited for.
    pub bare: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Take the answer.
    Good,
    /// Wait for so many milliseconds, for this reason, and send again.
    Again(u64, &'static str, History),
    /// Give up.
    Bad(Trouble),
}

/// What to do after an attempt. `now` is the server's time in milliseconds, `any` any number.
#[must_use]
pub fn verdict(kind: Kind, tried: &Result<Answer, Cut>, history: History, now: u64, any: u64) -> Verdict {
    let ill = |why: String, sent: bool| {
        let more = History { ill: history.ill + 1, ..history };
        match kind {
            Kind::Once if sent => Verdict::Bad(Trouble::Unknown(why)),
            _ if more.ill >= ATTEMPTS => Verdict::Bad(Trouble::Silent(why)),
            _ => Verdict::Again(jittered(history.ill, any), "GitHub does not answer", more),
        }
    };
    match tried {
        Err(Cut::NotSent(why)) => ill(why.clone(), false),
        Err(Cut::Unknown(why)) => ill(why.clone(), true),
        Err(Cut::NoCredentials(why)) => Verdict::Bad(Trouble::Credentials(why.clone())),
        Ok(answer) => match answer.status {
            200..=299 | 304 => Verdict::Good,
            403 | 429 => limited(answer, history, now),
            401 => Verdict::Bad(Trouble::Credentials(answer.message())),
            404 | 410 => Verdict::Bad(Trouble::Missing),
            301 | 302 | 307 | 308 => Verdict::Bad(Trouble::Moved),
            408 | 500..=599 => ill(format!("GitHub answers {} {}", answer.status, answer.message()), true),
            status => Verdict::Bad(Trouble::Refused { status, message: answer.message() }),
        },
    }
}

/// A refusal that may pass: the limits say when; what is not known to be one is waited for once.
fn limited(answer: &Answer, history: History, now: u64) -> Verdict {
    let says = answer.message().to_lowercase();
    let named = answer.retry_after.map(|seconds| seconds * 1_000);
    let reset = answer.reset.filter(|_| answer.remaining == Some(0));
    // A second more, for the server's clock has seconds only.
    let reset = reset.map(|at| (at * 1_000).saturating_sub(now) + 1_000);
    let is_limit = answer.status == 429 || says.contains("rate limit") || says.contains("abuse detection");
    let wait = named.or(reset).or_else(|| is_limit.then_some(UNNAMED << history.limits.min(4)));
    match wait {
        Some(_) if history.limits >= LIMITS => Verdict::Bad(Trouble::Limit(answer.message())),
        Some(wait) if wait > LONGEST_LIMIT => Verdict::Bad(Trouble::Limit(answer.message())),
        Some(wait) => Verdict::Again(wait, "GitHub's limit", History { limits: history.limits + 1, ..history }),
        None if history.bare => Verdict::Bad(Trouble::Forbidden(answer.message())),
        None => Verdict::Again(
            UNNAMED,
            "GitHub refuses (403), which may be a limit: it is asked once more",
            History { bare: true, ..history },
        ),
    }
}

/// Any time up to the longest of this attempt, so that those who failed together do not come back together.
#[must_use]
pub fn jittered(attempt: u32, any: u64) -> u64 {
    any % ((PAUSE << attempt.min(10)).min(LONGEST) + 1)
}
