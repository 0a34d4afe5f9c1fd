"""A network and an /etc of a part's own: no way out, any address and port, and names that only the part knows."""

import os
import pathlib
import shutil
import sys

from real import WORK, must, not_run

INSIDE = "AHUORA_OWN_NETWORK"


def own_network(addresses):
    """Starts the part again where these addresses are its own; `addresses` maps each to the names that lead to it."""
    if INSIDE not in os.environ:
        if os.geteuid():
            not_run("only root can make a network of its own")
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    must("ip", "link", "set", "lo", "up")
    for address in addresses:
        must("ip", "address", "add", f"{address}/32", "dev", "lo")
    must("ip", "route", "add", "default", "dev", "lo")  # a server may ask which address is its own
    _own_etc()
    hosts = [f"{address} {' '.join(names)}" for address, names in addresses.items()]
    pathlib.Path("/etc/hosts").write_text("\n".join(["127.0.0.1 localhost", *hosts, ""]))
    pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")


def _own_etc():
    """Lays a copy over /etc, in which the part may write."""
    shutil.copytree("/etc", WORK / "etc", symlinks=True)
    (WORK / "etc").chmod(0o755)
    must("mount", "--bind", str(WORK / "etc"), "/etc")


def reachable(folder, at="/mnt"):
    """Shows a folder at a place that every user may enter; gives that place."""
    must("mount", "--bind", str(folder), at)
    return pathlib.Path(at)
