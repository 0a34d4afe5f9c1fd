//! As a pull request: a branch of the remote and its pull request, and nothing here.

use std::fs;

use insta::assert_snapshot;

use crate::bump::github::{GitHub, Pull};
use crate::bump::lab::{Lab, Run};

fn place() -> (Lab, GitHub) {
    let mut lab = Lab::with_remote();
    let github = GitHub::start(&mut lab);
    (lab, github)
}

fn propose(lab: &Lab, args: &[&str]) -> Run {
    lab.bump(&[args, &["--pull-request"]].concat())
}

/// A file of a branch of the remote.
fn at(lab: &Lab, branch: &str, path: &str) -> String {
    lab.git_in(&lab.beside("remote.git"), &["show", &format!("{branch}:{path}")])
}

/// Text without what differs from run to run: commits.
fn masked(text: &str) -> String {
    let is_commit = |word: &str| word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mask = |word: &str| {
        let bare = word.trim_matches('`').trim_end_matches("`:");
        if is_commit(bare) { word.replace(bare, "(commit)") } else { word.to_owned() }
    };
    text.split('\n').map(|line| line.split(' ').map(mask).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn one_pull_request_that_touches_nothing_here_and_is_updated_rather_than_doubled() {
    let (lab, github) = place();
    // Work of the user, and an older state of the branch, are in nobody's way.
    lab.write("platform.yaml", &(lab.read("platform.yaml") + "# mine\n"));
    lab.write("staged.txt", "staged\n");
    lab.git(&["add", "staged.txt"]);
    let everything = lab.everything();
    let dry = propose(&lab, &["django-api", "0.0.18", "--dry-run"]).code(0);
    assert!(github.open().is_empty() && github.commit("release/django-api").is_none());
    let run = propose(&lab, &["django-api", "0.0.18"]).code(0);
    assert_eq!(run.stdout, dry.stdout);
    assert_snapshot!(masked(&run.stdout), @r"
    django-api: 0.0.17 -> 0.0.18
    update platform.yaml
    update manifests/production/django-api/deployment.yaml
    update README.md
    update compose.yaml
    push release/django-api (commit) to origin
    open pull request release/django-api -> main
    ");
    assert_eq!(run.stderr, "https://github.example.org/pull/1 (opened)\n");
    let [Pull { branch, base, title, body, .. }] = &github.open()[..] else { panic!("one") };
    assert_eq!(
        (branch.as_str(), base.as_str(), title.as_str()),
        ("release/django-api", "main", "django-api: 0.0.17 -> 0.0.18")
    );
    assert_snapshot!(masked(body), @r#"
    **django-api** goes from `0.0.17` to `0.0.18`: `services.django-api.image` of `platform.yaml`, and what is generated from it.

    | | image |
    |---|---|
    | before | `ahuora/django-api:0.0.17` |
    | after | `ahuora/django-api:0.0.18` |

    <!-- ahuora:diff -->
    **What changes on the cluster** from `(commit)` to `release/django-api`: 1 changed, 0 same

    | risk | resources | |
    |---|---:|---|
    | rolling restart | 1 | `Deployment django-api in ahuora` |

    #### rolling restart

    <details><summary><b>changed</b> Deployment django-api in ahuora</summary>

    ```diff
        metadata.labels."app.kubernetes.io/version"  (metadata only)
    -     "0.0.17"
    +     "0.0.18"
        spec.template.metadata.labels."app.kubernetes.io/version"  (rolling restart)
    -     "0.0.17"
    +     "0.0.18"
        spec.template.spec.containers[name=django-api].image  (rolling restart)
    -     ahuora/django-api:0.0.17
    +     ahuora/django-api:0.0.18
    ```

    </details>
    "#);
    let main = lab.git(&["show", "main:platform.yaml"]);
    assert_eq!(at(&lab, "release/django-api", "platform.yaml"), main.replace("api:0.0.17", "api:0.0.18"));
    assert!(
        at(&lab, "release/django-api", "manifests/production/django-api/deployment.yaml")
            .contains("app.kubernetes.io/version: \"0.0.18\"")
    );
    assert_eq!(lab.git(&["rev-list", "--count", "main..release/django-api"]), "1");

    // Again: nothing. A newer one: the same pull request.
    let commit = github.commit("release/django-api");
    let again = propose(&lab, &["django-api", "0.0.18"]).code(0);
    again.says(&["https://github.example.org/pull/1 (same)"]);
    assert_eq!((github.commit("release/django-api"), github.state().changes.len()), (commit, 1));
    propose(&lab, &["django-api", "0.0.19"]).code(0).says(&["pull/1 (updated)"]);
    assert_eq!(github.open().len(), 1);
    assert_eq!(github.open()[0].title, "django-api: 0.0.17 -> 0.0.19");
    assert!(github.open()[0].body.contains("0.0.19") && !github.open()[0].body.contains("0.0.18"));
    assert_eq!(lab.git(&["rev-list", "--count", "main..release/django-api"]), "1");
    // An older one, that comes late, takes nothing back.
    propose(&lab, &["django-api", "0.0.18"])
        .code(0)
        .says(&["release/django-api is at 0.0.19 already: it stays so", "(same)"]);
    assert_eq!(github.open()[0].title, "django-api: 0.0.17 -> 0.0.19");
    // Another component has its own.
    propose(&lab, &["frontend", "0.0.10"]).code(0).says(&["pull/2 (opened)"]);
    assert_eq!(lab.everything(), everything, "the working folder, the index and HEAD are as they were");
}

#[test]
fn as_json() {
    let (lab, _github) = place();
    let mut json = propose(&lab, &["django-api", "0.0.18", "--format", "json"]).code(0).json();
    json["pull_requests"][0]["commit"] = "(commit)".into();
    json["actions"][5] = masked(json["actions"][5].as_str().unwrap()).into();
    assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "actions": [
        "django-api: 0.0.17 -> 0.0.18",
        "update platform.yaml",
        "update manifests/production/django-api/deployment.yaml",
        "update README.md",
        "update compose.yaml",
        "push release/django-api (commit) to origin",
        "open pull request release/django-api -> main"
      ],
      "changes": [
        {
          "component": "django-api",
          "from": "ahuora/django-api:0.0.17",
          "path": "services.django-api.image",
          "to": "ahuora/django-api:0.0.18"
        }
      ],
      "commit": null,
      "dry_run": false,
      "files": [
        "platform.yaml",
        "manifests/production/django-api/deployment.yaml",
        "README.md",
        "compose.yaml"
      ],
      "pull_requests": [
        {
          "base": "main",
          "branch": "release/django-api",
          "commit": "(commit)",
          "component": "django-api",
          "number": 1,
          "state": "opened",
          "url": "https://github.example.org/pull/1"
        }
      ],
      "same": [],
      "warnings": []
    }
    "#);
}

#[test]
fn when_the_base_has_it_there_is_nothing_to_do() {
    let (lab, github) = place();
    propose(&lab, &["django-api", "0.0.18"]).code(0);
    lab.bump(&["django-api", "0.0.18"]).code(0);
    lab.git(&["push", "--quiet", "origin", "main"]);
    let changes = github.state().changes.len();
    let run = propose(&lab, &["django-api", "0.0.18"]).code(0);
    run.says(&[
        "django-api is at 0.0.18 on main: nothing to do",
        "pull request #1 of release/django-api has nothing to change any more: close it (https://github.example.org/pull/1)",
    ]);
    assert_eq!((run.stdout.as_str(), github.state().changes.len()), ("", changes));
    // The next version goes over the branch that was left.
    propose(&lab, &["django-api", "0.0.19"]).code(0);
    assert_eq!(github.open()[0].title, "django-api: 0.0.18 -> 0.0.19");
    assert_eq!(lab.git(&["rev-list", "--count", "main..release/django-api"]), "1");
}

#[test]
fn the_base_of_the_remote_counts_and_not_the_one_here() {
    let (lab, github) = place();
    lab.bump(&["frontend", "0.0.10"]).code(0);
    propose(&lab, &["django-api", "0.0.18"]).code(0);
    assert!(
        at(&lab, "release/django-api", "platform.yaml").contains("ahuora/frontend:0.0.9"),
        "what was not pushed is not in it"
    );
    lab.git(&["push", "--quiet", "origin", "main"]);
    propose(&lab, &["django-api", "0.0.18"]).code(0).says(&["pull/1"]);
    assert!(at(&lab, "release/django-api", "platform.yaml").contains("ahuora/frontend:0.0.10"));
    lab.git(&["push", "--quiet", "origin", "main:next"]);
    propose(&lab, &["idaes", "0.0.11", "--base", "next"]).code(0);
    assert_eq!(github.open()[1].base, "next");
    propose(&lab, &["idaes", "0.0.11", "--base", "nowhere"]).code(2).says(&["the remote origin has no branch nowhere"]);
    propose(&lab, &["idaes", "0.0.11", "--remote", "elsewhere"]).code(3).says(&["elsewhere"]);
    // A remote that is named by its address does not tell who we are to it.
    let run = propose(&lab, &["idaes", "0.0.11", "--remote", "http://ada:s3cret@127.0.0.1:1/x.git"]).code(3);
    assert!(!run.stderr.contains("s3cret") && !run.stdout.contains("s3cret"), "{}", run.stderr);
}

#[test]
fn commits_of_others_are_never_overwritten() {
    let (lab, github) = place();
    propose(&lab, &["django-api", "0.0.18"]).code(0);
    lab.git(&["clone", "--quiet", "--branch", "release/django-api", "../remote.git", "../clone"]);
    lab.git_in(&lab.beside("clone"), &["commit", "--quiet", "--allow-empty", "--message=by hand"]);
    lab.git_in(&lab.beside("clone"), &["push", "--quiet"]);
    let commit = github.commit("release/django-api");
    let run = propose(&lab, &["django-api", "0.0.19"]).code(2);
    run.says(&[
        "the branch release/django-api of origin has commits that others made, which would be lost: ",
        "by hand",
    ]);
    assert_eq!((github.commit("release/django-api"), run.stdout.as_str()), (commit, ""));
    // Nor those of the branch of that name here.
    lab.git_in(&lab.beside("remote.git"), &["update-ref", "-d", "refs/heads/release/django-api"]);
    lab.git(&["checkout", "--quiet", "-B", "release/django-api", "main"]);
    lab.git(&["commit", "--quiet", "--allow-empty", "--message=here"]);
    lab.git(&["checkout", "--quiet", "main"]);
    propose(&lab, &["django-api", "0.0.19"]).code(2).says(&["of this repository has commits that others made", "here"]);
    assert_eq!(github.commit("release/django-api"), None);
}

#[test]
fn a_base_that_is_not_as_generated_is_refused() {
    let (lab, github) = place();
    lab.edit("platform.yaml", "image: ahuora/frontend:0.0.9", "image: ahuora/frontend:0.0.8");
    lab.commit("forgotten to generate");
    lab.git(&["push", "--quiet", "origin", "main"]);
    propose(&lab, &["django-api", "0.0.18"])
        .code(2)
        .says(&["main:manifests/production/frontend/deployment.yaml", "is not what platform.yaml says"]);
    assert!(github.open().is_empty() && github.commit("release/django-api").is_none());
    propose(&lab, &["djangoapi", "0.0.18"]).code(2).says(&["did you mean `django-api`?"]);
    propose(&lab, &["django-api", "0.0.16"]).code(2).says(&["is older"]);
    let (mut lab, _github) = place();
    lab.variables.retain(|(name, _)| name != "GITHUB_TOKEN");
    propose(&lab, &["django-api", "0.0.18"]).code(2).says(&["there are no credentials for GitHub"]);
}

#[test]
fn a_changelog_is_bounded_and_calls_nobody() {
    let (lab, github) = place();
    let file = lab.beside("changelog.md");
    let line = "- **api**: answers faster, by @somebody, fixes #12 <!-- hidden\n";
    fs::write(&file, format!("## django-api 0.0.18\n\n{}", line.repeat(3_000))).unwrap();
    propose(&lab, &["django-api", "0.0.18", "--changelog", &file.to_string_lossy()]).code(0);
    let body = github.open()[0].body.clone();
    assert!(body.chars().count() <= 65_536 && body.chars().count() > 60_000, "{}", body.len());
    assert!(body.contains("**What changes on the cluster**") && body.contains("## django-api 0.0.18"));
    assert!(body.ends_with("*Cut here: GitHub takes no longer text.*\n"), "{}", &body[body.len() - 200..]);
    assert!(!body.contains("@somebody") && !body.contains("#12") && !body.contains("<!-- hidden"));
}

#[test]
fn an_experiment_under_way_is_warned_of_and_never_changed() {
    let (lab, github) = place();
    let holder = r#"{"campaign":"c","experiment":"replica-count-uor","environment":"production","permutation":"replicas-4","since":"2026-11-22T19:00:00Z","host":"h"}"#;
    github.state().locks.push(("production".to_owned(), format!("experiment lock\n\n{holder}\n")));
    let run = propose(&lab, &["django-api", "0.0.18"]).code(0);
    let words = "the experiment replica-count-uor is under way in production (replicas-4 since 2026-11-22T19:00:00Z)";
    run.says(&[&format!("warning: {words}")]);
    assert!(github.open()[0].body.contains(&format!("> **Warning**: {words}")), "{}", github.open()[0].body);
    assert_eq!(github.state().changes, ["POST pulls"]);
}

#[test]
fn a_rollback_is_proposed_on_the_same_branch() {
    let (lab, github) = place();
    propose(&lab, &["django-api", "0.0.18"]).code(0);
    let rollback = ["release", "rollback", "django-api", "--to", "0.0.16", "--pull-request"];
    lab.run(&rollback).code(0).says(&["pull/1 (updated)"]);
    assert_eq!(github.open()[0].title, "django-api: roll back 0.0.17 -> 0.0.16");
    assert!(github.open()[0].body.starts_with("**django-api** goes back from `0.0.17` to `0.0.16`"));
    assert!(at(&lab, "release/django-api", "platform.yaml").contains("ahuora/django-api:0.0.16"));
    let json = lab.run(&[&rollback[..], &["--format", "json"]].concat()).code(0).json();
    assert_eq!(json["pull_requests"][0]["state"], "same");
}

#[test]
fn everything_that_is_newer_has_its_own_pull_request() {
    let (lab, github) = place();
    let file = lab.beside("listing.json");
    fs::write(
        &file,
        r#"{"images": {"ahuora/django-api": ["0.0.18"], "ahuora/frontend": ["0.0.10"], "postgres": ["16.4"]}}"#,
    )
    .unwrap();
    propose(&lab, &["--all", "--from", &file.to_string_lossy()]).code(0);
    let titles: Vec<String> = github.open().into_iter().map(|pull| pull.title).collect();
    assert_eq!(titles, ["django-api: 0.0.17 -> 0.0.18", "frontend: 0.0.9 -> 0.0.10"]);
    assert!(at(&lab, "release/frontend", "platform.yaml").contains("ahuora/django-api:0.0.17"));
}
