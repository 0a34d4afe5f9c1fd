"""One row of the table: a command and what was measured of it."""

import ctypes
import os
import statistics
import subprocess
import time

import resources

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def run(command, **options):
    """Its standard output; when it fails, the whole run ends with what it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, **options)
    if done.returncode:
        raise SystemExit(f"{done.stderr.decode()}failed: {done.args}")
    return done.stdout


class Row:
    """A command, what to do before each run of it, and how to get at its output."""

    def __init__(self, name, version, command, before=None, output=None):
        self.name, self.version = name, version
        self.command = [str(part) for part in command]
        self.before = before or (lambda: None)
        self.output = output or self.stdout
        self.milliseconds, self.cpu, self.megabytes = [], [], 0
        self.equal, self.differences = "", []

    def stdout(self):
        return resources.parse(run(self.command))

    def warm_up(self):
        """One run for its peak memory: as the orphan of a small shell, which then becomes ours,
        because the peak of a direct child would begin at the peak of this process."""
        self.before()
        subprocess.run(["sh", "-c", '"$@" & :', "sh", *self.command], check=True, **QUIET)
        _, status, usage = os.wait4(-1, 0)
        if status:
            run(self.command)
        self.megabytes = usage.ru_maxrss / 1024

    def judge(self, expected):
        equal, of, self.differences = resources.judge(self.output(), expected)
        more = len(self.differences) - (of - equal)
        self.equal = f"{equal} of {of}" + (f", {more} more" if more else "")

    def time(self):
        self.before()
        start = time.perf_counter()
        process = subprocess.Popen(self.command, **QUIET)
        _, status, usage = os.wait4(process.pid, 0)
        self.milliseconds.append((time.perf_counter() - start) * 1000)
        self.cpu.append((usage.ru_utime + usage.ru_stime) * 1000)
        process.returncode = status

    @property
    def median(self):
        return statistics.median(self.milliseconds)
