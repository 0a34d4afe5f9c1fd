"""Starting real servers on free loopback ports and ending them, whatever happens; their logs are kept on failure."""

import atexit
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from real import WORK

LOGS = WORK / "logs"
_running = []


def free_port():
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(name, *command, ready=None, within=60, **options):
    """Starts a program, logging to a file of that name, and waits until `ready()` is true.

    The program is ended when the part ends. Ends the part when the program stops or is not ready `within` seconds.
    """
    LOGS.mkdir(exist_ok=True)
    with (LOGS / f"{name}.log").open("ab") as log:
        options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **options}
        program = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
    _running.append(program)
    wait_until(ready or (lambda: True), f"{name} is ready", within, while_running=(name, program))
    return program


def stop(program, patience=10):
    """Asks a program to end, and ends it when it does not."""
    if program.poll() is None:
        program.send_signal(signal.SIGTERM)
        try:
            program.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
    if program in _running:
        _running.remove(program)
    return program.returncode


def wait_until(happens, what, within=60, every=0.1, while_running=None, otherwise=lambda: ""):
    """Waits until `happens()` is true, and gives what it gave.

    Ends the part when that takes too long, after printing what `otherwise()` has to say of it.
    """
    end = time.monotonic() + within
    while True:
        try:
            if outcome := happens():
                return outcome
        except OSError:
            pass  # not listening yet
        if while_running and while_running[1].poll() is not None:
            name, program = while_running
            print(pathlib.Path(LOGS / f"{name}.log").read_text(errors="replace")[-4000:])
            sys.exit(f"{name} ended with status {program.returncode}")
        if time.monotonic() > end:
            print(otherwise())
            sys.exit(f"waited {within} s in vain until {what}")
        time.sleep(every)


def listens(port):
    """Whether something listens on a port of the loopback interface."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


@atexit.register
def _stop_all():
    for program in reversed(_running.copy()):
        stop(program, patience=5)


signal.signal(signal.SIGTERM, lambda *_: sys.exit("was asked to end"))
