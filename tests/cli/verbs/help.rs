//! Help, completions, the manual page, and what is not understood.

use std::fmt::Write as _;

use crate::env::TestEnv;

const VERBS: [&str; 12] = [
    "generate",
    "check",
    "diff",
    "explain",
    "experiment",
    "load",
    "release",
    "init",
    "graph",
    "schema",
    "completions",
    "man",
];

#[test]
fn the_help_of_every_verb() {
    let env = TestEnv::empty();
    let mut screen = env.run(&["--help"]).expect_code(0).stdout;
    for verb in VERBS {
        let help = env.run(&[verb, "--help"]).expect_code(0).stdout;
        let _ = write!(screen, "\n===== {verb}\n{help}");
    }
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    GitOps manifests for the Ahuora Digital Platform: one typed platform.yaml becomes every manifest.

    Exit codes: 0 fine; 1 differences or findings; 2 usage or configuration; 3 the outside world (disk,
    git, network).

    Usage: ahuora [OPTIONS] <COMMAND>

    Commands:
      generate     Write manifests/ and compose.yaml from platform.yaml, and say what changed
      check        Validate platform.yaml and what it leads to: every finding at once, and the Secrets
                   the cluster must hold
      diff         Tell what changes on the cluster, by meaning, and why
      explain      Say where a field of a manifest comes from, or what a key of platform.yaml moves
      experiment   Run experiments: one branch for each permutation of a design, and the proof that only
                   the declared variable differs
      load         Load the platform: k6 scripts, trials under controlled conditions, and what can be
                   trusted of them
      release      Release components: from commits to versions, tags, and images in platform.yaml
      init         Make a new repository from the default platform
      graph        Draw the platform as a Mermaid flowchart, from its resources
      schema       Print the JSON Schema of a file
      completions  Print the completion script of a shell
      man          Print the manual page
      help         Print this message or the help of the given subcommand(s)

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    ===== generate
    Write manifests/ and compose.yaml from platform.yaml, and say what changed

    Usage: ahuora generate [OPTIONS]

    Options:
          --check
              Write nothing; exit 1 with the list of files that are not what platform.yaml says

          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== check
    Validate platform.yaml and what it leads to: every finding at once, and the Secrets the cluster must
    hold

    Usage: ahuora check [OPTIONS]

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== diff
    Tell what changes on the cluster, by meaning, and why

    Without arguments: manifests/ on the disk against what platform.yaml says now. With one: that
    against what platform.yaml says now. A side is a git revision (of its folder manifests/, or
    REV:FOLDER), a folder, a file, `cluster`, `platform.yaml` for what it says now, or `-` for standard
    input. Any Kubernetes YAML will do.

    Usage: ahuora diff [OPTIONS] [LEFT] [RIGHT]

    Arguments:
      [LEFT]
              What was [default: manifests/ on the disk]

      [RIGHT]
              What will be [default: what platform.yaml says now]

    Options:
          --stat
              One line for each resource

          --only <KIND/NAME>
              Only resources of this kind and name; `*` stands for any

          --context <LINES>
              Unchanged lines around changed ones of a long text

              [default: 3]

          --why
              Tell which keys of platform.yaml each change comes from

          --kube-context <NAME>
              Of `cluster`: which context of the kubeconfig

          --read-only
              Of `cluster`: only read, and tell what an apply would do without asking the API server to
              try it

          --field-manager <MANAGER>
              Of `cluster`: as whom to apply, which decides the fields that an apply takes away
              [default: Argo CD where it has applied the object, else ahuora]

          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== explain
    Say where a field of a manifest comes from, or what a key of platform.yaml moves

    A field may depend on keys of platform.yaml, on defaults of keys that are not written, or on nothing
    but the rules of ahuora. With --unused, exit code 1 means that there are keys that nothing at all
    reads.

    Usage: ahuora explain [OPTIONS] [RESOURCE|KEY] [FIELD]

    Arguments:
      [RESOURCE|KEY]
              A resource (django-api/deployment, Deployment/django-api, compose.yaml) or a key
              (services.django-api.image)

      [FIELD]
              A field of the resource, such as spec.replicas or spec.rules[0].host; without it, all of
              them

    Options:
          --unused
              List the keys of platform.yaml that no manifest depends on, and who reads them instead

          --environment <NAME>
              The environment [default: the first by name]

          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== experiment
    Run experiments: one branch for each permutation of a design, and the proof that only the declared
    variable differs

    Usage: ahuora experiment [OPTIONS] <COMMAND>

    Commands:
      list      List the designs of experiments/
      plan      Tell what an experiment would do: its permutations, runs and their order, hours, and
                what would not work
      branch    Make one branch for each permutation, in the object database: no file, index or HEAD is
                touched
      verify    Prove from what the branches hold that nothing but the variables differs
      push      Push the branches with your own git: all of them, or none
      live      Say whether a commit is what runs: synced by Argo CD, healthy, and every pod of it
      open      Open a draft pull request for every permutation, or bring those that are open up to date
      dispatch  Make the runs of an experiment on GitHub, one after the other; exit 1 when some failed
      status    Tell where an experiment stands on GitHub: branches, pull requests, lock, runs, time
                left
      close     End an experiment on GitHub: its active label, lock and pull requests go, its branches
                stay
      help      Print this message or the help of the given subcommand(s)

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== load
    Load the platform: k6 scripts, trials under controlled conditions, and what can be trusted of them

    Usage: ahuora load [OPTIONS] <COMMAND>

    Commands:
      list     List what can be loaded and how: endpoints, profiles, requests and virtual users
      script   Write the k6 script of a profile against an endpoint
      check    Tell whether this machine can make load that is trusted
      run      Make trials: settle, fixture, latency, k6, clean-up, and a verdict for each; an invalid
               one is repeated
      watch    Watch the cluster as a trial would: is it calm, what does it use, and what is not to be
               had of it
      smoke    Ask each endpoint once, with a fixture that is made before and removed after it
      compose  Make trials against the Compose benchmark on this machine, which is started before and
               stopped after them
      clean    Take away what a killed run left: k6, latency, flowsheets; nothing is measured and no
               result changes
      publish  Add the results of a run to the branch of results of the remote, as one commit that
               changes nothing else
      help     Print this message or the help of the given subcommand(s)

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== release
    Release components: from commits to versions, tags, and images in platform.yaml

    Usage: ahuora release [OPTIONS] <COMMAND>

    Commands:
      latest     Print the tag of the newest release, and nothing else; an empty line when there is none
                 yet
      next       Tell the next version of a component, from the commits since its last release
      cut        Make the next version's tag: annotated, once, and never over another one
      changelog  Tell what a component's next release brings, as Markdown
      bump       Set the version of an image in platform.yaml, generate again, and commit both
      rollback   Set the version of an image back to an older one; tags stay
      status     Tell of every component its last tag, its version in platform.yaml, and what is not
                 released yet
      help       Print this message or the help of the given subcommand(s)

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== init
    Make a new repository from the default platform

    Usage: ahuora init [OPTIONS] <DIR>

    Arguments:
      <DIR>
              The folder to make; one that exists must be empty

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== graph
    Draw the platform as a Mermaid flowchart, from its resources

    Usage: ahuora graph [OPTIONS]

    Options:
          --environment <NAME>
              The environment [default: the first by name]

          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== schema
    Print the JSON Schema of a file

    Usage: ahuora schema [OPTIONS] <FILE>

    Arguments:
      <FILE>
              Which file

              Possible values:
              - platform:   platform.yaml
              - experiment: A design, experiments/NAME.yaml
              - load:       Endpoints and load profiles, experiments/load/load.yaml
              - fixture:    What a trial makes before and removes after it,
                experiments/load/fixture.yaml
              - release:    release.yaml, in the repository of the sources

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== completions
    Print the completion script of a shell

    Usage: ahuora completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>
              Which shell

              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')

    ===== man
    Print the manual page

    Usage: ahuora man [OPTIONS]

    Options:
          --repo <DIR>
              The repository [default: the nearest folder upwards that has the configuration]

          --config <FILE>
              The configuration, from the repository

              [default: platform.yaml]

          --out <DIR>
              The folder of generated manifests, from the repository [default: manifests]; of `load`,
              the folder of results

          --format <FORMAT>
              How output is written

              Possible values:
              - text:     For people
              - json:     For programs: one JSON document
              - markdown: For pull requests: the form of `diff` alone

              [default: text]

          --color <COLOR>
              When colours are used

              Possible values:
              - auto:   On a terminal
              - always: Always
              - never:  Never

              [default: auto]

          --dry-run
              Say what would be done, and do nothing

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn every_verb_is_in_the_help() {
    let help = TestEnv::empty().run(&["help"]).expect_code(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let named: Vec<&str> = named.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(named, [&VERBS[..], &["help"]].concat());
}

#[test]
fn what_is_not_understood() {
    let env = TestEnv::new();
    env.run(&["generat"]).expect_code(2).expect_said(&["generat", "similar", "generate"]);
    env.run(&[]).expect_code(2).expect_said(&["Usage: ahuora"]);
    env.run(&["generate", "--chek"]).expect_code(2).expect_said(&["--chek", "--check"]);
    env.run(&["check", "--format", "xml"]).expect_code(2).expect_said(&["xml", "json"]);
    env.run(&["generate", "extra"]).expect_code(2).expect_said(&["extra"]);
    env.run(&["init"]).expect_code(2).expect_said(&["<DIR>"]);
}

#[test]
fn completions_for_every_shell() {
    let env = TestEnv::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = env.run(&["completions", shell]).expect_code(0).stdout;
        for verb in VERBS {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
    env.run(&["completions", "cmd"]).expect_code(2).expect_said(&["bash"]);
}

#[test]
fn the_manual_page_describes_every_verb() {
    let page = TestEnv::empty().run(&["man"]).expect_code(0).stdout;
    assert!(page.contains(".TH ahuora 1"), "{page}");
    for verb in VERBS {
        assert!(page.contains(&format!("ahuora\\-{verb}")), "{verb}");
    }
    assert!(page.contains("exit 1 with the list of files") || page.contains("Exit codes"), "{page}");
}

#[test]
fn the_version() {
    let output = TestEnv::empty().run(&["--version"]).expect_code(0);
    assert_eq!(output.stdout, concat!("ahuora ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn verbs_that_read_no_configuration_work_anywhere() {
    let env = TestEnv::empty();
    for args in [["schema", "platform"], ["completions", "bash"], ["man", "--dry-run"]] {
        let output = env.run(&args).expect_code(0);
        assert!(output.stdout.len() > 500, "{output}");
    }
}
