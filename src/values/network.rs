//! What stands on the way of a packet: interfaces, short delays, rates, shares that are lost.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::text::{text_newtype, text_schema};

/// Linux keeps sixteen bytes for the name of an interface, the last one is zero.
const LONGEST_INTERFACE: usize = 15;

text_newtype!(
    /// Name of a network interface of Linux, such as `eth0`: 1 to 15 visible characters without `/`, `:` and `%`.
    InterfaceName, check_interface, "^[!-$&-.0-9;-~]{1,15}$"
);

fn check_interface(text: &str) -> Result<(), String> {
    // Linux itself forbids only `/`, `:` and blanks. `%` asks it for a number; a leading `-` is an option to every program.
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"/:%".contains(&byte);
    let fits = (1..=LONGEST_INTERFACE).contains(&text.len());
    if fits && text.bytes().all(legal) && !text.starts_with('-') && !["", ".", ".."].contains(&text) {
        Ok(())
    } else {
        Err("is not the name of a network interface: 1 to 15 visible characters, such as `eth0`".to_owned())
    }
}

/// A short span of time in whole microseconds, written `500us`, `0.5ms`, `5ms` or `1s`; more than nothing, at most ten
/// seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Microseconds(u32);

text_schema!(Microseconds, "^[0-9]+([.][0-9]{1,3})?(us|ms|s)$");

impl Microseconds {
    /// Half a millisecond.
    pub const HALF_A_MILLISECOND: Self = Self(500);

    /// The number of microseconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Parses a span.
    ///
    /// # Errors
    /// When the text is no such span, nothing, or longer than ten seconds.
    pub fn new(text: &str) -> Result<Self, String> {
        let units = [("us", 1), ("ms", 1000), ("s", 1_000_000)];
        let span = units.into_iter().find_map(|(unit, factor)| in_units(text.strip_suffix(unit)?, factor));
        span.and_then(|span| u32::try_from(span).ok())
            .filter(|span| (1..=10_000_000).contains(span))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a short span of time: write `5ms` or `500us`, at most ten seconds"))
    }
}

/// A decimal number in whole parts of a unit; none when it is no number, or not whole.
fn in_units(text: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let parts = fraction.parse::<u64>().ok()?.checked_mul(factor)?;
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    (parts % scale == 0).then_some(whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(parts / scale)?)
}

impl TryFrom<String> for Microseconds {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

/// As it is written in the configuration: defaults stand so in the JSON Schema.
impl Serialize for Microseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.to_string().replace(' ', ""))
    }
}

impl fmt::Display for Microseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % 1000 == 0 { write!(f, "{} ms", self.0 / 1000) } else { write!(f, "{} us", self.0) }
    }
}

/// A rate at which a link takes bits, as `tc` writes it: `100mbit`, `512kbit`, `1gbit`; at least `8kbit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct LinkRate(u64);

text_schema!(LinkRate, "^[1-9][0-9]*(kbit|mbit|gbit)$");

impl LinkRate {
    /// Bits in a second.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Parses a rate.
    ///
    /// # Errors
    /// When the text is no such rate, or one below 8 kbit/s or above 100 Gbit/s.
    pub fn new(text: &str) -> Result<Self, String> {
        let units = [("kbit", 1000), ("mbit", 1_000_000), ("gbit", 1_000_000_000)];
        let rate = units.into_iter().find_map(|(unit, factor)| in_units(text.strip_suffix(unit)?, factor));
        rate.filter(|rate| (8000..=100_000_000_000).contains(rate) && !text.contains('.'))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not the rate of a link: write `100mbit`, from `8kbit` to `100gbit`"))
    }
}

impl TryFrom<String> for LinkRate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl fmt::Display for LinkRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bits if bits % 1_000_000_000 == 0 => write!(f, "{}gbit", bits / 1_000_000_000),
            bits if bits % 1_000_000 == 0 => write!(f, "{}mbit", bits / 1_000_000),
            bits => write!(f, "{}kbit", bits / 1000),
        }
    }
}

/// A share that is lost, in per cent: a number above 0, at most 100, with up to three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "f64")]
pub struct Percent(u32);

impl schemars::JsonSchema for Percent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Percent".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "exclusiveMinimum": 0, "maximum": 100})
    }
}

impl Percent {
    /// Thousandths of a per cent.
    #[must_use]
    pub const fn thousandths(self) -> u32 {
        self.0
    }

    /// A number of per cent.
    ///
    /// # Errors
    /// When it is not above 0, above 100, or has more than three decimals.
    pub fn new(number: f64) -> Result<Self, String> {
        let thousandths = (number * 1000.0).round();
        if thousandths >= 1.0 && thousandths <= 100_000.0 && (thousandths / 1000.0 - number).abs() < 1e-9 {
            // Between 1 and 100 000, and whole.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
            return Ok(Self(thousandths as u32));
        }
        Err(format!(
            "`{number}` is not a share in per cent: a number above 0, at most 100, with three decimals at most"
        ))
    }
}

impl TryFrom<f64> for Percent {
    type Error = String;
    fn try_from(number: f64) -> Result<Self, String> {
        Self::new(number)
    }
}

/// As `tc` takes it, without the sign: `0.5`, `2`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces() {
        for good in ["eth0", "enp0s31f6", "wlan0", "lo", "eth0.100", "br-1", "a", "123456789012345", "eth0@x"] {
            assert!(InterfaceName::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "a:1", "1234567890123456", "-x", "eth%d", "\u{101}", "a\n", "a\0"] {
            assert!(InterfaceName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn short_delays() {
        let spans =
            [("5ms", 5000), ("0.5ms", 500), ("500us", 500), ("1s", 1_000_000), ("2.25ms", 2250), ("10s", 10_000_000)];
        for (text, microseconds) in spans {
            assert_eq!(Microseconds::new(text).unwrap().get(), microseconds, "{text}");
        }
        for bad in
            ["", "5", "0ms", "ms", ".5ms", "5.ms", "-1ms", "+1ms", "0.1us", "11s", "5 ms", "1e3us", "1.2.3ms", "5m"]
        {
            assert!(Microseconds::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Microseconds::new("5ms").unwrap().to_string(), "5 ms");
        assert_eq!(serde_json::to_string(&Microseconds::HALF_A_MILLISECOND).unwrap(), "\"500us\"");
    }

    #[test]
    fn rates_and_shares() {
        for (text, bits) in
            [("100mbit", 100_000_000), ("8kbit", 8000), ("1gbit", 1_000_000_000), ("1500kbit", 1_500_000)]
        {
            let rate = LinkRate::new(text).unwrap();
            assert_eq!((rate.bits(), rate.to_string().as_str()), (bits, text));
        }
        for bad in ["", "100", "100mb", "0mbit", "7kbit", "101gbit", "-1mbit", "1.5mbit", "99999999999999999999kbit"] {
            assert!(LinkRate::new(bad).is_err(), "{bad}");
        }
        for (number, text) in [(0.5, "0.5"), (2.0, "2"), (100.0, "100"), (0.001, "0.001"), (33.3, "33.3")] {
            assert_eq!(Percent::new(number).unwrap().to_string(), text);
        }
        for bad in [0.0, -1.0, 100.1, 0.0001, 1.23456, f64::NAN, f64::INFINITY] {
            assert!(Percent::new(bad).is_err(), "{bad}");
        }
    }
}
