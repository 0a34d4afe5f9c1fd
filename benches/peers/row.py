"""One row of the table: a command and what was measured of it."""

import ctypes
import os
import statistics
import subprocess
import time

import resources

TIMED_OUT = 124  # what timeout(1) ends with
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
    """A command, what to do before each run of it, how to get at its output, and how many seconds it has."""

    def __init__(self, name, version, command, before=None, output=None, limit=0):
        self.name, self.version, self.limit = name, version, limit
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
        shell = ["sh", "-c", '"$@" > /dev/null 2>&1 & echo $!', "sh", "timeout", str(self.limit)]
        _, status, usage = os.wait4(int(run([*shell, *self.command])), 0)
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, TIMED_OUT):
            raise SystemExit(f"ended with {code}: {self.command}")
        self.megabytes = usage.ru_maxrss / 1024
        return code == 0

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
