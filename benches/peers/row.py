"""One row of the table: a command and what was measured of it."""

import ctypes
import os
import statistics
import subprocess
import time
from pathlib import Path

import resources

TIMED_OUT = 124  # what timeout(1) ends with
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def run(command, **options):
    """Its standard output; when it fails, the whole run ends with what it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, **options)
    if done.returncode:
        raise SystemExit(f"{done.stderr.decode()}failed: {done.args}")
    return done.stdout


class Row:
    """A command, what to do before each run of it, how to get at its output, how many seconds it has, what it
    ends with, and where its standard output goes."""

    def __init__(self, name, version, command, before=None, output=None, limit=0, code=0, sink=os.devnull):
        self.name, self.version, self.limit, self.code, self.sink = name, version, limit, code, sink
        self.command = [str(part) for part in command]
        self.before = before or (lambda: None)
        self.output = output or self.stdout
        self.milliseconds, self.cpu, self.megabytes = [], [], 0
        self.equal, self.differences = "", []

    def stdout(self):
        return resources.parse(run(self.command))

    def warm_up(self):
        """One run for its peak memory; answers whether it ended in time. It is the orphan of a small
        shell, which then becomes ours, because the peak of a direct child would begin at our own."""
        self.before()
        shell = ["sh", "-c", '"$@" > "$0" 2> /dev/null & echo $!', self.sink, "timeout", str(self.limit)]
        _, status, usage = os.wait4(int(run([*shell, *self.command])), 0)
        code = os.waitstatus_to_exitcode(status)
        if code not in (self.code, TIMED_OUT):
            raise SystemExit(f"ended with {code}: {self.command}")
        self.megabytes = usage.ru_maxrss / 1024
        return code == self.code

    def judge(self, expected):
        equal, of, self.differences = resources.judge(self.output(), expected)
        more = len(self.differences) - (of - equal)
        self.equal = f"{equal} of {of}" + (f", {more} more" if more else "")

    def time(self):
        self.before()
        with open(self.sink, "wb") as sink:
            start = time.perf_counter()
            process = subprocess.Popen(self.command, stdout=sink, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            self.milliseconds.append((time.perf_counter() - start) * 1000)
        self.cpu.append((usage.ru_utime + usage.ru_stime) * 1000)
        process.returncode = status

    @property
    def median(self):
        return statistics.median(self.milliseconds)

    def summary(self, reference):
        return {"tool": self.name, "version": self.version, "runs": len(self.milliseconds),
                "median_ms": round(self.median, 1), "min_ms": round(min(self.milliseconds), 1),
                "cpu_ms": round(statistics.median(self.cpu), 1),
                "ratio": round(self.median / reference.median, 1), "peak_mb": round(self.megabytes, 1)}


def measure(rows, expected, repetitions):
    """Each once for its memory and its output, then all in turn, so that a slow minute hits all alike.
    Answers the rows that ended in time."""
    rows = [row for row in rows if row.warm_up()]
    for row in rows:
        row.judge(expected)
    for _ in range(repetitions):
        for row in rows:
            row.time()
    return rows


def machine():
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return f"{os.cpu_count()} cores ({names[0] if names else 'unknown'}), load {os.getloadavg()[0]:.1f}."
