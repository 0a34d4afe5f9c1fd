//! Names of permutations: readable, legal in a ref, and of bounded length.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// Longest name of a permutation; with `experiment/`, the experiment's name and `refs/heads/` before it, it stays
/// far below the 255 bytes that file systems allow a name.
const LONGEST: usize = 60;
const HASH: usize = 8;

/// Names for permutations, each given as (variable, level) in the design's order. A name that is too long or that
/// two permutations would share ends with a hash of all levels.
pub(super) fn slugs(permutations: &[Vec<(&str, &str)>]) -> Vec<String> {
    let plain: Vec<String> = permutations.iter().map(|levels| plain(levels)).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    plain.iter().for_each(|name| *count.entry(name).or_default() += 1);
    let shared = |name: &str| count.get(name).is_some_and(|count| *count > 1);
    let name = |(name, levels): (&String, &Vec<(&str, &str)>)| {
        if name.len() <= LONGEST && !shared(name) { name.clone() } else { hashed(name, levels) }
    };
    plain.iter().zip(permutations).map(name).collect()
}

/// `cpu-500m-target-25`: ASCII letters and digits in lower case, everything else a dash.
fn plain(levels: &[(&str, &str)]) -> String {
    let mut name = String::new();
    for part in levels.iter().flat_map(|(variable, level)| [*variable, *level]) {
        name.push('-');
        name.extend(part.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }));
    }
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-")
}

fn hashed(name: &str, levels: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    for part in levels.iter().flat_map(|(variable, level)| [*variable, *level]) {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let digest = hex(&hash.finalize());
    let kept: String = name.chars().take(LONGEST - HASH - 1).collect();
    format!("{}-{}", kept.trim_end_matches('-'), digest.get(..HASH).unwrap_or_default())
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, slugs};

    #[test]
    fn names_are_readable_bounded_and_apart() {
        let long = "x".repeat(80);
        let all = [
            vec![("cpu", "500m"), ("target", "25")],
            vec![("cpu", "1.5"), ("target", "25")],
            vec![("cpu", "1-5"), ("target", "25")],
            vec![("image", "ahuora/django-api:0.0.18@sha256:ÄÖ")],
            vec![("a", long.as_str())],
            vec![("..", ".lock")],
        ];
        let names = slugs(&all);
        assert_eq!(names.first().map(String::as_str), Some("cpu-500m-target-25"));
        assert_eq!(names.get(3).map(String::as_str), Some("image-ahuora-django-api-0-0-18-sha256"));
        assert_ne!(names.get(1), names.get(2), "two levels that look alike");
        assert!(names.get(1).is_some_and(|name| name.starts_with("cpu-1-5-target-25-")));
        for name in &names {
            assert!(name.len() <= LONGEST && !name.is_empty(), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{name}");
            assert!(!name.starts_with('-') && !name.ends_with('-'), "{name}");
        }
    }
}
