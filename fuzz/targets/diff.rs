//! Whatever two manifests say, they are compared and told in every form; a side does not differ from itself.
#![no_main]

use ahuora::diff::{Diff, Key, Options, Source, compare, read};
use ahuora::report::{DiffJson, View, markdown, text};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(both) = std::str::from_utf8(bytes) else {
        return;
    };
    let (left, right) = both.split_once("\n===\n").unwrap_or((both, ""));
    if let Some(same) = diff(left, left) {
        assert!(same.resources.is_empty(), "{:?}", same.resources);
    }
    let Some(diff) = diff(left, right) else { return };
    let view = View { left: "a", right: "b", context: 3, why: &|_, _| Vec::new(), command: "c" };
    let _ = (text(&diff, &view), serde_json::to_string(&DiffJson::of(&diff, &view)));
    assert!(markdown(&diff, &view).len() <= 65_536);
});

fn diff(left: &str, right: &str) -> Option<Diff> {
    let source = |text: &str| [Source { path: "a.yaml".to_owned(), text: text.to_owned() }];
    let options = Options { cluster: left.len() % 2 == 1, key: Key::new("key"), only: Vec::new() };
    let read = read(&source(left), &source(right), true).ok()?;
    Some(compare((read.left, read.right), read.same, &read.definitions, &options))
}
