"""Runs generated pods as processes here, as the kubelet would: command, environment, user, files, probes and end as they stand.

Nothing is mapped or rewritten: each pod has a network of its own, where it listens on the very ports, and a root folder of
its own, this machine's as an overlay, where its volumes stand at the very paths. All of that is in namespaces that end
with the part. Only the image is replaced: its programs are this machine's.
"""

import dataclasses
import functools
import http.client
import itertools
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from real import WORK, fail_if, must, not_run, run
from servers import start, stop, wait_until

IMAGES = pathlib.Path(__file__).parent / "images"
GATEWAY = "10.42.0.1"
_numbers = itertools.count(2)

# Of a new root folder: $1 is where, $2 what is visible in it as /outside. Then the command, in it.
_ROOT = """set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
for folder in dev proc sys; do mount --rbind "/$folder" "$1/root/$folder"; done
mount -t tmpfs -o size=64m tmpfs "$1/root/dev/shm"
mkdir "$1/root/outside"
mount --bind "$2" "$1/root/outside"
exec chroot "$1/root" sh -ec "$3"
"""


@dataclasses.dataclass
class Image:
    """What the image brings that its container does not say."""

    entrypoint: list = dataclasses.field(default_factory=list)
    environment: dict = dataclasses.field(default_factory=dict)
    folder: pathlib.Path | None = None  # what stands in its working folder, /app
    user: str = "app"  # the name of the user that the pod runs as
    stop_signal: int = signal.SIGTERM


def enter():
    """Runs the part anew in namespaces of its own: mounts, processes, and a network with nothing but its pods."""
    if "PODS_ENTERED" not in os.environ:
        command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        status, said = run(*command, "sh", "-c", "mount -t tmpfs tmpfs /run && ip link add pods type bridge")
        if status:
            not_run(f"no namespaces of one's own can be had here: {said.strip()}")
        os.environ["PODS_ENTERED"] = "1"
        os.execvp(command[0], [*command, sys.executable, *sys.argv])
    _do("mount -t tmpfs tmpfs /run")
    _do("ip link set lo up")
    _do("ip link add pods type bridge")
    _do(f"ip address add {GATEWAY}/16 dev pods")
    _do("ip link set pods up")


def _do(command):
    must(*shlex.split(command))


class Pod:
    """One pod of a workload; it starts with `start`, and ends with `delete`."""

    def __init__(self, workload, image, secrets=None, config_maps=(), hosts=None):
        """`secrets` are values by name and key; `hosts` are addresses by the names that the pod looks up."""
        number = next(_numbers)
        self.spec = workload["spec"]["template"]["spec"]
        many = [container["name"] for container in self.spec["containers"]][1:] + self.spec.get("initContainers", [])
        fail_if(many, "containers more than one")
        self.container = self.spec["containers"][0]
        self.image, self.secrets, self.hosts = image, secrets or {}, hosts or {}
        self.name, self.address = f"{self.container['name']}-{number}", f"10.42.{number >> 8}.{number & 255}"
        self.folder = WORK / "pods" / self.name
        self.environment = {"PATH": os.environ["PATH"], **image.environment, **self._variables()}
        self._fill_volumes(workload, {config["metadata"]["name"]: config["data"] for config in config_maps})
        self.process = self.signalled = None
        self.ready, self.deleted, self.unwell = threading.Event(), threading.Event(), []

    def _variables(self):
        values = {}
        for variable in self.container.get("env", []):
            if "value" in variable:
                values[variable["name"]] = self._expand(variable["value"], values)
            else:
                secret = variable["valueFrom"]["secretKeyRef"]
                values[variable["name"]] = self.secrets[secret["name"]][secret["key"]]
        return values

    @staticmethod
    def _expand(text, values):
        """As Kubernetes does in values, commands and arguments: $(NAME) when there is such a variable, $$ is $."""
        what = r"\$(?:\$|\(([^)]*)\))"
        return re.sub(what, lambda match: "$" if match[1] is None else values.get(match[1], match[0]), text)

    def _fill_volumes(self, workload, config_maps):
        """Makes the folders that are mounted, as their kinds have it, for the pod's group."""
        volumes = {volume["name"]: volume for volume in self.spec.get("volumes", [])}
        claims = workload["spec"].get("volumeClaimTemplates", [])
        volumes |= {claim["metadata"]["name"]: {"claim": claim} for claim in claims}
        group = self.spec["securityContext"]["fsGroup"]
        (self.folder / "root").mkdir(parents=True)
        for name, volume in volumes.items():
            folder = self.folder / name
            folder.mkdir()
            files = config_maps[volume["configMap"]["name"]] if "configMap" in volume else {}
            for key, text in files.items():
                (folder / key).write_text(text)
                os.chown(folder / key, 0, group)
            os.chown(folder, 0, group)
            folder.chmod(0o2777 if "emptyDir" in volume else 0o2775)
        if self.image.folder:
            shutil.copytree(self.image.folder, self.folder / "app")

    def _preparation(self):
        """The commands that make the new root folder the container's, before its own command."""
        context = self.spec["securityContext"]
        names = {**self.hosts, "localhost": "127.0.0.1", self.name: self.address}
        yield f"echo {shlex.quote(chr(10).join(f'{address} {name}' for name, address in names.items()))} >/etc/hosts"
        yield f"echo {self.image.user}:x:{context['runAsUser']}:{context['runAsGroup']}::/:/bin/sh >>/etc/passwd"
        # Programs may stand in root's home.
        programs = [pathlib.Path(folder) for folder in os.environ["PATH"].split(":")]
        programs += [(folder / "python3").resolve() for folder in programs if (folder / "python3").exists()]
        parents = {parent for program in programs for parent in program.parents}
        yield f"chmod --silent a+x {shlex.join(str(parent) for parent in sorted(parents))}"
        # Nor may a volume hide them: the programs can be installed below /tmp.
        mounts = [mount["mountPath"] for mount in self.container.get("volumeMounts", [])]
        folders = sorted({program.parent for program in programs if program.name == "bin"})
        hidden = [folder for folder in folders if any(folder.is_relative_to(path) for path in mounts)]
        for number, folder in enumerate(hidden):
            yield f"mkdir -p /programs/{number} && mount --bind {shlex.quote(str(folder))} /programs/{number}"
        for mount in self.container.get("volumeMounts", []):
            source = f"/outside/{shlex.quote(mount['name'])}"
            path = shlex.quote(mount["mountPath"])
            if "subPath" in mount:
                source += f"/{shlex.quote(mount['subPath'])}"
                yield f'mkdir -p "$(dirname {path})" && touch {path}'
            else:
                yield f"mkdir -p {path}"
            yield f"mount --bind {source} {path}"
            if mount.get("readOnly"):
                yield f"mount -o remount,bind,ro {path}"
        for number, folder in enumerate(shlex.quote(str(folder)) for folder in hidden):
            yield f"mkdir -p {folder} && mount --bind /programs/{number} {folder}"
        yield "mkdir -p /app && cd /app"
        if self.image.folder:
            yield "mount --bind /outside/app /app && cd /app"
        yield "touch /outside/prepared"
        if self.container["securityContext"].get("readOnlyRootFilesystem"):
            yield "mount -o remount,bind,ro /"

    def _as_user(self):
        """The start of a command that runs as the pod's user, without privileges."""
        context = self.spec["securityContext"]
        user = [f"--reuid={context['runAsUser']}", f"--regid={context['runAsGroup']}", f"--groups={context['fsGroup']}"]
        return ["setpriv", *user, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]

    def start(self):
        """Starts the container in a new network; gives the pod."""
        _do(f"ip netns add {self.name}")
        link = f"pod{self.address.removeprefix('10.42.').replace('.', '-')}"
        _do(f"ip link add {link} type veth peer name eth0 netns {self.name}")
        _do(f"ip link set {link} master pods up")
        inside = f"nsenter --net=/run/netns/{self.name}"
        _do(f"{inside} ip link set lo up")
        _do(f"{inside} ip address add {self.address}/16 dev eth0")
        _do(f"{inside} ip link set eth0 up")
        words = self.container.get("command", self.image.entrypoint) + self.container.get("args", [])
        command = shlex.join([*self._as_user(), *(self._expand(word, self.environment) for word in words)])
        script = "\n".join([*self._preparation(), f"exec {command}"])
        self.process = start(
            self.name, *shlex.split(inside), "unshare", "--mount", "sh", "-c", _ROOT, "sh",
            self.folder / "root", self.folder, script,
            env=self.environment, ready=(self.folder / "prepared").exists,
        )  # fmt: skip
        return self

    def execute(self, command, timeout):
        """Runs a command in the container; gives its exit status."""
        enter = ["nsenter", f"--target={self.process.pid}", "--mount", "--net", "--root", "--wd"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        done = subprocess.run([*enter, *self._as_user(), *command], env=self.environment, timeout=timeout, **quiet)
        return done.returncode

    def port(self, name):
        """The number of a port of that name."""
        ports = self.container["ports"]
        return next(port["containerPort"] for port in ports if name in (port["name"], port["containerPort"]))

    def probe(self, kind):
        """Whether a probe, `startup`, `readiness` or `liveness`, succeeds now."""
        probe = self.container[f"{kind}Probe"]
        timeout = probe.get("timeoutSeconds", 1)
        try:
            if "exec" in probe:
                return self.execute(probe["exec"]["command"], timeout) == 0
            if "tcpSocket" in probe:
                socket.create_connection((self.address, self.port(probe["tcpSocket"]["port"])), timeout).close()
                return True
            get = probe["httpGet"]
            client = http.client.HTTPConnection(self.address, self.port(get["port"]), timeout=timeout)
            headers = {header["name"]: header["value"] for header in get.get("httpHeaders", [])}
            client.request("GET", get["path"], headers=headers)
            return 200 <= client.getresponse().status < 400
        except (OSError, http.client.HTTPException, subprocess.TimeoutExpired):
            return False

    def watch(self):
        """Probes the pod from now on as the kubelet does; what would make it restart the container stands in `unwell`."""
        threading.Thread(target=self._start_up, daemon=True).start()
        return self

    def _start_up(self):
        if all(not alive for alive in self._states("startup")):
            self.unwell.append(f"{self.name} was not up in time")
            return
        threading.Thread(target=self._live, daemon=True).start()
        for ready in self._states("readiness"):
            (self.ready.set if ready else self.ready.clear)()

    def _live(self):
        for alive in self._states("liveness"):
            if not alive:
                self.unwell.append(f"{self.name} was found dead")

    def _states(self, kind):
        """What a probe says, each period; failures count from the threshold on. Of the startup probe the last one counts."""
        probe = self.container[f"{kind}Probe"]
        failures = 0
        while not self.deleted.is_set():
            failures = 0 if self.probe(kind) else failures + 1
            if failures == 0 or failures >= probe.get("failureThreshold", 3):
                yield failures == 0
                if kind == "startup":
                    return
            self.deleted.wait(probe.get("periodSeconds", 10))

    def wait_until_ready(self, within=60):
        """Waits until the probes let requests through to the pod."""
        running = (self.name, self.process)
        wait_until(lambda: self.ready.is_set() or self.unwell, f"{self.name} is ready", within, 0.02, running)
        fail_if(self.unwell, "pods did not start")
        return self

    @functools.cached_property
    def grace(self):
        return self.spec.get("terminationGracePeriodSeconds", 30)

    def delete(self):
        """Ends the pod: preStop, the signal, and what is left of the grace period; says whether it had to be killed."""
        end = time.monotonic() + self.grace
        self.deleted.set()
        time.sleep(self.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0))
        self.signalled = time.monotonic()
        self.process.send_signal(self.image.stop_signal)
        try:
            self.process.wait(max(0, end - time.monotonic()))
            return False
        except subprocess.TimeoutExpired:
            return True
        finally:
            stop(self.process, patience=0)
