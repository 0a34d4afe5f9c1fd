"""The front door, running: real Traefik and oauth2-proxy under the generated resources, and what stands around them."""

import base64
import copy
import hashlib
import http.server
import json
import logging
import os
import pathlib
import shutil
import ssl
import threading
import warnings

import trustme
import werkzeug.serving
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cluster import Cluster
from network import own_network, reachable
from real import MANIFESTS, manifests
from servers import start, stop, wait_until

from front_door.visitors import Visitor, host_of

with warnings.catch_warnings(record=True):  # about what it uses
    import oidc_provider_mock

ENVIRONMENT = MANIFESTS / "production"
ROOMS = ("namespace", "gateway", "django-api", "frontend", "oauth2-proxy")
PEOPLE = ("engineer@ahuora.org.nz", "student@waikato.ac.nz")  # who may come in
ACCOUNTS = "accounts.stand-in.test"  # in the place of Google
TRUSTED = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
ROUTER = "traefik.ingress.kubernetes.io/router."
EVIL = "evil.example"  # somebody else's host
EDGE, PROVIDER, ELSEWHERE, DASHBOARD = "10.42.0.2", "10.42.0.3", "10.42.0.4", "127.0.0.1:8090"


class Door:
    """Everything that runs, and the generated resources by kind and name."""

    def __init__(self):
        self.resources = {}
        for _, resource in (found for room in ROOMS for found in manifests(ENVIRONMENT / room)):
            self.resources[resource["kind"], resource["metadata"]["name"]] = resource
        self.namespace = self.resources["Deployment", "oauth2-proxy"]["metadata"]["namespace"]
        self.site, self.api_site, self.auth_site = map(self.url, ("frontend", "django-api", "oauth2-proxy"))
        self.hosts = {host_of(site) for site in (self.site, self.api_site, self.auth_site)}
        self.identity = self.resources["Middleware", "oauth-forwarder"]["spec"]["forwardAuth"]["authResponseHeaders"]
        self.cors = self.resources["Middleware", "django-cors"]["spec"]["headers"]
        services = [name for name, _ in self.of_kind("Service")]
        self.pods = {name: f"10.42.0.{number}" for number, name in enumerate(services, 10)}
        named = {address: [f"{name}.{self.namespace}.svc.cluster.local"] for name, address in self.pods.items()}
        own_network({EDGE: sorted(self.hosts), PROVIDER: [ACCOUNTS], ELSEWHERE: [EVIL], **named})
        self.programs = reachable(pathlib.Path(shutil.which("oauth2-proxy")).parent)
        self.authority = trustme.CA()
        TRUSTED.parent.mkdir(parents=True, exist_ok=True)
        TRUSTED.unlink(missing_ok=True)
        self.authority.cert_pem.write_to_path(str(TRUSTED))
        self.fingerprints = []
        self.api = Upstream(self.pods["django-api"], self.port_of("django-api"))
        self.frontend = Upstream(self.pods["frontend"], self.port_of("frontend"))
        self.evil = Upstream(ELSEWHERE, 443, self.certified(EVIL))
        self.client = provider(self.certified(ACCOUNTS), self.argument("redirect-url"))
        # URL-safe: with `+` or `/` in it oauth2-proxy takes the text itself for the secret, which is then too long.
        self.cookie_secret = base64.urlsafe_b64encode(os.urandom(32)).decode()
        self.cluster = Cluster()
        self.fill_cluster()
        self.start_oauth2_proxy()
        self.start_traefik()

    def of_kind(self, kind):
        return [(name, resource) for (its, name), resource in self.resources.items() if its == kind]

    def url(self, ingress):
        """Where people find what stands behind an Ingress."""
        (rule,) = self.resources["Ingress", ingress]["spec"]["rules"]
        return f"https://{rule['host']}"

    def argument(self, name):
        """The value of a generated argument of oauth2-proxy."""
        return next(text.split("=", 1)[1] for text in self.container()["args"] if text.startswith(f"--{name}="))

    def container(self):
        return self.resources["Deployment", "oauth2-proxy"]["spec"]["template"]["spec"]["containers"][0]

    def port_of(self, name):
        """The port at which the pods behind a Service listen: the container's, as the Service names it."""
        service = self.resources["Service", name]["spec"]
        pods = [deployment["spec"]["template"] for _, deployment in self.of_kind("Deployment")]
        (pod,) = [pod for pod in pods if service["selector"].items() <= pod["metadata"]["labels"].items()]
        ports = {port["name"]: port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
        return ports[service["ports"][0]["targetPort"]]

    def fill_cluster(self):
        """The generated resources, and what controllers, cert-manager and an administrator make of them."""
        self.apply(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "IngressClass",
                "metadata": {"name": "traefik"},
                "spec": {"controller": "traefik.io/ingress-controller"},
            }
        )
        for resource in self.resources.values():
            self.apply(resource)
        for name, service in self.of_kind("Service"):
            self.apply(self.endpoints(name, service["spec"]["ports"][0]["name"]))
        for _, certificate in self.of_kind("Certificate"):
            self.apply(self.issued(certificate["spec"]))
        self.permit(PEOPLE)

    def permit(self, people):
        """Writes the Secret of oauth2-proxy, with the addresses of who may come in."""
        values = {
            "client-id": self.client["client_id"],
            "client-secret": self.client["client_secret"],
            "cookie-secret": self.cookie_secret,
            "emails": "".join(f"{address}\n" for address in people),
        }
        self.apply(self.secret("oauth2-proxy", values))

    def apply(self, resource):
        self.cluster.must(f"apply {resource['kind']} {resource['metadata']['name']}", self.cluster.apply(resource))

    def secret(self, name, values, kind="Opaque"):
        metadata = {"name": name, "namespace": self.namespace}
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data}

    def endpoints(self, name, port):
        """What the endpoint controller would write once the pods of a Service are ready."""
        labels = {"kubernetes.io/service-name": name}
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": name, "namespace": self.namespace, "labels": labels},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [self.pods[name]], "conditions": {"ready": True}}],
            "ports": [{"name": port, "port": self.port_of(name), "protocol": "TCP"}],
        }

    def issued(self, certificate):
        """The Secret that cert-manager would fill for a Certificate."""
        leaf = self.leaf(*certificate["dnsNames"])
        values = {"tls.crt": leaf.cert_chain_pems[0].bytes().decode(), "tls.key": leaf.private_key_pem.bytes().decode()}
        return self.secret(certificate["secretName"], values, "kubernetes.io/tls")

    def leaf(self, *hosts):
        """A new certificate, whose public key a browser may be told to trust."""
        leaf = self.authority.issue_cert(*hosts)
        key = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_key()
        digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
        self.fingerprints.append(base64.b64encode(digest).decode())
        return leaf

    def certified(self, host):
        """What a server of a host needs to speak TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.leaf(host).configure_cert(context)
        return context

    def secret_value(self, name, key):
        path = f"/api/v1/namespaces/{self.namespace}/secrets/{name}"
        return base64.b64decode(self.cluster.get(path)["data"][key]).decode()

    def start_oauth2_proxy(self, *more):
        """Runs the generated container as a kubelet would; all that is overridden is the provider."""
        pod = self.resources["Deployment", "oauth2-proxy"]["spec"]["template"]["spec"]
        container, owner = self.container(), pod["securityContext"]
        environment = {
            variable["name"]: self.secret_value(**variable["valueFrom"]["secretKeyRef"])
            for variable in container["env"]
        }
        folders = {mount["name"]: pathlib.Path(mount["mountPath"]) for mount in container["volumeMounts"]}
        for volume in pod["volumes"]:
            for item in volume["secret"]["items"]:
                file = folders[volume["name"]] / item["path"]
                file.parent.mkdir(exist_ok=True)
                file.write_text(self.secret_value(volume["secret"]["secretName"], item["key"]))
                file.chmod(volume["secret"]["defaultMode"])
                os.chown(file, 0, owner["fsGroup"])
        stand_in = ["--provider=oidc", f"--oidc-issuer-url=https://{ACCOUNTS}"]
        self.oauth2_proxy = start(
            "oauth2-proxy", self.programs / "oauth2-proxy", *container["args"], *more, *stand_in, env=environment,
            user=owner["runAsUser"], group=owner["runAsGroup"], extra_groups=[owner["fsGroup"]], cwd="/",
            ready=lambda: all(self.probe(container, f"{kind}Probe") for kind in ("startup", "readiness", "liveness")),
        )  # fmt: skip

    def probe(self, container, name):
        """What a kubelet does with a probe."""
        check = container[name]["httpGet"]
        (port,) = [port["containerPort"] for port in container["ports"] if port["name"] == check["port"]]
        return Visitor(TRUSTED).get(f"http://{self.pods['oauth2-proxy']}:{port}{check['path']}").status_code == 200

    def again_oauth2_proxy(self, *more):
        """Ends oauth2-proxy and starts it anew, with more arguments than the generated ones."""
        stop(self.oauth2_proxy)
        self.start_oauth2_proxy(*more)

    def start_traefik(self):
        """Traefik as K3s starts it, with both of its Kubernetes providers, on the ports that the world uses."""
        start(
            "traefik", "traefik", "--providers.kubernetescrd=true", "--providers.kubernetesingress=true",
            f"--entrypoints.web.address={EDGE}:80", f"--entrypoints.websecure.address={EDGE}:443",
            "--entrypoints.websecure.http.tls=true", f"--entrypoints.traefik.address={DASHBOARD}",
            "--api.insecure=true", "--accesslog=true", "--providers.providersthrottleduration=50ms",
            "--global.checknewversion=false", "--global.sendanonymoususage=false",
            env={**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig())},
            ready=lambda: self.served() and all(router["status"] == "enabled" for router in self.served()[0]),
        )  # fmt: skip

    def served(self):
        """What Traefik has made of the cluster: routers, middlewares, certificates; nothing before it has them all."""
        urls = [f"http://{DASHBOARD}/api/http/{part}" for part in ("routers", "middlewares")]
        lists = [Visitor(TRUSTED).get(url).json() for url in urls]
        routers, middlewares = [[it for it in found if it["provider"].startswith("kubernetes")] for found in lists]
        if len(routers) < len(self.of_kind("Ingress")) or len(middlewares) < len(self.of_kind("Middleware")):
            return None
        return routers, middlewares, [ssl.get_server_certificate((host, 443)) for host in sorted(self.hosts)]

    def change(self, kind, name, change):
        """Applies a generated resource as `change` leaves it, and waits until Traefik has made something else of it."""
        before, resource = self.served(), copy.deepcopy(self.resources[kind, name])
        change(resource)
        self.apply(resource)
        changed = f"Traefik has taken over {kind} {name}"
        wait_until(lambda: self.served() not in (None, before), changed, within=30, every=0.05)

    def forget(self):
        """Empties the lists of what was reached."""
        for upstream in (self.api, self.frontend, self.evil):
            upstream.seen.clear()


class Upstream:
    """A server in the place of an image of ours: remembers each request, and answers with it."""

    def __init__(self, address, port, context=None):
        self.seen = seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                seen.append({"method": self.command, "path": self.path, "headers": self.headers.items(), "body": body})
                page = f"<!doctype html><title>Reached</title><pre>{json.dumps(seen[-1])}</pre>".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else page)

            do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer((address, port), Handler)
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def provider(context, redirect_url):
    """Runs an OpenID Connect provider that believes everyone; gives the one client that it has registered."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = oidc_provider_mock.app(require_client_registration=True)
    server = werkzeug.serving.make_server(PROVIDER, 443, app, threaded=True, ssl_context=context)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answer = Visitor(TRUSTED).post(f"https://{ACCOUNTS}/oauth2/clients", json={"redirect_uris": [redirect_url]})
    return answer.json()
