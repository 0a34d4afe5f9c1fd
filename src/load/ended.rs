//! What the end of a k6 run means.
//!
//! The codes are those of k6's package `errext/exitcodes`, the same in versions 1 and 2.

use std::fmt;

/// How a run of k6 ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The load was made to its end, and no condition was broken.
    Complete,
    /// The load was made to its end without passing the profile's limit of virtual users: the platform can do more
    /// than the profile asks for.
    Unbroken,
    /// The profile's limit of virtual users was passed, which is what it looks for.
    Breakpoint,
    /// A condition was broken that the profile does not have: k6 ran another script.
    Threshold,
    /// Somebody ended it: a signal, the script, or k6's API.
    Aborted(Abort),
    /// The script or its settings are wrong: nothing was measured that counts.
    Wrong(Wrong),
    /// k6 itself failed.
    Crashed(Crash),
    /// A code that k6 is not known to have.
    Unknown(i32),
}

/// Who ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abort {
    /// A signal that k6 heeds, such as Ctrl+C.
    Signal,
    /// The script, by `test.abort()`.
    Script,
    /// A request to k6's own API.
    Api,
    /// The script, by marking the test as failed.
    Marked,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The script threw an exception before or after the load, a setting that is missing among them.
    Exception,
    /// Options that k6 refuses.
    Options,
    /// A setup or teardown that took too long.
    Timeout,
    /// The address of k6's API is taken.
    Address,
}

/// How k6 itself failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// A panic of its own, or of the runtime of Go (code 2).
    Panic,
    /// An error without a code of its own: -1, which the system makes 255.
    General,
    /// It was killed by this signal: 9 is most often the kernel, for want of memory.
    Killed(i32),
    /// It could not be started: no such program, or one of another machine.
    NotStarted,
}

/// What the exit code of `k6 run` means for a profile with or without a limit of virtual users. A process that a signal
/// killed has no code: it is given as the signal's number below zero, or above 128, as shells do.
#[must_use]
pub const fn ended(code: i32, has_limit: bool) -> Ended {
    match code {
        0 if has_limit => Ended::Unbroken,
        0 => Ended::Complete,
        99 if has_limit => Ended::Breakpoint,
        99 => Ended::Threshold,
        100..=102 => Ended::Wrong(Wrong::Timeout),
        103 => Ended::Aborted(Abort::Api),
        104 => Ended::Wrong(Wrong::Options),
        105 => Ended::Aborted(Abort::Signal),
        106 => Ended::Wrong(Wrong::Address),
        107 => Ended::Wrong(Wrong::Exception),
        108 => Ended::Aborted(Abort::Script),
        109 | 2 => Ended::Crashed(Crash::Panic),
        110 => Ended::Aborted(Abort::Marked),
        126 | 127 => Ended::Crashed(Crash::NotStarted),
        255 => Ended::Crashed(Crash::General),
        -64..=-1 => Ended::Crashed(Crash::Killed(-code)),
        129..=192 => Ended::Crashed(Crash::Killed(code - 128)),
        _ => Ended::Unknown(code),
    }
}

impl Ended {
    /// Whether all that the profile looks for was measured: the trial counts, as far as k6 can tell.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Complete | Self::Unbroken | Self::Breakpoint)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Complete => "the load was made to its end",
            Self::Unbroken => {
                "the load was made to its end without passing the limit of virtual users: the breakpoint lies above the highest rate"
            }
            Self::Breakpoint => "the limit of virtual users was passed: the breakpoint is reached",
            Self::Threshold => "k6 broke off for a condition that the profile does not have: was another script run?",
            Self::Aborted(Abort::Signal) => "k6 was told to end by a signal before its time",
            Self::Aborted(Abort::Script) => "the script ended the test by itself before its time",
            Self::Aborted(Abort::Api) => "k6 was told to end by its own API before its time",
            Self::Aborted(Abort::Marked) => "the script marked the test as failed",
            Self::Wrong(Wrong::Exception) => "the script threw an exception: k6's messages say which setting or line",
            Self::Wrong(Wrong::Options) => {
                "k6 refuses the script's options: this version of k6 may be too old or too new"
            }
            Self::Wrong(Wrong::Timeout) => "the script's setup or teardown took too long",
            Self::Wrong(Wrong::Address) => "the address of k6's own API is taken: another k6 may be running",
            Self::Crashed(Crash::Panic) => "k6 itself panicked",
            Self::Crashed(Crash::General) => "k6 failed without saying how in its exit code: its messages do",
            Self::Crashed(Crash::NotStarted) => "k6 could not be started: it is missing, or made for another machine",
            Self::Crashed(Crash::Killed(9)) => {
                return f.write_str("k6 was killed by signal 9, most often for want of memory");
            }
            Self::Crashed(Crash::Killed(signal)) => return write!(f, "k6 was killed by signal {signal}"),
            Self::Unknown(code) => return write!(f, "k6 ended with the code {code}, which is not known"),
        };
        f.write_str(sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_k6() {
        let known = [
            (0, Ended::Complete),
            (99, Ended::Threshold),
            (100, Ended::Wrong(Wrong::Timeout)),
            (101, Ended::Wrong(Wrong::Timeout)),
            (103, Ended::Aborted(Abort::Api)),
            (104, Ended::Wrong(Wrong::Options)),
            (105, Ended::Aborted(Abort::Signal)),
            (106, Ended::Wrong(Wrong::Address)),
            (107, Ended::Wrong(Wrong::Exception)),
            (108, Ended::Aborted(Abort::Script)),
            (109, Ended::Crashed(Crash::Panic)),
            (110, Ended::Aborted(Abort::Marked)),
            (127, Ended::Crashed(Crash::NotStarted)),
            (255, Ended::Crashed(Crash::General)),
            (-9, Ended::Crashed(Crash::Killed(9))),
            (137, Ended::Crashed(Crash::Killed(9))),
            (1, Ended::Unknown(1)),
            (97, Ended::Unknown(97)),
            (i32::MIN, Ended::Unknown(i32::MIN)),
        ];
        for (code, expected) in known {
            assert_eq!(ended(code, false), expected, "{code}");
        }
    }

    #[test]
    fn only_a_limit_of_virtual_users_makes_99_the_end_that_is_looked_for() {
        assert_eq!((ended(99, true), ended(0, true)), (Ended::Breakpoint, Ended::Unbroken));
        for code in -200..300 {
            let (with, without) = (ended(code, true), ended(code, false));
            assert_eq!(with == without, ![0, 99].contains(&code), "{code}");
            assert_eq!(without.is_whole(), code == 0, "{code}");
            assert_eq!(with.is_whole(), [0, 99].contains(&code), "{code}");
        }
    }

    #[test]
    fn every_end_has_a_sentence_of_its_own() {
        let sentences: std::collections::BTreeSet<String> =
            (0..=255).flat_map(|code| [ended(code, true), ended(code, false)]).map(|end| end.to_string()).collect();
        let ends: Vec<Ended> = (0..=255).flat_map(|code| [ended(code, true), ended(code, false)]).collect();
        let mut different: Vec<Ended> = Vec::new();
        for end in ends {
            if !different.contains(&end) {
                different.push(end);
            }
        }
        assert_eq!(sentences.len(), different.len());
        assert_eq!(ended(137, false).to_string(), "k6 was killed by signal 9, most often for want of memory");
    }
}
