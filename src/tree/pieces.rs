//! Manifest text as pieces, one for each YAML document, so that only those that matter are read.

/// One YAML document of a text, unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'t> {
    /// The document without its marker, and without blank lines and comments around it.
    pub text: &'t str,
    /// Lines of the whole text that stand before it.
    pub line: usize,
}

/// The documents of a text; those that hold nothing but comments are left out.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // Directives belong to the document that follows their own marker: such texts are rare, and one piece.
    if text.starts_with('%') || text.contains("\n%") {
        pieces.extend(piece(text, 0));
        return pieces;
    }
    let (mut start, mut line) = (0, 0);
    let mut markers: Vec<usize> = text
        .match_indices("\n---")
        .chain(text.match_indices("\n..."))
        .map(|(at, _)| at + 1)
        .filter(|&at| is_marker(text.get(at..).unwrap_or_default()))
        .collect();
    markers.sort_unstable();
    for end in markers.into_iter().chain([text.len()]) {
        let part = text.get(start..end).unwrap_or_default();
        pieces.extend(piece(part, line));
        line += part.bytes().filter(|&byte| byte == b'\n').count();
        start = end;
    }
    pieces
}

/// Whether a line that begins with `---` or `...` marks a document: nothing, or a blank, follows.
fn is_marker(rest: &str) -> bool {
    matches!(rest.as_bytes().get(3), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

fn piece(part: &str, before: usize) -> Option<Piece<'_>> {
    let (mut rest, mut line) = (part, before);
    if (rest.starts_with("---") || rest.starts_with("...")) && is_marker(rest) {
        let after = rest.get(3..).unwrap_or_default();
        let first = after.lines().next().unwrap_or_default().trim();
        // What stands behind the marker belongs to the document; a comment does not.
        if first.is_empty() || first.starts_with('#') {
            rest = next_line(after);
            line += 1;
        } else {
            return Some(Piece { text: after.trim_end(), line });
        }
    }
    loop {
        let first = rest.lines().next()?;
        let content = first.trim_start();
        if !content.is_empty() && !content.starts_with('#') {
            return Some(Piece { text: rest.trim_end(), line });
        }
        rest = next_line(rest);
        line += 1;
    }
}

fn next_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_divided_at_markers_and_nowhere_else() {
        let found = |text: &'static str| pieces(text).into_iter().map(|p| (p.line, p.text)).collect::<Vec<_>>();
        assert_eq!(found("a: 1\n---\nb: 2\n"), [(0, "a: 1"), (2, "b: 2")]);
        assert_eq!(found("# head\n---\n# Source: x\na: |\n  ---\n  b\n"), [(3, "a: |\n  ---\n  b")]);
        assert_eq!(found("--- # one\na: 1\n...\n--- {b: 2}\n---\n# nothing\n"), [(1, "a: 1"), (3, " {b: 2}")]);
        assert_eq!(found("%YAML 1.2\n---\na: 1\n"), [(0, "%YAML 1.2\n---\na: 1")]);
        assert_eq!(found("a: b\n---c: d\n"), [(0, "a: b\n---c: d")]);
        assert_eq!(found("a: 1\r\n---\r\nb: 2\r\n"), [(0, "a: 1"), (2, "b: 2")]);
        assert_eq!(found(""), []);
    }
}
