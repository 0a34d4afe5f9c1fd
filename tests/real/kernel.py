"""A kernel with netem and a network of the part's own: this one's, or, where it has none, user-mode Linux on this machine's files.

User-mode Linux is a whole kernel that runs as one process. The part runs in it as on this machine: it sees the same files
and may be root, but has one processor, its own clock, processes and network, and ends with the part.
"""

import ctypes
import os
import pathlib
import platform
import shlex
import subprocess
import sys

from real import WORK, must, not_run, run

INSIDE = "AHUORA_OWN_KERNEL"
LONGEST = 240  # seconds of the whole part
MODULES = ["lib/crc-ccitt", "net/ipv6/ipv6", "drivers/net/veth", "net/sched/sch_netem", "net/sched/sch_prio", "net/sched/sch_tbf", "net/sched/cls_u32"]
FINIT_MODULE = {"x86_64": 313, "aarch64": 273}

_BOOT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
ip link set lo up
cd {folder}
{part} > {work}/said 2>&1 < /dev/null
echo $? > {work}/status
sync
echo o > /proc/sysrq-trigger
sleep 60
"""


def enter():
    """Starts the part again where it is root of such a kernel and network; gives what that is."""
    if INSIDE in os.environ:
        if os.environ[INSIDE] == "user-mode":
            _load_modules()
            return f"in user-mode Linux {platform.release()}"
        must("mount", "-t", "tmpfs", "tmpfs", "/run")
        must("mount", "-t", "sysfs", "sysfs", "/sys")
        must("ip", "link", "set", "lo", "up")
        return f"in Linux {platform.release()}"
    if os.geteuid():
        not_run("only root can make a network of its own")
    status, _ = run("unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
    if status == 0:
        os.environ[INSIDE] = "this"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    _boot()


def _boot():
    """Runs the part in user-mode Linux, and ends as it does."""
    status, _ = run("sh", "-c", "command -v linux.uml")
    if status:
        not_run("this kernel has no netem, and there is no user-mode Linux for this processor")
    work = WORK / "kernel"
    work.mkdir()
    os.environ[INSIDE] = "user-mode"
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    part = shlex.join(["env", "-i", *environment, sys.executable, str(pathlib.Path(sys.argv[0]).resolve())])
    boot = work / "boot"
    boot.write_text(_BOOT.format(folder=shlex.quote(os.getcwd()), part=part, work=shlex.quote(str(work))))
    boot.chmod(0o755)
    command = ["linux.uml", "mem=768M", "quiet", "root=/dev/root", "rootfstype=hostfs", "rw", f"init={boot}"]
    try:
        done = subprocess.run(
            [*command, "con=null", "con0=null,fd:1"],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
        )
        console = done.stdout
    except subprocess.TimeoutExpired as late:
        console = late.stdout or b""
    said = work / "said"
    print(said.read_text() if said.exists() else console.decode(errors="replace"), end="")
    if not (work / "status").exists():
        print(f"the part did not end in user-mode Linux within {LONGEST} s")
        sys.exit(1)
    sys.exit(int((work / "status").read_text()))


def _load_modules():
    """Loads what netem needs; there need be no program for that."""
    libc = ctypes.CDLL(None, use_errno=True)
    for module in MODULES:
        file = f"/usr/lib/uml/modules/{platform.release()}/kernel/{module}.ko"
        with open(file, "rb") as opened:
            if libc.syscall(FINIT_MODULE[platform.machine()], opened.fileno(), b"", 0):
                print(f"{file}: {os.strerror(ctypes.get_errno())}")
                sys.exit(1)
