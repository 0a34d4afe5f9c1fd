"""Runs of `ahuora load run` and what they leave behind: results, programs, flowsheets, requests that the platform counted."""

import collections
import gzip
import json
import os
import pathlib
import signal
import subprocess
import time

import yaml
from real import WORK, fail_if, program, run

LONGEST = 120  # seconds of any run: none should take half of that
FILES = ["summary.json", "samples.json.gz", "k6.log", "client.jsonl", "verdict.json"]


def programs():
    """Every k6 in `PATH`, by its major version."""
    found = {}
    for folder in os.environ["PATH"].split(":"):
        file = pathlib.Path(folder, "k6")
        if file.is_file():
            found.setdefault(int(run(str(file), "version")[1].split()[1].lstrip("v").split(".")[0]), str(file))
    fail_if([] if sorted(found) == [1, 2] else [f"found: {found}"], "reason to stop: k6 1 and 2 are needed")
    return found


def repository(name, change=lambda load: None):
    """A repository with the shipped load and fixture, but for a generator that is allowed to be busy: it is the platform as well."""
    folder = WORK / name / "experiments/load"
    folder.mkdir(parents=True)
    load = yaml.safe_load(pathlib.Path("experiments/load/load.yaml").read_bytes())
    load["conditions"]["client"] |= {"cpu": 100, "memory": 100}
    change(load)
    (folder / "load.yaml").write_text(yaml.safe_dump(load, sort_keys=False))
    (folder / "fixture.yaml").write_bytes(pathlib.Path("experiments/load/fixture.yaml").read_bytes())
    return WORK / name


def script(name, text):
    """A program that `--k6` names."""
    file = WORK / name
    file.write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{text}\n")
    file.chmod(0o755)
    return str(file)


class Run:
    """One run with a folder of results of its own."""

    def __init__(self, name, repository, target, endpoint, profile, *more, k6, within=(), **environment):
        """`within` is a command that runs the command."""
        self.name, self.folder, self.endpoint = name, WORK / "runs" / name, endpoint
        self.words = ["--repo", repository, "--out", self.folder, "--target", target, "--endpoint", endpoint, "--profile", profile]
        self.words += ["--id", name, "--k6", k6, "--no-cluster", "--no-latency", *more]
        self.within, self.environment, self.log = within, os.environ | environment, WORK / f"{name}.log"
        self.process, self.status, self.began = None, None, 0

    def start(self, *more):
        self.began = self.log.stat().st_size if self.log.exists() else 0
        command = [*self.within, program(), "load", "run", *self.words, *more]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def wait(self):
        """Its exit status; one that takes too long is killed."""
        try:
            self.status = self.process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.kill()
            self.status = "too long"
        return self

    def whole(self, *more):
        return self.start(*more).wait()

    def until(self, happens):
        """Waits until something happens, or it ends; says whether it happened."""
        while self.process.poll() is None:
            if happens():
                return True
            time.sleep(0.005)
        return False

    def kill(self, number=signal.SIGKILL):
        """Kills the program alone, not what it started."""
        self.process.send_signal(number)
        return self.process.wait(LONGEST)

    @property
    def said(self):
        """What it said since it was started last."""
        return self.log.read_bytes()[self.began :].decode(errors="replace")

    def json(self, name):
        file = self.folder / name
        return json.loads(file.read_text()) if file.exists() else None

    def journal(self):
        file = self.folder / "journal.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")] if file.exists() else []

    def flowsheets(self):
        """Ids of the flowsheets that were made, by trial and attempt."""
        return {(line["trial"], line["attempt"]): line["id"] for line in self.journal() if line["event"] == "flowsheet"}

    def trials(self):
        return (self.json("result.json") or {"trials": []})["trials"]

    def evidence(self):
        """What was said of each attempt, in its own file."""
        files = sorted(self.folder.glob("trial-*/attempt-*/verdict.json"))
        return [evidence for file in files for evidence in json.loads(file.read_text())["evidence"]]

    def rules(self):
        return {evidence["rule"] for evidence in self.evidence()}

    def told(self):
        """All that it says, on the screen and in its results."""
        return " ".join([self.said, *(evidence["told"] for evidence in self.evidence())])

    def processes(self):
        """What runs in the folder of results, or names it: number and arguments."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words, place = (process / "cmdline").read_bytes().decode(errors="replace").split("\0"), os.readlink(process / "cwd")
            except OSError:
                continue
            if any(str(self.folder) in one for one in [place, *words]):
                found.append((int(process.name), words))
        return found

    def k6(self):
        """The process of k6, if it runs."""
        return next((number for number, words in self.processes() if pathlib.Path(words[0]).name == "k6" and "run" in words), None)


def counted_by(platform, endpoint):
    """What the platform itself counted, by flowsheet, without the one request that the fixture makes."""
    if endpoint == "fs":
        answered = {str(number): count for number, count in platform.solved().items()}
    else:
        queries = [query for method, path, query, status in platform.access() if (path, status) == ("/api/unitops/unitops/", 200)]
        answered = collections.Counter(query.removeprefix("flowsheetOwner=") for query in queries)
    return {flowsheet: count - 1 for flowsheet, count in answered.items()}


def points(file, metric):
    """How many samples of a metric there are."""
    with gzip.open(file, "rt") as lines:
        samples = [json.loads(line) for line in lines]
    return sum(one["data"]["value"] for one in samples if one["type"] == "Point" and one["metric"] == metric)


def left(run, platform):
    """What a run left that it must not."""
    rows = platform.rows()
    yield from [f"{run.name}: the database has {rows}, {platform.flowsheets()}"] if rows else []
    yield from (f"{run.name}: still runs: {one}" for one in run.processes())


def wrong(run, platform, trials, status=0, grades=("valid", "suspect")):
    """What is wrong with a run that was to succeed: its end, its results, and its numbers beside the platform's own."""
    name = run.name
    if run.status != status:
        yield f"{name}: status {run.status}: {run.said[-1500:]}"
    yield from left(run, platform)
    result = run.json("result.json")
    if result is None:
        return (yield f"{name}: no result.json; {sorted(file.name for file in run.folder.glob('*'))}")
    if [trial["trial"] for trial in result["trials"]] != list(range(1, trials + 1)) or result["grade"] not in grades:
        yield f"{name}: {trials} trials wanted: {result}"
    missing = [file for file in ["run.json", "journal.jsonl", "script.js"] if not (run.folder / file).exists()]
    yield from [f"{name}: {missing} are missing"] if missing else []
    counts, flowsheets = counted_by(platform, run.endpoint), run.flowsheets()
    folders = [f"trial-{trial['trial']}/attempt-{one['attempt']}" for trial in result["trials"] for one in trial["attempts"]]
    there = [str(folder.relative_to(run.folder)) for folder in run.folder.glob("trial-*/attempt-*")]
    if sorted(folders) != sorted(there):
        yield f"{name}: the result tells of {folders}, in the folder are {there}"
    if len(set(flowsheets.values())) != len(flowsheets):
        yield f"{name}: a flowsheet served twice: {flowsheets}"
    for trial in result["trials"]:
        if trial["grade"] not in grades or trial["attempt"] is None:
            yield f"{name}: trial {trial}"
            continue
        yield from (f"{name}: {one}" for one in wrong_attempt(run, trial, counts, flowsheets))


def wrong_attempt(run, trial, counts, flowsheets):
    """What is wrong with the attempt that counts."""
    folder = run.folder / trial["folder"]
    missing = [file for file in FILES if not (folder / file).exists()]
    if missing:
        return (yield f"{trial['folder']} has no {missing}")
    iterations = json.loads((folder / "summary.json").read_text())["iterations"]
    sampled = {name: points(folder / "samples.json.gz", name) for name in ["started_iterations", "iterations", "http_reqs"]}
    answered = counts.get(flowsheets.get((trial["trial"], trial["attempt"])), -1)
    if not iterations["completed"] <= answered <= iterations["started"]:
        yield f"{trial['folder']}: k6 counted {iterations}, the platform {answered}"
    if (sampled["started_iterations"], sampled["iterations"]) != (iterations["started"], iterations["completed"]):
        yield f"{trial['folder']}: the summary has {iterations}, the samples {sampled}"
    verdict = json.loads((folder / "verdict.json").read_text())
    if (verdict["grade"], verdict["iterations"]["completed"]) != (trial["grade"], iterations["completed"]):
        yield f"{trial['folder']}: verdict.json says {verdict}, result.json {trial}"
    if not [json.loads(line) for line in (folder / "client.jsonl").read_text().splitlines()]:
        yield f"{trial['folder']}: the generator was not watched"
