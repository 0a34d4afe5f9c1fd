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
