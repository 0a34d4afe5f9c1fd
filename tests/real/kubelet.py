"""Servers in the place of a kubelet, a metrics server and an exporter: each tells what its part plants in `Told`."""

import http.server
import json
import ssl
import threading
import time

from real import WORK, must


class Told:
    """What the servers tell; a part changes it."""

    namespace = ""
    cores = {}  # by pod: what its container uses
    memory = 100 * 1024 * 1024
    throttled = 0.0  # share of periods
    ill = {}  # by server: "hangs", "fails", "garbage"
    asked, at_once, most_at_once = 0, 0, 0
    released = threading.Event()
    _counted = {}
    _lock = threading.Lock()

    @classmethod
    def seconds(cls, pod, now):
        """Seconds of CPU that a pod has used, by what it used since it was asked for last."""
        with cls._lock:
            total, then = cls._counted.get(pod, (1000.0, now))
            total += cls.cores.get(pod, 0.0) * (now - then)
            cls._counted[pod] = (total, now)
            return total


def cadvisor(with_time):
    """What a kubelet tells, with much that nobody asks for."""
    now = time.time()
    stamp = f" {int(now * 1000)}" if with_time else ""
    lines = ["# HELP container_cpu_usage_seconds_total Cumulative cpu time consumed in seconds.", "# TYPE container_cpu_usage_seconds_total counter"]

    def tell(name, labels, value):
        said = ",".join(f'{key}="{text}"' for key, text in labels.items())
        lines.append(f"{name}{{{said}}} {value}{stamp}")

    tell("container_cpu_usage_seconds_total", {"container": "", "cpu": "total", "id": "/", "namespace": "", "pod": ""}, Told.seconds("", now))
    for pod in filter(None, sorted(Told.cores)):
        labels = {"container": "main", "id": f"/kubepods/{pod}", "namespace": Told.namespace, "pod": pod}
        seconds = Told.seconds(pod, now)
        tell("container_cpu_usage_seconds_total", labels | {"cpu": "total"}, seconds)
        tell("container_cpu_usage_seconds_total", labels | {"cpu": "total", "container": "POD"}, 1)
        tell("container_memory_working_set_bytes", labels, Told.memory)
        tell("container_cpu_cfs_periods_total", labels, int(10 * now))
        tell("container_cpu_cfs_throttled_periods_total", labels, int(10 * now * Told.throttled))
        tell("container_cpu_cfs_throttled_seconds_total", labels, now * Told.throttled)
    for number in range(3000):
        tell("container_fs_writes_total", {"container": f"other-{number}", "device": "/dev/sda", "namespace": "kube-system", "pod": f"x-{number}"}, number)
    return "\n".join(lines) + "\n"


class Server(http.server.BaseHTTPRequestHandler):
    """One that may be ill; subclasses answer paths."""

    protocol_version = "HTTP/1.1"
    name = ""

    def do_GET(self):
        ill = Told.ill.get(self.name)
        if ill == "hangs":
            Told.released.wait(60)
        status, kind, body = (500, "text/plain", "ill") if ill == "fails" else self.answer()
        body = ("\x00{garbage" * 1000 if ill == "garbage" else body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Kubelet(Server):
    name = "kubelet"

    def answer(self):
        with Told._lock:
            Told.asked, Told.at_once = Told.asked + 1, Told.at_once + 1
            Told.most_at_once = max(Told.most_at_once, Told.at_once)
        try:
            if self.path != "/metrics/cadvisor":
                return 404, "text/plain", "no"
            return 200, "text/plain; version=0.0.4", cadvisor(True)
        finally:
            with Told._lock:
                Told.at_once -= 1


class Metrics(Server):
    """A metrics server; it tells the same as the kubelet."""

    name = "metrics"
    version = "metrics.k8s.io/v1beta1"

    def answer(self):
        path, now = self.path.partition("?")[0], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        base = f"/apis/{self.version}"
        usage = lambda cores: {"cpu": f"{int(cores * 1e9)}n", "memory": f"{Told.memory // 1024}Ki"}  # noqa: E731
        if path == base:
            verbs = ["get", "list"]
            pods = {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": verbs}
            nodes = {"name": "nodes", "singularName": "", "namespaced": False, "kind": "NodeMetrics", "verbs": verbs}
            body = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": self.version, "resources": [pods, nodes]}
        elif path == f"{base}/namespaces/{Told.namespace}/pods":
            chosen = [pod for pod in sorted(Told.cores) if pod and ("app%3Dapi" not in self.path or pod.startswith("api-"))]
            body = {"kind": "PodMetricsList", "apiVersion": self.version, "metadata": {}, "items": [
                {"metadata": {"name": pod, "namespace": Told.namespace}, "timestamp": now, "window": "15s",
                 "containers": [{"name": "main", "usage": usage(Told.cores[pod])}]} for pod in chosen
            ]}  # fmt: skip
        elif path == f"{base}/nodes":
            node = {"metadata": {"name": "pi-1"}, "timestamp": now, "window": "15s", "usage": usage(sum(Told.cores.values()))}
            body = {"kind": "NodeMetricsList", "apiVersion": self.version, "metadata": {}, "items": [node]}
        else:
            return 404, "application/json", json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404})
        return 200, "application/json", json.dumps(body)


class Exporter(Server):
    name = "exporter"

    def answer(self):
        return 200, "text/plain; version=0.0.4", cadvisor(False)


def serve(handler, address, secure=True):
    """Starts one of these; gives its port."""
    server = http.server.ThreadingHTTPServer((address, 0), handler)
    server.daemon_threads = True
    if secure:
        key, certificate = WORK / "server.key", WORK / "server.crt"
        if not key.exists():
            must(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
                "-days", "2", "-subj", "/CN=localhost",
            )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # Of each connection in its own thread: one that does not go on must not stop the others.
        server.get_request = lambda: (lambda pair: (context.wrap_socket(pair[0], server_side=True, do_handshake_on_connect=False), pair[1]))(server.socket.accept())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
