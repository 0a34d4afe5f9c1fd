//! The picture of the platform between two markers of README.md.

use crate::env::TestEnv;

const BEGIN: &str = "<!-- ahuora:graph:begin -->";
const END: &str = "<!-- ahuora:graph:end -->";

#[test]
fn the_block_is_filled_and_the_rest_kept() {
    let env = TestEnv::new();
    let graph = env.run(&["graph"]).stdout;
    env.write("README.md", format!("# Mine\n\n{BEGIN}\nold\n{END}\ntail  \n\n"));
    let output = env.run(&["generate"]).expect_code(0);
    assert!(output.lines().contains(&"update README.md"), "{output}");
    let expected = format!("# Mine\n\n{BEGIN}\n```mermaid\n{graph}```\n{END}\ntail  \n\n");
    assert_eq!(env.read("README.md"), expected);
    env.run(&["generate", "--check"]).expect_code(0);
}

#[test]
fn an_outdated_picture_is_a_difference() {
    let env = TestEnv::new();
    env.write("README.md", format!("{BEGIN}\n{END}\n"));
    env.run(&["generate"]).expect_code(0);
    let right = env.read("README.md");
    env.write("README.md", right.replace("postgres", "mysql"));
    let output = env.run(&["generate", "--check"]).expect_code(1);
    assert_eq!(output.lines(), ["update README.md"]);
}

#[test]
fn a_readme_without_both_markers_is_not_touched() {
    for text in ["# Mine\n", BEGIN, END, &format!("{END}\n{BEGIN}\n"), ""] {
        let env = TestEnv::new();
        env.write("README.md", text);
        let before = env.contents().0["repo/README.md"].clone();
        let output = env.run(&["generate"]).expect_code(0);
        assert_eq!(env.contents().0["repo/README.md"], before, "{text}");
        assert!(!output.stdout.contains("README.md"), "{output}");
    }
}

#[test]
fn a_repository_without_readme_gets_none() {
    let env = TestEnv::generated();
    assert!(!env.has("README.md"));
}

#[test]
fn the_lines_of_a_windows_readme_stay_as_they_are() {
    let env = TestEnv::new();
    env.write("README.md", format!("# Mine\r\n{BEGIN}\r\n{END}\r\ntail\r\n"));
    env.run(&["generate"]).expect_code(0);
    let text = env.read("README.md");
    assert!(text.starts_with(&format!("# Mine\r\n{BEGIN}")), "{text:?}");
    assert!(text.ends_with(&format!("{END}\r\ntail\r\n")), "{text:?}");
    env.run(&["generate", "--check"]).expect_code(0);
}

#[test]
fn bytes_that_are_not_utf8_survive() {
    let env = TestEnv::new();
    env.write("README.md", [b"caf\xe9 ", BEGIN.as_bytes(), b"\n", END.as_bytes(), b" \xff\n"].concat());
    env.run(&["generate"]);
    let bytes = env.contents().0["repo/README.md"].bytes.clone();
    assert!(bytes.starts_with(b"caf\xe9 <!--"), "{}", String::from_utf8_lossy(&bytes));
    assert!(bytes.ends_with(b"--> \xff\n"), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn a_readme_that_is_a_link_is_not_written_through() {
    let env = TestEnv::new();
    let text = format!("{BEGIN}\n{END}\n");
    env.write("../home/README.md", &text);
    env.link("README.md", "../home/README.md");
    env.run(&["generate"]);
    assert_eq!(env.read("../home/README.md"), text);
}
