//! The next version, and the newest of those that are.

use semver::Version;

use super::commit::{Commit, Severity};
use super::policy::raised;
use super::settings::{Component, Settings};
use super::tag::{Tag, channel, prerelease};
use super::weigh::{Effect, Scale, short, weigh};
use crate::values::{Channel, StableVersion};

/// A tag that is a release, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The tag.
    pub tag: Tag,
    /// The commit on which it stands, in hexadecimal digits.
    pub commit: String,
    /// Whether that is the commit that is looked at, or one behind it.
    pub is_ancestor: bool,
}

/// Which versions a branch has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Stable ones: it is the release branch.
    Stable,
    /// Prereleases of a channel.
    Prerelease(Channel),
}

/// What is asked for besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Only the latest commit is asked.
    pub latest_commit: bool,
    /// This version, whatever the commits ask for.
    pub version: Option<StableVersion>,
}

/// The next release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Its tag; none when nothing asks for a release.
    pub tag: Option<Tag>,
    /// The newest stable release behind the commit.
    pub last: Option<Known>,
    /// The release that the commit itself has already, on this line.
    pub here: Option<Known>,
    /// What each commit since the last stable release asks for.
    pub because: Vec<Effect>,
}

/// Why there can be no next release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A stable release stands on a commit that this one does not have behind it.
    #[error("the commit is not ahead of the last release: {} stands on {}, which it does not contain", .0.tag.name, short(&.0.commit))]
    NotAhead(
        /// That release.
        Known,
    ),
    /// The version that is asked for is not above the last one.
    #[error("{by} asks for {version}, which is not above {last}")]
    NotAbove {
        /// Who asks.
        by: String,
        /// For what.
        version: Version,
        /// The tag of the last one.
        last: String,
    },
    /// A footer asks for something that is no stable version.
    #[error("commit {commit} has the footer `Release-As: {text}`, which is no stable version such as 1.0.0")]
    BadReleaseAs {
        /// The commit, shortened.
        commit: String,
        /// What the footer says.
        text: String,
    },
    /// A number of a version would be larger than a version can have.
    #[error("there is no version after {0}: a number of it would be too large")]
    TooLarge(
        /// The tag of the last one.
        String,
    ),
}

impl Line {
    /// Whether a version is one of this line.
    #[must_use]
    pub fn has(&self, version: &Version) -> bool {
        match self {
            Self::Stable => version.pre.is_empty(),
            Self::Prerelease(wanted) => channel(version).is_some_and(|(name, _)| name == wanted.as_str()),
        }
    }
}

/// The newest tag behind the commit that a line has.
#[must_use]
pub fn newest<'k>(tags: &'k [Known], line: &Line) -> Option<&'k Known> {
    tags.iter().filter(|known| known.is_ancestor && line.has(&known.tag.version)).max_by_key(|known| &known.tag.version)
}

/// What a branch continues from: on the release branch its newest stable release; elsewhere the newest prerelease of
/// the channel, or the newest stable release where that is above it, for the next version is above both.
#[must_use]
pub fn latest<'k>(tags: &'k [Known], line: &Line) -> Option<&'k Known> {
    let stable = newest(tags, &Line::Stable);
    let own = newest(tags, line);
    [stable, own].into_iter().flatten().max_by_key(|known| &known.tag.version)
}

/// The next release of a component, of the commit `revision`. `tags` are all of the component's, here or on a remote;
/// `commits` those behind the revision, itself first, that the newest stable release behind it does not have.
///
/// # Errors
/// Why there can be none.
pub fn next(
    settings: &Settings,
    component: &Component,
    line: &Line,
    wish: &Wish,
    tags: &[Known],
    (revision, commits): (&str, &[Commit]),
) -> Result<Next, Refusal> {
    let last = newest(tags, &Line::Stable).cloned();
    let stable = tags.iter().filter(|known| Line::Stable.has(&known.tag.version));
    let highest = stable.max_by_key(|known| &known.tag.version);
    if let Some(highest) = highest.filter(|highest| *line == Line::Stable && !highest.is_ancestor) {
        return Err(Refusal::NotAhead(highest.clone()));
    }
    let here = tags.iter().filter(|known| known.commit == revision && line.has(&known.tag.version));
    let here = here.max_by_key(|known| &known.tag.version).cloned();
    let scale = Scale { component: component.name.as_str(), unconventional: settings.unconventional };
    let because = if wish.latest_commit { only_latest(&scale, commits) } else { weigh(&scale, commits) };
    let floor = highest.map(|known| &known.tag);
    let base = match wish.version {
        Some(version) if here.as_ref().is_some_and(|here| is_of(&here.tag.version, version)) => None,
        Some(version) => {
            Some(above(Version::new(version.major, version.minor, version.patch), floor, "--set-version")?)
        }
        None if !is_asked(&scale, line, wish, commits, &because) => None,
        None => asked_for(component, floor, &because)?,
    };
    let version = match (base, line) {
        (Some(base), Line::Prerelease(channel)) => Some(numbered(&base, channel, tags)?),
        (base, _) => base,
    };
    let tag = version.map(|version| Tag { name: component.tags.name(&version), version });
    Ok(Next { tag, last, here, because })
}

/// Whether a version, or what it is a prerelease of, is this one.
fn is_of(version: &Version, stable: StableVersion) -> bool {
    (version.major, version.minor, version.patch) == (stable.major, stable.minor, stable.patch)
}

/// Whether anything asks for a release that the line does not have yet.
fn is_asked(scale: &Scale<'_>, line: &Line, wish: &Wish, commits: &[Commit], because: &[Effect]) -> bool {
    let asks = |effects: &[Effect]| {
        effects.iter().any(|one| one.severity > Severity::None || one.counts && !one.change.release_as.is_empty())
    };
    let is_new = |commit: &&Commit| !commit.prereleased;
    match line {
        Line::Stable => asks(because),
        Line::Prerelease(_) if wish.latest_commit => asks(because) && commits.first().as_ref().is_some_and(is_new),
        // What the newest prerelease has is released, as far as this line is concerned.
        Line::Prerelease(_) => asks(&weigh(scale, &commits.iter().filter(is_new).cloned().collect::<Vec<_>>())),
    }
}

/// What the latest commit alone asks for, whatever it changes, and that the others are not asked.
fn only_latest(scale: &Scale<'_>, commits: &[Commit]) -> Vec<Effect> {
    let (first, others) = commits.split_at(commits.len().min(1));
    let first: Vec<Commit> = first.iter().map(|commit| Commit { touches: true, ..commit.clone() }).collect();
    let unasked = weigh(scale, others).into_iter().map(|effect| Effect {
        severity: Severity::None,
        counts: false,
        reason: "is not the latest commit".to_owned(),
        ..effect
    });
    weigh(scale, &first).into_iter().chain(unasked).collect()
}

/// The stable version that commits ask for, above the last one.
fn asked_for(component: &Component, last: Option<&Tag>, because: &[Effect]) -> Result<Option<Version>, Refusal> {
    let mut wanted: Option<(Version, &Effect)> = None;
    for effect in because.iter().filter(|effect| effect.counts) {
        let asked = effect
            .change
            .release_as()
            .map_err(|text| Refusal::BadReleaseAs { commit: short(&effect.id).to_owned(), text: text.to_owned() })?;
        if let Some(version) = asked
            && wanted.as_ref().is_none_or(|(highest, _)| version > *highest)
        {
            wanted = Some((version, effect));
        }
    }
    if let Some((version, effect)) = wanted {
        return above(version, last, &format!("commit {}", short(&effect.id))).map(Some);
    }
    let severity = because.iter().map(|effect| effect.severity).max().unwrap_or_default();
    match last {
        _ if severity == Severity::None => Ok(None),
        None => Ok(Some(component.first.clone())),
        Some(last) => {
            let next = raised(&last.version, severity, component.policy);
            next.map(Some).ok_or_else(|| Refusal::TooLarge(last.name.clone()))
        }
    }
}

/// A version that somebody asks for, if it is above the last one.
fn above(version: Version, last: Option<&Tag>, by: &str) -> Result<Version, Refusal> {
    match last.filter(|last| version <= last.version) {
        Some(last) => Err(Refusal::NotAbove { by: by.to_owned(), version, last: last.name.clone() }),
        None => Ok(version),
    }
}

/// The prerelease of a stable version, numbered behind all that there are anywhere.
fn numbered(stable: &Version, channel: &Channel, tags: &[Known]) -> Result<Version, Refusal> {
    let line = Line::Prerelease(channel.clone());
    let base = |version: &Version| Version::new(version.major, version.minor, version.patch);
    let same = tags.iter().filter(|known| line.has(&known.tag.version) && base(&known.tag.version) == *stable);
    match same.max_by_key(|known| &known.tag.version) {
        None => Ok(prerelease(stable, channel, 1)),
        Some(Known { tag, .. }) => {
            let number = super::tag::channel(&tag.version).and_then(|(_, number)| number.checked_add(1));
            number.map(|number| prerelease(stable, channel, number)).ok_or_else(|| Refusal::TooLarge(tag.name.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::weigh::tests::line as history;
    use super::*;
    use proptest::prelude::*;

    const SETTINGS: &str = "components: {api: {paths: [api]}, breaking: {paths: [b], policy: cargo, first: 0.1.0}}";

    fn known(version: &str, is_ancestor: bool) -> Known {
        let version = Version::parse(version).unwrap();
        Known { tag: Tag { name: format!("api-{version}"), version }, commit: "c".repeat(40), is_ancestor }
    }

    fn ask(tags: &[Known], line: &Line, wish: &Wish, commits: &[Commit]) -> Result<Next, Refusal> {
        let settings = Settings::read(SETTINGS).unwrap();
        let component = settings.component("api").unwrap();
        let revision = commits.first().map_or("", |commit| &commit.id).to_owned();
        next(&settings, component, line, wish, tags, (&revision, commits))
    }

    /// The next tag, or the refusal, in words.
    fn told(tags: &[Known], line: &Line, wish: &Wish, messages: &[&str]) -> String {
        match ask(tags, line, wish, &history(messages)) {
            Ok(next) => next.tag.map_or("nothing".to_owned(), |tag| tag.name),
            Err(refusal) => refusal.to_string(),
        }
    }

    fn beta() -> Line {
        Line::Prerelease(Channel::new("beta").unwrap())
    }

    fn set(version: &str) -> Wish {
        Wish { version: Some(StableVersion::new(version).unwrap()), latest_commit: false }
    }

    #[test]
    fn the_release_branch_has_stable_versions() {
        let wish = Wish::default();
        let ask = |tags: &[Known], messages: &[&str]| told(tags, &Line::Stable, &wish, messages);
        assert_eq!(ask(&[], &["feat!: x"]), "api-0.0.1", "the first");
        assert_eq!(ask(&[], &["chore: x"]), "nothing");
        assert_eq!(ask(&[], &[]), "nothing");
        assert_eq!(ask(&[known("0.0.9", true), known("0.0.17", true)], &["fix: x"]), "api-0.0.18", "numbers");
        assert_eq!(ask(&[known("0.1.2", true)], &["chore: x", "feat: y", "fix: z"]), "api-0.2.0", "the highest");
        assert_eq!(ask(&[known("0.1.2", true), known("0.2.0-beta.4", true)], &["fix: x"]), "api-0.1.3");
        assert_eq!(ask(&[known("0.1.2", true)], &["docs: x\n\nRelease-As: 1.0.0"]), "api-1.0.0");
        assert_eq!(
            ask(&[known("0.1.2", true)], &["docs: x\n\nRelease-As: 0.1.2"]),
            "commit 0000000 asks for 0.1.2, which is not above api-0.1.2"
        );
        assert_eq!(
            ask(&[known("0.1.2", true)], &["docs: x\n\nRelease-As: v1"]),
            "commit 0000000 has the footer `Release-As: v1`, which is no stable version such as 1.0.0"
        );
        assert_eq!(
            ask(&[known("0.1.2", true), known("0.1.3", false)], &["fix: x"]),
            "the commit is not ahead of the last release: api-0.1.3 stands on ccccccc, which it does not contain"
        );
        assert_eq!(ask(&[known("0.1.2", true), known("0.1.1", false)], &["fix: x"]), "api-0.1.3");
        assert_eq!(
            ask(&[known("0.1.18446744073709551615", true)], &["fix: x"]),
            "there is no version after api-0.1.18446744073709551615: a number of it would be too large"
        );
    }

    #[test]
    fn other_branches_have_prereleases_of_the_next_stable_one() {
        let wish = Wish::default();
        let ask = |tags: &[Known], messages: &[&str]| told(tags, &beta(), &wish, messages);
        assert_eq!(ask(&[], &["feat: x"]), "api-0.0.1-beta.1");
        assert_eq!(ask(&[], &["chore: x"]), "nothing");
        assert_eq!(ask(&[known("0.1.2", true)], &["feat: x"]), "api-0.2.0-beta.1");
        let tags = [known("0.1.2", true), known("0.2.0-beta.9", false), known("0.2.0-beta.10", false)];
        assert_eq!(ask(&tags, &["feat: x"]), "api-0.2.0-beta.11", "of all branches");
        assert_eq!(ask(&[known("0.1.2", true), known("0.3.0", false)], &["fix: x"]), "api-0.3.1-beta.1", "above all");
        assert_eq!(ask(&[known("0.1.2", true), known("0.2.0-rc.7", true)], &["feat: x"]), "api-0.2.0-beta.1");
        assert_eq!(told(&[known("0.1.2", true)], &beta(), &set("1.0.0"), &["docs: x"]), "api-1.0.0-beta.1");
        let most = known("0.1.3-beta.18446744073709551615", false);
        assert!(ask(&[known("0.1.2", true), most], &["fix: x"]).contains("too large"));
    }

    #[test]
    fn what_a_prerelease_has_asks_for_no_other_one() {
        let ask = |messages: &[&str], prereleased: usize| {
            let mut commits = history(messages);
            commits.iter_mut().skip(prereleased).for_each(|commit| commit.prereleased = true);
            let tags = [known("0.1.2", true), known("0.2.0-beta.1", true)];
            super::tests::ask(&tags, &beta(), &Wish::default(), &commits).unwrap().tag.map(|tag| tag.name)
        };
        assert_eq!(ask(&["feat: x"], 0), None);
        assert_eq!(ask(&["docs: y", "feat: x"], 1), None);
        assert_eq!(ask(&["fix: y", "feat: x"], 1).as_deref(), Some("api-0.2.0-beta.2"));
        let revert = format!("Revert \"y\"\n\nThis reverts commit {:040x}.", 2);
        assert_eq!(ask(&[&revert, "fix: y", "feat: x"], 1).as_deref(), Some("api-0.2.0-beta.2"), "it takes back");
    }

    #[test]
    fn wishes() {
        let tags = [known("0.1.2", true)];
        let latest = Wish { latest_commit: true, version: None };
        assert_eq!(told(&tags, &Line::Stable, &latest, &["fix: x", "feat: y\n\nRelease-As: 9.0.0"]), "api-0.1.3");
        assert_eq!(told(&tags, &Line::Stable, &latest, &["docs: x", "feat: y"]), "nothing");
        assert_eq!(told(&tags, &Line::Stable, &latest, &[]), "nothing");
        assert_eq!(told(&tags, &Line::Stable, &set("1.0.0"), &[]), "api-1.0.0");
        assert_eq!(
            told(&tags, &Line::Stable, &set("0.1.2"), &["fix: x"]),
            "--set-version asks for 0.1.2, which is not above api-0.1.2"
        );
        let mut here = known("0.2.0", true);
        here.commit = history(&["fix: x"])[0].id.clone();
        let next = ask(&[here.clone()], &Line::Stable, &set("0.2.0"), &history(&["fix: x"])).unwrap();
        assert_eq!((next.tag, next.here), (None, Some(here)), "it is released as that already");
    }

    #[test]
    fn the_newest_is_the_highest_behind_the_commit() {
        let tags = [
            known("0.9.0", true),
            known("0.10.0", true),
            known("0.11.0", false),
            known("0.10.0-beta.2", true),
            known("0.10.0-beta.10", true),
            known("0.12.0-rc.1", true),
        ];
        let name = |known: Option<&Known>| known.map(|known| known.tag.version.to_string());
        assert_eq!(name(latest(&tags, &Line::Stable)).as_deref(), Some("0.10.0"));
        assert_eq!(name(newest(&tags, &beta())).as_deref(), Some("0.10.0-beta.10"));
        assert_eq!(name(latest(&tags, &beta())).as_deref(), Some("0.10.0"), "never below what is stable");
        assert_eq!(name(latest(&tags[3..5], &beta())).as_deref(), Some("0.10.0-beta.10"));
        assert_eq!(latest(&[], &beta()), None);
    }

    proptest! {
        #[test]
        fn the_next_is_above_all_before(
            versions in prop::collection::vec((0..3_u64, 0..4_u64, 0..20_u64, 0..4_u64), 0..12),
            message in prop::sample::select(vec!["fix: x", "feat: x", "feat!: x", "revert: y", "perf: x"]),
            is_stable in any::<bool>(),
        ) {
            let text = |(major, minor, patch, number): &(u64, u64, u64, u64)| match number {
                0 => format!("{major}.{minor}.{patch}"),
                _ => format!("{major}.{minor}.{patch}-beta.{number}"),
            };
            let tags: Vec<Known> = versions.iter().map(|version| known(&text(version), true)).collect();
            let line = if is_stable { Line::Stable } else { beta() };
            let tag = ask(&tags, &line, &Wish::default(), &history(&[message])).unwrap().tag.unwrap();
            for known in tags.iter().filter(|known| Line::Stable.has(&known.tag.version)) {
                prop_assert!(tag.version > known.tag.version);
            }
            prop_assert!(tags.iter().all(|known| known.tag.version != tag.version) || is_stable);
            prop_assert!(line.has(&tag.version));
        }
    }
}
