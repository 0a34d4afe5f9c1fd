//! Arrival rates: whole numbers in a unit of time, as k6 takes them.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

/// Requests in a unit of time, written `15` (a second), `90/m` or `100/h`. k6 takes whole numbers alone: one and a
/// half a second are `90/m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    /// How many.
    pub amount: NonZeroU32,
    /// In which time.
    pub unit: Unit,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

/// Above this rate a generator would be the limit long before the platform; more is a typo.
const MOST: u32 = 1_000_000;

impl Unit {
    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
        }
    }

    /// As k6's `timeUnit` has it.
    #[must_use]
    pub const fn k6(self) -> &'static str {
        match self {
            Self::Second => "1s",
            Self::Minute => "1m",
            Self::Hour => "1h",
        }
    }
}

impl Rate {
    /// Parses a rate.
    ///
    /// # Errors
    /// When the text is no whole number from 1 to a million with a unit that is known.
    pub fn new(text: &str) -> Result<Self, String> {
        let (number, unit) = match text.split_once('/') {
            None | Some((_, "s")) => (text.trim_end_matches("/s"), Unit::Second),
            Some((number, "m")) => (number, Unit::Minute),
            Some((number, "h")) => (number, Unit::Hour),
            Some(_) => ("", Unit::Second),
        };
        let digits = Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let amount = digits.and_then(|digits| digits.parse().ok()).filter(|amount: &NonZeroU32| amount.get() <= MOST);
        amount.map(|amount| Self { amount, unit }).ok_or_else(|| {
            format!(
                "`{text}` is not a rate: write a whole number of requests a second, `90/m` for one and a half of them, \
                 or `100/h`; at most {MOST}"
            )
        })
    }
}

impl TryFrom<String> for Rate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => "s",
            Unit::Minute => "m",
            Unit::Hour => "h",
        };
        write!(f, "{}/{unit}", self.amount)
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rate".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["integer", "string"], "minimum": 1, "maximum": MOST, "pattern": "^[1-9][0-9]{0,6}(/[smh])?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (text, shown) in
            [("15", "15/s"), ("15/s", "15/s"), ("90/m", "90/m"), ("1/h", "1/h"), ("1000000", "1000000/s")]
        {
            assert_eq!(Rate::new(text).unwrap().to_string(), shown);
        }
        for bad in ["", "0", "0/m", "-1", "+1", "1.5", "1/d", "/s", "1/", "1/s/s", "1 /s", "1000001", "99999999999"] {
            assert!(Rate::new(bad).is_err(), "{bad}");
        }
    }
}
