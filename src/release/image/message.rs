//! What commits and pull requests say of changed versions.

use std::fmt::Write as _;

use super::plan::Move;

/// Fewest characters that are left to a changelog: what stands before it is cut for it.
pub const FOR_CHANGELOG: usize = 15_000;
/// What is written where a text was cut.
const CUT: &str = "\n\n*Cut here: GitHub takes no longer text.*\n";

/// The subject of a commit, and the title of a pull request.
#[must_use]
pub fn subject(moves: &[Move]) -> String {
    match moves {
        [one] if one.is_back() => {
            let (from, to) = one.versions();
            format!("{}: roll back {from} -> {to}", one.component)
        }
        [one] => one.told(),
        all => {
            let each: Vec<String> = all.iter().map(|one| format!("{} {}", one.component, one.to.tag())).collect();
            format!("release: {}", each.join(", "))
        }
    }
}

/// The message of a commit.
#[must_use]
pub fn commit_message(moves: &[Move], file: &str) -> String {
    let mut text = format!("{}\n", subject(moves));
    for one in moves {
        let _ = write!(text, "\n{file}: {}\n  from {}\n  to   {}\n", one.path, one.from, one.to);
    }
    text.push_str("\nWhat is generated from it follows.\n");
    text
}

/// The text of a pull request: what changes, what is to be known, the difference in Markdown, and the changelog,
/// which comes last, for it is somebody else's: whatever it opens, nothing follows that it could hide. In all at most
/// `most` characters.
#[must_use]
pub fn body(one: &Move, file: &str, warnings: &[String], diff: &str, changelog: Option<&str>, most: usize) -> String {
    let (from, to) = one.versions();
    let verb = if one.is_back() { "goes back" } else { "goes" };
    let mut text = format!(
        "**{}** {verb} from `{from}` to `{to}`: `{}` of `{file}`, and what is generated from it.\n\n| | image |\n|---|---|\n| before | `{}` |\n| after | `{}` |\n\n",
        one.component, one.path, one.from, one.to
    );
    for warning in warnings {
        let _ = write!(text, "> **Warning**: {}\n\n", harmless(warning).replace('\n', " "));
    }
    text.push_str(diff.trim());
    text.push('\n');
    let Some(changelog) = changelog else { return cut(&text, most) };
    let text = cut(&text, most.saturating_sub(FOR_CHANGELOG));
    let changelog = harmless(changelog);
    cut(&format!("{text}\n---\n\n{}\n", changelog.trim()), most)
}

/// Text of somebody else in which nobody is called by name, no issue is meant and nothing is HTML.
fn harmless(text: &str) -> String {
    const APART: &str = "&#8203;";
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\r' => continue,
            c if c.is_control() && c != '\n' && c != '\t' => continue,
            '<' => out.push_str("&lt;"),
            // What stands behind these names a person, an issue, a repository's issue.
            c if matches!(before, '@' | '#') && c.is_ascii_alphanumeric() => {
                out.push_str(APART);
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// At most so many characters, whole lines of them.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(CUT.len())).collect();
    let kept = kept.rsplit_once('\n').map_or(kept.as_str(), |(lines, _)| lines);
    format!("{kept}{CUT}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::path::Path;
    use crate::values::ImageRef;

    fn step(from: &str, to: &str) -> Move {
        let image = |tag: &str| ImageRef::new(&format!("ahuora/django-api:{tag}")).unwrap();
        let path = Path::parse("services.django-api.image").unwrap();
        Move { component: "django-api".to_owned(), path, from: image(from), to: image(to), pins: Vec::new() }
    }

    #[test]
    fn subjects_say_which_way() {
        assert_eq!(subject(&[step("0.0.17", "0.0.18")]), "django-api: 0.0.17 -> 0.0.18");
        assert_eq!(subject(&[step("0.0.18", "0.0.17")]), "django-api: roll back 0.0.18 -> 0.0.17");
        assert_eq!(subject(&[step("1.0", "1.1"), step("2.0", "2.1")]), "release: django-api 1.1, django-api 2.1");
    }

    #[test]
    fn a_body_is_never_longer_than_it_may_be() {
        for (diff, changelog) in [(0, 0), (10, 70_000), (70_000, 10), (70_000, 70_000), (70_000, 0), (64_000, 1_000)] {
            let (diff, changelog) = ("é diff\n".repeat(diff / 7), "- fix é\n".repeat(changelog / 8));
            let text = body(&step("0.0.17", "0.0.18"), "platform.yaml", &[], &diff, Some(&changelog), 65_536);
            assert!(text.chars().count() <= 65_536, "{}", text.chars().count());
            assert!(changelog.is_empty() || text.contains("- fix é\n"), "the changelog is in it");
            assert!(text.starts_with("**django-api** goes from `0.0.17` to `0.0.18`"));
        }
    }

    #[test]
    fn what_others_wrote_calls_nobody() {
        let text = harmless("by @ada, fixes #12 <!-- x\u{1b}[31m --> a@b.c # Title\r\n");
        assert_eq!(text, "by @&#8203;ada, fixes #&#8203;12 &lt;!-- x[31m --> a@&#8203;b.c # Title\n");
    }
}
