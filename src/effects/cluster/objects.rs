//! One wanted object: what stands there, and what would stand there after a server-side apply.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::kinds::{Kinds, Nowhere, Place, string};
use super::request::{Query, Server, Trouble};
use super::{Answer, DryRun, Live, Options, status};

/// Asks for one object after the other, and remembers what the user may not do.
pub(super) struct Objects<'a> {
    server: &'a Server,
    kinds: &'a Kinds,
    options: &'a Options,
    /// Folders in which the user may not patch, and what the server said.
    denied: RefCell<BTreeMap<String, String>>,
}

impl<'a> Objects<'a> {
    pub(super) const fn new(server: &'a Server, kinds: &'a Kinds, options: &'a Options) -> Self {
        Self { server, kinds, options, denied: RefCell::new(BTreeMap::new()) }
    }

    /// What the cluster says of an object.
    pub(super) async fn answer(&self, wanted: &Value) -> Answer {
        let place = match self.kinds.place(wanted) {
            Ok(place) => place,
            Err(Nowhere::NoKind(why)) => return Answer { live: Live::NoKind, dry_run: DryRun::NotPossible(why) },
            Err(Nowhere::Unknown(why)) => {
                return Answer { live: Live::Unknown(why.clone()), dry_run: DryRun::NotPermitted(why) };
            }
        };
        let live = match self.server.ask(Query::Get(&place.folder, &place.name)).await {
            Ok(object) => Live::Found(object),
            // Who did not answer a question is not asked another one.
            Err(Trouble::Silent(why)) => {
                return Answer { live: Live::Unknown(why.clone()), dry_run: DryRun::NotPermitted(why) };
            }
            Err(trouble) => status::live(trouble),
        };
        let dry_run = self.dry_run(wanted, &place, &live).await;
        Answer { live, dry_run }
    }

    async fn dry_run(&self, wanted: &Value, place: &Place, live: &Live) -> DryRun {
        if self.options.read_only {
            return DryRun::NotPermitted("only reading was asked for".to_owned());
        }
        if let Some(why) = self.denied.borrow().get(&place.folder) {
            return DryRun::NotPermitted(why.clone());
        }
        let manager = manager(live, &self.options.managers);
        let trouble = match self.server.ask(Query::Apply(&place.folder, &place.name, wanted, manager)).await {
            Ok(object) => return DryRun::Would(object),
            Err(trouble) => trouble,
        };
        if let Some(why) = denied_everywhere(&trouble) {
            self.denied.borrow_mut().insert(place.folder.clone(), why);
        }
        let is_secret = string(wanted, "/apiVersion") == "v1" && string(wanted, "/kind") == "Secret";
        status::dry_run(trouble, is_secret)
    }
}

/// What the server said, when the user may patch no object of the kind in this namespace.
fn denied_everywhere(trouble: &Trouble) -> Option<String> {
    let Trouble::Refused(status) = trouble else { return None };
    let why = status::missing_right(status).filter(|_| status.code == 403)?;
    why.contains("cannot patch resource").then_some(why)
}

/// The manager for whom a dry run speaks: the first that has applied the object before, else the last.
fn manager<'a>(live: &Live, managers: &'a [String]) -> &'a str {
    let fields = match live {
        Live::Found(object) => object.pointer("/metadata/managedFields").and_then(Value::as_array),
        _ => None,
    };
    let has_applied = |manager: &&String| {
        let is_his = |entry: &Value| {
            string(entry, "/operation") == "Apply"
                && string(entry, "/manager") == manager.as_str()
                && string(entry, "/subresource").is_empty()
        };
        fields.is_some_and(|fields| fields.iter().any(is_his))
    };
    managers.iter().find(has_applied).or_else(|| managers.last()).map_or("ahuora", String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dry_run_speaks_as_the_one_who_applied() {
        let managers = ["first", "second", "third"].map(str::to_owned);
        let entry = |name: &str, operation: &str| json!({"manager": name, "operation": operation});
        let found = |entries: Value| Live::Found(json!({"metadata": {"managedFields": entries}}));
        assert_eq!(manager(&Live::Absent, &managers), "third");
        assert_eq!(manager(&found(json!([entry("first", "Update")])), &managers), "third");
        assert_eq!(manager(&found(json!([entry("second", "Apply"), entry("third", "Apply")])), &managers), "second");
        let status = json!([{"manager": "first", "operation": "Apply", "subresource": "status"}]);
        assert_eq!(manager(&found(status), &managers), "third");
    }
}
