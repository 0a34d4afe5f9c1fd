//! What the workflows and actions of this repository must never be, and that those of `ahuora init` are the same. That
//! they work is proved by `tests/real/parts/release-workflows`, which runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where the workflows stand that `init` and the platform's repository get.
const FOLDERS: [&str; 3] = [".github/workflows", "src/default", "examples/platform/.github/workflows"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// Every workflow and action, by its path.
fn files() -> BTreeMap<String, String> {
    let actions = ["action.yml", ".github/actions/ahuora/action.yml"].map(PathBuf::from);
    let workflows = FOLDERS.iter().flat_map(|folder| {
        let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
        entries.flatten().map(move |entry| Path::new(folder).join(entry.file_name()))
    });
    let all = workflows.chain(actions).filter(|path| path.extension().is_some_and(|extension| extension == "yml"));
    all.map(|path| path.display().to_string()).map(|path| (path.clone(), read(&path))).collect()
}

/// Every step of a workflow or an action, and every job that calls a workflow.
fn steps(file: &Value) -> Vec<Value> {
    let jobs = file["jobs"].as_object().into_iter().flat_map(|jobs| jobs.values());
    let runs = jobs.chain([&file["runs"]]);
    let within = |job: &Value| job["steps"].as_array().cloned().unwrap_or_else(|| vec![job.clone()]);
    runs.flat_map(within).collect()
}

#[test]
fn nothing_reaches_a_script_but_by_its_environment() {
    let mut scripts = 0;
    for (path, text) in files() {
        for step in steps(&parsed(&text)) {
            let Some(script) = step["run"].as_str() else { continue };
            scripts += 1;
            assert!(!script.contains("${{"), "{path}: an expression in the script of {}", step["name"]);
            assert!(!script.contains("eval"), "{path}: {}", step["name"]);
        }
    }
    assert!(scripts > 20, "only {scripts} scripts were found");
}

#[test]
fn what_others_wrote_is_named_by_its_commit() {
    let mut others = 0;
    for (path, text) in files() {
        for line in text.lines().filter_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix("uses: ")) {
            if line.starts_with("$/") || line.starts_with("./") {
                continue;
            }
            others += 1;
            let (action, rest) = line.split_once('@').unwrap();
            // Our own, which is in the same hands, by the release whose program it runs.
            let of_ours = format!("v{}", env!("CARGO_PKG_VERSION"));
            if action.starts_with("waikato-ahuora-smart-energy-systems/ahuora-cluster/") && rest == of_ours {
                continue;
            }
            let (commit, version) =
                rest.split_once(" # v").unwrap_or_else(|| panic!("{path}: {line} tells no version"));
            assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {line}");
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{path}: {line}");
        }
    }
    assert!(others > 20, "only {others} were found");
}

#[test]
fn workflows_begin_with_no_permission_and_checkouts_keep_no_credentials() {
    for (path, text) in files() {
        let file = parsed(&text);
        if file["jobs"].is_object() {
            assert_eq!(file["permissions"], serde_json::json!({}), "{path}");
        }
        for step in steps(&file) {
            let uses = step["uses"].as_str().unwrap_or_default();
            if uses.starts_with("actions/checkout@") {
                assert_eq!(step["with"]["persist-credentials"], false, "{path}: {}", step["name"]);
            }
            if uses.starts_with("actions/create-github-app-token@") {
                let with = step["with"].as_object().unwrap();
                assert!(with.contains_key("repositories"), "{path}: a token for every repository");
                assert!(with.keys().any(|key| key.starts_with("permission-")), "{path}: a token for everything");
            }
        }
    }
}

#[test]
fn releases_wait_for_each_other_and_none_is_dropped() {
    for name in ["bump", "container-release", "release"] {
        let concurrency = &parsed(&read(&format!(".github/workflows/{name}.yml")))["concurrency"];
        assert_eq!(concurrency["cancel-in-progress"], false, "{name}");
        assert_eq!(concurrency["queue"], "max", "{name}: a run that waits would be dropped for the next");
    }
    for (path, text) in files() {
        if path.starts_with("examples/") {
            // With the group of the workflow that it calls, a caller would wait for itself.
            assert!(parsed(&text)["concurrency"].is_null(), "{path}");
        }
    }
}

#[test]
fn the_job_that_makes_load_may_write_nothing_and_no_other_has_its_secrets() {
    let file = parsed(&read(".github/workflows/load-test.yml"));
    let jobs = file["jobs"].as_object().unwrap();
    assert_eq!(jobs.len(), 3);
    for (name, job) in jobs {
        let (is_of_the_node, text) = (job["runs-on"].is_array(), job.to_string());
        let writes = job["permissions"].as_object().unwrap().values().any(|value| value != "read");
        assert_eq!((is_of_the_node, writes), (name == "load", name == "keep"), "{name}");
        assert!(job["env"].is_null() && file["env"].is_null(), "{name}: every step would have it");
        assert_eq!((text.contains("secrets."), text.contains("github.token")), (is_of_the_node, writes), "{name}");
    }
}

#[test]
fn a_new_repository_has_the_same_workflows() {
    let ours = read(".github/workflows/manifest-diff.yml");
    let paths = "      - manifests/**\n";
    let of_init = ours.replace(&format!("{paths}      - src/**\n"), paths);
    assert!(of_init != ours && of_init == read("src/default/manifest-diff.yml"));

    // The action there proves a release as the one here does, and offers the same.
    let (here, there) = (read(".github/actions/ahuora/action.yml"), read("src/default/ahuora-action.yml"));
    for begin in
        ["sha256sum --check", "gh attestation verify", "install \"$bin", "echo \"program=", "AHUORA_REPOSITORY: "]
    {
        let line = |text: &str| text.lines().map(str::trim).find(|line| line.contains(begin)).map(str::to_owned);
        assert!(line(&here).is_some() && line(&here) == line(&there), "{begin}");
    }
    let (here, there) = (parsed(&here), parsed(&there));
    assert_eq!((&here["inputs"], &here["outputs"]), (&there["inputs"], &there["outputs"]));
}

#[test]
fn the_release_that_is_named_is_this_one() {
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    let mut named = 0;
    for (path, text) in files() {
        for line in text.lines() {
            let found = line.split_once("AHUORA_RELEASE: ").or_else(|| line.split_once("container-release.yml@"));
            let Some((_, found)) = found else { continue };
            assert_eq!(found, version, "{path}: Cargo.toml has another version");
            named += 1;
        }
    }
    assert_eq!(named, 4, "init's action and three callers");
    assert!(read("release.yaml").contains("\ntag: v{version}\n"));
}

#[test]
fn the_action_takes_what_tag_checker_takes() {
    let action = parsed(&read("action.yml"));
    let inputs = action["inputs"].as_object().unwrap();
    let default = |name: &str| inputs[name]["default"].clone();
    let mut names: Vec<&str> = inputs.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["prerelease-suffix", "release-branch", "tag-prefix", "token", "working-directory"]);
    assert_eq!(inputs["release-branch"]["required"], true);
    assert!(names.iter().all(|name| *name == "release-branch" || inputs[*name]["required"] == false));
    assert_eq!(default("tag-prefix"), "");
    assert_eq!(default("prerelease-suffix"), "prerelease");
    assert_eq!(default("token"), "${{ github.token }}");
    assert_eq!(default("working-directory"), ".");
    let outputs: Vec<&String> = action["outputs"].as_object().unwrap().keys().collect();
    assert_eq!(outputs, ["latest_tag"]);
}
