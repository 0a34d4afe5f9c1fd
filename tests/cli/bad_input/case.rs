//! The table behind these tests: one thing wrong with `platform.yaml`, and what must be said of it.

use crate::env::{TestEnv, platform, replaced};

/// Stands in a broken text where the message must point.
const PLACE: char = '▶';
/// Stands in a line that the message must point to, at whatever column.
const LINE: char = '▷';

/// A text of `platform.yaml`, what it is replaced with (marked), and words that the message must have.
pub(super) type Case<'a> = (&'a str, &'a str, &'a [&'a str]);

/// Every case is refused, with one problem at its mark.
#[track_caller]
pub(super) fn assert_refused(cases: &[Case<'_>]) {
    assert_told(cases, Some(1));
}

/// Every case is refused, with a problem at its mark; others may follow from it.
#[track_caller]
pub(super) fn assert_mentioned(cases: &[Case<'_>]) {
    assert_told(cases, None);
}

#[track_caller]
fn assert_told(cases: &[Case<'_>], problems: Option<usize>) {
    let complaint = |(from, to, words): &Case<'_>| complaint(&replaced(&platform(), from, to), words, problems);
    let complaints: Vec<String> = cases.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// What is wrong with the refusal of a whole text (marked); nothing when it is right.
pub(super) fn complaint(text: &str, words: &[&str], problems: Option<usize>) -> Option<String> {
    let (text, place) = unmarked(text);
    let env = TestEnv::empty();
    env.write("platform.yaml", &text);
    let before = env.contents();
    let output = env.run(&["generate"]);
    let told: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("error: platform.yaml:")).collect();
    let fits = |line: &&&str| line.contains(&place) && words.iter().all(|word| line.contains(word));
    let right = output.code == 2
        && output.stdout.is_empty()
        && before == env.contents()
        && told.iter().find(fits).is_some()
        && problems.is_none_or(|count| told.len() == count);
    (!right).then(|| {
        format!(
            "want exit code 2, {problems:?} problem(s), at `{place}` {words:?}, nothing written; got exit code {}\n{}",
            output.code, output.stderr
        )
    })
}

/// The text without its mark, and the place as a message names it.
fn unmarked(text: &str) -> (String, String) {
    let Some(at) = text.find([PLACE, LINE]) else {
        return (text.to_owned(), "platform.yaml:".to_owned());
    };
    let (before, marked) = text.split_at(at);
    let line = before.split('\n').count();
    let column = before.split('\n').next_back().map_or(0, |line| line.chars().count()) + 1;
    let place = match marked.starts_with(PLACE) {
        true => format!("platform.yaml:{line}:{column}: "),
        false => format!("platform.yaml:{line}:"),
    };
    (text.replacen([PLACE, LINE], "", 1), place)
}
