//! Amounts of CPU and memory, in canonical form.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};

use serde::Deserialize;

use super::text::text_schema;

/// CPU time in thousandths of a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Cpu(u64);

/// Memory or storage in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Memory(u64);

text_schema!(Memory, "^[0-9]+(\\.[0-9]+)?(k|M|G|T|Ki|Mi|Gi|Ti)?$");

impl schemars::JsonSchema for Cpu {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cpu".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["string", "number"], "pattern": "^[0-9]+(\\.[0-9]{1,3}|m)?$"})
    }
}

impl Cpu {
    /// An amount in thousandths of a core.
    #[must_use]
    pub const fn from_millicores(millicores: u64) -> Self {
        Self(millicores)
    }

    /// The amount in thousandths of a core.
    #[must_use]
    pub const fn millicores(self) -> u64 {
        self.0
    }

    /// Parses `500m`, `2` or `0.5`.
    ///
    /// # Errors
    /// When the text is no such amount, or finer than a thousandth of a core.
    pub fn new(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an amount of CPU: write `500m`, `2` or `0.5`");
        let millicores = match text.strip_suffix('m') {
            Some(thousandths) => whole(thousandths).ok_or_else(wrong)?,
            None => decimal(text, 1000).ok_or_else(wrong)?,
        };
        if millicores > 1_000_000 {
            return Err(format!("`{text}` is more CPU than any node has"));
        }
        Ok(Self(millicores))
    }
}

impl Memory {
    /// An amount in bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The amount in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Parses `512Mi`, `1.5Gi`, `2G` or a number of bytes.
    ///
    /// # Errors
    /// When the text is no such amount or no whole number of bytes; a lower-case `m` (thousandths of a
    /// byte to Kubernetes) is named as the mistake it is.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.ends_with('m') {
            return Err(format!("`{text}` means thousandths of a byte; write `Mi` for mebibytes"));
        }
        let wrong = || format!("`{text}` is not an amount of memory: write `512Mi`, `2Gi` or `1G`");
        let units = UNITS.iter().chain(&DECIMAL_UNITS);
        let found =
            units.filter_map(|(suffix, factor)| text.strip_suffix(suffix).map(|number| (number, *factor))).next();
        let (number, factor) = found.unwrap_or((text, 1));
        decimal(number, factor).map(Self).ok_or_else(wrong)
    }
}

const UNITS: [(&str, u64); 4] = [("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
const DECIMAL_UNITS: [(&str, u64); 4] = [("T", 1_000_000_000_000), ("G", 1_000_000_000), ("M", 1_000_000), ("k", 1000)];

fn whole(text: &str) -> Option<u64> {
    (!text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A decimal number times a factor, when that is whole.
fn decimal(text: &str, factor: u64) -> Option<u64> {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok().filter(|&digits| digits <= 9)?);
    let units = u128::from(whole(integer)?) * scale + u128::from(whole(fraction)?);
    let scaled = units * u128::from(factor);
    (scaled % scale == 0).then(|| u64::try_from(scaled / scale).ok())?
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}

impl fmt::Display for Memory {
    /// In the largest unit that it is a whole number of; binary or decimal, whichever is shorter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0;
        let exact = |units: &[(&'static str, u64)]| {
            let unit = units.iter().find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor));
            unit.map_or_else(|| bytes.to_string(), |(suffix, factor)| format!("{}{suffix}", bytes / factor))
        };
        let (binary, decimal) = (exact(&UNITS), exact(&DECIMAL_UNITS));
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
        f.write_str(if digits(&decimal) < digits(&binary) { &decimal } else { &binary })
    }
}

macro_rules! amount_arithmetic {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::new(&text)
            }
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl Mul<u32> for $name {
            type Output = Self;
            fn mul(self, times: u32) -> Self {
                Self(self.0.saturating_mul(times.into()))
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                amounts.fold(Self(0), Add::add)
            }
        }
        impl $name {
            /// What is left after taking an amount away; nothing when it is more than there is.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
    };
}

amount_arithmetic!(Cpu);
amount_arithmetic!(Memory);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_canonically() {
        for (text, canonical) in [("500m", "500m"), ("0.5", "500m"), ("1000m", "1"), ("2", "2"), ("0", "0")] {
            assert_eq!(Cpu::new(text).unwrap().to_string(), canonical);
        }
        for (text, canonical) in
            [("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("2G", "2G"), ("1000M", "1G"), ("1023", "1023"), ("0", "0")]
        {
            assert_eq!(Memory::new(text).unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for bad in ["", "m", "-1", "1.0001", "500 m", "1e3", "0.1m", "99999999", "٣"] {
            assert!(Cpu::new(bad).is_err(), "{bad}");
        }
        for bad in ["", "512m", "512MB", "-1Gi", "0.3", "1.5", "Gi", "99999999999999999999", "20000000000Ti"] {
            assert!(Memory::new(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn writing_and_parsing_agree(millicores in 0_u64..1_000_000, bytes in 0_u64..1 << 50) {
            proptest::prop_assert_eq!(Cpu::new(&Cpu(millicores).to_string()).unwrap(), Cpu(millicores));
            proptest::prop_assert_eq!(Memory::new(&Memory(bytes).to_string()).unwrap(), Memory(bytes));
        }
    }
}
