//! What branches hold, read back.

use ahuora::effects::git::{Reader, Wanted};

use crate::repo::{Repo, content, permutations};

#[test]
fn what_was_written_is_found() {
    let repo = Repo::new();
    let wanted = permutations("x", 30);
    repo.write(&wanted);
    repo.write(&permutations("xyz", 2));
    repo.git(&["switch", "--quiet", "experiment/x/3"]);
    repo.put("README.md", "by hand\n");
    repo.git(&["commit", "--quiet", "--all", "--message=by hand"]);
    let base = repo.git(&["rev-parse", "main"]);
    let mut reader = Reader::open(repo.root()).expect("a reader");
    let found = reader.commits_below("experiment/x/").expect("branches");
    assert_eq!(found.len(), 30);
    assert_eq!(reader.commits_below("none/").expect("branches"), []);
    for found in &found {
        let number: usize = found.name["experiment/x/".len()..].parse().expect("a number");
        let changed = reader.changed_files(&base, &found.commit).expect("files");
        if number == 3 {
            assert_eq!((found.message.as_str(), found.author.as_str()), ("by hand\n", "Bob <bob@example.org>"));
            assert_ne!(found.parents, std::slice::from_ref(&base));
            assert_eq!(changed.iter().filter(|changed| changed.path == "README.md").count(), 1);
            continue;
        }
        assert_eq!((found.message.as_str(), &found.parents), (wanted[number].message.as_str(), &vec![base.clone()]));
        let paths: Vec<&str> = changed.iter().map(|changed| changed.path.as_str()).collect();
        assert_eq!(paths, ["experiments/x/lock.yaml", "manifests/part-0/file-0.yaml", "manifests/part-1/file-1.yaml"]);
        for (path, content) in &wanted[number].changes {
            let changed = changed.iter().find(|changed| *changed.path == **path).expect("a change");
            assert_eq!(&changed.after, content);
            assert_eq!(changed.before.is_some(), path.starts_with("manifests/"));
        }
    }
}

#[test]
fn differences_are_those_of_git() {
    let repo = Repo::new();
    let changes = vec![
        ("manifests/part-1".into(), content("a file now")),
        ("manifests/part-2/file-2.yaml".into(), None),
        ("run/inside".into(), content("a folder now")),
        ("new/deep/er/file".into(), content("")),
        ("manifests.yaml".into(), content("beside")),
    ];
    repo.write(&[Wanted { name: "e/1".to_owned(), message: "m".to_owned(), changes }]);
    repo.git(&["switch", "--quiet", "e/1"]);
    repo.git(&["update-index", "--chmod=+x", "README.md"]);
    std::os::unix::fs::symlink("README.md", repo.root().join("link")).expect("a link");
    repo.git(&["add", "link"]);
    repo.git(&["commit", "--quiet", "--message=more"]);
    let expected = repo.git(&["diff", "--name-only", "--no-renames", "main", "e/1"]);
    let mut reader = Reader::open(repo.root()).expect("a reader");
    let (main, one) = (repo.git(&["rev-parse", "main"]), repo.git(&["rev-parse", "e/1"]));
    let changed = reader.changed_files(&main, &one).expect("files");
    let mut paths: Vec<&str> = changed.iter().map(|changed| changed.path.as_str()).collect();
    paths.sort_unstable();
    let mut expected: Vec<&str> = expected.lines().collect();
    expected.sort_unstable();
    assert_eq!(paths, expected);
    let of = |path: &str| changed.iter().find(|changed| changed.path == path).expect("a change");
    assert_eq!(of("link").after, content("README.md"));
    assert_eq!((&of("README.md").before, of("README.md").after.is_some()), (&of("README.md").after, true));
    assert_eq!((of("run").after.is_none(), of("run/inside").before.is_none()), (true, true));
    let failure = reader.changed_files(&main, &"0".repeat(40)).expect_err("there is no such commit");
    assert_eq!(failure.code(), 3);
}
