//! What a Raspberry Pi says of why it has held itself back.

use serde::{Deserialize, Serialize};

/// What the bits mean, by their place for now; for the time since the start they stand 16 places higher.
const BITS: [(u32, &str); 4] =
    [(0, "under-voltage"), (1, "frequency capped"), (2, "throttled"), (3, "soft temperature limit")];

/// Why a Raspberry Pi holds itself back, and has done so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    /// The bits as they were told, in hexadecimal digits.
    pub bits: String,
    /// Now.
    pub now: Vec<String>,
    /// At some time since it was started.
    pub since_start: Vec<String>,
}

/// Reads `throttled=0x50005`, as `vcgencmd get_throttled` prints it, or the digits alone, as the kernel tells them. None
/// when it is neither.
#[must_use]
pub fn throttled(text: &str) -> Option<Throttled> {
    let text = text.trim();
    let digits = text.strip_prefix("throttled=").unwrap_or(text);
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let bits = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    let named = |shift: u32| -> Vec<String> {
        BITS.iter().filter(|(bit, _)| bits >> (bit + shift) & 1 == 1).map(|(_, name)| (*name).to_owned()).collect()
    };
    Some(Throttled { bits: format!("{bits:#x}"), now: named(0), since_start: named(16) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_in_words() {
        let of = |text: &str| throttled(text).map(|one| (one.now.join(","), one.since_start.join(",")));
        let pair = |now: &str, since: &str| Some((now.to_owned(), since.to_owned()));
        assert_eq!(of("throttled=0x0\n"), pair("", ""));
        assert_eq!(of("0\n"), pair("", ""));
        assert_eq!(of("throttled=0x50005\n"), pair("under-voltage,throttled", "under-voltage,throttled"));
        assert_eq!(
            of("throttled=0xe0008"),
            pair("soft temperature limit", "frequency capped,throttled,soft temperature limit")
        );
        assert_eq!(of("50000"), pair("", "under-voltage,throttled"));
        for text in ["", "throttled=", "throttled=no", "0x", "+1", "VCHI initialization failed", "0x1ffffffff"] {
            assert_eq!(throttled(text), None, "{text}");
        }
    }
}
