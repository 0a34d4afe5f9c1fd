//! What a plain (unquoted) scalar means to Kubernetes.
//!
//! Kubernetes reads YAML through `sigs.k8s.io/yaml`, whose scalar rules are those of go-yaml 2:
//! mostly YAML 1.1 (`yes`, `on`, `0644`, `1_000`), with timestamps and sexagesimal numbers left as text.

use serde_json::{Number, Value};

/// The meaning of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// No value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits 64 bits with sign.
    Int(i64),
    /// A larger whole number.
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text,
}

impl Resolved {
    /// The JSON value; `text` is the scalar itself.
    #[must_use]
    pub fn into_json(self, text: &str) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => value.into(),
            Self::Unsigned(value) => value.into(),
            Self::Float(value) => Number::from_f64(value).map_or_else(|| Value::String(text.to_owned()), Value::Number),
            Self::Text => Value::String(text.to_owned()),
        }
    }
}

/// Resolves a plain scalar as Kubernetes does.
#[must_use]
pub fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => number(text).unwrap_or(Resolved::Text),
    }
}

fn number(text: &str) -> Option<Resolved> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let plain: String = text.chars().filter(|&c| c != '_').collect();
    if first != b'.'
        && let Some(whole) = whole_number(&plain)
    {
        return Some(whole);
    }
    is_decimal(&plain).then(|| plain.parse().map(Resolved::Float).ok()).flatten()
}

/// A whole number as Go's `strconv.ParseInt` with base 0 takes it: `0x`, `0o`, `0b`, and octal after `0`.
fn whole_number(plain: &str) -> Option<Resolved> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, plain.get(1..)?),
        b'+' => (false, plain.get(1..)?),
        _ => (false, plain),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.get(1..)?)
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Resolved::Int);
    }
    Some(i64::try_from(magnitude).map_or(Resolved::Unsigned(magnitude), Resolved::Int))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_kubernetes_reads() {
        let cases = [
            ("no", Resolved::Bool(false)),
            ("Y", Resolved::Bool(true)),
            ("1_000", Resolved::Int(1000)),
            ("0644", Resolved::Int(420)),
            ("0o14", Resolved::Int(12)),
            ("012", Resolved::Int(10)),
            ("08", Resolved::Float(8.0)),
            ("0x1F", Resolved::Int(31)),
            ("-0b11", Resolved::Int(-3)),
            ("1e3", Resolved::Float(1000.0)),
            (".5", Resolved::Float(0.5)),
            ("18446744073709551615", Resolved::Unsigned(u64::MAX)),
            ("-9223372036854775808", Resolved::Int(i64::MIN)),
            ("12:30", Resolved::Text),
            ("2024-01-01", Resolved::Text),
            ("1.2.3", Resolved::Text),
            ("0.0.17", Resolved::Text),
            (".", Resolved::Text),
            ("-", Resolved::Text),
            ("=", Resolved::Text),
            ("nO", Resolved::Text),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
