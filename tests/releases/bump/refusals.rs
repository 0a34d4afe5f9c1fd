//! What is refused, and that nothing was done then.

use std::fs;

use crate::bump::lab::Lab;

#[test]
fn wrong_words_are_answered_with_right_ones() {
    let lab = Lab::new();
    let everything = lab.everything();
    let digest = format!("0.0.18@sha256:{}", "x".repeat(64));
    for (args, words) in [
        (&["djangoapi", "0.0.18"][..], &["no component `djangoapi`", "did you mean `django-api`?"][..]),
        (&["nothing-like-it", "0.0.18"], &["the components with images are: ", "postgres"]),
        (&["monitoring", "4.5.0"], &["no component `monitoring` with an image"]),
        (
            &["django-api", "next"],
            &["`next` cannot be the version of django-api", "expected N.N.N, as the present 0.0.17"],
        ),
        (&["django-api", "django-api-0.0.18"], &["expected N.N.N", "write the tag of the image alone"]),
        (&["django-api", "0.0"], &["cannot be compared", "expected N.N.N"]),
        (&["django-api", "v0.0.18"], &["cannot be compared"]),
        (&["pgbouncer", "v1.25.3"], &["expected vN.N.N-pN, as the present v1.25.2-p0"]),
        (&["django-api", "latest"], &["which moves"]),
        (&["django-api", &digest], &["digest"]),
        (&["django-api", "0.0.18", "--base", "main"], &["--pull-request"]),
        (&["django-api", "0.0.18", "--changelog", "x"], &["--pull-request"]),
        (&["django-api"], &["VERSION"]),
        (&["--all"], &["--from"]),
    ] {
        let run = lab.bump(args).code(2);
        run.says(words);
        assert_eq!(run.stdout, "", "{args:?}");
    }
    assert_eq!(lab.everything(), everything);
    let json = lab.bump(&["djangoapi", "0.0.18", "--format", "json"]).code(2).json();
    assert!(json["error"].as_str().unwrap().contains("no component `djangoapi`"), "{json}");
}

#[test]
fn an_image_that_is_written_strangely_is_left_alone() {
    let lab = Lab::new();
    lab.edit("platform.yaml", "image: ahuora/django-api:0.0.17", "image: \"ahuora\\/django-api:0.0.17\"");
    lab.run(&["generate"]).code(0);
    lab.commit("escaped");
    let run = lab.bump(&["django-api", "0.0.18"]).code(2);
    run.says(&[
        "services.django-api.image (line 63) is written with escapes",
        "write it plainly, `image: ahuora/django-api:0.0.17`",
    ]);
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

#[test]
fn places_where_there_is_nothing_to_commit_to_are_refused() {
    let lab = Lab::new();
    lab.run(&["experiment", "branch", "replica-count-uor"]).code(0);
    let branch = lab.git(&["for-each-ref", "--format=%(refname:lstrip=2)", "--count=1", "refs/heads/experiment/"]);
    lab.git(&["checkout", "--quiet", &branch]);
    let everything = lab.everything();
    lab.bump(&["django-api", "0.0.18"])
        .code(2)
        .says(&["experiment.lock.yaml: this is the branch of replica-count-uor/", "--pull-request"]);
    assert_eq!(lab.everything(), everything);
    lab.git(&["checkout", "--quiet", "main"]);

    fs::rename(lab.path(".git"), lab.beside("git")).unwrap();
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["is in no git repository"]);
    lab.git(&["init", "--quiet", "--initial-branch=main"]);
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["there is no commit `HEAD`"]);
    lab.git(&["commit", "--quiet", "--allow-empty", "--message=empty"]);
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["platform.yaml is not committed"]);

    // The platform in a folder of somebody else's repository.
    fs::remove_dir_all(lab.path(".git")).unwrap();
    lab.git_in(&lab.beside(""), &["init", "--quiet"]);
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["is repo/ of a git repository, and not its root"]);
}

#[test]
fn a_hook_that_refuses_leaves_everything_as_it_was() {
    let lab = Lab::new();
    lab.hook("pre-commit", "echo 'not on a Friday' >&2; exit 1");
    lab.write("staged.txt", "staged\n");
    lab.git(&["add", "staged.txt"]);
    let everything = lab.everything();
    let run = lab.bump(&["django-api", "0.0.18"]).code(3);
    run.says(&[
        "git did not commit, and every file is as it was: not on a Friday",
        "mend that and run the same command again",
    ]);
    assert_eq!(lab.git(&["status", "--porcelain"]), "A  staged.txt");
    let mut after = lab.everything();
    // Git has looked at the files, which it notes in its index.
    after.insert(".git/index".to_owned(), everything[".git/index"].clone());
    assert_eq!(after, everything);
    // A hook that agrees sees exactly the files of the commit.
    lab.hook("pre-commit", "git diff --cached --name-only > ../seen");
    lab.bump(&["django-api", "0.0.18"]).code(0);
    let seen = fs::read_to_string(lab.beside("seen")).unwrap();
    assert_eq!(seen, "README.md\ncompose.yaml\nmanifests/production/django-api/deployment.yaml\nplatform.yaml\n");
}

#[test]
fn nobody_to_commit_as_is_told_by_git() {
    let lab = Lab::new();
    fs::write(lab.beside("home/.gitconfig"), "[user]\nuseConfigOnly = true\n").unwrap();
    let text = lab.read("platform.yaml");
    lab.bump(&["django-api", "0.0.18"]).code(3).says(&["git did not commit", "user.email"]);
    assert_eq!((lab.read("platform.yaml"), lab.git(&["status", "--porcelain"])), (text, String::new()));
}
