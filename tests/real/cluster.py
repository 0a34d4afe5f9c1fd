"""A real Kubernetes API server on a real etcd, with the definitions of the custom resources; no node and no kubelet."""

import json

import requests
import yaml

from definitions import definitions_folder
from real import WORK, fail_if, must
from servers import free_port, listens, start, wait_until

MANAGER = "ahuora"  # the field manager that applies what we generate
TOKEN = "loopback-only"
CONTENT = {200, 201}


class Cluster:
    """The API server, and requests to it as an administrator."""

    def __init__(self, defined=True):
        self._definitions = definitions_folder()
        self.folder = WORK / "cluster"
        self.folder.mkdir()
        self._start_etcd()
        self._start_api_server()
        self._resources = {}
        if defined:
            self.define()

    def define(self):
        """Adds the definitions of the custom resources that are missing."""
        for file in sorted(self._definitions.glob("*.yaml")):
            for definition in filter(None, yaml.load_all(file.read_bytes(), yaml.CSafeLoader)):
                self.must("apply", self.apply(definition))
        wait_until(self._all_established, "all definitions are served")

    def _start_etcd(self):
        client, peer = free_port(), free_port()
        self._etcd = f"http://127.0.0.1:{client}"
        start(
            "etcd", "etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--log-level", "warn",
            "--listen-client-urls", self._etcd, "--advertise-client-urls", self._etcd,
            "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-cluster", f"default=http://127.0.0.1:{peer}",
            ready=lambda: listens(client),
        )  # fmt: skip

    def _start_api_server(self):
        key, tokens, certificates = self.folder / "key.pem", self.folder / "tokens.csv", self.folder / "certificates"
        must("openssl", "genrsa", "-out", str(key), "2048")
        tokens.write_text(f"{TOKEN},administrator,administrator,system:masters\n")
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"
        self.session.trust_env = False
        start(
            "kube-apiserver", "kube-apiserver", "--etcd-servers", self._etcd, "--secure-port", port,
            "--bind-address", "127.0.0.1", "--cert-dir", certificates, "--endpoint-reconciler-type", "none",
            "--service-cluster-ip-range", "10.43.0.0/16", "--authorization-mode", "RBAC", "--token-auth-file", tokens,
            "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", key,
            "--service-account-signing-key-file", key, "--profiling=false",
            ready=lambda: (certificates / "apiserver.crt").exists() and listens(port) and self._is_ready(certificates),
        )  # fmt: skip
        self.key, self.certificate = key, certificates / "apiserver.crt"

    def _is_ready(self, certificates):
        self.session.verify = str(certificates / "apiserver.crt")
        return self.session.get(f"{self.url}/readyz", timeout=10).status_code == 200

    def _all_established(self):
        items = self.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
        conditions = [{c["type"]: c["status"] for c in item["status"].get("conditions") or []} for item in items]
        return all(condition.get("Established") == "True" for condition in conditions)

    def kubeconfig(self, *users):
        """A file by which other programs reach the API server as the administrator, or, in the context of that name,
        as one of these users."""
        file = self.folder / "kubeconfig"
        cluster = {"server": self.url, "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "real", "cluster": cluster}],
            "users": [{"name": "administrator", "user": {"token": TOKEN}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": "administrator"}}],
            "current-context": "real",
        }
        for user in users:
            config["users"].append({"name": user, "user": {"token": TOKEN, "as": user}})
            config["contexts"].append({"name": user, "context": {"cluster": "real", "user": user}})
        file.write_text(yaml.safe_dump(config))
        return file

    def request(self, method, path, **options):
        """Any request; see `must` for those that must succeed."""
        return self.session.request(method, self.url + path, timeout=30, **options)

    def get(self, path, **parameters):
        """What stands at a path; ends the part when the server refuses."""
        return self.must(f"read {path}", self.request("GET", path, params=parameters)).json()

    def path(self, resource):
        """Where a resource stands: its own path, not that of its collection."""
        version, kind = resource["apiVersion"], resource["kind"]
        if (version, kind) not in self._resources:
            group = f"/apis/{version}" if "/" in version else f"/api/{version}"
            wait_until(lambda: self.request("GET", group).status_code == 200, f"{version} is served")
            for known in self.get(group)["resources"]:
                if "/" not in known["name"]:
                    self._resources[version, known["kind"]] = (group, known["name"], known["namespaced"])
        group, plural, namespaced = self._resources[version, kind]
        metadata = resource["metadata"]
        inside = f"/namespaces/{metadata.get('namespace', 'default')}" if namespaced else ""
        return f"{group}{inside}/{plural}/{metadata['name']}"

    def apply(self, resource, **parameters):
        """Applies on the server's side, every unknown field refused; the answer may carry a `Warning` header."""
        parameters = {"fieldManager": MANAGER, "fieldValidation": "Strict", "force": "true", **parameters}
        return self.request(
            "PATCH", self.path(resource), params=parameters, data=json.dumps(resource, default=str),
            headers={"Content-Type": "application/apply-patch+yaml"},
        )  # fmt: skip

    def must(self, what, answer):
        """Ends the part unless the request succeeded without a warning."""
        problem = complaint(answer)
        fail_if([f"cannot {what}: {problem}"] if problem else [], "requests were refused")
        return answer


def complaint(answer):
    """What the API server said against a request: its refusal, or its warnings; nothing when it was content."""
    if answer.status_code not in CONTENT:
        try:
            return answer.json()["message"]
        except ValueError:
            return f"{answer.status_code} {answer.text}"
    return answer.headers.get("Warning", "")
