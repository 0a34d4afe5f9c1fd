//! Amounts as Kubernetes writes them, for arithmetic.

/// Factors of the suffixes.
const SUFFIXES: [(&str, f64); 16] = [
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("", 1.0),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
];

/// The number that a text states: `250m`, `131072Ki`, `1e3`; none when it states none that is finite.
pub(super) fn amount(text: &str) -> Option<f64> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
    let plain = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(plain);
    let factor = SUFFIXES.iter().find(|(name, _)| *name == suffix).map(|(_, factor)| factor);
    let value = match factor {
        Some(factor) => number.parse::<f64>().ok()? * factor,
        None if suffix.starts_with(['e', 'E']) => text.parse().ok()?,
        None => return None,
    };
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_suffixes_or_exponents() {
        let cases = [("0", 0.0), ("2", 2.0), ("250m", 0.25), ("1.5", 1.5), ("131072Ki", 134_217_728.0), ("1e3", 1e3)];
        for (text, expected) in cases {
            assert_eq!(amount(text), Some(expected), "{text}");
        }
        assert!((amount("12345678n").unwrap_or_default() - 0.012_345_678).abs() < 1e-12);
        for text in ["", "m", "x", "1x", "1e", "1e999", "Ki", "--1", "1 Mi", "inf", "NaN"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
