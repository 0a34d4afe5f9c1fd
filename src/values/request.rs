//! What an HTTP request is made of, as load tests write it.

use std::fmt;

use serde::Deserialize;

use super::ShortName;
use super::text::{text_newtype, text_schema};

/// What stands in a path or a body for the id of the trial's flowsheet.
pub const FLOWSHEET: &str = "{flowsheet}";

text_newtype!(
    /// Path and query of a request, beginning with `/`; `{flowsheet}` stands for the id of the trial's flowsheet.
    RequestPath, check_path, "^/[^\\s#]*$"
);
text_newtype!(
    /// Path and query of a request, beginning with `/`; `{NAME}` stands for a value that was kept before.
    PathTemplate, check_template, "^/[^\\s#]*$"
);
text_newtype!(
    /// Value of an HTTP header: visible ASCII characters, with blanks between them.
    HeaderValue, check_header_value, "^[!-~]([ -~]*[!-~])?$"
);
text_newtype!(
    /// Where the platform is: `http://` or `https://`, a host and perhaps a port, without a path. It goes into a shell's
    /// command line, of the k6-operator, so it holds nothing else.
    Target, check_target, "^https?://[0-9A-Za-z.:\\[\\]-]+$"
);
text_newtype!(
    /// Id of a flowsheet of the platform: letters, digits and `-`.
    FlowsheetId, check_flowsheet, "^[0-9A-Za-z-]{1,64}$"
);

impl Target {
    /// The name or address of the host, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.as_str().split_once("://").map_or("", |(_, rest)| rest);
        match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => rest.split_once(':').map_or(rest, |(host, _)| host),
        }
    }
}

fn check_target(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let is_address = |inner: &str| inner.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_fits =
        inner.map_or_else(|| !host.is_empty() && is_name(host), |inner| !inner.is_empty() && is_address(inner));
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if host_fits && port_fits {
        return Ok(());
    }
    Err("is not where a platform is: `https://ahuora.org.nz` or `http://192.168.1.10:8080`, without user, path and query"
        .to_owned())
}

fn check_flowsheet(text: &str) -> Result<(), String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(legal) {
        Ok(())
    } else {
        Err("is not the id of a flowsheet: letters, digits and `-`, at most 64".to_owned())
    }
}

fn check_path(text: &str) -> Result<(), String> {
    check_characters(text)?;
    check_places(text)
}

fn check_template(text: &str) -> Result<(), String> {
    check_characters(text)?;
    pieces(text).map(|_| ())
}

fn check_characters(text: &str) -> Result<(), String> {
    let legal = |c: char| !c.is_whitespace() && !c.is_control() && c != '#';
    if !text.starts_with('/') || !text.chars().all(legal) {
        return Err("is not a path of a request: it begins with `/` and holds no blank and no `#`".to_owned());
    }
    Ok(())
}

/// A piece of a text with places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// It stays as it is.
    Text(&'t str),
    /// The value of this name stands here.
    Place(&'t str),
}

/// A text with places, `{NAME}`, in pieces.
///
/// # Errors
/// What is wrong with its braces, as the end of a sentence that begins with the text.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let place = after.split_once('}').filter(|(name, _)| ShortName::new(*name).is_ok() && !before.contains('}'));
        let Some((name, behind)) = place else { return Err(BRACES.to_owned()) };
        pieces.extend((!before.is_empty()).then_some(Piece::Text(before)));
        pieces.push(Piece::Place(name));
        rest = behind;
    }
    if rest.contains('}') {
        return Err(BRACES.to_owned());
    }
    pieces.extend((!rest.is_empty()).then_some(Piece::Text(rest)));
    Ok(pieces)
}

const BRACES: &str = "has braces around something else than a name: `{flowsheet}` stands for what was kept so";

/// Only the flowsheet may stand between braces.
fn check_places(text: &str) -> Result<(), String> {
    if text.replace(FLOWSHEET, "").contains(['{', '}']) {
        return Err(format!("has braces around something else than `{FLOWSHEET}`: nothing else is filled in"));
    }
    Ok(())
}

fn check_header_value(text: &str) -> Result<(), String> {
    if !text.is_empty() && text.trim() == text && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Ok(())
    } else {
        Err("is not a header's value: ASCII characters on one line, without blanks at its ends".to_owned())
    }
}

/// A short span of time in whole milliseconds, written `250ms` or `5s`; more than nothing and at most an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Milliseconds(u32);

text_schema!(Milliseconds, "^[0-9]+(ms|s)$");

impl Milliseconds {
    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Parses a span.
    ///
    /// # Errors
    /// When the text is no such span, nothing, or longer than an hour.
    pub fn new(text: &str) -> Result<Self, String> {
        let (digits, factor) = match text.strip_suffix("ms") {
            Some(digits) => (digits, 1),
            None => (text.strip_suffix('s').unwrap_or_default(), 1000),
        };
        let number = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let span = number.and_then(|digits| digits.parse::<u32>().ok()?.checked_mul(factor));
        span.filter(|span| (1..=3_600_000).contains(span))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a short span of time: write `250ms` or `5s`, at most an hour"))
    }
}

impl TryFrom<String> for Milliseconds {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_place_to_fill_in() {
        for good in ["/", "/a/?x={flowsheet}", "/{flowsheet}/{flowsheet}", "/a\"'`<b>", "/m\u{101}ori"] {
            assert!(RequestPath::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "https://x/", "/a b", "/a\nb", "/a\u{2028}b", "/a#b", "/{id}", "/{flowsheet", "/}"] {
            assert!(RequestPath::new(bad).is_err(), "{bad}");
        }
        assert!(RequestPath::new("/{id}").unwrap_err().contains("{flowsheet}"));
    }

    #[test]
    fn places_of_templates() {
        use Piece::{Place, Text};
        assert_eq!(pieces("/a/{b-c}/{d}").unwrap(), [Text("/a/"), Place("b-c"), Text("/"), Place("d")]);
        assert_eq!(pieces("{x}").unwrap(), [Place("x")]);
        assert_eq!(pieces("").unwrap(), []);
        for bad in ["{", "}", "{}", "{A}", "{a b}", "{a}}", "}{a}", "{{a}}", "{a"] {
            assert!(pieces(bad).is_err(), "{bad}");
            assert!(PathTemplate::new(format!("/{bad}")).is_err(), "{bad}");
        }
        assert!(PathTemplate::new("/{pump}/?x={flowsheet}").is_ok());
        assert!(PathTemplate::new("{pump}").is_err());
    }

    #[test]
    fn values_of_headers() {
        assert!(HeaderValue::new("application/json; charset=utf-8").is_ok());
        for bad in ["", " a", "a ", "a\r\nX: b", "\u{101}"] {
            assert!(HeaderValue::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_and_flowsheets_hold_nothing_that_a_shell_reads() {
        for good in
            ["https://ahuora.org.nz", "http://127.0.0.1:8080", "http://[::1]:80", "https://[2001:db8::1]", "http://web"]
        {
            assert!(Target::new(good).is_ok(), "{good}");
        }
        for (target, host) in
            [("https://ahuora.org.nz", "ahuora.org.nz"), ("http://[::1]:80", "::1"), ("http://a:80", "a")]
        {
            assert_eq!(Target::new(target).unwrap().host(), host);
        }
        for bad in [
            "",
            "ahuora.org.nz",
            "https://",
            "https://:80",
            "https://x/",
            "https://x/y",
            "https://u:p@x",
            "ftp://x",
            "http://x:",
            "http://x:0",
            "http://x:65536",
            "http://x:+1",
            "https://x\"; rm",
            "http://[::1",
            "http://[]:1",
            "http://a b",
            "http://x?y",
            "http://[::1]x",
        ] {
            assert!(Target::new(bad).is_err(), "{bad}");
        }
        assert!(FlowsheetId::new("0193-af").is_ok());
        for bad in ["", "a b", "$(x)", "a/b", &"1".repeat(65)] {
            assert!(FlowsheetId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn short_spans() {
        for (text, milliseconds) in [("250ms", 250), ("5s", 5000), ("1ms", 1), ("3600s", 3_600_000)] {
            assert_eq!(Milliseconds::new(text).unwrap().get(), milliseconds);
        }
        for bad in ["", "5", "0ms", "0s", "s", "ms", "+1s", "-1s", "1.5s", "1m", "3601s", "4294968s"] {
            assert!(Milliseconds::new(bad).is_err(), "{bad}");
        }
    }
}
