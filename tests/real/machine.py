"""A machine that runs this repository's workflows on git repositories of its own, and what they meet there: GitHub, a registry,
actions of others."""

import hashlib
import itertools
import os
import pathlib
import re
import shutil

from hub import REPOSITORY, Hub
from real import WORK, fail_if, must, program, run
from runner import Runner

ROOT = pathlib.Path.cwd()
FLOWS = ROOT / ".github/workflows"
AHUORA = pathlib.Path(program()).resolve()
FILE = f"ahuora-{os.uname().sysname}-{os.uname().machine}"
VERSION = re.search(r'^version = "(.*)"', pathlib.Path("Cargo.toml").read_text(), re.M)[1]
HOSTILE = ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '", "a\ntouch pwned\n", "--help", "${IFS}x;touch${IFS}pwned", "../../etc", ""]
here = itertools.count()
SECRETS = {"docker-hub-username": "hub-user", "docker-hub-token": "hub-token", "app-client-id": "app-id", "app-private-key": "app-key"}


def called(branch="main", **other):
    """What a caller gives `container-release`."""
    inputs = {"branch": branch, "tag-prefix": "django-api", "image-name": "ahuora/django-api", "directory": "backend/django"}
    return {"inputs": {**inputs, "cluster": "ahuora-cluster", **other}, "secrets": SECRETS}


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    status, said = run("git", "-C", str(folder), *identity, *arguments)
    fail_if([f"git {arguments}: {said}"] if status else [], "reason to stop")
    return said.strip()


def commit(folder, message, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def repository(files):
    """A repository on a server, and a clone of it with one commit on main."""
    number = next(here)
    bare, clone = WORK / f"server-{number}.git", WORK / f"clone-{number}"
    must("git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    must("git", "clone", "--quiet", str(bare), str(clone))
    git(clone, "checkout", "--quiet", "-B", "main")
    commit(clone, "chore: begin", files)
    git(clone, "push", "--quiet", "origin", "main")
    return bare, clone


def push(clone, message, files, branch="main"):
    made = commit(clone, message, files)
    git(clone, "push", "--quiet", "origin", f"HEAD:{branch}")
    return made


def tags(bare):
    return {line.split()[1]: line.split()[0] for line in git(bare, "tag", "--list", "--format=%(*objectname) %(refname:short)").splitlines()}


def generated():
    """This repository's configuration and what is generated from it."""
    names = run("git", "ls-files", "-z", "platform.yaml", "manifests", "compose.yaml", "README.md")[1].split("\0")
    return {name: pathlib.Path(name).read_text() for name in names if name}


def stub(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{text}")
    (folder / name).chmod(0o755)


class Machine:
    """A runner with a server in GitHub's place, a registry, and what actions of others do."""

    flows = FLOWS

    def __init__(self, bare=None, repo=REPOSITORY, **variables):
        number = next(here)
        self.folder, self.bare = WORK / f"machine-{number}", bare
        self.hub = Hub(self.folder / "hub", bare)
        self.registry, self.attested, self.artifacts = (self.folder / name for name in ("registry", "attested", "artifacts"))
        for folder in (self.registry, self.attested, self.artifacts):
            folder.mkdir()
        self.tokens, self.built, self.broken = [], [], set()
        self.stubs(self.folder / "bin")
        uses = {
            "actions/checkout@": self.checkout,
            "actions/create-github-app-token@": self.token,
            "actions/upload-artifact@": self.upload,
            "actions/download-artifact@": self.download,
            "actions/attest@": self.attest,
            "docker/build-push-action@": self.build,
            "docker/login-action@": lambda given, _: (given["username"] == "hub-user" and given["password"] == "hub-token", {}),
            "docker/setup-buildx-action@": lambda *_: (True, {}),
            "$/.github/actions/ahuora": lambda *_: (True, {"program": str(AHUORA)}),
        }
        variables = {"GH_CONFIG_DIR": str(self.hub.folder), "GITHUB_REPOSITORY": repo, "GITHUB_API_URL": self.hub.url, **variables}
        self.runner = Runner(self.folder / "runner", uses, self.folder / "bin", ROOT, **variables)

    def stubs(self, bin):
        """Docker asks the registry's folder, cargo says what it was asked; `gh` is the real one but for attestations, which
        it can verify with GitHub alone."""
        real = shutil.which("gh")
        wanted = f'[[ "$*" == "attestation verify $3 --repo {REPOSITORY} --signer-workflow {REPOSITORY}/.github/workflows/release.yml" ]]'
        gh = f'if [[ $1 != attestation ]]; then exec {real} "$@"; fi\n{wanted}\n'
        stub(bin, "gh", gh + f'[[ -e {self.attested}/$(sha256sum "$3" | cut -d " " -f 1) ]] || {{ echo "no attestation" >&2; exit 1; }}\n')
        stub(bin, "cargo", f'echo "cargo $*" >> {self.folder}/cargo\nmkdir -p target/release\ncp {AHUORA} target/release/ahuora\n')
        ask = f'[[ "$1 $2 $3 $4 $5" == "buildx imagetools inspect --format {{{{.Manifest.Digest}}}}" ]]\nname=${{6//\\//_}}\n'
        broken = f'if [[ -e {self.registry}/broken ]]; then echo "ERROR: 503 Service Unavailable"; exit 1; fi\n'
        stub(bin, "docker", ask + broken + f'cat {self.registry}/"$name" 2>/dev/null || {{ echo "ERROR: docker.io/$6: not found" >&2; exit 1; }}\n')

    def checkout(self, given, workspace):
        if given["persist-credentials"] != "false":
            return False, {}
        folder = workspace / given.get("path", ".")
        ref = given.get("ref", "refs/heads/main")
        status, said = run("git", "clone", "--quiet", "--no-checkout", str(self.bare), str(folder))
        name = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ref.removeprefix("refs/tags/")
        as_branch = ["-B", name, f"origin/{name}"] if ref.startswith("refs/heads/") else ["--detach", name]
        status, said = (status, said) if status else run("git", "-C", str(folder), "checkout", "--quiet", *as_branch)
        self.runner.said += said
        return status == 0, {}

    def token(self, given, _):
        may = sorted(f"{key.removeprefix('permission-')}={level}" for key, level in given.items() if key.startswith("permission-"))
        key = given["client-id"] == "app-id" and given["private-key"] == "app-key"
        self.tokens.append((given.get("owner", ""), given["repositories"], *may))
        return key and bool(may), {"token": " ".join(may)}

    def upload(self, given, workspace):
        files = list(workspace.glob(given["path"]))
        for file in files:
            (self.artifacts / given["name"]).mkdir(exist_ok=True)
            shutil.copy(file, self.artifacts / given["name"] / file.name)
        return bool(files), {}

    def download(self, given, workspace):
        for file in self.artifacts.glob(f"{given['pattern']}/*"):
            (workspace / given["path"]).mkdir(exist_ok=True)
            shutil.copy(file, workspace / given["path"] / file.name)
        return True, {}

    def attest(self, given, workspace):
        for line in (workspace / given["subject-checksums"]).read_text().splitlines():
            (self.attested / line.split()[0]).touch()
        return True, {}

    def build(self, given, workspace):
        self.built.append(given)
        if "build" in self.broken or not (workspace / given["context"] / "Dockerfile").exists():
            return False, {}
        digest = f"sha256:{hashlib.sha256(given['tags'].encode()).hexdigest()}"
        for tag in given["tags"].split():
            (self.registry / tag.replace("/", "_")).write_text(f"{digest}\n")
        return True, {"digest": digest}

    def run(self, name, known=None, **context):
        """Runs a workflow: the results of its jobs, what else they gave, and what was said."""
        self.runner.said = ""
        repository = self.runner.variables["GITHUB_REPOSITORY"]
        base = {"github": {"token": "contents=write", "repository": repository, "repository_owner": repository.split("/")[0]}}
        base["github"] |= context.pop("github", {})
        results = self.runner.workflow(self.flows / f"{name}.yml", {**base, **context}, known)
        return {job: result["result"] for job, result in results.items()}, results, self.runner.said

    def pwned(self):
        return list(self.folder.rglob("pwned"))
