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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::check;
    use crate::config::{self, Override};
    use crate::parallel;
    use crate::render::{self, Environment};
    use crate::values::EnvironmentName;
    use crate::yaml::{Aliases, Position, parse};

    const PLATFORM: &str = include_str!("../../platform.yaml");

    /// Every place of a value, from the outside in.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        let mut below = |key: &str, value: &Value| {
            let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            found.push(place.clone());
            places(value, &place, found);
        };
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| below(key, value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| below(&index.to_string(), value)),
            _ => {}
        }
    }

    /// A value without what stands at a place, and with something else there.
    fn changed(value: &Value, place: &str) -> Vec<Value> {
        let (above, last) = place.rsplit_once('/').expect("a place");
        let last = last.replace("~1", "/").replace("~0", "~");
        let mut without = value.clone();
        match without.pointer_mut(above) {
            Some(Value::Object(fields)) => drop(fields.remove(&last)),
            Some(Value::Array(items)) => drop(items.remove(last.parse().expect("an index"))),
            _ => panic!("nothing stands at {place}"),
        }
        let mut all = vec![without];
        let old = value.pointer(place).expect("a value");
        if !old.is_object() && !old.is_array() {
            let mut with = value.clone();
            *with.pointer_mut(place).expect("a value") = if old.is_string() { json!("other") } else { json!(1) };
            all.push(with);
        }
        all
    }

    fn platforms(overrides: &[(&str, &str)]) -> (Environment, Vec<(String, Environment)>) {
        let configuration = config::load(PLATFORM).expect("a valid platform");
        let name = EnvironmentName::new("production").expect("a name");
        let base = render::environment(configuration.platform("production").expect("it")).expect("no patches");
        let variant = |(path, text): &(&str, &str)| {
            let value = parse(text, Aliases::Refuse).expect("YAML").remove(0);
            let at = Position { line: 1, column: 1 };
            let platform = configuration.overridden(&name, &[Override { path, value: &value, at }]);
            let platform = platform.unwrap_or_else(|problems| panic!("{path}: {problems:?}"));
            (format!("{path} = {text}"), base.again(platform).expect("no patches"))
        };
        let variants = overrides.iter().map(variant).collect();
        (base, variants)
    }

    fn assert_same(base: &check::Checked, variant: &Environment, what: &str) {
        let again = check::again(variant, base);
        assert_eq!(again, check::environment(variant), "{what} is read by a rule that does not say so");
    }

    #[test]
    fn no_rule_reads_what_it_does_not_say() {
        let (base, _) = platforms(&[]);
        let checked = check::environment(&base);
        let documents: Vec<&Document> = base.documents().collect();
        parallel::map(&documents, |document| {
            let mut all = Vec::new();
            places(&document.value, "", &mut all);
            for place in all {
                for value in changed(&document.value, &place) {
                    assert_same(&checked, &base.with_value(document, value), &format!("{}{place}", document.path));
                }
            }
        });
    }

    #[test]
    fn variants_are_judged_as_if_they_were_alone() {
        let (base, variants) = platforms(&[
            ("services.django-api.lifecycle.drain", "300s"),
            ("services.idaes.lifecycle.slowestStart", "900s"),
            ("services.django-api.scaling", "{replicas: 1}"),
            ("services.django-api.scaling", "{replicas: 200}"),
            ("services.idaes.resources", "{requests: {cpu: 3, memory: 7Gi}, limits: {memory: 7Gi}}"),
            ("services.idaes.image", "ahuora/idaes-worker:0.0.11"),
            ("postgres.reservedConnections", "90"),
            ("postgres.maxConnections", "20"),
            ("pgbouncer.poolSize", "500"),
            ("services.django-api.exposure.middlewares", "[]"),
        ]);
        let checked = check::environment(&base);
        let wrong = variants.iter().filter(|(what, variant)| {
            assert_same(&checked, variant, what);
            check::environment(variant) != checked
        });
        assert!(wrong.count() > 5, "variants that are found to be wrong must be among them");
    }

    #[test]
    fn what_no_rule_reads_touches_none() {
        let (_, variants) = platforms(&[
            ("services.idaes.resources.requests.memory", "512Mi"),
            ("services.idaes.scaling.autoscaler.targetUtilization", "50"),
        ]);
        assert_eq!(variants.first().map(|(_, variant)| variant.touched()), Some(Touched::NONE));
        assert_ne!(variants.last().map(|(_, variant)| variant.touched()), Some(Touched::NONE));
    }
}
