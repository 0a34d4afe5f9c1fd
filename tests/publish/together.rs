//! Many that publish at once: each is there, one commit after the other.

use std::sync::Barrier;
use std::thread;

use crate::results::{FOLDER, branch, files, lab, on_branch, publish, run};

#[test]
fn twenty_at_once_lose_nothing() {
    const PROCESSES: usize = 20;
    let lab = &lab();
    for number in 0..PROCESSES {
        run(lab, &format!("run-{number}"));
        if number % 4 == 0 {
            lab.clone(&format!("clone-{number}"));
        }
    }
    let barrier = &Barrier::new(PROCESSES);
    thread::scope(|scope| {
        for number in 0..PROCESSES {
            scope.spawn(move || {
                // Four share a clone.
                let clone = format!("clone-{}", number - number % 4);
                barrier.wait();
                publish(lab, &clone, &format!("../run-{number}")).expect(0, &["published"]);
            });
        }
    });
    let mut wanted = std::collections::BTreeMap::new();
    for number in 0..PROCESSES {
        let id = format!("run-{number}");
        wanted.extend(on_branch(&FOLDER.replace("0193", &id), &files(&id)));
    }
    assert_eq!(branch(lab, "remote.git", "results"), wanted);
    let remote = lab.path("remote.git");
    assert_eq!(lab.git(&remote, "rev-list --count results"), PROCESSES.to_string());
    assert_eq!(lab.git(&remote, "rev-list --count --merges results"), "0");
    assert_eq!(lab.git(&remote, "rev-list --count --max-parents=0 results"), "1");
    lab.git(&remote, "fsck --strict --full");
}
