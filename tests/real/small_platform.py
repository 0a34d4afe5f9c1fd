"""The least that a trial asks of a platform: flowsheets that are made, listed and removed, and answers to everything else.

As a program it serves at an address and a port until it is ended. GET /told tells what stands and how often the rest was asked.
"""

import http.server
import json
import pathlib
import sys
import threading

import yaml

FLOWSHEETS = "/api/core/flowsheets/"
FIXTURE = {
    "timeout": "10s",
    "pages": {"items": "results", "next": "next"},
    "flowsheets": {
        "list": {"path": FLOWSHEETS, "id": ["id"], "name": ["name"]},
        "remove": {"method": "DELETE", "path": FLOWSHEETS + "{flowsheet}/", "expect": {"status": [204]}},
    },
    "steps": [
        {
            "step": "create the flowsheet", "method": "POST", "path": FLOWSHEETS, "body": {"name": "{flowsheet-name}"},
            "expect": {"status": [201]}, "keep": {"flowsheet": ["id"]},
        },
    ],
}  # fmt: skip


def configure(root, change=lambda load: None):
    """Writes load and fixture of such a platform into a repository; the generator may be busy, for it is the platform as well."""
    folder = pathlib.Path(root, "experiments/load")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "load.yaml"
    text = (file if file.exists() else pathlib.Path("experiments/load/load.yaml")).read_text()
    load = yaml.safe_load(text)
    load["conditions"]["client"] |= {"cpu": 100, "memory": 100}
    change(load)
    file.write_text(yaml.safe_dump(load, sort_keys=False))
    (folder / "fixture.yaml").write_text(yaml.safe_dump(FIXTURE, sort_keys=False))


class Platform(http.server.BaseHTTPRequestHandler):
    """One request; what stands is the server's."""

    lock, flowsheets, made, asked = threading.Lock(), {}, 0, 0

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        kind = type(self)
        with self.lock:
            if self.path == "/told":
                return self.answer(200, {"flowsheets": list(kind.flowsheets.values()), "made": kind.made, "asked": kind.asked})
            if self.path == FLOWSHEETS:
                return self.answer(200, [{"id": number, "name": name} for number, name in kind.flowsheets.items()])
            kind.asked += self.path.startswith("/api/unitops/")
        return self.answer(200, [])

    def do_POST(self):
        kind, body = type(self), json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            kind.made += 1
            kind.flowsheets[kind.made] = body["name"]
            self.answer(201, {"id": kind.made, **body})

    def do_DELETE(self):
        number = int(self.path.removeprefix(FLOWSHEETS).strip("/"))
        with self.lock:
            self.answer(204 if type(self).flowsheets.pop(number, None) else 404)

    def log_message(self, *_):
        pass


def serve(address, port=0):
    """Serves in a thread; gives the server, whose `server_address` tells the port."""
    server = http.server.ThreadingHTTPServer((address, port), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Platform).serve_forever()
