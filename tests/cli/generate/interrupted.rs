//! A run that is killed leaves every file old or new, and the next run finishes the work.

use std::time::Duration;

use crate::env::TestEnv;

#[test]
fn a_killed_run_leaves_whole_files_and_the_next_run_finishes() {
    let whole = TestEnv::generated().contents();
    for milliseconds in (0..60).step_by(4) {
        let env = TestEnv::new();
        env.run_and_kill(&["generate"], Duration::from_millis(milliseconds));
        let killed = env.contents();
        for (path, bytes) in killed.files("repo") {
            let known = whole.files("repo").get(path).is_some_and(|whole| *whole == bytes);
            assert!(known || path.contains("/.ahuora-tmp-"), "{path} after {milliseconds} ms");
        }
        env.run(&["generate"]).expect_code(0);
        assert!(env.contents().files("repo") == whole.files("repo"), "after {milliseconds} ms");
    }
}

#[test]
fn two_runs_at_once_end_with_whole_files() {
    let whole = TestEnv::generated().contents();
    let env = TestEnv::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| env.run(&["generate"]));
        }
    });
    env.run(&["generate"]).expect_code(0);
    assert!(env.contents().files("repo") == whole.files("repo"));
}
