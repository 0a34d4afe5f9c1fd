//! Names that Kubernetes, DNS and the file system accept; checked when parsed, not in the cluster.

use super::text::text_newtype;

/// Longest DNS label (RFC 1123): Service names, namespaces, label values.
pub const MAX_LABEL: usize = 63;
/// Longest name of a component: what builders append (`-oauth2`, `-files`, a StatefulSet's revision hash
/// of 11 characters) must still fit a DNS label.
const MAX_COMPONENT: usize = 40;
const LONGEST_SUFFIX: &str = "-xxxxxxxxxx-xxxxx-files";
const _: () = assert!(MAX_COMPONENT + LONGEST_SUFFIX.len() <= MAX_LABEL);

text_newtype!(
    /// Name of a component: a DNS label that begins with a letter, at most 40 characters.
    ComponentName, check_component, "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
);
text_newtype!(
    /// Name of an environment; also its folder under `manifests/`.
    EnvironmentName, check_environment, "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
);
text_newtype!(
    /// Name of an experiment, a variable, an endpoint or a load profile: as that of a component.
    ShortName, check_component, "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$"
);
text_newtype!(
    /// A Kubernetes namespace: a DNS label.
    Namespace, check_label_name, "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
);
text_newtype!(
    /// Name of any other Kubernetes object: a DNS subdomain.
    ObjectName, check_subdomain, "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
);
text_newtype!(
    /// Name of a port: at most 15 characters, at least one letter (IANA service name).
    PortName, check_port_name, "^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$"
);
text_newtype!(
    /// Name of an environment variable.
    VariableName, check_variable, "^[A-Za-z_][A-Za-z0-9_]*$"
);
text_newtype!(
    /// Key in a ConfigMap or a Secret.
    DataKey, check_data_key, "^[-._a-zA-Z0-9]{1,253}$"
);
text_newtype!(
    /// A domain name with at least two labels, such as `ahuora.org.nz`.
    Domain, check_domain, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$"
);
text_newtype!(
    /// An absolute path in a container or on a node, without `..`.
    AbsolutePath, check_path, "^/"
);
text_newtype!(
    /// A path of a URL, beginning with `/`.
    UrlPath, check_url_path, "^/[^\\s?#]*$"
);
text_newtype!(
    /// An `https` URL.
    HttpsUrl, check_https, "^https?://"
);

fn check_component(text: &str) -> Result<(), String> {
    if text.len() > MAX_COMPONENT {
        return Err(format!("is {} characters long; at most {MAX_COMPONENT} leave room for suffixes", text.len()));
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err("must begin with a lower-case letter".to_owned());
    }
    check_label_name(text)
}

/// Folders under `manifests/` that no environment may take.
const RESERVED_ENVIRONMENTS: [&str; 2] = ["cluster", "compose"];

fn check_environment(text: &str) -> Result<(), String> {
    if RESERVED_ENVIRONMENTS.contains(&text) {
        return Err(format!("is reserved: `manifests/{text}/` holds what belongs to no environment"));
    }
    check_component(text)
}

fn check_label_name(text: &str) -> Result<(), String> {
    if text.len() > MAX_LABEL {
        return Err(format!("is {} characters long; Kubernetes allows {MAX_LABEL}", text.len()));
    }
    if is_dns_label(text) {
        Ok(())
    } else {
        Err("is not a name: lower-case letters, digits and `-`, beginning and ending with a letter or digit".to_owned())
    }
}

fn is_dns_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty()
        && text.len() <= MAX_LABEL
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn check_subdomain(text: &str) -> Result<(), String> {
    if text.len() <= 253 && text.split('.').all(is_dns_label) {
        Ok(())
    } else {
        Err("is not a name: lower-case letters, digits, `-` and `.`, at most 253 characters".to_owned())
    }
}

fn check_port_name(text: &str) -> Result<(), String> {
    if text.len() > 15 {
        return Err(format!("is {} characters long; a port name has at most 15", text.len()));
    }
    if !is_dns_label(text) || !text.bytes().any(|b| b.is_ascii_lowercase()) || text.contains("--") {
        return Err(
            "is not a port name: lower-case letters, digits and single `-`, with at least one letter".to_owned()
        );
    }
    Ok(())
}

fn check_variable(text: &str) -> Result<(), String> {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if first && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Ok(())
    } else {
        Err("is not a variable name: letters, digits and `_`, not beginning with a digit".to_owned())
    }
}

fn check_data_key(text: &str) -> Result<(), String> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if (1..=253).contains(&text.len()) && text.bytes().all(legal) && text != "." && !text.starts_with("..") {
        Ok(())
    } else {
        Err("is not a key of a Secret or ConfigMap: letters, digits, `-`, `_` and `.`".to_owned())
    }
}

fn check_domain(text: &str) -> Result<(), String> {
    if !text.contains('.') {
        return Err("is not a domain name: it has no dot".to_owned());
    }
    if text.len() <= 253 && text.split('.').all(is_dns_label) {
        Ok(())
    } else {
        Err("is not a domain name: lower-case labels of letters, digits and `-`, separated by dots".to_owned())
    }
}

fn check_path(text: &str) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err("is not an absolute path".to_owned());
    }
    if text.split('/').any(|part| part == ".." || part == ".")
        || text.contains(':')
        || text.chars().any(char::is_control)
    {
        return Err("must be a plain absolute path, without `.`, `..` and `:`".to_owned());
    }
    Ok(())
}

fn check_url_path(text: &str) -> Result<(), String> {
    if text.starts_with('/') && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '?' || c == '#') {
        Ok(())
    } else {
        Err("is not a URL path: it begins with `/` and holds no space, `?` or `#`".to_owned())
    }
}

fn check_https(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://127.0.0.1"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) && !rest.contains('@') => Ok(()),
        Some(_) => Err("is not a URL without user and password".to_owned()),
        None => Err("must be an `https://` URL".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fail_in_a_cluster_fail_here() {
        assert!(ComponentName::new("django-api").is_ok());
        for bad in ["", "Web_Bad", "-x", "x-", "1x", &"a".repeat(41)] {
            assert!(ComponentName::new(bad).is_err(), "{bad}");
        }
        for bad in ["", "8080", "a-very-long-port-name", "a--b"] {
            assert!(PortName::new(bad).is_err(), "{bad}");
        }
        for bad in ["cluster", "compose"] {
            assert!(EnvironmentName::new(bad).unwrap_err().contains("reserved"));
        }
        for bad in ["localhost", "a..b", "ahuora.org.nz.", "Ahuora.org.nz", "a_b.nz"] {
            assert!(Domain::new(bad).is_err(), "{bad}");
        }
        for bad in ["relative", "/a/../b", "/a:b"] {
            assert!(AbsolutePath::new(bad).is_err(), "{bad}");
        }
    }
}
