//! Names of HTTP headers.

use super::text::text_newtype;

text_newtype!(
    /// Name of an HTTP header: letters, digits and `-`.
    HeaderName, check_header, "^[A-Za-z0-9]+(-[A-Za-z0-9]+){0,6}$"
);

/// Each dash doubles the number of aliases.
const MAX_DASHES: usize = 6;

impl HeaderName {
    /// Every other spelling of the name with `_` for `-`: WSGI and CGI servers take them for the header itself,
    /// proxies for others.
    #[must_use]
    pub fn aliases(&self) -> Vec<String> {
        let parts: Vec<&str> = self.as_str().split('-').collect();
        let spelling = |mask: u32| {
            let joined = parts.iter().enumerate().flat_map(|(index, part)| {
                let separator = match index.checked_sub(1) {
                    None => "",
                    Some(bit) if mask & (1 << bit) == 0 => "-",
                    Some(_) => "_",
                };
                [separator, *part]
            });
            joined.collect()
        };
        (1..1 << (parts.len() - 1)).map(spelling).collect()
    }
}

fn check_header(text: &str) -> Result<(), String> {
    let parts = || text.split('-');
    if !parts().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Err("is not a header's name: letters and digits, with single `-` between them".to_owned());
    }
    if parts().count() > MAX_DASHES + 1 {
        return Err(format!("has more than {MAX_DASHES} dashes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_all_spellings_but_the_name_itself() {
        let aliases = |name: &str| HeaderName::new(name).unwrap().aliases();
        assert_eq!(aliases("Host"), [""; 0]);
        assert_eq!(aliases("X-User"), ["X_User"]);
        assert_eq!(aliases("X-Auth-User"), ["X_Auth-User", "X-Auth_User", "X_Auth_User"]);
        assert_eq!(aliases("a-b-c-d-e-f-g").len(), 63);
        for bad in ["", "-", "X-", "X--Y", "X_Y", "X Y", "Ü", "a-b-c-d-e-f-g-h"] {
            assert!(HeaderName::new(bad).is_err(), "{bad}");
        }
    }
}
