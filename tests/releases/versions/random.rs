//! Histories and tags by chance, the same in every run, beside what git and the rule of the old tag checker say.

use std::collections::{BTreeMap, BTreeSet};

use super::lab::Lab;

/// The same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// The rule of the tag checker: on the release branch the highest of three numbers, elsewhere the highest prerelease of
/// a suffix; taken from the names alone.
fn tag_checker(tags: &[String], prefix: &str, suffix: Option<&str>) -> Option<String> {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    let key = |tag: &String| {
        let rest = tag.strip_prefix(prefix)?;
        let (numbers, count) = match suffix {
            None => (rest, 0),
            Some(suffix) => {
                let (numbers, count) = rest.split_once(&format!("-{suffix}."))?;
                (numbers, number(count)?)
            }
        };
        let numbers: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>()?;
        (numbers.len() == 3).then_some((numbers, count))
    };
    tags.iter().filter_map(|tag| Some((key(tag)?, tag))).max().map(|(_, tag)| tag.clone())
}

#[test]
fn latest_answers_as_the_tag_checker_where_that_is_right() {
    let lab = Lab::empty(&[]);
    lab.commit("x", "begin");
    let commits = [lab.git(&["rev-parse", "HEAD"]), lab.commit("x", "more"), lab.commit("x", "on")];
    lab.git(&["branch", "topic"]);
    let mut answers = BTreeSet::new();
    for seed in 0..12 {
        let mut chance = Chance(seed);
        let mut tags: Vec<String> = Vec::new();
        for _ in 0..chance.below(30) {
            let prefix = ["v", "api-", "api-admin-", "a.i-"][chance.below(4)];
            let version = format!("{}.{}.{}", chance.below(3), chance.below(12), chance.below(12));
            let rest = ["", "", "-rc.3", "-rc.11", "-beta.2", "-rc", "+build", ".1", "-rc.1.2"][chance.below(9)];
            tags.push(format!("{prefix}{version}{rest}"));
        }
        // Elsewhere it is right when the newest is a prerelease.
        tags.push(format!("api-3.0.0-rc.{}", 1 + chance.below(20)));
        tags.sort();
        tags.dedup();
        for tag in &tags {
            let annotated: &[&str] = if chance.below(2) == 0 { &["-a", "-m", "x"] } else { &[] };
            lab.git(&[&["tag"], annotated, &[tag.as_str(), &commits[chance.below(3)]]].concat());
            if chance.below(8) == 0 {
                lab.git(&["pack-refs", "--all"]);
            }
        }
        let latest = |prefix: &str, branch: &str| {
            let asked = ["latest", "--release-branch", "main", "--prerelease-suffix", "rc", "--tag-prefix"];
            lab.out(&[&asked[..], &[prefix, "--branch", branch]].concat())
        };
        for prefix in ["v", "api-", "api-admin-", "a.i-"] {
            let expected = tag_checker(&tags, prefix, None).unwrap_or_default();
            assert_eq!(latest(prefix, "main"), expected, "seed {seed}, {prefix} among {tags:?}");
            answers.insert(expected);
        }
        let expected = tag_checker(&tags, "api-", Some("rc")).expect("one");
        assert_eq!(latest("api-", "topic"), expected, "seed {seed}, {tags:?}");
        lab.git(&[&["tag", "-d"], &tags.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
    }
    assert!(answers.len() > 12 && answers.contains(""), "the cases differ: {answers:?}");
}

/// A repository of many merges, two of which begin at any older commit; some of three parents, some clocks are wrong.
fn web(chance: &mut Chance, count: usize) -> (Lab, Vec<String>) {
    let lab = Lab::new();
    let mut commits = vec![lab.git(&["rev-parse", "HEAD"])];
    let tree = |number: usize| {
        let folder = ["api", "admin", "other"][number % 3];
        std::fs::create_dir_all(lab.path().join(folder)).expect("a folder");
        std::fs::write(lab.path().join(folder).join("file"), number.to_string()).expect("written");
        lab.git(&["add", "."]);
        lab.git(&["write-tree"])
    };
    let trees: Vec<String> = (0..9).map(tree).collect();
    for number in 0..count {
        let recent = |chance: &mut Chance| commits.len() - 1 - chance.below(commits.len().min(8));
        let mut parents = BTreeSet::from([recent(chance)]);
        for _ in 0..[0, 0, 1, 1, 2][chance.below(5)] {
            parents.insert(recent(chance));
        }
        let mut arguments = vec!["commit-tree", &trees[chance.below(trees.len())], "-m"];
        let message = format!("{}: number {number}", ["feat", "fix", "chore"][chance.below(3)]);
        arguments.push(&message);
        let mut parents: Vec<usize> = parents.into_iter().collect();
        if chance.below(2) == 0 {
            parents.reverse();
        }
        parents.iter().for_each(|at| arguments.extend(["-p", commits[*at].as_str()]));
        let seconds = format!("{} +0000", 1_700_000_000 + chance.below(5) * 1_000 + number * 300);
        let dates = [("GIT_COMMITTER_DATE", seconds.as_str()), ("GIT_AUTHOR_DATE", seconds.as_str())];
        commits.push(lab.git_at(&lab.path(), &arguments, &dates));
    }
    lab.git(&["reset", "-q", "--hard", commits.last().expect("one")]);
    (lab, commits)
}

#[test]
fn the_commits_of_next_are_those_of_git() {
    let mut merges = 0;
    for seed in 0..4 {
        let mut chance = Chance(100 + seed);
        let (lab, commits) = web(&mut chance, 60);
        for _ in 0..6 {
            let base = commits[chance.below(commits.len() - 1)].as_str();
            lab.git(&["tag", "-f", "api-1.0.0", base]);
            let is_behind = lab.git(&["merge-base", "--all", base, "HEAD"]) == base;
            let told = lab.run(&["next", "api", "--format", "json", "--branch", "topic"]);
            let json: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
            assert_eq!(json["last_tag"].as_str(), is_behind.then_some("api-1.0.0"), "seed {seed}, {base}");
            let ours: Vec<&str> =
                json["commits"].as_array().expect("a list").iter().filter_map(|one| one["commit"].as_str()).collect();
            let range = if is_behind { format!("{base}..HEAD") } else { "HEAD".to_owned() };
            let all = lab.git(&["rev-list", "--parents", "--topo-order", &range]);
            let theirs: BTreeSet<&str> = all.lines().filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(ours.iter().copied().collect::<BTreeSet<_>>(), theirs, "seed {seed}, {range}");
            assert_eq!(ours.len(), theirs.len(), "each once");
            for line in all.lines() {
                let words: Vec<&str> = line.split(' ').collect();
                merges += usize::from(words.len() > 2);
                let place = |id: &str| ours.iter().position(|own| *own == id);
                let later = words[1..].iter().filter_map(|parent| place(parent));
                assert!(later.min().is_none_or(|parent| place(words[0]) < Some(parent)), "children first: {line}");
            }
            assert_touched(&lab, &json);
        }
    }
    assert!(merges > 100, "{merges} merges");
}

/// What a commit has at the path, by git, differs from what its first parent has there.
fn assert_touched(lab: &Lab, json: &serde_json::Value) {
    let trees = lab.git(&["log", "--format=%H %T %P", "HEAD"]);
    let rows: Vec<Vec<&str>> = trees.lines().map(|line| line.split(' ').collect()).collect();
    let mut contents: BTreeMap<&str, String> = BTreeMap::new();
    for row in &rows {
        contents.entry(row[1]).or_insert_with(|| lab.git(&["ls-tree", row[1], "api"]));
    }
    let content: BTreeMap<&str, &str> = rows.iter().map(|row| (row[0], contents[row[1]].as_str())).collect();
    let parents: BTreeMap<&str, &str> = rows.iter().filter_map(|row| Some((row[0], *row.get(2)?))).collect();
    for one in json["commits"].as_array().expect("a list") {
        let id = one["commit"].as_str().expect("an id");
        let before = parents.get(id).and_then(|parent| content.get(parent)).copied().unwrap_or_default();
        let is_ours = one["reason"] != "changes nothing of api";
        assert_eq!(is_ours, content[id] != before, "{id}: {one}");
    }
}
