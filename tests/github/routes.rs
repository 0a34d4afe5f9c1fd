//! What each request does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::bodies;
use crate::server::{Commit, Label, Pull, Run, Server, TagObject};

type Said = (u16, Option<Value>);

/// Undoes the escapes of a path.
pub(crate) fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let escaped = (*first == b'%').then(|| more.get(..2)).flatten();
        let byte = escaped.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &more[2..] } else { more };
    }
    String::from_utf8(bytes).expect("text")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn missing() -> Said {
    (404, Some(bodies::error("Not Found")))
}

fn refused(message: &str) -> Said {
    (422, Some(bodies::error(message)))
}

impl Server {
    pub(crate) fn route(&mut self, method: &str, path: &str, body: &Value) -> Said {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let Some(below) = path.strip_prefix(&format!("/repos/{}/", self.repository)) else { return missing() };
        let parts: Vec<String> = below.split('/').map(plain).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let query: Vec<(String, String)> =
            query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), plain(v))).collect();
        let query = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (method, parts.as_slice()) {
            ("GET", ["labels", name]) => {
                let known = self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name));
                known.map_or_else(missing, |label| (200, Some(bodies::label(label))))
            }
            ("POST", ["labels"]) => self.make_label(body),
            ("GET", ["pulls"]) => {
                let head = query("head").map(|head| head.split_once(':').expect("an owner").1.to_owned());
                let fits = |pull: &&Pull| pull.open && head.as_ref().is_none_or(|head| *head == pull.branch);
                let all: Vec<Value> = self.pulls.iter().filter(fits).map(|pull| bodies::pull(self, pull)).collect();
                (200, Some(page(&all, query("per_page"), query("page"))))
            }
            ("POST", ["pulls"]) => self.open(body),
            ("PATCH", ["pulls", number]) => self.update(number, body),
            ("GET", ["issues"]) => {
                let label = query("labels").unwrap_or_default();
                let fits = |pull: &&Pull| pull.open && pull.labels.contains(label);
                let all: Vec<Value> = self.pulls.iter().filter(fits).map(|pull| bodies::issue(self, pull)).collect();
                (200, Some(page(&all, query("per_page"), query("page"))))
            }
            ("POST", ["issues", number, "labels"]) => self.add_labels(number, body),
            ("DELETE", ["issues", number, "labels", name]) => self.remove_label(number, name),
            ("GET", ["git", "ref", name]) => {
                let name = format!("refs/{name}");
                let found = self.refs.get(&name).map(|object| bodies::reference(self, &name, object));
                found.map_or_else(missing, |found| (200, Some(found)))
            }
            ("GET", ["git", "matching-refs", start]) => {
                let start = format!("refs/{start}");
                let fits = self.refs.iter().filter(|(name, _)| name.starts_with(&start));
                let all: Vec<Value> = fits.map(|(name, object)| bodies::reference(self, name, object)).collect();
                match query("page").filter(|_| !self.unpaged) {
                    Some(number) => (200, Some(page(&all, query("per_page"), Some(number)))),
                    None => (200, Some(all.into())),
                }
            }
            ("POST", ["git", "refs"]) => self.make_reference(&text(body, "ref"), &text(body, "sha")),
            ("PATCH", ["git", "refs", name]) => {
                self.move_reference(&format!("refs/{name}"), &text(body, "sha"), body["force"] == true)
            }
            ("DELETE", ["git", "refs", name]) => match self.refs.remove(&format!("refs/{name}")) {
                Some(_) => (204, None),
                None => refused("Reference does not exist"),
            },
            ("GET", ["git", "commits", sha]) => {
                let found = self.commits.get(*sha).map(|commit| bodies::commit(sha, commit));
                found.map_or_else(missing, |found| (200, Some(found)))
            }
            ("POST", ["git", "commits"]) => self.make_commit(body),
            ("GET", ["git", "tags", sha]) => {
                let found = self.tags.get(*sha).map(|tag| bodies::tag(sha, tag));
                found.map_or_else(missing, |found| (200, Some(found)))
            }
            ("POST", ["git", "tags"]) => self.make_tag(body),
            ("GET", ["compare", range]) => self.compare(range),
            ("POST", ["actions", "workflows", "load-test.yml", "dispatches"]) => self.dispatch(body),
            ("GET", ["actions", "workflows", "load-test.yml", "runs"]) => {
                let from = query("created").and_then(|from| ahuora::github::date::of_iso(from.strip_prefix(">=")?));
                let from = from.expect("a time") * 1_000;
                let listed = |run: &&Run| run.created >= from && self.now >= run.created + self.lag;
                let all: Vec<Value> = self.runs.iter().rev().filter(listed).map(|run| bodies::run(self, run)).collect();
                let count = all.len();
                let runs = page(&all, query("per_page"), query("page"));
                (200, Some(json!({"total_count": count, "workflow_runs": runs})))
            }
            ("GET", ["actions", "runs", number]) => {
                let found = self.runs.iter().find(|run| run.number.to_string() == *number);
                found.map_or_else(missing, |run| (200, Some(bodies::run(self, run))))
            }
            ("POST", ["actions", "runs", number, "cancel"]) => {
                let found = self.runs.iter_mut().find(|run| run.number.to_string() == *number);
                found.map_or_else(missing, |run| {
                    run.cancelled = true;
                    (202, Some(json!({})))
                })
            }
            _ => panic!("nobody thought of {method} {path}"),
        }
    }

    fn make_label(&mut self, body: &Value) -> Said {
        let new =
            Label { name: text(body, "name"), color: text(body, "color"), description: text(body, "description") };
        if self.labels.iter().any(|label| label.name.eq_ignore_ascii_case(&new.name)) {
            return refused("Validation Failed");
        }
        self.labels.push(new.clone());
        (201, Some(bodies::label(&new)))
    }

    fn open(&mut self, body: &Value) -> Said {
        let branch = text(body, "head");
        if !self.refs.contains_key(&format!("refs/heads/{branch}")) {
            return refused("Validation Failed: head is invalid");
        }
        if self.pulls.iter().any(|pull| pull.open && pull.branch == branch) {
            return refused(&format!("A pull request already exists for ahuora:{branch}."));
        }
        if text(body, "body").chars().count() > 65_536 {
            return refused("body is too long (maximum is 65536 characters)");
        }
        let new = Pull {
            number: self.pulls.len() as u64 + 1,
            branch,
            base: text(body, "base"),
            title: text(body, "title"),
            body: text(body, "body"),
            draft: body["draft"].as_bool().unwrap_or(false),
            open: true,
            labels: BTreeSet::new(),
        };
        self.pulls.push(new.clone());
        (201, Some(bodies::whole_pull(self, &new)))
    }

    fn pull(&mut self, number: &str) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number.to_string() == number)
    }

    fn update(&mut self, number: &str, body: &Value) -> Said {
        let Some(pull) = self.pull(number) else { return missing() };
        for (name, place) in [("title", &mut pull.title), ("body", &mut pull.body), ("base", &mut pull.base)] {
            if let Some(new) = body[name].as_str() {
                new.clone_into(place);
            }
        }
        pull.open &= body["state"] != "closed";
        let pull = pull.clone();
        (200, Some(bodies::whole_pull(self, &pull)))
    }

    fn add_labels(&mut self, number: &str, body: &Value) -> Said {
        let Some(pull) = self.pull(number) else { return missing() };
        let new = body["labels"].as_array().expect("labels").iter();
        pull.labels.extend(new.map(|label| label.as_str().expect("a name").to_owned()));
        let labels = pull.labels.clone();
        (200, Some(labels.iter().map(|name| bodies::label(&self.label(name))).collect()))
    }

    fn remove_label(&mut self, number: &str, name: &str) -> Said {
        let Some(pull) = self.pull(number) else { return missing() };
        if !pull.labels.remove(name) {
            return missing();
        }
        let labels = pull.labels.clone();
        (200, Some(labels.iter().map(|name| bodies::label(&self.label(name))).collect()))
    }

    fn make_reference(&mut self, name: &str, commit: &str) -> Said {
        if !self.commits.contains_key(commit) && !self.tags.contains_key(commit) {
            return refused("Object does not exist");
        }
        if self.refs.contains_key(name) {
            return refused("Reference already exists");
        }
        self.refs.insert(name.to_owned(), commit.to_owned());
        (201, Some(bodies::reference(self, name, commit)))
    }

    fn move_reference(&mut self, name: &str, commit: &str, force: bool) -> Said {
        let Some(current) = self.refs.get(name).cloned() else { return refused("Reference does not exist") };
        if !force && !self.is_behind(&current, commit) {
            return refused("Update is not a fast forward");
        }
        self.refs.insert(name.to_owned(), commit.to_owned());
        (200, Some(bodies::reference(self, name, commit)))
    }

    /// Whether a commit is another one, or stands behind it.
    pub(crate) fn is_behind(&self, old: &str, commit: &str) -> bool {
        let mut ancestors = vec![commit.to_owned()];
        while let Some(one) = ancestors.pop() {
            if one == old {
                return true;
            }
            ancestors.extend(self.commits.get(&one).into_iter().flat_map(|commit| commit.parents.clone()));
        }
        false
    }

    fn compare(&self, range: &str) -> Said {
        let (from, to) = range.split_once("...").expect("a range");
        let commit = |name: &str| {
            let of_branch = self.refs.get(&format!("refs/heads/{name}")).map_or(name, String::as_str);
            self.commits.contains_key(of_branch).then(|| of_branch.to_owned())
        };
        let (Some(from), Some(to)) = (commit(from), commit(to)) else { return missing() };
        let status = match (self.is_behind(&from, &to), self.is_behind(&to, &from)) {
            (true, true) => "identical",
            (true, false) => "ahead",
            (false, true) => "behind",
            (false, false) => "diverged",
        };
        (200, Some(bodies::comparison(status, (&from, &to))))
    }

    fn make_tag(&mut self, body: &Value) -> Said {
        let new = TagObject { name: text(body, "tag"), message: text(body, "message"), object: text(body, "object") };
        if !self.commits.contains_key(&new.object) {
            return refused("Object does not exist");
        }
        let sha = format!("{:040x}", 0x7a_0000 + self.tags.len());
        self.tags.insert(sha.clone(), new.clone());
        (201, Some(bodies::tag(&sha, &new)))
    }

    fn make_commit(&mut self, body: &Value) -> Said {
        let parents = body["parents"].as_array().into_iter().flatten();
        let parents = parents.filter_map(|parent| parent.as_str().map(str::to_owned)).collect();
        let new = Commit { message: text(body, "message"), tree: text(body, "tree"), parents };
        let sha = format!("{:040x}", 0xc0_0000 + self.commits.len());
        self.commits.insert(sha.clone(), new.clone());
        (201, Some(bodies::commit(&sha, &new)))
    }

    fn dispatch(&mut self, body: &Value) -> Said {
        let inputs = body["inputs"].clone();
        let number = 9_000 + self.runs.len() as u64;
        let (id, created, active) = (text(&inputs, "dispatch_id"), self.now, self.active());
        self.runs.push(Run { number, id, inputs, created, cancelled: false, active });
        if self.details && body["return_run_details"] == true {
            return (200, Some(bodies::sent(number)));
        }
        (204, None)
    }
}

fn page(all: &[Value], size: Option<&str>, number: Option<&str>) -> Value {
    let size: usize = size.and_then(|size| size.parse().ok()).unwrap_or(30);
    let number: usize = number.and_then(|number| number.parse().ok()).unwrap_or(1);
    all.iter().skip(size * (number - 1)).take(size).cloned().collect()
}
