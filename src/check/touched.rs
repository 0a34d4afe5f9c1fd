//! Which rules must be asked again when a component changed: those that read what changed.

use serde_json::Value;

use super::rules::{ANY_WORKLOAD, RULES, Rule};
use super::view::WORKLOADS;
use crate::platform::{Component, PermittedHosts};
use crate::spec::LifecycleSpec;
use crate::tree::{Document, differing};

/// A set of rules: those that read something that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched(u32);

impl Touched {
    /// No rule.
    pub const NONE: Self = Self(0);
    /// Every rule.
    pub const ALL: Self = Self(u32::MAX);

    /// The rules of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a rule, by its place in the table, is one of them.
    pub(super) const fn has(self, rule: usize) -> bool {
        self.0 >> rule & 1 == 1
    }

    fn all_that(reads: impl Fn(&Rule) -> bool) -> Self {
        let bits = RULES.iter().enumerate().filter(|(_, rule)| reads(rule)).map(|(index, _)| 1 << index);
        Self(bits.fold(0, |all: u32, bit: u32| all | bit))
    }
}

/// The rules that read something in which a component differs from what it was. Of what it stands on (scope, secrets,
/// patches) nothing may have changed.
#[must_use]
pub fn touched(before: (&Component, &[Document]), after: (&Component, &[Document])) -> Touched {
    let mut touched = Touched::NONE;
    if said(before.0) != said(after.0) {
        touched = touched.and(Touched::all_that(|rule| rule.reads_components));
    }
    let by_id =
        |documents: &'_ [Document], wanted: &Document| documents.iter().position(|document| document.id == wanted.id);
    for old in before.1.iter().filter(|old| by_id(after.1, old).is_none()) {
        touched = touched.and(of_value(old, &Value::Null));
    }
    for new in after.1 {
        let old = by_id(before.1, new).and_then(|index| before.1.get(index));
        touched = touched.and(of_value(new, old.map_or(&Value::Null, |old| &old.value)));
    }
    touched
}

/// The rules that read something in which a resource differs from what it was.
fn of_value(document: &Document, before: &Value) -> Touched {
    let kind = document.id.kind.as_str();
    let is_read = |own: &str| own == kind || (own == ANY_WORKLOAD && WORKLOADS.contains(&kind));
    let mut touched = Touched::NONE;
    for pointer in differing(before, &document.value) {
        let meets = |rule: &Rule| rule.reads.iter().any(|(own, path)| is_read(own) && meet(path, &pointer));
        touched = touched.and(Touched::all_that(meets));
    }
    touched
}

/// Whether one of two paths leads into the other, or they are the same.
fn meet(read: &str, changed: &str) -> bool {
    read.split('/').zip(changed.split('/')).all(|(read, changed)| read == "*" || read == changed)
}

/// What rules read of a component besides its resources.
fn said(component: &Component) -> (Option<&LifecycleSpec>, Option<&PermittedHosts>, Option<u16>) {
    match component {
        Component::Service(service) => (Some(&service.spec.lifecycle), service.permitted_hosts.as_ref(), None),
        Component::Postgres(postgres) => (None, None, Some(postgres.spec.reserved_connections)),
        _ => (None, None, None),
    }
}
