//! The architecture as absences: who may not know of whom. The tables are the rules; a failing test tells
//! which of them a line breaks.
#![allow(clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "this test reads the repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room of `src` may import from the crate. Everything not listed is forbidden.
const ROOMS: &[(&str, &[&str])] = &[
    ("yaml", &[]),
    ("values", &[]),
    ("plan", &[]),
    ("parallel", &[]),
    ("pack", &[]),
    ("spec", &["values"]),
    ("platform", &["spec", "values"]),
    ("tree", &["yaml"]),
    ("diff", &["parallel", "tree", "values", "yaml"]),
    ("report", &["diff", "tree", "yaml"]),
    ("config", &["platform", "spec", "values", "yaml"]),
    ("manifest", &["config", "platform", "spec", "tree", "values", "yaml"]),
    ("patch", &["config", "manifest", "spec", "tree", "values"]),
    ("check", &["config", "platform", "render", "spec", "tree", "values"]),
    ("render", &["check", "config", "manifest", "parallel", "patch", "platform", "tree"]),
    ("graph", &["render", "tree"]),
    ("provenance", &["config", "manifest", "parallel", "platform", "render", "tree", "values", "yaml"]),
    ("load", &["config", "values", "yaml"]),
    ("trial", &["config", "load", "values", "yaml"]),
    ("experiment", &["check", "config", "load", "parallel", "render", "tree", "values", "yaml"]),
    ("release", &["config", "spec", "values", "yaml"]),
    ("error", &["config"]),
    ("github", &["error", "experiment", "values"]),
    ("effects", &["config", "error", "github", "pack", "plan", "trial", "values"]),
    ("ui", &["config", "error"]),
    ("cli", &["ui", "values"]),
    (
        "commands",
        &[
            "check",
            "cli",
            "config",
            "diff",
            "effects",
            "error",
            "experiment",
            "github",
            "graph",
            "load",
            "manifest",
            "plan",
            "platform",
            "provenance",
            "release",
            "render",
            "report",
            "tree",
            "trial",
            "ui",
            "values",
        ],
    ),
    ("main", &["cli", "commands", "ui"]),
];

/// Rooms that may name only some things of another: room, other room, things.
const ONLY: &[(&str, &str, &[&str])] = &[
    ("manifest", "config", &["Active", "ByPullRequest", "Configuration", "Operations"]),
    ("patch", "config", &["Configuration", "Problem", "suggestion"]),
    ("patch", "manifest", &["type_errors"]),
    ("render", "config", &["Configuration", "Problem", "load"]),
    ("check", "render", &["Environment"]),
    ("graph", "render", &["Environment"]),
    ("effects", "config", &["suggestion"]),
    ("cli", "values", &["Channel", "Commit", "FlowsheetId", "InterfaceName", "Seconds", "StableVersion", "Target"]),
    ("github", "values", &["ACTIVE_LABEL"]),
    ("diff", "values", &["credential"]),
    ("diff", "yaml", &["Position", "SyntaxError", "read_documents"]),
    ("report", "yaml", &["to_text"]),
    ("error", "config", &["Problem"]),
    ("ui", "config", &["Problem"]),
    ("load", "yaml", &["WriteError", "append", "read_documents"]),
    ("manifest", "yaml", &["to_text"]),
    ("tree", "yaml", &["WriteError", "append"]),
];

/// External crates, and parts of the standard library, that only some rooms may use.
const OWNED: &[(&str, &[&str])] = &[
    ("anstream", &["ui"]),
    ("anstyle", &["report", "ui"]),
    ("base64", &["diff", "effects"]),
    ("clap", &["cli", "commands", "main", "ui"]),
    ("clap_complete", &["cli", "commands"]),
    ("clap_mangen", &["commands"]),
    ("flate2", &["effects"]),
    ("futures", &["effects"]),
    ("getrandom", &["effects"]),
    ("git2", &["effects"]),
    ("git_conventional", &["release"]),
    ("granit_parser", &["yaml"]),
    ("hmac", &["diff"]),
    ("http", &["effects"]),
    ("json_patch", &["patch"]),
    ("k8s_openapi", &["manifest"]),
    ("kube", &["effects"]),
    ("rustc_hash", &["effects", "yaml"]),
    ("rustix", &["effects"]),
    ("schemars", &["config", "experiment", "load", "spec", "trial", "values"]),
    ("octocrab", &["effects"]),
    ("semver", &["release"]),
    ("serde_ignored", &["manifest"]),
    ("serde_path_to_error", &["manifest"]),
    ("serde_saphyr", &["yaml"]),
    ("sha1", &["pack"]),
    ("sha2", &["diff", "effects", "experiment", "manifest", "trial"]),
    ("signal_hook", &["effects"]),
    ("similar", &["config", "report"]),
    ("mimalloc", &["main"]),
    ("minijinja", &["load"]),
    ("tempfile", &["effects"]),
    ("tokio", &["effects"]),
    ("ureq", &["effects"]),
    ("uuid", &["effects"]),
    ("std::env", &["effects"]),
    ("std::fs", &["effects"]),
    ("std::net", &["effects"]),
    ("std::os", &["effects"]),
    ("std::process", &["effects", "main"]),
    ("std::thread", &["effects", "parallel"]),
    ("std::time", &["effects"]),
];

/// Crates that any room may use.
const COMMON: &[&str] = &["serde", "serde_json", "thiserror"];

/// Words that stand nowhere in `src`, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("SystemTime", "the same input makes the same bytes: time is an argument"),
    ("Instant", "the same input makes the same bytes: time is an argument"),
    ("println!", "only `ui` prints, through its own writer"),
    ("eprintln!", "only `ui` prints, through its own writer"),
    ("print!", "only `ui` prints, through its own writer"),
    ("eprint!", "only `ui` prints, through its own writer"),
];

/// The one file that reads the machine's clocks, and how they are called.
const CLOCK: &str = "src/effects/clock.rs";
const TIMES: [&str; 2] = ["SystemTime", "Instant"];

const MOST_LINES_OF_A_FILE: usize = 400;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

/// Hosts of package registries, in two parts so that this file does not mention them.
const REGISTRIES: &[(&str, &str)] = &[
    ("crates", ".io"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("registry.npmjs", ".org"),
    ("registry.yarnpkg", ".com"),
    ("proxy.golang", ".org"),
    ("repo.maven", ".apache.org"),
    ("repo1.maven", ".org"),
    ("deb.debian", ".org"),
];

/// Folders that hold no text of ours: of git, of builds, of what is generated.
const SKIPPED: &[&str] = &[".git", "artifacts", "corpus", "manifests", "node_modules", "target", "__pycache__"];

/// A Rust file of `src`.
struct Source {
    /// Its path from the root of the repository.
    path: String,
    /// Its room: the first folder or file below `src`.
    room: String,
    /// How many modules it stands below the crate's root.
    depth: usize,
    /// Its text, without what comments and literals say; lines are where they were.
    code: String,
    /// Its number of lines.
    lines: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder that can be read").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_symlink() || SKIPPED.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("in the repository");
    path.to_string_lossy().into_owned()
}

fn sources() -> Vec<Source> {
    let folder = root().join("src");
    let rust = files(&folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        let below = path.strip_prefix(&folder).expect("below src").with_extension("");
        let mut parts: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if parts.last().is_some_and(|last| last == "mod") {
            parts.pop();
        }
        Source {
            path: relative(&path),
            room: parts.first().expect("a name").clone(),
            depth: parts.len(),
            lines: text.lines().count(),
            code: without_comments_and_literals(&text),
        }
    };
    rust.map(source).filter(|source| source.room != "lib").collect()
}

/// The code with blanks for comments and for the content of literals.
fn without_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut code = String::with_capacity(text.len());
    let mut index = 0;
    while index < chars.len() {
        let end = match (at(index), at(index + 1)) {
            ('/', '/') => (index..chars.len()).find(|&end| at(end) == '\n').unwrap_or(chars.len()),
            ('r', '"' | '#') if !is_word(code.chars().next_back()) => end_of_raw(&chars, index),
            ('"', _) => end_of_quoted(&chars, index, '"'),
            // A lifetime has no closing quote.
            ('\'', '\\') => end_of_quoted(&chars, index, '\''),
            ('\'', _) if at(index + 2) == '\'' => index + 3,
            (c, _) => {
                code.push(c);
                index += 1;
                continue;
            }
        };
        code.extend((index..end).map(|index| if at(index) == '\n' { '\n' } else { ' ' }));
        index = end;
    }
    code
}

fn end_of_quoted(chars: &[char], start: usize, quote: char) -> usize {
    let mut index = start + 1;
    while let Some(&c) = chars.get(index) {
        match c {
            '\\' => index += 2,
            c if c == quote => return index + 1,
            _ => index += 1,
        }
    }
    chars.len()
}

fn end_of_raw(chars: &[char], start: usize) -> usize {
    let hashes = chars.iter().skip(start + 1).take_while(|&&c| c == '#').count();
    let opening = start + 1 + hashes;
    if chars.get(opening) != Some(&'"') {
        // A raw identifier, `r#type`.
        return start + 1;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let end = (opening + 1..chars.len()).find(|&index| chars[index..].starts_with(&closing));
    end.map_or(chars.len(), |end| end + closing.len())
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// Every path that begins with a word, such as `crate::`, and what follows: `a::B`, of a group each part.
fn paths_from(code: &str, start: &str) -> Vec<String> {
    let begins = |at: &usize| {
        let before = code[..*at].chars().next_back();
        !is_word(before) && !code[..*at].ends_with("::")
    };
    let places = code.match_indices(start).map(|(at, _)| at).filter(begins);
    places.flat_map(|at| expand(&code[at + start.len()..])).collect()
}

/// `a::{B, c::D}` as `a::B` and `a::c::D`.
fn expand(text: &str) -> Vec<String> {
    let length = text.find(|c: char| !is_word(Some(c)) && c != ':').unwrap_or(text.len());
    let (head, rest) = text.split_at(length);
    let Some(group) = rest.strip_prefix('{').filter(|_| head.is_empty() || head.ends_with("::")) else {
        return vec![head.trim_end_matches(':').to_owned()];
    };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        parts.last_mut().expect("never empty").push(c);
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(expand).map(|tail| format!("{head}{tail}")).collect()
}

#[test]
fn paths_are_found_in_groups_and_not_in_comments_or_literals() {
    let code = without_comments_and_literals(
        "use crate::{a::{B, c::D}, e}; // crate::f\nlet x = \"crate::g\"; 'x: loop {} let y = '\"'; r#\"crate::\"h\"#; crate::i::j();",
    );
    assert_eq!(paths_from(&code, "crate::"), ["a::B", "a::c::D", "e", "i::j"]);
    assert_eq!(grouped("use std::{env, fs::File}; mystd::fs::x", "std::fs"), 1);
    assert_eq!(functions("fn a() {\n}\nfn b();\nfn c() { fn d() {} }").len(), 3);
}

fn allowed(room: &str) -> &'static [&'static str] {
    let found = ROOMS.iter().find(|(name, _)| *name == room);
    found.unwrap_or_else(|| panic!("src has a room `{room}` that ROOMS in tests/tidy.rs does not list")).1
}

/// What each file takes from other rooms: file, room, other room, path within it.
fn imports() -> Vec<(String, String, String, String)> {
    let mut imports = Vec::new();
    for source in sources() {
        let start = if source.room == "main" { "ahuora::" } else { "crate::" };
        for path in paths_from(&source.code, start) {
            let (room, thing) = path.split_once("::").unwrap_or((&path, ""));
            if room != source.room {
                imports.push((source.path.clone(), source.room.clone(), room.to_owned(), thing.to_owned()));
            }
        }
    }
    imports
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut broken = BTreeSet::new();
    for (file, room, other, thing) in imports() {
        let may = allowed(&room);
        if !may.contains(&other.as_str()) {
            let may = if may.is_empty() { "nothing".to_owned() } else { may.join(", ") };
            broken.insert(format!("{file} imports `{other}`: `{room}` may import {may}"));
        }
        let only = ONLY.iter().find(|(one, two, _)| (*one, *two) == (&room, &other));
        if let Some((_, _, things)) = only {
            let first = thing.split("::").next().unwrap_or_default();
            if !things.contains(&first) {
                let things = things.join(", ");
                broken.insert(format!("{file} imports `{other}::{thing}`: of `{other}`, `{room}` may know {things}"));
            }
        }
    }
    assert_none("imports that the architecture forbids (see ROOMS and ONLY in tests/tidy.rs)", &broken);
}

#[test]
fn no_room_may_import_what_it_does_not_need() {
    let used: BTreeSet<(String, String)> = imports().into_iter().map(|(_, room, other, _)| (room, other)).collect();
    let mut idle = BTreeSet::new();
    for (room, may) in ROOMS {
        for other in *may {
            if !used.contains(&((*room).to_owned(), (*other).to_owned())) {
                idle.insert(format!("`{room}` may import `{other}`, but does not"));
            }
        }
    }
    let things: BTreeSet<(String, String, String)> = imports()
        .into_iter()
        .map(|(_, room, other, thing)| (room, other, thing.split("::").next().unwrap_or_default().to_owned()))
        .collect();
    for (room, other, names) in ONLY {
        for name in *names {
            if !things.contains(&((*room).to_owned(), (*other).to_owned(), (*name).to_owned())) {
                idle.insert(format!("`{room}` may know `{other}::{name}`, but does not"));
            }
        }
    }
    assert_none("permissions that nobody needs: take them out of ROOMS or ONLY in tests/tidy.rs", &idle);
}

#[test]
fn every_way_out_of_a_room_is_written_from_the_root() {
    let mut broken = BTreeSet::new();
    for source in sources() {
        for (number, line) in source.code.lines().enumerate() {
            let supers = line.matches("super::").count();
            // Modules within the file, such as `tests`, are indented and stand one deeper.
            let depth = source.depth + usize::from(line.starts_with(' '));
            if supers >= depth && !line.contains("pub(") {
                broken.insert(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert_none("paths that leave their room by `super`: write `crate::room`", &broken);
}

#[test]
fn external_crates_stay_in_their_rooms() {
    let mut broken = BTreeSet::new();
    for source in sources() {
        for (owned, rooms) in OWNED {
            let used = paths_from(&source.code, &format!("{owned}::")).len() + grouped(&source.code, owned);
            if used > 0 && !rooms.contains(&source.room.as_str()) {
                let rooms = if rooms.is_empty() { "no room".to_owned() } else { rooms.join(", ") };
                broken.insert(format!("{} uses `{owned}`: only {rooms} may", source.path));
            }
        }
    }
    assert_none("crates outside their rooms (see OWNED in tests/tidy.rs)", &broken);
}

/// How often a part of the standard library is named in a group: `use std::{env, fs}`.
fn grouped(code: &str, owned: &str) -> usize {
    let Some(part) = owned.strip_prefix("std::") else {
        return 0;
    };
    let paths = paths_from(code, "std::").into_iter();
    paths.filter(|path| path == part || path.starts_with(&format!("{part}::"))).count()
}

#[test]
fn every_dependency_has_its_rooms() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next());
    let names = section.expect("a section").lines().filter_map(|line| line.split_once(" = "));
    let names: BTreeSet<String> =
        names.filter(|(name, _)| !name.starts_with('#')).map(|(name, _)| name.replace('-', "_")).collect();
    let owned = OWNED.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("std::"));
    let listed: BTreeSet<String> = owned.chain(COMMON.iter().copied()).map(str::to_owned).collect();
    assert_eq!(names, listed, "OWNED and COMMON in tests/tidy.rs must name each dependency, and no other");
    for (name, rooms) in OWNED {
        for room in *rooms {
            let used = sources().iter().any(|source| {
                source.room == *room
                    && paths_from(&source.code, &format!("{name}::")).len() + grouped(&source.code, name) > 0
            });
            assert!(used, "`{room}` may use `{name}`, but does not: take it out of OWNED in tests/tidy.rs");
        }
    }
}

#[test]
fn what_is_banned_stands_nowhere() {
    let mut broken = BTreeSet::new();
    for source in sources() {
        for (word, why) in BANNED.iter().filter(|(word, _)| source.path != CLOCK || !TIMES.contains(word)) {
            for (at, _) in source.code.match_indices(word) {
                let ends = word.ends_with('!') || !is_word(source.code[at + word.len()..].chars().next());
                if ends && !is_word(source.code[..at].chars().next_back()) {
                    let line = source.code[..at].matches('\n').count() + 1;
                    broken.insert(format!("{}:{line} has `{word}`: {why}", source.path));
                }
            }
        }
    }
    assert_none("words that must not stand in src", &broken);
}

#[test]
fn files_and_functions_are_short() {
    let mut broken = BTreeSet::new();
    for source in sources() {
        if source.lines > MOST_LINES_OF_A_FILE {
            broken.insert(format!(
                "{} has {} lines, more than {MOST_LINES_OF_A_FILE}: divide it",
                source.path, source.lines
            ));
        }
        for (name, line, length) in functions(&source.code) {
            if length > MOST_LINES_OF_A_FUNCTION {
                broken.insert(format!(
                    "{}:{line}: `{name}` has {length} lines, more than {MOST_LINES_OF_A_FUNCTION}",
                    source.path
                ));
            }
        }
    }
    assert_none("what is too long to be read at once", &broken);
}

/// Functions with a body: name, line, number of lines.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ").filter(|(at, _)| !is_word(code[..*at].chars().next_back())) {
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|&c| is_word(Some(c))).collect();
        let Some(opening) = rest.find(['{', ';']).filter(|&end| rest[end..].starts_with('{')) else {
            continue;
        };
        let mut depth = 0;
        let closing = rest[opening..].char_indices().find_map(|(index, c)| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            (depth == 0).then_some(opening + index)
        });
        if let Some(closing) = closing.filter(|_| !name.is_empty()) {
            let line = code[..at].matches('\n').count() + 1;
            functions.push((name, line, rest[..closing].matches('\n').count() + 1));
        }
    }
    functions
}

#[test]
fn every_file_of_a_test_is_part_of_it() {
    let mut forgotten = BTreeSet::new();
    for folder in ["tests", "benches"].map(|name| root().join(name)) {
        for main in files(&folder).iter().filter(|path| path.ends_with("main.rs")) {
            let parent = main.parent().expect("a folder");
            let rust = files(parent).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
            for file in rust.filter(|file| file != main) {
                let is_mod = file.ends_with("mod.rs");
                let place = if is_mod { file.parent().expect("a folder") } else { &file };
                let name = place.file_stem().expect("a name").to_string_lossy().into_owned();
                let declaring = place.parent().expect("a folder");
                let declares = |by: &str| {
                    let text = fs::read_to_string(declaring.join(by)).unwrap_or_default();
                    text.lines().any(|line| line.trim_start_matches("pub(crate) ") == format!("mod {name};"))
                };
                let parent = format!("../{}.rs", declaring.file_name().expect("a name").to_string_lossy());
                if !["main.rs", "mod.rs", &parent].into_iter().any(declares) {
                    forgotten.insert(format!("{}: no `mod {name};` names it, so it never runs", relative(&file)));
                }
            }
        }
    }
    assert_none("files of tests that nobody compiles", &forgotten);
}

#[test]
fn text_has_no_tabs_and_no_blanks_at_the_end_of_lines() {
    let mut broken = BTreeSet::new();
    for (path, text) in texts() {
        let is_ours = ["rs", "toml", "yaml", "yml", "json", "md", "py", "dict"]
            .iter()
            .any(|end| path.ends_with(&format!(".{end}")));
        let is_script = text.starts_with("#!");
        for (number, line) in text.lines().enumerate().filter(|_| is_ours || is_script) {
            // A line of a string's content may end as it has to.
            if line.contains('\t') || line.ends_with(' ') {
                broken.insert(format!("{path}:{}", number + 1));
            }
        }
        if (is_ours || is_script) && !text.ends_with('\n') {
            broken.insert(format!("{path}: the last line does not end"));
        }
    }
    assert_none("lines with tabs, or with blanks at the end", &broken);
}

#[test]
fn nothing_names_the_host_of_a_package_registry() {
    let mut broken = BTreeMap::new();
    for (path, text) in texts() {
        if path.ends_with("Cargo.lock") {
            continue;
        }
        for (name, end) in REGISTRIES {
            let host = format!("{name}{end}");
            if let Some(at) = text.find(&host) {
                broken.insert(path.clone(), format!("line {} names {host}", text[..at].matches('\n').count() + 1));
            }
        }
    }
    let broken = broken.into_iter().map(|(path, what)| format!("{path}: {what}")).collect();
    assert_none("hosts of package registries: the clients know them, the repository need not", &broken);
}

/// Every file of ours that is text: path and content.
fn texts() -> Vec<(String, String)> {
    let text = |path: PathBuf| Some((relative(&path), fs::read_to_string(&path).ok()?));
    files(root()).into_iter().filter_map(text).collect()
}

fn assert_none(what: &str, broken: &BTreeSet<String>) {
    let lines: String = broken.iter().map(|line| format!("\n  {line}")).collect();
    assert!(broken.is_empty(), "{what}:{lines}");
}
