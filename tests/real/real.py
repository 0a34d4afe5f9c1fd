"""What the parts written in Python share: the generated files, planted mistakes, and how a part ends."""

import copy
import os
import pathlib
import subprocess
import sys

import yaml

MANIFESTS = pathlib.Path("manifests")
WORK = pathlib.Path(os.environ["WORK"])  # an empty folder of this part, removed after it
MISTAKE = "zzMistake"


def passed(things, what):
    """Ends the part with what it has proved of how many things; nothing proves nothing."""
    print(what if things else f"there is nothing to prove: {what}")
    sys.exit(0 if things else 1)


def not_run(why):
    """Ends the part as one that cannot run here."""
    print(why)
    sys.exit(77)


def fail_if(problems, what):
    """Ends the part when there are problems: all of them, then how many there are of `what`."""
    if problems:
        print(*problems, sep="\n")
        print(f"{len(problems)} {what}")
        sys.exit(1)


def program():
    """The program whose output is proved: the one that `AHUORA` names, else this repository's, built if need be."""
    if "AHUORA" not in os.environ:
        must("cargo", "build", "--release", "--quiet")
        folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")).resolve()
        os.environ["AHUORA"] = str(folder / "release" / "ahuora")
    return os.environ["AHUORA"]


def platform():
    """The data of `platform.yaml`."""
    return yaml.load(pathlib.Path("platform.yaml").read_bytes(), yaml.CSafeLoader)


def generate(name, change=None):
    """Generates into a new folder of that name, from `platform.yaml` as `change` leaves it (a function of its data).

    Gives the exit status, all that was said, and the folder with the manifests.
    """
    repository = WORK / name
    repository.mkdir()
    data = platform()
    if change:
        change(data)
    (repository / "platform.yaml").write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False))
    return *run(program(), "generate", "--repo", str(repository)), repository / MANIFESTS


def generated(name, change=None):
    """As `generate`, with the resources instead of their folder."""
    status, said, folder = generate(name, change)
    return status, said, [resource for _, resource in manifests(folder)] if status == 0 else []


def manifest_files(folder=MANIFESTS):
    files = sorted(folder.rglob("*.yaml"))
    fail_if([] if files else [f"{folder.resolve()} has no .yaml file"], "reason to stop")
    return files


def manifests(folder=MANIFESTS):
    """Every generated resource with its file."""
    documents = [(file, list(yaml.load_all(file.read_bytes(), yaml.CSafeLoader))) for file in manifest_files(folder)]
    many = [f"{file}: {len(found)} documents instead of one resource" for file, found in documents if len(found) != 1]
    fail_if(many, "files that are not one resource")
    return [(file, found[0]) for file, found in documents]


def is_custom(resource):
    """Whether the resource's group is one that Kubernetes itself does not have."""
    group = resource["apiVersion"].rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def largest_of_each_kind(resources):
    """One resource a kind and version: the one with the most mappings, so with the most places for a mistake."""
    largest = {}
    for resource in sorted(resources, key=lambda resource: len(list(mappings(resource)))):
        largest[resource["apiVersion"], resource["kind"]] = resource
    return largest.values()


def mappings(node, path=()):
    """The path of every mapping of a resource."""
    if isinstance(node, dict):
        yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from mappings(child, (*path, key))


def with_mistake(resource, path):
    """A copy of the resource with an unknown field in the mapping at `path`."""
    planted = node = copy.deepcopy(resource)
    for step in path:
        node = node[step]
    node[MISTAKE] = {MISTAKE: []}
    return planted


def dotted(path):
    return ".".join(str(step) for step in path) or "(top)"


def run(*command, **options):
    """Runs a program; gives its exit status and all that it printed."""
    options = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options}
    done = subprocess.run(command, check=False, **options)
    return done.returncode, done.stdout


def must(*command, **options):
    """Runs a program; ends the part, with all that it printed, when it fails."""
    status, said = run(*command, **options)
    fail_if([f"{' '.join(command)}: {said}"] if status else [], "reason to stop: a program failed")
