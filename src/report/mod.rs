//! A difference as people and programs read it: text, Markdown for pull requests, JSON.

mod json;
mod lines;
mod markdown;
mod text;

use crate::diff::{Change, Diff, ResourceDiff, Verb};

pub use json::DiffJson;
pub use markdown::{markdown, markdown_within};
pub use text::{stat, text};

/// A key of the configuration that a change comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The key: `services.django-api.image`.
    pub key: String,
    /// Its present value.
    pub value: String,
    /// What it said before, where that is known and differs.
    pub was: Option<String>,
    /// Where it stands: `platform.yaml:59:12`.
    pub place: String,
}

/// How a difference is told.
pub struct View<'v> {
    /// What the left side is called.
    pub left: &'v str,
    /// What the right side is called.
    pub right: &'v str,
    /// Unchanged lines that are shown around changed ones of a long text.
    pub context: usize,
    /// Where the new value of a change comes from.
    pub why: &'v dyn Fn(&ResourceDiff, &Change) -> Vec<Reason>,
    /// The command that shows the whole difference.
    pub command: &'v str,
}

/// `2 changed, 1 created, 50 same`.
fn counts(diff: &Diff) -> String {
    let all = [Verb::Changed, Verb::Created, Verb::Removed, Verb::Renamed].map(|verb| (diff.count(verb), verb.name()));
    let told = all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    told.chain([format!("{} same", diff.same)]).collect::<Vec<_>>().join(", ")
}

/// `Deployment django-api in ahuora`, of a renamed one with the name it had.
fn title(resource: &ResourceDiff) -> String {
    let place = |namespace: Option<&str>| namespace.map(|name| format!(" in {name}")).unwrap_or_default();
    let namespace = resource.id.namespace.as_deref();
    let was = resource.was.as_ref().map(|was| {
        let moved = if was.namespace.as_deref() == namespace { String::new() } else { place(was.namespace.as_deref()) };
        format!("{}{moved} -> ", was.name)
    });
    format!("{} {}{}{}", resource.id.kind, was.unwrap_or_default(), resource.id.name, place(namespace))
}
