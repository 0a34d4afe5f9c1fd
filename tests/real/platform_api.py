"""A server in the platform's place: it answers the two endpoints of the load tests, as well or as badly as it is told.

It notes what was asked, so that a part can compare k6's counts with the server's own.
"""

import asyncio
import json
import threading

PAGE = b"<!doctype html><title>Sign in</title>"
# Kinds of answers: status, content type, body.
ANSWERS = {
    "json": (200, "application/json", b"[]"),
    "created": (201, "application/json; charset=utf-8", b"{}"),
    "redirect": (302, "text/html", b""),
    "page": (200, "text/html; charset=utf-8", PAGE),
    "forbidden": (403, "text/html", PAGE),
    "error": (500, "application/json", b"{}"),
    "not-modified": (304, "application/json", b""),
}


class Platform:
    """Answers of one kind, each after a delay in seconds, on a port of its own."""

    def __init__(self, kind="json", delay=0.0):
        self.kind, self.delay = kind, delay
        self.requests = []  # method, path with query, headers in lower case, body
        self.connections = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.run, args=[ready], daemon=True).start()
        ready.wait()

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split(" ")
                self.requests.append((method, path, headers, body))
                if self.delay:
                    await asyncio.sleep(self.delay)
                status, kind, content = ANSWERS[self.kind]
                location = "Location: /oauth2/sign_in\r\n" if status == 302 else ""
                answer = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{location}Content-Length: {len(content)}\r\n\r\n"
                writer.write(answer.encode() + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def body_of(request):
    return json.loads(request[3]) if request[3] else None
