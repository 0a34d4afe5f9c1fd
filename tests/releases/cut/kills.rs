//! A cut that is killed, at each of its calls of git: run again, it ends with one tag.

use super::lab::{Lab, Plan, calls};

/// Kills the program at each of its calls in a fresh lab, and runs it again.
fn killed_everywhere(arguments: &str, how: &'static str) {
    let whole = {
        let lab = Lab::new();
        let (ended, file) = lab.run("one", arguments, &Plan::default());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        calls(&file)
    };
    assert!(whole >= 4, "{whole} calls of git are fewer than a cut takes");
    for at in 1..=whole {
        let lab = Lab::new();
        let commit = lab.git(&lab.path("one"), "rev-parse HEAD");
        let (died, file) = lab.run("one", arguments, &Plan { at, how, ..Plan::default() });
        assert_eq!(died.signal, Some(9), "killed {how} call {at} of {whole}: {died:?}");
        // In the second case the call goes on beside the second run.
        let again = lab.cut("one", arguments);
        if how == "during" {
            lab.wait_for_orphan(&file);
        }
        assert_eq!((again.code, again.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{how} {at}: {again:?}");
        let wanted = vec![("django-0.0.1".to_owned(), commit)];
        assert_eq!(lab.tags("one"), wanted, "killed {how} call {at}: the clone has the tag too, and no other");
        let remote = if arguments.contains("--push") { wanted } else { Vec::new() };
        assert_eq!(lab.tags("remote.git"), remote, "killed {how} call {at}");
    }
}

#[test]
fn before_each_call() {
    killed_everywhere("django --push", "before");
}

#[test]
fn while_each_call_goes_on() {
    killed_everywhere("django --push", "during");
}

#[test]
fn in_the_clone_alone() {
    killed_everywhere("django", "before");
}
