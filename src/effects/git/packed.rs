//! The file `packed-refs` as bytes: many references in one file, which is exchanged as a whole.

use std::collections::BTreeMap;

/// What git says in the first line of a file that it wrote itself.
const HEADER: &str = "# pack-refs with: peeled fully-peeled sorted \n";

/// Names and ids in hexadecimal digits of the references of a file.
pub(super) fn read(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter(|line| !line.starts_with(['#', '^']))
        .filter_map(|line| line.split_once(' '))
        .map(|(id, name)| (name, id))
}

/// A reference of a file, with what git noted of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packed<'t> {
    /// Its whole name.
    pub(super) name: &'t str,
    /// Its id, in hexadecimal digits.
    pub(super) id: &'t str,
    /// What it is a tag of, where it is an annotated one and git noted that.
    pub(super) peeled: Option<&'t str>,
}

/// Shows the references of a file whose names begin so; none when the file is not understood.
pub(super) fn below<'t>(text: &'t str, start: &str, show: &mut impl FnMut(Packed<'t>)) -> Option<()> {
    let mut last: Option<Packed<'t>> = None;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(id) = line.strip_prefix('^') {
            if let Some(last) = &mut last {
                last.peeled = Some(id);
            }
            continue;
        }
        let (id, name) = line.split_once(' ')?;
        last.take().into_iter().for_each(&mut *show);
        last = name.starts_with(start).then_some(Packed { name, id, peeled: None });
    }
    last.into_iter().for_each(show);
    Some(())
}

/// Whether every line is one that is understood.
pub(super) fn is_understood(text: &str) -> bool {
    let is_id = |id: &str| id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.is_empty()
        || text.ends_with('\n')
            && text.lines().all(|line| match line.strip_prefix('^') {
                _ if line.starts_with('#') => true,
                Some(id) => is_id(id),
                None => line.split_once(' ').is_some_and(|(id, name)| is_id(id) && name.starts_with("refs/")),
            })
}

/// The file with other ids for some names, whole and sorted. Everything else stays as it is.
pub(super) fn with(text: &str, ids: &BTreeMap<String, &str>) -> String {
    let header = text.lines().next().filter(|line| line.starts_with('#'));
    let mut new = match header {
        None if text.is_empty() => HEADER.to_owned(),
        Some(header) if header.split(' ').any(|word| word == "sorted") => format!("{header}\n"),
        Some(header) => format!("{} sorted \n", header.trim_end()),
        None => "# pack-refs with: sorted \n".to_owned(),
    };
    // Each with the line below it that says what a tag is of.
    let mut old: Vec<(&str, &str, Option<&str>)> = Vec::new();
    for line in text.lines() {
        match line.split_once(' ') {
            _ if line.starts_with('#') => {}
            Some((id, name)) => old.push((name, id, None)),
            None => {
                if let Some((_, _, peeled)) = old.last_mut() {
                    *peeled = Some(line);
                }
            }
        }
    }
    old.retain(|(name, ..)| !ids.contains_key(*name));
    old.sort_unstable_by_key(|(name, ..)| *name);
    new.reserve(text.len() + ids.len() * 100);
    let mut put = |id: &str, name: &str, peeled: Option<&str>| {
        for part in [id, " ", name, "\n"].into_iter().chain(peeled).chain(peeled.map(|_| "\n")) {
            new.push_str(part);
        }
    };
    let mut old = old.into_iter().peekable();
    for (name, id) in ids {
        while let Some((name, id, peeled)) = old.next_if(|(old, ..)| *old < name.as_str()) {
            put(id, name, peeled);
        }
        put(id, name, None);
    }
    old.for_each(|(name, id, peeled)| put(id, name, peeled));
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_with_what_they_are_of() {
        let text = "# pack-refs with: peeled\na refs/heads/m\nb refs/tags/v1\n^c\nd refs/tags/w1\n^e\nf refs/tags/v2\n";
        let mut found = Vec::new();
        below(text, "refs/tags/v", &mut |one| found.push(one)).unwrap();
        assert_eq!(
            found,
            [
                Packed { name: "refs/tags/v1", id: "b", peeled: Some("c") },
                Packed { name: "refs/tags/v2", id: "f", peeled: None },
            ]
        );
        assert_eq!(below("<<<<<<\n", "refs/", &mut |_| ()), None);
    }

    #[test]
    fn other_references_keep_their_lines() {
        let one = "1".repeat(40);
        let two = "2".repeat(40);
        let text = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{one} refs/heads/main\n{one} refs/tags/v\n^{two}\n"
        );
        let ids = BTreeMap::from([("refs/heads/a".to_owned(), two.as_str()), ("refs/heads/z".to_owned(), &two)]);
        let new = with(&text, &ids);
        let expected = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{two} refs/heads/a\n{one} refs/heads/main\n{two} refs/heads/z\n{one} refs/tags/v\n^{two}\n"
        );
        assert_eq!(new, expected);
        assert!(is_understood(&new) && is_understood("") && !is_understood("<<<<<<\n"));
        assert_eq!(read(&new).count(), 4);
    }
}
