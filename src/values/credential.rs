//! What credentials look like, and what variables that hold them are called.

/// Beginnings of well-known tokens, with the name of what they are.
const TOKENS: [(&str, &str); 16] = [
    ("-----BEGIN ", "a private key or certificate"),
    ("ghp_", "a GitHub token"),
    ("gho_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("AKIA", "an AWS access key"),
    ("ASIA", "an AWS access key"),
    ("AIza", "a Google API key"),
    ("GOCSPX-", "a Google client secret"),
    ("ya29.", "a Google access token"),
    ("xoxb-", "a Slack token"),
    ("xoxp-", "a Slack token"),
    ("glc_", "a Grafana Cloud token"),
    ("dckr_pat_", "a Docker Hub token"),
    ("eyJ", "a JSON web token or an encoded credentials file"),
];

/// Shortest text after a token's beginning that counts as one.
const SHORTEST_TOKEN: usize = 12;

/// Words in a variable's name that say its value is secret.
const SECRET_WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "PRIVATE_KEY", "API_KEY"];

/// Whether the name of a variable says that its value is secret.
#[must_use]
pub fn names_a_secret(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| upper.contains(word)) && !upper.ends_with("_FILE") && !upper.ends_with("_PATH")
}

/// What a text looks like, when it looks like a credential.
#[must_use]
pub fn looks_like(text: &str) -> Option<&'static str> {
    let mut inside_word = false;
    for (at, byte) in text.bytes().enumerate() {
        let begins = !inside_word && byte.is_ascii_graphic();
        inside_word = byte.is_ascii_alphanumeric();
        let Some(rest) = text.get(at..).filter(|_| begins) else { continue };
        let Some((beginning, what)) = TOKENS.iter().find(|(beginning, _)| rest.starts_with(beginning)) else {
            continue;
        };
        let length = rest.bytes().take_while(u8::is_ascii_graphic).count() - beginning.trim_end().len();
        if length >= SHORTEST_TOKEN || beginning.starts_with('-') {
            return Some(what);
        }
    }
    has_password_in_url(text).then_some("a URL with a password")
}

/// `scheme://user:password@host`
fn has_password_in_url(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let authority =
            text.get(at + 3..).unwrap_or_default().split(['/', '?', '#', ' ', '\n']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| {
            user.split_once(':').is_some_and(|(_, password)| !password.is_empty() && !password.starts_with('$'))
        })
    })
}
