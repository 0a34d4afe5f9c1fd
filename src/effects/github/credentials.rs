//! Who we are to GitHub. Nothing here can be printed.

use http::HeaderValue;
use octocrab::EncodingKey;
use octocrab::jsonwebtoken::{Algorithm, Header, encode};
use octocrab::secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::settings::{Settings, Variables};
use crate::error::Failure;
use crate::github::date;
use crate::github::wire::{Cut, Request};

/// How long before its end a token is not used any more, in seconds.
const EARLY: u64 = 300;
/// How long the word of an App counts, in seconds; GitHub takes at most ten minutes.
const WORD: u64 = 540;
/// How much earlier it is dated, in seconds, for clocks differ.
const BACK: u64 = 60;

/// A token, or an App that gets tokens.
pub(super) enum Credentials {
    /// A token.
    Token(SecretString),
    /// An App.
    App {
        /// Its id.
        id: String,
        /// Its key.
        key: Box<EncodingKey>,
        /// Where it is installed.
        installation: u64,
        /// Its token, and when that ends, in seconds since 1970.
        token: Option<(SecretString, u64)>,
    },
}

impl Credentials {
    /// Those of the settings.
    pub(super) fn of(settings: &Settings) -> Result<Self, Failure> {
        let Variables { app, key, installation, token, .. } = &settings.variables;
        let hint = "AHUORA_GITHUB_APP_KEY holds the App's private key as GitHub gives it (PEM), or the path of its \
                    file; AHUORA_GITHUB_APP_ID and AHUORA_GITHUB_INSTALLATION are numbers";
        match (app, key, installation, token) {
            (Some(id), Some(key), Some(installation), _) => {
                let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes())
                    .map_err(|_| Failure::usage("AHUORA_GITHUB_APP_KEY is no private key", hint))?;
                let installation = installation
                    .parse()
                    .map_err(|_| Failure::usage("AHUORA_GITHUB_INSTALLATION is no number", hint))?;
                Ok(Self::App { id: id.clone(), key: Box::new(key), installation, token: None })
            }
            (None, None, None, Some(token)) => match header(token) {
                Ok(_) => Ok(Self::Token(token.clone())),
                Err(_) => Err(Failure::usage("the token has characters that no token has", "set GITHUB_TOKEN anew")),
            },
            (None, None, None, None) => Err(Failure::usage(
                "there are no credentials for GitHub",
                "set GITHUB_TOKEN (gh auth token prints yours), or AHUORA_GITHUB_APP_ID, AHUORA_GITHUB_APP_KEY and \
                 AHUORA_GITHUB_INSTALLATION",
            )),
            _ => Err(Failure::usage("the App's credentials are not complete", hint)),
        }
    }

    /// The authorization, when there is one that still counts.
    pub(super) fn header(&self, now: u64) -> Option<HeaderValue> {
        match self {
            Self::Token(token) => header(token).ok(),
            Self::App { token: Some((token, end)), .. } if now + EARLY < *end => header(token).ok(),
            Self::App { .. } => None,
        }
    }

    /// The request for a token of the App, and its authorization.
    pub(super) fn asking(&self, now: u64) -> Result<(Request, HeaderValue), Cut> {
        let refused = || Cut::NoCredentials("the App's key cannot sign".to_owned());
        let Self::App { id, key, installation, .. } = self else { return Err(refused()) };
        let claims = json!({"iss": id, "iat": now.saturating_sub(BACK), "exp": now + WORD});
        let word = encode(&Header::new(Algorithm::RS256), &claims, key).map_err(|_| refused())?;
        let request = Request::post(format!("/app/installations/{installation}/access_tokens"), json!({}));
        Ok((request, header(&SecretString::from(word))?))
    }

    /// Takes the token out of the answer.
    pub(super) fn learn(&mut self, answer: &Value) -> Result<HeaderValue, Cut> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let strange = || Cut::NoCredentials("GitHub's answer has no token".to_owned());
        let new = SecretString::from(text("token").ok_or_else(strange)?);
        let end = text("expires_at").and_then(date::of_iso).ok_or_else(strange)?;
        let header = header(&new)?;
        if let Self::App { token, .. } = self {
            *token = Some((new, end));
        }
        Ok(header)
    }

    /// Forgets a token that can be had anew; whether there was one.
    pub(super) fn forget(&mut self) -> bool {
        match self {
            Self::Token(_) => false,
            Self::App { token, .. } => token.take().is_some(),
        }
    }

    /// A text without the token, should it be in it.
    pub(super) fn masked(&self, text: String) -> String {
        match self {
            Self::Token(token) | Self::App { token: Some((token, _)), .. } => {
                text.replace(token.expose_secret(), "[token]")
            }
            Self::App { token: None, .. } => text,
        }
    }
}

/// The authorization of a token, which is not shown where headers are.
fn header(token: &SecretString) -> Result<HeaderValue, Cut> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| Cut::NoCredentials("the token has characters that no token has".to_owned()))?;
    header.set_sensitive(true);
    Ok(header)
}
