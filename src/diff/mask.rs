//! Values that are secret are never shown: a keyed fingerprint stands in their place, so that "changed"
//! stays visible and the value cannot be guessed from it.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::values::credential::{looks_like, names_a_secret};

/// The only key of the mapping that stands in place of a masked value; its value is the fingerprint.
pub const MASK: &str = "masked";
/// Bytes of the code that are shown.
const SHOWN: usize = 4;
/// Ends of names that say of a secret where it is or how long it lives, not what it is.
const ABOUT_SECRETS: [&str; 9] = ["NAME", "NAMES", "REF", "NAMESPACE", "TTL", "EXPIRY", "TYPE", "LIFETIME", "URL"];
/// Names of fields that name a Secret.
const REFERENCES: [&str; 5] = ["SECRET", "SECRETS", "PULL_SECRET", "TLS_SECRET", "EXISTING_SECRET"];

/// The key of fingerprints: with another key, the same value has another fingerprint.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of any length; 32 random bytes are enough.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    fn fingerprint(&self, text: &str) -> String {
        let Ok(mut code) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        code.update(text.as_bytes());
        code.finalize().into_bytes().iter().take(SHOWN).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The fingerprint of a masked value.
#[must_use]
pub fn fingerprint_of(value: &Value) -> Option<&str> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    map.get(MASK)?.as_str()
}

/// Masks the values of one resource.
pub(super) struct Masker<'k> {
    key: &'k Key,
    kind: &'k str,
}

/// Where a value stands, as far as that tells whether it is secret.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// Everything here is secret.
    secret: bool,
    /// What the value is called.
    name: &'p str,
    /// Whether that is the name of a variable or of an entry, and not of a field.
    is_entry: bool,
}

impl<'k> Masker<'k> {
    pub(super) const fn new(key: &'k Key, kind: &'k str) -> Self {
        Self { key, kind }
    }

    /// A whole resource, masked: what is secret follows from where it stands in all of it.
    pub(super) fn resource(&self, value: &Value) -> Value {
        self.value(value, Place { secret: false, name: "", is_entry: false }, true)
    }

    fn value(&self, value: &Value, place: Place<'_>, is_root: bool) -> Value {
        match value {
            Value::Object(map) => Value::Object(self.mapping(map, place, is_root)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item, place, false)).collect()),
            Value::String(text) => self.text(text, place).unwrap_or_else(|| value.clone()),
            Value::Number(_) | Value::Bool(_) if place.secret => self.masked(&value.to_string()),
            _ => value.clone(),
        }
    }

    fn mapping(&self, map: &Map<String, Value>, place: Place<'_>, is_root: bool) -> Map<String, Value> {
        let variable = map.get("name").and_then(Value::as_str);
        let inside = |key: &str, value: &Value| {
            let data = is_root && matches!(key, "data" | "stringData" | "binaryData");
            let place = match variable {
                Some(variable) if key == "value" => Place { name: variable, is_entry: true, ..place },
                _ => Place {
                    secret: place.secret || (self.kind == "Secret" && (data || last_applied(Some(key)))),
                    name: key,
                    is_entry: place.name == "data" || place.name == "binaryData",
                },
            };
            self.value(value, place, false)
        };
        map.iter().map(|(key, value)| (key.clone(), inside(key, value))).collect()
    }

    /// What stands in place of a text; none when it may be shown.
    fn text(&self, text: &str, place: Place<'_>) -> Option<Value> {
        let is_reference = text.starts_with("$(") || text.is_empty();
        let named = !is_reference && is_sensitive(place.name, place.is_entry);
        if place.secret || named {
            return Some(self.masked(text));
        }
        if text.contains('\n') {
            return self.lines(text).map(Value::String);
        }
        if looks_like(text).is_some() {
            return Some(self.masked(text));
        }
        self.assignment(text, '=').map(Value::String)
    }

    fn masked(&self, text: &str) -> Value {
        json!({ MASK: self.key.fingerprint(text) })
    }

    /// A text of many lines with the secret ones masked; none when there are none.
    fn lines(&self, text: &str) -> Option<String> {
        let (mut masked, mut any, mut in_key) = (Vec::new(), false, false);
        for line in text.split('\n') {
            in_key |= line.contains("-----BEGIN ");
            let hidden = if in_key || looks_like(line).is_some() {
                let indent = line.len() - line.trim_start().len();
                Some(format!(
                    "{}({MASK} {})",
                    line.get(..indent).unwrap_or_default(),
                    self.key.fingerprint(line.trim())
                ))
            } else {
                let assigned = line.find(['=', ':']).and_then(|at| line.get(at..)?.chars().next());
                assigned.and_then(|sign| self.assignment(line, sign))
            };
            in_key &= !line.contains("-----END ");
            any |= hidden.is_some();
            masked.push(hidden.unwrap_or_else(|| line.to_owned()));
        }
        any.then(|| masked.join("\n"))
    }

    /// `password=x`, `--password=x` or `password: x` without what is assigned.
    fn assignment(&self, text: &str, sign: char) -> Option<String> {
        let (name, value) = text.split_once(sign)?;
        let bare = name.trim().trim_start_matches("export ").trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let stated = value.trim().trim_matches(['"', '\'', ',']);
        let is_name =
            !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let is_reference = stated.is_empty() || stated.starts_with(['$', '{', '|', '/', '[', '&', '*']);
        let hides = is_name && !is_reference && is_sensitive(bare, true);
        hides.then(|| format!("{name}{sign} ({MASK} {})", self.key.fingerprint(stated)).replace("= (", "=("))
    }
}

fn last_applied(key: Option<&str>) -> bool {
    key == Some("kubectl.kubernetes.io/last-applied-configuration")
}

/// Whether what is called so is secret: `DB_PASSWORD`, `clientSecret`, but not `secretName` or `token-path`.
fn is_sensitive(name: &str, is_entry: bool) -> bool {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            words.push('_');
        }
        words.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        before = c;
    }
    let last = words.rsplit('_').next().unwrap_or_default();
    let is_reference = REFERENCES.contains(&words.as_str()) && !is_entry;
    names_a_secret(&words) && !ABOUT_SECRETS.contains(&last) && !is_reference
}
