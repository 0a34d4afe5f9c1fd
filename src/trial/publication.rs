//! What a folder of results holds, where it goes on the branch of results, and what is said of it there.

use serde::Deserialize;

use super::verdict::Grade;
use crate::values::Commit;

/// The file that says what was asked for.
pub const RUN: &str = "run.json";
/// The file that says how a run ended.
pub const RESULT: &str = "result.json";
/// The journal of a run.
pub const JOURNAL: &str = "journal.jsonl";
/// The file that names what was too large to be added.
pub const LEFT_OUT: &str = "left-out.json";

/// Files of the folder itself.
const OF_RUN: [&str; 5] = [RUN, JOURNAL, "script.js", "fingerprint.json", RESULT];
/// Files of an attempt.
const OF_ATTEMPT: [&str; 8] = [
    "summary.json",
    "samples.json",
    "samples.json.gz",
    "k6.log",
    "client.jsonl",
    "cluster.jsonl",
    "prometheus.json",
    "verdict.json",
];
/// In place of an experiment's name, for runs that belong to none.
const LOCAL: &str = "local";
/// Digits of a commit in the name of a folder.
const DIGITS: usize = 12;
/// Longest name that becomes a folder.
const LONGEST: usize = 100;

/// Whether a path is that of a file of results.
#[must_use]
pub fn belongs(path: &str) -> bool {
    let numbered = |folder: &str, name: &str| {
        let number = folder.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        number.is_some_and(|number| number.parse::<u16>().is_ok_and(|value| value > 0 && value.to_string() == number))
    };
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [file] => OF_RUN.contains(file),
        [trial, attempt, file] => numbered(trial, "trial") && numbered(attempt, "attempt") && OF_ATTEMPT.contains(file),
        _ => false,
    }
}

/// What was asked of a run, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asked {
    /// Name of the run.
    pub id: String,
    /// The experiment to which it belongs.
    #[serde(default)]
    pub experiment: Option<String>,
    /// The commit that was measured.
    #[serde(default)]
    pub commit: Option<String>,
    /// Name of the endpoint.
    pub endpoint: String,
    /// Name of the profile.
    pub profile: String,
    /// The numbers of its trials.
    pub trials: Vec<u16>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Ended {
    /// How far it can be trusted.
    pub grade: Grade,
}

/// A run that can be added to the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its name.
    pub id: String,
    /// Its folder there.
    pub folder: String,
    /// The message of the commit that adds it.
    pub message: String,
    /// How far it can be trusted; none when it has not ended.
    pub grade: Option<Grade>,
    /// When its journal ended, in seconds since 1970.
    pub seconds: i64,
}

impl Publication {
    /// What the files say, which whoever made the folder may have written: names become folders only when they are fit.
    ///
    /// # Errors
    /// Which file is not understood, and why.
    pub fn read(run: &str, result: Option<&str>, journal: Option<&str>) -> Result<Self, String> {
        let not = |file: &str, error: serde_json::Error| format!("{file} is not understood: {error}");
        let asked: Asked = serde_json::from_str(run).map_err(|error| not(RUN, error))?;
        let ended = result.map(serde_json::from_str::<Ended>).transpose().map_err(|error| not(RESULT, error))?;
        asked.check()?;
        let grade = ended.map(|ended| ended.grade);
        Ok(Self {
            folder: asked.folder(grade.is_none()),
            message: asked.message(grade),
            id: asked.id,
            grade,
            seconds: journal.and_then(|journal| i64::try_from(last_time(journal) / 1000).ok()).unwrap_or_default(),
        })
    }
}

impl Asked {
    fn check(&self) -> Result<(), String> {
        let names = [("id", Some(&self.id)), ("experiment", self.experiment.as_ref())];
        let more = [("endpoint", Some(&self.endpoint)), ("profile", Some(&self.profile))];
        for (field, value) in names.into_iter().chain(more) {
            if value.is_some_and(|value| !is_name(value)) {
                return Err(format!(
                    "{RUN}: {field} is no name: letters, digits, `.`, `_` and `-`, from a letter or digit, at most \
                     {LONGEST}"
                ));
            }
        }
        if let Some(commit) = &self.commit {
            Commit::new(commit).map_err(|why| format!("{RUN}: commit {why}"))?;
        }
        Ok(())
    }

    /// Which trial of an experiment it is, where it is one.
    fn trial(&self) -> Option<u16> {
        match self.trials.as_slice() {
            [one] if self.experiment.is_some() => Some(*one),
            _ => None,
        }
    }

    /// `EXPERIMENT/COMMIT/ENDPOINT-PROFILE/trial-N/ID`; what has not ended stands beside what may end later.
    fn folder(&self, unfinished: bool) -> String {
        let commit = self.commit.as_deref().and_then(|commit| commit.get(..DIGITS)).unwrap_or("no-commit");
        let trial = self.trial().map(|number| format!("trial-{number}/")).unwrap_or_default();
        let (experiment, end) = (self.experiment.as_deref().unwrap_or(LOCAL), if unfinished { UNFINISHED } else { "" });
        format!("{experiment}/{commit}/{}-{}/{trial}{}{end}", self.endpoint, self.profile, self.id)
    }

    fn message(&self, grade: Option<Grade>) -> String {
        let grade = grade.map_or("unfinished", name_of);
        let experiment = self.experiment.as_deref().unwrap_or(LOCAL);
        let trial = self.trial().map(|number| format!(" trial {number}")).unwrap_or_default();
        let subject = format!("{experiment}: {} {}{trial}: {grade}", self.endpoint, self.profile);
        let number = self.trial().map(|number| number.to_string());
        let trailers = [
            ("Experiment", self.experiment.as_deref()),
            ("Commit", self.commit.as_deref()),
            ("Endpoint", Some(self.endpoint.as_str())),
            ("Profile", Some(self.profile.as_str())),
            ("Trial", number.as_deref()),
            ("Grade", Some(grade)),
            ("Run-Id", Some(self.id.as_str())),
        ];
        let lines = trailers.iter().filter_map(|(name, value)| Some(format!("{name}: {}\n", (*value)?)));
        format!("{subject}\n\n{}", lines.collect::<String>())
    }
}

/// End of the names of folders of runs that have not ended.
const UNFINISHED: &str = ".unfinished";

/// A grade as trailers have it.
#[must_use]
pub const fn name_of(grade: Grade) -> &'static str {
    match grade {
        Grade::Valid => "valid",
        Grade::Suspect => "suspect",
        Grade::Invalid => "invalid",
    }
}

fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.len() <= LONGEST
        && text.bytes().all(fits)
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && !text.ends_with(UNFINISHED)
}

/// The time of the last event of a journal that has one.
fn last_time(journal: &str) -> u64 {
    #[derive(Deserialize)]
    struct Event {
        at: u64,
    }
    journal.lines().rev().find_map(|line| serde_json::from_str::<Event>(line).ok()).map_or(0, |event| event.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = r#"{"id": "0193", "experiment": "replicas", "commit": "0123456789abcdef0123456789abcdef01234567",
        "endpoint": "uor", "profile": "average", "trials": [2], "target": "https://x"}"#;

    #[test]
    fn only_files_of_the_layout_belong() {
        for path in ["run.json", "result.json", "trial-1/attempt-2/k6.log", "trial-12/attempt-1/samples.json.gz"] {
            assert!(belongs(path), "{path}");
        }
        for path in [
            "",
            "other",
            ".git/config",
            ".gitattributes",
            "trial-1/k6.log",
            "trial-0/attempt-1/k6.log",
            "trial-01/attempt-1/k6.log",
            "trial-1/attempt--1/k6.log",
            "trial-1/attempt-1/attempt-1/k6.log",
            "trial-1/attempt-1/run.json",
            "a/run.json",
            "left-out.json",
        ] {
            assert!(!belongs(path), "{path}");
        }
    }

    #[test]
    fn a_run_has_its_folder_and_its_trailers() {
        let run =
            Publication::read(ASKED, Some(r#"{"grade": "suspect"}"#), Some("{\"at\": 1767225600999}\n")).expect("read");
        assert_eq!(run.folder, "replicas/0123456789ab/uor-average/trial-2/0193");
        assert_eq!(run.seconds, 1_767_225_600);
        assert_eq!(
            run.message,
            "replicas: uor average trial 2: suspect\n\nExperiment: replicas\nCommit: \
             0123456789abcdef0123456789abcdef01234567\nEndpoint: uor\nProfile: average\nTrial: 2\nGrade: suspect\n\
             Run-Id: 0193\n"
        );
        let journal = "{\"at\": 1000}\n{\"at\": 5000, \"event\": \"x\"}\n{\"at\": 9";
        let run = Publication::read(
            r#"{"id": "a", "endpoint": "fs", "profile": "soak", "trials": [1]}"#,
            None,
            Some(journal),
        );
        let run = run.expect("read");
        assert_eq!((run.folder.as_str(), run.seconds), ("local/no-commit/fs-soak/a.unfinished", 5));
        assert!(run.message.ends_with("\nGrade: unfinished\nRun-Id: a\n"), "{}", run.message);
    }

    #[test]
    fn names_that_would_lead_elsewhere_are_refused() {
        for bad in ["", "..", ".git", "a/b", "a b", "-a", "a\\n", "é", "a.unfinished", &"a".repeat(101)] {
            let run = ASKED.replace("0193", bad);
            assert!(Publication::read(&run, None, None).is_err(), "{bad}");
            let run = ASKED.replace("\"replicas\"", &format!("\"{bad}\""));
            assert!(Publication::read(&run, None, None).is_err(), "{bad}");
        }
        assert!(Publication::read(&ASKED.replace("0123456789abcdef", "0123"), None, None).is_err());
        assert!(Publication::read("{}", None, None).unwrap_err().starts_with("run.json is not understood"));
        assert!(Publication::read(ASKED, Some("{"), None).unwrap_err().starts_with("result.json is not understood"));
    }
}
