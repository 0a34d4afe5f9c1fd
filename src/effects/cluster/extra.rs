//! Objects that are ours and that nobody wants any more.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use super::kinds::{Kind, Kinds, folder, kind, name, string};
use super::request::{Query, Server, Trouble};
use super::{OPEN, Options};

/// Most objects of one answer.
const PAGE: u32 = 500;
/// The annotation with which Argo CD marks what it applied: `application:group/kind:namespace/name`.
const TRACKING: &str = "/metadata/annotations/argocd.argoproj.io~1tracking-id";

/// The objects of one kind in one namespace, or in none.
struct Folder {
    path: String,
    version: String,
    kind: String,
    namespace: Option<String>,
}

/// The objects of the wanted kinds, in the wanted namespaces, that are ours and not wanted; and notes on where
/// that could not be looked at. Objects that another object owns go with it, so they are not among them.
pub(super) async fn extra(
    server: &Server,
    kinds: &Kinds,
    wanted: &[Value],
    options: &Options,
) -> (Vec<Value>, Vec<String>) {
    let known = wanted_objects(kinds, wanted);
    let look = async |folder: Folder| {
        let found = in_folder(server, &folder, options, &known).await;
        (folder, found)
    };
    let folders = folders(kinds, wanted);
    let found: Vec<_> = stream::iter(folders).map(look).buffered(OPEN).collect().await;
    let (mut extra, mut unseen) = (Vec::new(), BTreeMap::<_, Vec<String>>::new());
    for (folder, (objects, trouble)) in found {
        extra.extend(objects);
        if let Some(why) = trouble {
            unseen.entry((folder.namespace, why)).or_default().push(folder.kind);
        }
    }
    let note = |((namespace, why), kinds): ((Option<String>, String), Vec<String>)| {
        let place = namespace.map_or("outside namespaces".to_owned(), |namespace| format!("in namespace {namespace}"));
        format!("{place}: {why}, so what is no longer wanted is not seen among {}", kinds.join(", "))
    };
    (extra, unseen.into_iter().map(note).collect())
}

/// Where objects of the wanted kinds may stand: each kind in each wanted namespace, or once.
fn folders(kinds: &Kinds, wanted: &[Value]) -> Vec<Folder> {
    let distinct: BTreeSet<Kind> = wanted.iter().map(kind).collect();
    let known = |(version, kind): &Kind| kinds.resource(version, kind).ok().filter(|resource| resource.is_listed);
    let is_namespaced = |object: &&Value| known(&kind(object)).is_some_and(|resource| resource.is_namespaced);
    let namespaces: BTreeSet<&str> =
        wanted.iter().filter(is_namespaced).map(|object| kinds.namespace(object)).collect();
    let mut folders = Vec::new();
    for (version, kind) in distinct {
        let Ok(resource) = kinds.resource(&version, &kind) else { continue };
        if !resource.is_listed {
            continue;
        }
        let places: Vec<Option<&str>> =
            if resource.is_namespaced { namespaces.iter().copied().map(Some).collect() } else { vec![None] };
        for namespace in places {
            if let Some(path) = folder(&version, namespace, &resource.plural) {
                let (version, kind, namespace) = (version.clone(), kind.clone(), namespace.map(str::to_owned));
                folders.push(Folder { path, version, kind, namespace });
            }
        }
    }
    folders
}

/// Every wanted object: group, kind, namespace (empty where its kind has none) and name.
fn wanted_objects<'a>(kinds: &'a Kinds, wanted: &'a [Value]) -> BTreeSet<(&'a str, &'a str, &'a str, &'a str)> {
    let identity = |object: &'a Value| {
        let (version, kind) = (string(object, "/apiVersion"), string(object, "/kind"));
        let is_namespaced = kinds.resource(version, kind).is_ok_and(|resource| resource.is_namespaced);
        (group(version), kind, if is_namespaced { kinds.namespace(object) } else { "" }, name(object))
    };
    wanted.iter().map(identity).collect()
}

/// The group of an `apiVersion`; empty for the core group.
fn group(version: &str) -> &str {
    version.split_once('/').map_or("", |(group, _)| group)
}

/// What is ours and not wanted in a folder, whole; and why not all of it could be seen.
async fn in_folder(
    server: &Server,
    folder: &Folder,
    options: &Options,
    known: &BTreeSet<(&str, &str, &str, &str)>,
) -> (Vec<Value>, Option<String>) {
    let listed = match list(server, folder, options).await {
        Ok(listed) => listed,
        Err(Trouble::Refused(status)) if status.code == 403 => {
            return (Vec::new(), Some("no permission to list".to_owned()));
        }
        Err(trouble) => return (Vec::new(), Some(trouble.told())),
    };
    let namespace = folder.namespace.as_deref().unwrap_or_default();
    let is_extra = |object: &&Value| {
        let identity = (group(&folder.version), folder.kind.as_str(), namespace, name(object));
        !known.contains(&identity) && !is_owned(object) && is_ours(object, folder, options)
    };
    let (mut objects, mut trouble) = (Vec::new(), None);
    for object in listed.iter().filter(is_extra) {
        match server.ask(Query::Get(&folder.path, name(object))).await {
            Ok(object) => objects.push(object),
            // It went in the meantime.
            Err(Trouble::Refused(status)) if status.code == 404 => {}
            // What is known of it is better than nothing.
            Err(why) => {
                objects.push(with_kind(object, folder));
                trouble = Some(why.told());
            }
        }
    }
    (objects, trouble)
}

/// Names, labels, annotations and owners of what stands in a folder; never more of it.
async fn list(server: &Server, folder: &Folder, options: &Options) -> Result<Vec<Value>, Trouble> {
    // Only labels can be asked for: when annotations matter as well, everything is looked at.
    let labels: Vec<String> = options.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let labels = (options.applications.is_empty() && !labels.is_empty()).then(|| labels.join(","));
    let (mut listed, mut from, mut page) = (Vec::new(), None::<String>, Some(PAGE));
    loop {
        let query = Query::List { folder: &folder.path, labels: labels.as_deref(), from: from.as_deref(), page };
        let mut answer = match server.ask(query).await {
            // The list changed so much that its pages no longer fit: all of it at once.
            Err(Trouble::Refused(status)) if status.code == 410 && from.is_some() => {
                (listed, from, page) = (Vec::new(), None, None);
                continue;
            }
            answer => answer?,
        };
        from = Some(string(&answer, "/metadata/continue").to_owned()).filter(|mark| !mark.is_empty());
        if let Some(Value::Array(items)) = answer.get_mut("items").map(Value::take) {
            listed.extend(items);
        }
        if from.is_none() {
            return Ok(listed);
        }
    }
}

fn is_owned(object: &Value) -> bool {
    object.pointer("/metadata/ownerReferences").and_then(Value::as_array).is_some_and(|owners| !owners.is_empty())
}

/// Whether an object of a folder is ours: Argo CD tracks it for one of our Applications (a mark that was copied from
/// another object names that one), or it carries all our labels.
fn is_ours(object: &Value, folder: &Folder, options: &Options) -> bool {
    let label = |(key, value): &(String, String)| {
        object.pointer("/metadata/labels").and_then(|labels| labels.get(key)).and_then(Value::as_str) == Some(value)
    };
    let end = format!("/{}", name(object));
    let is_tracked = |application: &String| {
        let beginning = format!("{application}:{}/{}:", group(&folder.version), folder.kind);
        let mark = string(object, TRACKING);
        mark.starts_with(&beginning) && mark.ends_with(&end)
    };
    (!options.labels.is_empty() && options.labels.iter().all(label)) || options.applications.iter().any(is_tracked)
}

/// What a list says of an object, as an object: lists leave out its kind.
fn with_kind(object: &Value, folder: &Folder) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.insert("apiVersion".to_owned(), folder.version.clone().into());
        fields.insert("kind".to_owned(), folder.kind.clone().into());
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_ours_as(mark: &str, labels: &Value) -> bool {
        let (path, namespace) = (String::new(), Some("a".to_owned()));
        let folder = Folder { path, version: "apps/v1".to_owned(), kind: "Deployment".to_owned(), namespace };
        let options = Options {
            applications: vec!["shop".to_owned()],
            labels: vec![("by".to_owned(), "us".to_owned()), ("of".to_owned(), "shop".to_owned())],
            ..Options::default()
        };
        let annotations = json!({"argocd.argoproj.io/tracking-id": mark});
        let object = json!({"metadata": {"name": "x", "annotations": annotations, "labels": labels}});
        is_ours(&object, &folder, &options)
    }

    #[test]
    fn ours_is_what_carries_all_labels_or_a_mark_of_its_own() {
        assert!(is_ours_as("", &json!({"by": "us", "of": "shop", "more": "x"})));
        assert!(!is_ours_as("", &json!({"by": "us"})));
        assert!(!is_ours_as("", &json!({"by": "us", "of": "another"})));
        assert!(is_ours_as("shop:apps/Deployment:a/x", &json!({})));
        assert!(!is_ours_as("shop-2:apps/Deployment:a/x", &json!({})));
        assert!(!is_ours_as("shop:apps/Deployment:a/y", &json!({})), "a mark that was copied from y");
        assert!(!is_ours_as("shop:/Service:a/x", &json!({})), "a mark that was copied from a Service");
    }

    #[test]
    fn without_labels_only_marks_make_it_ours() {
        let folder =
            Folder { path: String::new(), version: "v1".to_owned(), kind: "Service".to_owned(), namespace: None };
        let options = Options { labels: Vec::new(), ..Options::default() };
        assert!(!is_ours(&json!({"metadata": {"name": "x"}}), &folder, &options));
    }

    #[test]
    fn what_an_object_owns_goes_with_it() {
        assert!(is_owned(&json!({"metadata": {"ownerReferences": [{"kind": "Deployment"}]}})));
        assert!(!is_owned(&json!({"metadata": {"ownerReferences": []}})));
        assert!(!is_owned(&json!({"metadata": {}})));
    }
}
