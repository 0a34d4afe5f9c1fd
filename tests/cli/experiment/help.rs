//! The help of every verb below `experiment`.

use std::fmt::Write as _;

use crate::env::TestEnv;

const VERBS: [&str; 10] = ["list", "plan", "branch", "verify", "push", "live", "open", "dispatch", "status", "close"];

#[test]
fn the_help_of_every_verb_of_experiments() {
    let env = TestEnv::empty();
    let all = env.run(&["experiment", "--help"]).expect_code(0).stdout;
    let listed = all.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let listed: Vec<&str> = listed.map(|(verb, _)| verb).filter(|verb| !verb.is_empty() && *verb != "help").collect();
    let listed: Vec<&str> = listed.into_iter().filter(|verb| verb.chars().all(char::is_alphabetic)).collect();
    assert_eq!(listed, VERBS);
    let mut screen = String::new();
    for verb in VERBS {
        let help = env.run(&["experiment", verb, "--help"]).expect_code(0).stdout;
        // Behind these stand the options of all verbs, which another test shows.
        let (own, _) = help.split_once("      --repo <DIR>").expect("the options of all verbs");
        let _ = write!(screen, "===== {verb}\n{own}");
    }
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    ===== list
    List the designs of experiments/

    Usage: ahuora experiment list [OPTIONS]

    Options:
    ===== plan
    Tell what an experiment would do: its permutations, runs and their order, hours, and what would not
    work

    Writes nothing. Exit code 1 means that a permutation would not work on the cluster.

    Usage: ahuora experiment plan [OPTIONS] [NAME]

    Arguments:
      [NAME]
              The experiment: a design of experiments/, without the ending

    Options:
          --all
              All experiments together, and where they meet in the same manifests

          --runs
              List every run, in its order

          --limit <NUMBER>
              The most permutations that an experiment may have, up to 100000

              [default: 256]

    ===== branch
    Make one branch for each permutation, in the object database: no file, index or HEAD is touched

    The same design on the same base makes the same commits on every machine; made again, nothing
    changes.

    Usage: ahuora experiment branch [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --base <REVISION>
              The commit on which the branches stand [default: the branch that Argo CD follows]

          --force
              Overwrite branches that somebody moved; what would be lost is told without it

          --limit <NUMBER>
              The most permutations that an experiment may have, up to 100000

              [default: 256]

    ===== verify
    Prove from what the branches hold that nothing but the variables differs

    Exit code 1 means that something else differs; every place is named.

    Usage: ahuora experiment verify [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --base <REVISION>
              The commit on which the branches stand [default: the branch that Argo CD follows]

          --proof <FILE>
              Write the proof to this file too, as JSON

          --limit <NUMBER>
              The most permutations that an experiment may have, up to 100000

              [default: 256]

    ===== push
    Push the branches with your own git: all of them, or none

    Usage: ahuora experiment push [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --remote <REMOTE>
              Where to: a remote's name, or an address

              [default: origin]

          --force
              Overwrite what the remote has under their names, while it still has what it had when this
              began

          --limit <NUMBER>
              The most permutations that an experiment may have, up to 100000

              [default: 256]

    ===== live
    Say whether a commit is what runs: synced by Argo CD, healthy, and every pod of it

    Exit code 0 means that it is, 1 that it is not, with every reason, 3 that the cluster cannot be
    asked. Nothing there is changed.

    Usage: ahuora experiment live [OPTIONS] <COMMIT>

    Arguments:
      <COMMIT>
              The commit: its whole SHA

    Options:
          --environment <NAME>
              The environment [default: the one in which experiments run, else the first by name]

          --wait <SPAN>
              Ask again until it is live, so long at most: 30s, 10m

          --interval <SPAN>
              How long to wait before asking again

              [default: 5s]

          --kube-context <NAME>
              Which context of the kubeconfig

    ===== open
    Open a draft pull request for every permutation, or bring those that are open up to date

    Usage: ahuora experiment open [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --repository <OWNER/NAME>
              The repository on GitHub [default: GITHUB_REPOSITORY, else argo-cd.repository of
              platform.yaml]

    ===== dispatch
    Make the runs of an experiment on GitHub, one after the other; exit 1 when some failed

    One permutation is active at a time: the environment is locked, and Argo CD follows the pull request
    with the label experiment-active. Every step is written down first, so that --resume goes on after
    any interruption, and no run is lost or made twice.

    Usage: ahuora experiment dispatch [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --repository <OWNER/NAME>
              The repository on GitHub [default: GITHUB_REPOSITORY, else argo-cd.repository of
              platform.yaml]

          --resume
              Go on where an earlier dispatch of this machine was interrupted

          --stop-on-failure
              Stop at the first run that fails; --resume goes on behind it

          --live <SPAN>
              After each switch, wait until Argo CD runs the permutation, so long at most; 0s leaves
              that to the workflow

              [default: 20m]

          --kube-context <NAME>
              Which context of the kubeconfig

          --poll <SECONDS>
              Seconds between two questions about a run

              [default: 15]

    ===== status
    Tell where an experiment stands on GitHub: branches, pull requests, lock, runs, time left

    Usage: ahuora experiment status [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --repository <OWNER/NAME>
              The repository on GitHub [default: GITHUB_REPOSITORY, else argo-cd.repository of
              platform.yaml]

    ===== close
    End an experiment on GitHub: its active label, lock and pull requests go, its branches stay

    Usage: ahuora experiment close [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The experiment

    Options:
          --repository <OWNER/NAME>
              The repository on GitHub [default: GITHUB_REPOSITORY, else argo-cd.repository of
              platform.yaml]

          --break-lock
              Remove the experiment's lock even when another machine's campaign holds it

          --delete-branches
              Delete the branches on GitHub that are still at the commits of the experiment
    ");
}
