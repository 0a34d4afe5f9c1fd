//! Equality of Kubernetes quantities: `0.5` is `500m`, `1024Mi` is `1Gi`, `1e3` is `1k`.

use serde_json::Value;

/// Powers of ten of the decimal suffixes.
const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
/// Powers of two of the binary suffixes.
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
/// Most digits whose product with the largest binary factor still fits.
const MOST_DIGITS: usize = 20;

/// An exact amount: `mantissa * 10^exponent`, the mantissa without zeros at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantity {
    mantissa: i128,
    exponent: i32,
}

impl Quantity {
    /// Whether this is the smaller amount.
    pub(super) fn is_less_than(self, other: Self) -> bool {
        // As texts of the same exponent where that is exact, else by magnitude.
        let exponent = self.exponent.min(other.exponent);
        let scaled = |one: Self| {
            let factor = u32::try_from(one.exponent - exponent).ok().and_then(|power| 10_i128.checked_pow(power))?;
            one.mantissa.checked_mul(factor)
        };
        match (scaled(self), scaled(other)) {
            (Some(left), Some(right)) => left < right,
            _ => self.exponent < other.exponent,
        }
    }
}

/// The quantity that a JSON number or text states.
pub(super) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => parse(&number.to_string()),
        _ => None,
    }
}

fn parse(text: &str) -> Option<Quantity> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || digits.len() > MOST_DIGITS || fraction.contains('.') {
        return None;
    }
    let mut mantissa: i128 = digits.parse().ok()?;
    let mut exponent = -i32::try_from(fraction.len()).ok()?;
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        mantissa = mantissa.checked_mul(1 << power)?;
    } else if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        exponent += power;
    } else {
        let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
        exponent = exponent.checked_add(power)?;
    }
    if mantissa == 0 {
        return Some(Quantity { mantissa: 0, exponent: 0 });
    }
    while mantissa % 10 == 0 {
        mantissa /= 10;
        exponent += 1;
    }
    Some(Quantity { mantissa: sign * mantissa, exponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_equal_by_value() {
        let equal = [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1000M", "1G"),
            ("1024Mi", "1Gi"),
            ("1e3", "1k"),
            ("1E3", "1000"),
            ("1Ki", "1024"),
            ("-1.50", "-1500m"),
            ("0", "0Gi"),
            ("+1", "1"),
            (".5", "500m"),
            ("100000u", "100m"),
            ("2Ei", "2305843009213693952"),
        ];
        for (a, b) in equal {
            assert!(parse(a).is_some() && parse(a) == parse(b), "{a} {b}");
        }
        for (a, b) in [("1M", "1Mi"), ("1", "1m"), ("500m", "501m"), ("1E", "1e1"), ("-1", "1")] {
            assert_ne!(parse(a), parse(b), "{a} {b}");
        }
        let quantity = |text| parse(text).unwrap();
        assert!(quantity("1Gi").is_less_than(quantity("2G")) && !quantity("2G").is_less_than(quantity("1Gi")));
        assert!(quantity("999m").is_less_than(quantity("1")) && !quantity("1").is_less_than(quantity("1000m")));
        for none in ["", "m", "1.2.3", "1 Gi", "0x10", "1e", "1KB", "999999999999999999999", "١"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
