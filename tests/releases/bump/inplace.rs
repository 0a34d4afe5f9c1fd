//! In the working folder: one commit of platform.yaml and what is generated from it.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::bump::lab::Lab;

const DEPLOYMENT: &str = "manifests/production/django-api/deployment.yaml";

#[test]
fn a_bump_is_one_commit_of_the_version_and_what_follows_from_it() {
    let lab = Lab::new();
    let (head, before) = (lab.head(), lab.read("platform.yaml"));
    let run = lab.bump(&["django-api", "0.0.18"]).code(0);
    assert_snapshot!(run.stdout, @r"
    django-api: 0.0.17 -> 0.0.18
    update platform.yaml
    update manifests/production/django-api/deployment.yaml
    update README.md
    update compose.yaml
    commit django-api: 0.0.17 -> 0.0.18
    ");
    assert_eq!(run.stderr, format!("committed {}\n", &lab.head()[..12]));
    assert_snapshot!(lab.git(&["log", "--format=%an <%ae>%n%B", "-1"]), @r"
    Ada <ada@example.org>
    django-api: 0.0.17 -> 0.0.18

    platform.yaml: services.django-api.image
      from ahuora/django-api:0.0.17
      to   ahuora/django-api:0.0.18

    What is generated from it follows.
    ");
    assert_eq!(lab.git(&["rev-parse", "HEAD^"]), head);
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
    assert_eq!(lab.read("platform.yaml"), before.replace("ahuora/django-api:0.0.17", "ahuora/django-api:0.0.18"));
    // The label follows the version, and nothing else does.
    let diff = lab.git(&["diff", "--unified=0", "HEAD^", "--", DEPLOYMENT]);
    let lines: Vec<&str> = diff
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---"))
        .collect();
    assert!(lines.iter().any(|line| line.contains("app.kubernetes.io/version: \"0.0.18\"")), "{diff}");
    assert!(lines.iter().all(|line| line.contains("0.0.17") || line.contains("0.0.18")), "{diff}");
    lab.run(&["generate", "--check"]).code(0);
    lab.run(&["check"]).code(0);

    // Again: nothing.
    let everything = lab.everything();
    let again = lab.bump(&["django-api", "0.0.18"]).code(0);
    assert_eq!(
        (again.stdout.as_str(), again.stderr.as_str()),
        ("", "django-api is at 0.0.18: nothing to do\nnothing was changed\n")
    );
    assert_eq!(lab.everything(), everything);
}

#[test]
fn every_component_with_an_image_can_be_bumped() {
    let lab = Lab::new();
    for (component, version) in [
        ("frontend", "0.0.10"),
        ("idaes", "0.1.0-beta.1"),
        ("postgres", "16.5"),
        ("pgbouncer", "v1.25.2-p1"),
        ("oauth2-proxy", "v99.0.0"),
        ("cloudflared", "2999.1.0"),
    ] {
        lab.bump(&[component, version]).code(0);
        let subject = lab.git(&["log", "--format=%s", "-1"]);
        assert!(
            subject.starts_with(&format!("{component}: ")) && subject.ends_with(&format!(" -> {version}")),
            "{subject}"
        );
        assert_eq!(lab.git(&["diff", "--numstat", "HEAD^", "--", "platform.yaml"]), "1\t1\tplatform.yaml");
    }
    lab.run(&["generate", "--check"]).code(0);
}

#[test]
fn as_json_and_as_a_dry_run_it_says_the_same_and_the_dry_run_does_nothing() {
    let lab = Lab::new();
    let everything = lab.everything();
    let dry = lab.bump(&["django-api", "0.0.18", "--dry-run"]).code(0);
    assert_eq!(dry.stderr, "dry run: nothing was done\n");
    let mut dry_json = lab.bump(&["django-api", "0.0.18", "--dry-run", "--format", "json"]).code(0).json();
    assert_eq!(lab.everything(), everything);
    let mut json = lab.bump(&["django-api", "0.0.18", "--format", "json"]).code(0).json();
    assert_eq!(json["commit"], lab.head());
    json["commit"] = "(commit)".into();
    assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "actions": [
        "django-api: 0.0.17 -> 0.0.18",
        "update platform.yaml",
        "update manifests/production/django-api/deployment.yaml",
        "update README.md",
        "update compose.yaml",
        "commit django-api: 0.0.17 -> 0.0.18"
      ],
      "changes": [
        {
          "component": "django-api",
          "from": "ahuora/django-api:0.0.17",
          "path": "services.django-api.image",
          "to": "ahuora/django-api:0.0.18"
        }
      ],
      "commit": "(commit)",
      "dry_run": false,
      "files": [
        "platform.yaml",
        "manifests/production/django-api/deployment.yaml",
        "README.md",
        "compose.yaml"
      ],
      "pull_requests": [],
      "same": [],
      "warnings": []
    }
    "#);
    (dry_json["commit"], dry_json["dry_run"]) = ("(commit)".into(), false.into());
    assert_eq!(dry_json, json);
    lab.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    assert_eq!(lab.bump(&["django-api", "0.0.18"]).code(0).stdout, dry.stdout);
}

#[test]
fn every_other_byte_of_the_file_stays() {
    let lab = Lab::new();
    let odd = |text: &str| {
        let text =
            text.replace("image: ahuora/django-api:0.0.17", "image:   'ahuora/django-api:0.0.17'   # pinned: \"é\"");
        format!("\u{feff}{}", text.replace('\n', "\r\n").trim_end())
    };
    let text = odd(&lab.read("platform.yaml"));
    // A mode is no byte, and stays too.
    lab.git(&["update-index", "--chmod=+x", "platform.yaml"]);
    std::fs::set_permissions(lab.path("platform.yaml"), PermissionsExt::from_mode(0o755)).unwrap();
    // Once with git as `ahuora init` sets it up, once where git leaves lines alone.
    for attributes in ["* text=auto eol=lf\n", "* -text\n"] {
        lab.write("platform.yaml", &text);
        lab.write(".gitattributes", attributes);
        lab.run(&["generate"]).code(0);
        lab.commit("odd");
        lab.bump(&["django-api", "0.0.18"]).code(0);
        assert_eq!(lab.read("platform.yaml"), text.replace("api:0.0.17", "api:0.0.18"), "{attributes}");
        assert_eq!(lab.git(&["status", "--porcelain"]), "");
        assert_eq!(lab.git(&["diff", "--summary", "HEAD^"]), "");
    }
}

#[test]
fn a_digest_belongs_to_its_version() {
    let lab = Lab::new();
    let (one, two) = (format!("sha256:{}", "1".repeat(64)), format!("sha256:{}", "2".repeat(64)));
    let image = |lab: &Lab| {
        let text = lab.read("platform.yaml");
        text.lines()
            .find_map(|line| Some(line.trim().strip_prefix("image: ahuora/django-api:")?.to_owned()))
            .expect("an image")
    };
    lab.bump(&["django-api", &format!("0.0.18@{one}")]).code(0);
    assert_eq!(image(&lab), format!("0.0.18@{one}"));
    // The version alone is there already; another digest of it is not.
    lab.bump(&["django-api", "0.0.18"]).code(0).says(&["nothing to do"]);
    let run = lab.bump(&["django-api", &format!("0.0.18@{two}")]).code(0);
    assert!(
        run.stdout.starts_with("django-api: 0.0.18@sha256:111111111111 -> 0.0.18@sha256:222222222222\n"),
        "{}",
        run.stdout
    );
    let run = lab.bump(&["django-api", "0.0.19"]).code(0);
    assert_eq!(image(&lab), "0.0.19");
    run.says(&["warning: the digest of django-api belongs to 0.0.18 and is dropped; to pin the new one, write 0.0.19@sha256:..."]);
}

#[test]
fn back_only_when_it_is_asked_for() {
    let lab = Lab::new();
    lab.bump(&["django-api", "0.0.16"]).code(2).says(&[
        "0.0.16 is older than the present version of django-api, 0.0.17",
        "ahuora release rollback django-api --to 0.0.16",
    ]);
    let rollback = |to: &str| lab.run(&["release", "rollback", "django-api", "--to", to]);
    rollback("0.0.18").code(2).says(&["not older than the present version", "ahuora release bump django-api 0.0.18"]);
    lab.git(&["tag", "django-api-0.0.17"]);
    let run = rollback("0.0.16").code(0);
    assert!(run.stdout.ends_with("commit django-api: roll back 0.0.17 -> 0.0.16\n"), "{}", run.stdout);
    assert_eq!(lab.git(&["log", "--format=%s", "-1"]), "django-api: roll back 0.0.17 -> 0.0.16");
    assert_eq!(lab.git(&["tag"]), "django-api-0.0.17", "tags stay");
    rollback("0.0.16").code(0).says(&["django-api is at 0.0.16: nothing to do"]);
    lab.bump(&["django-api", "0.0.15", "--allow-downgrade"]).code(0);
    let mut json = lab
        .run(&["release", "rollback", "django-api", "--to", "0.0.14", "--dry-run", "--format", "json"])
        .code(0)
        .json();
    json["files"] = serde_json::Value::Null;
    json["actions"] = serde_json::Value::Null;
    assert_snapshot!(serde_json::to_string(&json).unwrap(), @r#"{"actions":null,"changes":[{"component":"django-api","from":"ahuora/django-api:0.0.15","path":"services.django-api.image","to":"ahuora/django-api:0.0.14"}],"commit":null,"dry_run":true,"files":null,"pull_requests":[],"same":[],"warnings":[]}"#);
}

#[test]
fn what_a_bump_does_not_reach_is_told() {
    let lab = Lab::new();
    lab.edit("platform.yaml", "    domain: ahuora.org.nz\n", "    domain: ahuora.org.nz\n  staging:\n    namespace: staging\n    domain: staging.ahuora.org.nz\n    overrides:\n      services.django-api.image: ahuora/django-api:0.0.9\n      services.django-api.scaling: {replicas: 1}\n      services.idaes.scaling: {replicas: 1}\n");
    lab.run(&["generate"]).code(0);
    lab.commit("staging");
    // An experiment that was dispatched from here, and not finished.
    let journal = lab.path(".git/ahuora/replica-count-uor");
    std::fs::create_dir_all(&journal).unwrap();
    std::fs::write(journal.join("journal.jsonl"), BEGUN).unwrap();
    let run = lab.bump(&["django-api", "0.0.18"]).code(0);
    run.says(&[
        "warning: environments.staging.overrides of platform.yaml sets services.django-api.image itself, to ahuora/django-api:0.0.9: there it stays so",
        "warning: the experiment replica-count-uor was dispatched from here and is not finished",
    ]);
    assert!(!run.stdout.contains("staging"), "{}", run.stdout);
    assert_eq!(
        std::fs::read_to_string(journal.join("journal.jsonl")).unwrap(),
        BEGUN,
        "it is warned of, never changed"
    );
}

/// The first line of a journal.
const BEGUN: &str = "{\"event\":\"begun\",\"campaign\":\"c\",\"experiment\":\"replica-count-uor\",\"environment\":\"production\",\"design\":\"d\",\"commits\":[],\"runs\":2,\"at\":1}\n";
