"""What the steps of workflows ask of GitHub, in its place: releases with their files, workflows to start. `gh` comes by a
socket in the file system. A token is the text of what it may do."""

import http.server
import itertools
import json
import re
import socketserver
import sys
import threading
import urllib.parse

from real import run

REPOSITORY = "waikato-ahuora-smart-energy-systems/ahuora-cluster"


class Hub(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One repository: tags of a git repository, `commits` of other names, `releases` that are published or drafted."""

    def __init__(self, folder, bare=None):
        folder.mkdir(parents=True)
        (folder / "config.yml").write_text(f"http_unix_socket: {folder}/socket\n")
        self.commits, self.releases, self.started, self.asked = {}, [], [], []
        self.broken = ""  # requests that have this text fail
        self.ids = itertools.count(1)
        self.folder, self.bare = folder, bare
        self.pulls = []
        super().__init__(str(folder / "socket"), Handler)
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Other", (Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{other.server_address[1]}"
        for server in (self, other):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def handle_error(self, *about):
        """A client that has its answer from elsewhere hangs up; anything else is a mistake here."""
        if not isinstance(sys.exc_info()[1], BrokenPipeError):
            super().handle_error(*about)

    def commit(self, tag):
        if self.bare is None:
            return self.commits.get(tag)
        status, said = run("git", "-C", str(self.bare), "rev-parse", "--quiet", "--verify", f"refs/tags/{tag}^{{commit}}")
        return None if status else said.strip()

    def release(self, tag, files, draft=False):
        made = {"id": next(self.ids), "tag_name": tag, "draft": draft, "files": dict(files)}
        self.releases.append(made)
        return made

    def described(self, release):
        site = f"https://api.github.com/repos/{REPOSITORY}/releases"
        assets = [
            {"id": at, "name": name, "size": len(data), "state": "uploaded", "url": f"{site}/assets/{release['id']}-{at}"}
            for at, (name, data) in enumerate(release["files"].items())
        ]
        known = {key: release[key] for key in ("id", "tag_name", "draft")}
        return {
            **known,
            "url": f"{site}/{release['id']}",
            "html_url": f"https://github.com/{REPOSITORY}/releases/tag/{release['tag_name']}",
            "upload_url": f"https://uploads.github.com/repos/{REPOSITORY}/releases/{release['id']}/assets{{?name,label}}",
            "assets": assets,
        }


class Handler(http.server.BaseHTTPRequestHandler):
    hub = property(lambda self: self.server)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "gh"

    def answer(self, status, value=None, data=None):
        body = data if data is not None else b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if data is None else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        hub, method = self.hub, self.command
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        token = (self.headers["Authorization"] or "").removeprefix("token ").removeprefix("Bearer ")
        hub.asked.append((method, path, token))
        if hub.broken and hub.broken in f"{method} {path}":
            return self.answer(502, {"message": "Server Error"})
        if path == "/graphql":
            return self.graphql(json.loads(body))
        path = path.removeprefix(f"/repos/{REPOSITORY}/")
        may = method in ("GET", "HEAD") or "contents=write" in token
        if method == "POST" and path == "actions/workflows/bump.yml/dispatches":
            if "actions=write" not in token:
                return self.answer(403, {"message": "Resource not accessible by integration"})
            hub.started.append(json.loads(body))
            return self.answer(204)
        if method == "GET" and path.startswith("git/matching-refs/"):
            return self.answer(200, [])
        if path == "pulls" or path.startswith("pulls/"):
            return self.pull(method, path, query, json.loads(body or b"{}"), token)
        if not may:
            return self.answer(403, {"message": "Resource not accessible by integration"})
        return self.releases(method, path, query, body)

    def graphql(self, asked):
        """Whether a tag is there; that it has no draft, which is asked for beside the release itself."""
        known = asked["variables"]["tagName"].removeprefix("refs/tags/")
        found = {"release": None} if "release(" in asked["query"] else {"ref": {"id": "T"} if self.hub.commit(known) else None}
        return self.answer(200, {"data": {"repository": found}})

    def pull(self, method, path, query, asked, token):
        """Pull requests: found by their branch, made, changed."""
        pulls = self.hub.pulls
        if method == "GET":
            head = urllib.parse.parse_qs(query).get("head", [""])[0].rpartition(":")[2]
            return self.answer(200, [one for one in pulls if head in ("", one["head"]["ref"])])
        if "pull-requests=write" not in token:
            return self.answer(403, {"message": "Resource not accessible by integration"})
        if method == "POST":
            site, number = f"https://github.com/{REPOSITORY}/pull", len(pulls) + 1
            owner = {"login": REPOSITORY.split("/")[0]}
            head = {"ref": asked["head"], "sha": "0" * 40, "repo": {"full_name": REPOSITORY, "owner": owner}, "user": owner}
            pulls.append({"number": number, "html_url": f"{site}/{number}", "state": "open", "labels": [], **asked, "head": head, "base": {"ref": asked["base"]}})
            return self.answer(201, pulls[-1])
        one = pulls[int(path.rpartition("/")[2]) - 1]
        one |= {key: asked[key] for key in ("title", "body", "state") if key in asked}
        return self.answer(200, one)

    def releases(self, method, path, query, body):
        hub = self.hub
        if found := re.fullmatch(r"commits/(.+)", path):
            commit = hub.commit(found[1])
            return self.answer(200, {"sha": commit}) if commit else self.answer(422, {"message": "No commit found for SHA"})
        if found := re.fullmatch(r"releases/tags/(.+)", path):
            one = next((one for one in hub.releases if one["tag_name"] == found[1] and not one["draft"]), None)
            return self.answer(200, hub.described(one)) if one else self.answer(404, {"message": "Not Found"})
        if found := re.fullmatch(r"releases/assets/(\d+)-(\d+)", path):
            one = next(one for one in hub.releases if one["id"] == int(found[1]))
            return self.answer(200, data=list(one["files"].values())[int(found[2])])
        if path == "releases" and method in ("GET", "HEAD"):
            return self.answer(200, [hub.described(one) for one in hub.releases])
        if path == "releases" and method == "POST":
            asked = json.loads(body)
            made = hub.release(asked["tag_name"], {}, asked.get("draft", False))
            return self.answer(201, hub.described(made))
        if found := re.fullmatch(r"releases/(\d+)(/assets)?", path):
            one = next(one for one in hub.releases if one["id"] == int(found[1]))
            if method == "DELETE":
                hub.releases.remove(one)
                return self.answer(204)
            if method == "PATCH":
                one["draft"] = json.loads(body).get("draft", one["draft"])
            if found[2]:
                one["files"][re.search(r"(?:^|&)name=([^&]*)", query)[1]] = body
                return self.answer(201, {"name": "file"})
            return self.answer(200, hub.described(one))
        return self.answer(404, {"message": "Not Found"})

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any
