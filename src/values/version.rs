//! Versions of other people's software.

use super::text::text_newtype;

text_newtype!(
    /// An exact version, such as `4.4.0`: a range or a floating version would not be reproducible.
    ExactVersion, check_exact, "^[0-9]+\\.[0-9]+\\.[0-9]+([-+][0-9A-Za-z.-]+)?$"
);
text_newtype!(
    /// A minor version of Kubernetes, such as `1.36`.
    MinorVersion, check_minor, "^1\\.[0-9]+$"
);

/// The oldest Kubernetes whose schema has every field that is generated (`preStop.sleep`).
const OLDEST_MINOR: u16 = 30;
/// The newest Kubernetes whose schemas the generated fields were checked against.
const NEWEST_MINOR: u16 = 37;

fn check_exact(text: &str) -> Result<(), String> {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if numbers.len() == 3 && numbers.iter().all(is_number) && !text.contains(char::is_whitespace) {
        Ok(())
    } else {
        Err("is not an exact version: write all three numbers, such as `4.4.0`".to_owned())
    }
}

fn check_minor(text: &str) -> Result<(), String> {
    let minor = text.strip_prefix("1.").and_then(|minor| minor.parse::<u16>().ok());
    if minor.is_some_and(|minor| (OLDEST_MINOR..=NEWEST_MINOR).contains(&minor)) {
        Ok(())
    } else {
        Err(format!(
            "is not a supported Kubernetes version: 1.{OLDEST_MINOR} to 1.{NEWEST_MINOR}, written as text such as \"1.36\""
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_versions() {
        assert!(ExactVersion::new("4.4.0").is_ok() && ExactVersion::new("1.2.3-rc.1").is_ok());
        for bad in ["4.4", "^4.4.0", "4.x.0", "latest", "", "4.4.0 "] {
            assert!(ExactVersion::new(bad).is_err(), "{bad}");
        }
        assert!(MinorVersion::new("1.36").is_ok());
        for bad in ["1.12", "1.99", "2.0", "1.36.1", "v1.36"] {
            assert!(MinorVersion::new(bad).is_err(), "{bad}");
        }
    }
}
