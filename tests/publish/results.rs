//! Folders of results, and the program run on them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::lab::{Ended, Lab, Plan, ended};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// Where [`run`] of `0193` goes.
pub(crate) const FOLDER: &str = "replicas/0123456789ab/uor-average/trial-2/0193";
/// When it ended.
pub(crate) const ENDED: u64 = 1_767_225_600;

const JOURNAL: &str = r#"{"v":1,"at":1767225000000,"event":"opened"}
{"v":1,"at":1767225600999,"event":"interrupted"}
"#;

/// A remote, and a clone `one` that has what the program wants to see.
pub(crate) fn lab() -> Lab {
    let lab = Lab::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let one = lab.path("one");
    fs::create_dir_all(one.join("experiments/load")).expect("a folder");
    for file in ["platform.yaml", "experiments/load/load.yaml"] {
        fs::copy(here.join(file), one.join(file)).expect("a copy");
    }
    lab.pushed("one", "feat: a platform");
    lab
}

/// The files of a run that ended, by path.
pub(crate) fn files(id: &str) -> BTreeMap<String, Vec<u8>> {
    let run = format!(
        r#"{{"id": "{id}", "experiment": "replicas", "commit": "{COMMIT}", "target": "https://127.0.0.1",
            "endpoint": "uor", "profile": "average", "trials": [2]}}"#
    );
    let samples: Vec<u8> = (0..3_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let files: [(&str, &[u8]); 8] = [
        ("run.json", run.as_bytes()),
        ("journal.jsonl", JOURNAL.as_bytes()),
        ("script.js", b"export default () => {}\r\n"),
        ("fingerprint.json", b"{}\n"),
        ("result.json", b"{\"grade\": \"valid\"}\n"),
        ("trial-1/attempt-1/summary.json", b"{}"),
        ("trial-1/attempt-1/k6.log", b"one\r\ntwo\n\0\xff"),
        ("trial-1/attempt-1/samples.json.gz", &samples),
    ];
    files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect()
}

/// Writes files into a folder beside the clones.
pub(crate) fn write(lab: &Lab, folder: &str, files: &BTreeMap<String, Vec<u8>>) -> PathBuf {
    let folder = lab.path(folder);
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

/// The results of a run, in a folder of its name.
pub(crate) fn run(lab: &Lab, id: &str) -> PathBuf {
    write(lab, id, &files(id))
}

/// Publishes from a clone.
pub(crate) fn publish(lab: &Lab, clone: &str, arguments: &str) -> Ended {
    publish_with(lab, clone, arguments, &Plan::default()).0
}

/// As [`publish`], with something done to the calls of git; gives the file of these calls, too.
pub(crate) fn publish_with(lab: &Lab, clone: &str, arguments: &str, plan: &Plan) -> (Ended, PathBuf) {
    let (mut command, calls) = lab.prepared_verb("load publish", clone, arguments, plan);
    (ended(command.output().expect("a program that starts")), calls)
}

/// Every file on the branch of a repository, with its bytes.
pub(crate) fn branch(lab: &Lab, repository: &str, branch: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = lab.path(repository);
    let listed = lab.git(&folder, &format!("ls-tree -r --name-only {branch}"));
    let bytes = |path: &str| lab.try_git(&folder, &["cat-file", "blob", &format!("{branch}:{path}")]).stdout;
    listed.lines().map(|path| (path.to_owned(), bytes(path))).collect()
}

/// The files of a run as the branch has them.
pub(crate) fn on_branch(folder: &str, files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(path, bytes)| (format!("{folder}/{path}"), bytes.clone())).collect()
}

/// Every file of a clone, git's own included, with its bytes.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(snapshot(&entry));
        } else {
            found.insert(entry.clone(), fs::read(&entry).unwrap_or_default());
        }
    }
    found
}

impl Lab {
    /// The SHA-256 of a file, as another program tells it.
    pub(crate) fn digest(&self, path: &str) -> String {
        let output = std::process::Command::new("sha256sum").arg(self.path(path)).output().expect("sha256sum");
        String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default().to_owned()
    }
}

impl Ended {
    /// It ended so, and said all of this.
    pub(crate) fn expect(&self, code: i32, says: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        for text in says {
            assert!(self.stdout.contains(text) || self.stderr.contains(text), "not said: {text}: {self:?}");
        }
        self
    }
}
