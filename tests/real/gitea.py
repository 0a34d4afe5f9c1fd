"""A forge, a registry of images and one of charts in one server, as far as Renovate asks of them. The forge speaks as Gitea does,
which asks the least; repositories are folders."""

import base64
import http.server
import json
import re
import threading
import urllib.parse

from real import run

REPOSITORY = "ahuora/cluster"
LOGIN = "not-a-user:not-a-secret"  # at the registry
USER = {"id": 1, "login": "renovate", "full_name": "Renovate", "email": "renovate@example.org"}


class Forge(http.server.ThreadingHTTPServer):
    """`images` has the tags of each, `charts` the versions; the digest of an image is that of its name and tag."""

    daemon_threads = True

    def __init__(self, bare, images, charts):
        self.bare, self.images, self.charts = bare, images, charts
        self.pulls, self.issues = [], []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def repository(self):
        return {
            "id": 1,
            "full_name": REPOSITORY,
            "default_branch": "main",
            "owner": USER,
            "permissions": {"admin": False, "pull": True, "push": True},
            "allow_squash_merge": True,
            "has_issues": True,
            "ssh_url": str(self.bare),
            "clone_url": f"{self.url}/{REPOSITORY}.git",
        }

    def pull(self, asked):
        _, commit = run("git", "-C", str(self.bare), "rev-parse", asked["head"])
        made = {"number": len(self.pulls) + 1, "state": "open", "title": asked["title"], "body": asked["body"], "mergeable": True}
        made |= {"created_at": "2026-11-20T00:00:00Z", "updated_at": "2026-11-20T00:00:00Z", "base": {"ref": asked["base"]}, "user": USER}
        made["head"] = {"label": asked["head"], "sha": commit.strip(), "repo": {"full_name": REPOSITORY}}
        self.pulls.append(made)
        return made

    def issue(self, asked):
        made = {"number": len(self.issues) + 1, "state": "open", "title": asked["title"], "body": asked["body"]}
        self.issues.append(made)
        return made


def digest(image, tag):
    name = f"{image}:{tag}".encode().hex()
    return "sha256:" + (name + "0" * 64)[-64:]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, value, **headers):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(text))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        size = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(size) or b"{}")
        path = urllib.parse.unquote(self.path.partition("?")[0])
        status, value, headers = self.found(path, asked)
        self.answer(status, value, **headers)

    def found(self, path, asked):
        if path.startswith("/v2/"):
            return self.image(path)
        if path == "/charts/index.yaml":
            entry = lambda name, version: {"name": name, "version": version, "created": "2026-01-01T00:00:00Z", "urls": [f"{version}.tgz"]}
            return 200, {"entries": {name: [entry(name, one) for one in many] for name, many in self.server.charts.items()}}, {}
        return *self.forge(path.removeprefix("/api/v1"), asked), {}

    def image(self, path):
        login = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if login != LOGIN:
            return 401, {}, {"WWW_Authenticate": 'Basic realm="private images"'}
        if path == "/v2/":
            return 200, {}, {}
        if found := re.fullmatch(r"/v2/(.+)/tags/list", path):
            return 200, {"name": found[1], "tags": self.server.images.get(found[1], [])}, {}
        if (found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", path)) and found[2] in self.server.images.get(found[1], ()):
            kind = "application/vnd.oci.image.manifest.v1+json"
            return 200, {"schemaVersion": 2, "mediaType": kind, "layers": []}, {"docker_content_digest": digest(*found.groups()), "Content_Type": kind}
        return 404, {}, {}

    def forge(self, path, asked):
        server, method = self.server, self.command
        rest = path.removeprefix(f"/repos/{REPOSITORY}")
        known = {"/user": USER, "/version": {"version": "1.22.0"}, f"/repos/{REPOSITORY}": server.repository(), "/orgs/renovate": {}}
        if path in known:
            return 200, known[path]
        if found := re.fullmatch(r"/(pulls|issues)(?:/(\d+))?", rest):
            many = server.pulls if found[1] == "pulls" else server.issues
            if method == "POST":
                return 201, server.pull(asked) if found[1] == "pulls" else server.issue(asked)
            if not found[2]:
                return 200, many
            one = many[int(found[2]) - 1]
            one |= {key: asked[key] for key in ("title", "body", "state") if key in asked}
            return 200, one
        if rest == "/labels" or rest.endswith("/comments"):
            return 200, []
        if "/statuses" in rest:
            return (200, []) if method == "GET" else (201, {"id": 1, "status": "success", "context": "x", "created_at": "2026-11-20T00:00:00Z"})
        return 404, {}

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any
