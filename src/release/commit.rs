//! What a commit's message asks for.

use git_conventional::Commit as Conventional;
use semver::Version;

use crate::spec::Unconventional;
use crate::values::StableVersion;

/// Fewest and most digits of a commit's id in a message.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 7..=64;
/// What git writes above the message of a revert, before the commit's id.
const REVERTS: &str = "This reverts commit ";
/// What git writes behind that when the commit is a merge, before the id of the parent that stays.
const MAINLINE: &str = ", reversing changes made to ";
/// What keeps a commit out of releases.
const SKIP: [&str; 2] = ["[skip release]", "[release skip]"];

/// A commit, as it stands in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Its parents' ids.
    pub parents: Vec<String>,
    /// Its message; bytes that are no text replaced.
    pub message: String,
    /// Whether it changes something of the component: what it has there differs from its first parent's.
    pub touches: bool,
    /// Whether the newest prerelease of the channel, where one is asked for, has it already.
    pub prereleased: bool,
}

/// How much of a version a change raises, before the policy of versions below 1.0.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Severity {
    /// Nothing.
    #[default]
    None,
    /// A fix.
    Patch,
    /// Something new.
    Minor,
    /// Something breaks.
    Major,
}

/// What sort of change a message tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `feat`
    Feature,
    /// `fix`
    Fix,
    /// `perf`
    Performance,
    /// `revert`, or git's own message of a revert.
    Revert,
    /// A type that is known and asks for nothing: `chore`, `docs`, `ci`, ...
    Quiet(String),
    /// A type that is not known.
    Unknown(String),
    /// The message is not conventional.
    Unconventional,
}

/// What a revert takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reverted {
    /// A commit by its id, which may be shortened; and of a merge, the parent that stays.
    Commit {
        /// The beginning of its id, in lower case.
        id: String,
        /// The parent that stays.
        mainline: Option<String>,
    },
    /// A commit by the number of its pull request on GitHub, or by its subject.
    Named {
        /// The number.
        pull: Option<u64>,
        /// The subject.
        subject: Option<String>,
    },
}

/// A message, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What sort it is.
    pub kind: Kind,
    /// The first line as it stands.
    pub subject: String,
    /// Parts of the system that it names.
    pub scopes: Vec<String>,
    /// What it does: the subject without type and scope.
    pub description: String,
    /// What breaks, in words; none when nothing does.
    pub breaking: Option<String>,
    /// Footers that point elsewhere, such as `Refs: #12`: name and value.
    pub references: Vec<(String, String)>,
    /// The versions that footers `Release-As` ask for, as they are written.
    pub release_as: Vec<String>,
    /// Whether it is kept out of releases.
    pub skip: bool,
    /// What it takes back.
    pub reverts: Vec<Reverted>,
}

/// The parts of a message that the grammar of conventional commits has.
#[derive(Default)]
struct Grammar {
    head: Option<(String, Option<String>, String)>,
    breaking: Option<String>,
    footers: Vec<(String, String)>,
}

impl Change {
    /// Reads a message.
    #[must_use]
    pub fn read(message: &str) -> Self {
        let message = message.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let (subject, rest) = message.trim().split_once('\n').unwrap_or((message.trim(), ""));
        let subject = subject.trim_end();
        let Grammar { head, breaking, footers } = grammar(subject, rest.trim());
        let git = revert_of(subject);
        let kind = match &head {
            _ if git.is_some() => Kind::Revert,
            Some((kind, ..)) => kind_of(kind),
            None => Kind::Unconventional,
        };
        let (scope, description) = match head {
            Some((_, scope, description)) => (scope, description),
            None => (None, subject.to_owned()),
        };
        let mut reverts = reverted_ids(rest);
        if reverts.is_empty() && kind == Kind::Revert {
            let named = git.or_else(|| Some(description.clone()));
            reverts = reverted_by_name(&footers, rest, named);
        }
        let has = |name: &str, token: &str| name.eq_ignore_ascii_case(token);
        let of = |token: &'static str| footers.iter().filter(move |(name, _)| has(name, token));
        Self {
            subject: subject.to_owned(),
            scopes: scope.iter().flat_map(|text| text.split(',')).map(|one| one.trim().to_owned()).collect(),
            description,
            breaking,
            release_as: of("release-as").map(|(_, value)| value.clone()).collect(),
            references: footers.iter().filter(|(name, _)| is_reference(name)).cloned().collect(),
            skip: SKIP.iter().any(|mark| message.contains(mark)),
            reverts,
            kind,
        }
    }

    /// How much it raises a version, taken by itself.
    #[must_use]
    pub fn severity(&self, unconventional: Unconventional) -> Severity {
        match &self.kind {
            _ if self.breaking.is_some() => Severity::Major,
            Kind::Feature => Severity::Minor,
            Kind::Fix | Kind::Performance | Kind::Revert => Severity::Patch,
            Kind::Quiet(_) => Severity::None,
            Kind::Unknown(_) | Kind::Unconventional => match unconventional {
                Unconventional::None => Severity::None,
                Unconventional::Patch => Severity::Patch,
            },
        }
    }

    /// Whether it names a component as its scope.
    #[must_use]
    pub fn is_about(&self, component: &str) -> bool {
        self.scopes.iter().any(|scope| scope.eq_ignore_ascii_case(component))
    }

    /// The highest version that its footers ask for.
    ///
    /// # Errors
    /// A text that is no stable version.
    pub fn release_as(&self) -> Result<Option<Version>, &str> {
        let mut highest = None;
        for text in &self.release_as {
            let StableVersion { major, minor, patch } = StableVersion::new(text).map_err(|_| text.as_str())?;
            highest = highest.max(Some(Version::new(major, minor, patch)));
        }
        Ok(highest)
    }
}

/// Reads the subject, and the rest, which stands below it with or without an empty line between.
fn grammar(subject: &str, rest: &str) -> Grammar {
    if let Ok(commit) = Conventional::parse(&format!("{subject}\n\n{rest}")) {
        return of(&commit, true);
    }
    // What is not conventional may have footers nevertheless.
    if let Ok(commit) = Conventional::parse(&format!("x: x\n\n{rest}"))
        && Conventional::parse(subject).is_err()
    {
        return of(&commit, false);
    }
    // A footer that the grammar refuses, such as one without a value, does not make the rest worthless.
    let mut parts = Conventional::parse(subject).map(|commit| of(&commit, true)).unwrap_or_default();
    for line in rest.lines() {
        if let Ok(commit) = Conventional::parse(&format!("x: x\n\n{line}")) {
            let line = of(&commit, false);
            parts.breaking = parts.breaking.or(line.breaking);
            parts.footers.extend(line.footers);
        }
    }
    parts
}

fn of(commit: &Conventional<'_>, with_head: bool) -> Grammar {
    let scope = commit.scope().map(|scope| scope.as_str().to_owned());
    let head = (commit.type_().as_str().to_owned(), scope, commit.description().trim().to_owned());
    let footers = commit.footers().iter();
    Grammar {
        head: with_head.then_some(head),
        breaking: commit.breaking_description().map(|text| text.trim().to_owned()),
        footers: footers.map(|one| (one.token().as_str().to_owned(), one.value().trim().to_owned())).collect(),
    }
}

fn kind_of(name: &str) -> Kind {
    match name.to_ascii_lowercase().as_str() {
        "feat" => Kind::Feature,
        "fix" => Kind::Fix,
        "perf" => Kind::Performance,
        "revert" => Kind::Revert,
        quiet @ ("chore" | "docs" | "ci" | "test" | "style" | "build" | "refactor") => Kind::Quiet(quiet.to_owned()),
        other => Kind::Unknown(other.to_owned()),
    }
}

fn is_reference(footer: &str) -> bool {
    ["refs", "ref", "closes", "fixes", "resolves", "see"].iter().any(|name| footer.eq_ignore_ascii_case(name))
}

/// The subject of the commit that one of git's own messages takes back: `Revert "SUBJECT"`. One that takes back a
/// revert begins with `Reapply`.
fn revert_of(subject: &str) -> Option<String> {
    let within = |start: &str| {
        let (quoted, _) = subject.strip_prefix(start)?.strip_prefix('"')?.rsplit_once('"')?;
        Some(quoted.to_owned())
    };
    within("Revert ").or_else(|| within("Reapply ").map(|quoted| format!("Revert \"{quoted}\"")))
}

/// What git's own sentences in a message say that it takes back.
fn reverted_ids(rest: &str) -> Vec<Reverted> {
    let text = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences = text.split(REVERTS).skip(1);
    let commit = |sentence: &str| {
        let id = leading_id(sentence)?;
        let behind = sentence.get(id.len()..).unwrap_or_default();
        let mainline = behind.strip_prefix(MAINLINE).and_then(leading_id);
        Some(Reverted::Commit { id, mainline })
    };
    sentences.filter_map(commit).collect()
}

/// What a message says otherwise that it takes back: by ids in footers, by a pull request, by a subject.
fn reverted_by_name(footers: &[(String, String)], rest: &str, subject: Option<String>) -> Vec<Reverted> {
    let refs = footers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("refs"));
    let words = refs.flat_map(|(_, value)| value.split([',', ' ', '\n']));
    let whole = |word: &str| leading_id(word).filter(|id| id.len() == word.len());
    let ids: Vec<Reverted> = words.filter_map(whole).map(|id| Reverted::Commit { id, mainline: None }).collect();
    if !ids.is_empty() {
        return ids;
    }
    let pull = rest.lines().find_map(|line| {
        let (_, number) = line.trim().strip_prefix("Reverts ")?.rsplit_once('#')?;
        number.parse().ok()
    });
    vec![Reverted::Named { pull, subject }]
}

/// The id that a text begins with, in lower case.
fn leading_id(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let ends = !text.get(digits..)?.starts_with(|c: char| c.is_alphanumeric());
    (ends && ID_DIGITS.contains(&digits)).then(|| text.get(..digits).unwrap_or_default().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(message: &str) -> Severity {
        Change::read(message).severity(Unconventional::None)
    }

    #[test]
    fn messages_ask_for_what_their_types_say() {
        for (message, expected) in [
            ("feat: x", Severity::Minor),
            ("FEAT(api): x", Severity::Minor),
            ("fix: x", Severity::Patch),
            ("perf(a, b): x", Severity::Patch),
            ("chore: x", Severity::None),
            ("refactor!: x", Severity::Major),
            ("feat(api)!: x", Severity::Major),
            ("docs: x\n\nBREAKING CHANGE: the whole", Severity::Major),
            ("docs: x\n\nbody\n\nBREAKING-CHANGE: the whole\n", Severity::Major),
            ("docs: x\r\n\r\nBREAKING CHANGE: the whole\r\n", Severity::Major),
            ("feat: x\nno empty line", Severity::Minor),
            ("feat: x\n\nRefs:", Severity::Minor),
            ("chore: x\n\nRefs:\nBREAKING CHANGE: y\nRefs:", Severity::Major),
            ("Did things\n\nBREAKING CHANGE: y", Severity::Major),
            ("feat x", Severity::None),
            ("feat:", Severity::None),
            ("feature: x", Severity::None),
            ("fixup! feat: x", Severity::None),
            ("", Severity::None),
            ("\n\n  \n", Severity::None),
            ("Merge branch 'feat: x'", Severity::None),
            ("fix\u{fffd}: x", Severity::None),
            ("\u{feff}fix: x", Severity::Patch),
            ("revert: x", Severity::Patch),
        ] {
            assert_eq!(severity(message), expected, "{message:?}");
        }
        for (message, expected) in
            [("did it", Severity::Patch), ("wip: it", Severity::Patch), ("chore: it", Severity::None)]
        {
            assert_eq!(Change::read(message).severity(Unconventional::Patch), expected, "{message:?}");
        }
    }

    #[test]
    fn footers_are_read() {
        let change = Change::read("chore(api, Web): x\n\nRelease-As: 1.0.0\nrelease-as: 0.9.0\nRefs: #12\n");
        assert_eq!(change.release_as(), Ok(Some(Version::new(1, 0, 0))));
        assert_eq!(change.references, [("Refs".to_owned(), "#12".to_owned())]);
        assert!(change.is_about("web") && change.is_about("api") && !change.is_about("ap"));
        assert_eq!(Change::read("did it\n\nRelease-As: v1.0.0").release_as(), Err("v1.0.0"));
        assert_eq!(Change::read("fix: Release-As: 1.0.0").release_as(), Ok(None));
        assert!(Change::read("fix: x [skip release]").skip && !Change::read("fix: skip release").skip);
    }

    #[test]
    fn reverts_say_what_they_take_back() {
        let one = "0123456789abcdef0123456789abcdef01234567";
        let two = "f".repeat(40);
        let commit = |id: &str, mainline: Option<&str>| Reverted::Commit {
            id: id.to_owned(),
            mainline: mainline.map(str::to_owned),
        };
        let named = |pull, subject: &str| Reverted::Named { pull, subject: Some(subject.to_owned()) };
        for (message, expected) in [
            (format!("Revert \"feat: x\"\n\nThis reverts commit {one}.\n"), vec![commit(one, None)]),
            (format!("Reapply \"feat: x\"\n\nThis reverts commit {one}."), vec![commit(one, None)]),
            (
                format!("Revert \"Merge x\"\n\nThis reverts commit {one}, reversing\nchanges made to {two}.\n"),
                vec![commit(one, Some(&two))],
            ),
            (
                "revert: feat: x\n\nRefs: 676104E, a215868".to_owned(),
                vec![commit("676104e", None), commit("a215868", None)],
            ),
            ("revert(api): feat: x".to_owned(), vec![named(None, "feat: x")]),
            ("Revert \"feat: x (#12)\" (#13)\n\nReverts o/r#12".to_owned(), vec![named(Some(12), "feat: x (#12)")]),
            ("Reapply \"fix: \"y\"\"".to_owned(), vec![named(None, "Revert \"fix: \"y\"\"")]),
            (format!("fix: roll back\n\nThis reverts commit {one}."), vec![commit(one, None)]),
            ("fix: x\n\nThis reverts commit nothing.".to_owned(), vec![]),
            ("fix: x".to_owned(), vec![]),
        ] {
            assert_eq!(Change::read(&message).reverts, expected, "{message:?}");
        }
        assert_eq!(Change::read("Revert \"feat!: x\"").kind, Kind::Revert);
        assert_eq!(severity("Revert \"feat!: x\""), Severity::Patch, "what is quoted asks for nothing");
    }
}
