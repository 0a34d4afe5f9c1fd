//! A configuration file that is no configuration at all.

use std::fs::File;

use crate::env::{Output, TestEnv, platform};

/// Nothing is written, and one sentence has the words.
#[track_caller]
fn assert_refused(env: &TestEnv, args: &[&str], code: i32, words: &[&str]) -> Output {
    let before = env.contents();
    let output = env.run(args).expect_code(code);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    output.expect_said(words);
    assert_eq!(output.stdout, "");
    output
}

#[track_caller]
fn assert_bytes_refused(bytes: &[u8], words: &[&str]) {
    let env = TestEnv::empty();
    env.write("platform.yaml", bytes);
    assert_refused(&env, &["generate"], 2, words);
}

#[test]
fn a_file_with_nothing_in_it() {
    for text in ["", "\n\n", "   \n\t\n", "# only\n# comments\n", "---\n", "---\n...\n", "null\n", "~\n"] {
        assert_bytes_refused(text.as_bytes(), &["platform.yaml", "empty", "ahuora init"]);
    }
}

#[test]
fn a_file_that_is_no_mapping() {
    for text in ["hello\n", "- a\n- b\n", "5\n", "[]\n"] {
        assert_bytes_refused(text.as_bytes(), &["platform.yaml:1:1: ", "a mapping"]);
    }
}

#[test]
fn an_empty_mapping_lacks_what_is_needed() {
    assert_bytes_refused(b"{}\n", &["platform.yaml:1:1: ", "missing"]);
}

#[test]
fn a_file_that_is_no_text() {
    assert_bytes_refused(b"\x7fELF\x02\x01\x01\0\0", &["platform.yaml is a binary file"]);
    assert_bytes_refused(b"name: ahuora\0\n", &["platform.yaml is a binary file"]);
    assert_bytes_refused(b"name: x\ncity: caf\xe9\n", &["platform.yaml is not UTF-8", "line 2"]);
    assert_bytes_refused(b"\xff\xfen\0a\0m\0e\0", &["platform.yaml"]);
}

#[test]
fn a_byte_order_mark_is_no_problem() {
    let env = TestEnv::empty();
    env.write("platform.yaml", format!("\u{feff}{}", platform()));
    env.run(&["generate"]).expect_code(0);
}

#[test]
fn files_that_are_too_large() {
    let env = TestEnv::empty();
    env.write("platform.yaml", "# a comment\n".repeat(9 << 20 >> 3));
    assert_refused(&env, &["generate"], 2, &["platform.yaml is larger than 8 MiB"]);
    File::create(env.path("platform.yaml")).unwrap().set_len(100_000_000).unwrap();
    let output = env.run(&["generate"]).expect_code(2);
    output.expect_said(&["platform.yaml is larger than 8 MiB"]);
}

#[test]
fn a_device_without_end_is_not_read_to_its_end() {
    let env = TestEnv::new();
    assert_refused(&env, &["generate", "--config", "/dev/zero"], 2, &["/dev/zero is larger than 8 MiB"]);
}

#[test]
fn a_folder_in_the_place_of_the_file() {
    let env = TestEnv::empty();
    env.folder("platform.yaml");
    assert_refused(&env, &["generate"], 2, &["platform.yaml is a folder"]);
}

#[test]
fn a_file_that_does_not_exist() {
    let env = TestEnv::empty();
    assert_refused(&env, &["generate"], 2, &["platform.yaml", "ahuora init"]);
    assert_refused(&env, &["generate", "--repo", "."], 2, &["there is no file platform.yaml", "ahuora init"]);
    env.link("platform.yaml", "nowhere");
    assert_refused(&env, &["generate", "--repo", "."], 2, &["platform.yaml"]);
}

#[test]
fn a_file_that_cannot_be_read() {
    let env = TestEnv::new();
    let args = ["generate", "--repo", ".", "--config", "platform.yaml/x"];
    assert_refused(&env, &args, 3, &["cannot read platform.yaml/x"]);
    env.link("loop.yaml", "loop.yaml");
    assert_refused(&env, &["generate", "--repo", ".", "--config", "loop.yaml"], 3, &["cannot read loop.yaml"]);
}

#[test]
fn a_file_that_one_may_not_read() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let env = TestEnv::new();
    let path = env.path("platform.yaml");
    if path.metadata().unwrap().uid() == 0 {
        return; // Root may read everything.
    }
    let unreadable = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(&path, unreadable).unwrap();
    let output = env.run(&["generate"]).expect_code(3);
    output.expect_said(&["cannot read platform.yaml"]);
}
