//! A span of time in whole seconds.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::text::text_schema;

/// Whole seconds, written `5s`, `10m`, `1h` or combined, `1m30s`; at most a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Seconds(u32);

text_schema!(Seconds, "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$");

impl Seconds {
    /// A number of seconds.
    #[must_use]
    pub const fn from_secs(seconds: u32) -> Self {
        Self(seconds)
    }

    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of seconds as Kubernetes counts them.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        self.0.cast_signed()
    }

    /// Parses a span.
    ///
    /// # Errors
    /// When the text is no span of whole seconds, or longer than a year.
    pub fn new(text: &str) -> Result<Self, String> {
        parse(text)
            .filter(|&seconds| seconds <= 366 * 86_400)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a span of time: write `5s`, `10m` or `1h30m`"))
    }
}

fn parse(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total = 0_u32;
    for (unit, factor) in [('h', 3600_u32), ('m', 60), ('s', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(factor)?)?;
            rest = after;
        }
    }
    (rest.is_empty() && !text.is_empty()).then_some(total)
}

impl TryFrom<String> for Seconds {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

/// As it is written in the configuration: defaults stand so in the JSON Schema.
impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}s", self.0))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, seconds) in [("5s", 5), ("10m", 600), ("1h30m", 5400), ("0s", 0), ("1m30s", 90)] {
            assert_eq!(Seconds::new(text).unwrap().get(), seconds);
        }
        for bad in ["", "5", "s", "5ms", "-1s", "1s1m", "1.5s", "99999h", "4294967296s"] {
            assert!(Seconds::new(bad).is_err(), "{bad}");
        }
    }
}
