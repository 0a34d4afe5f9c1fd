"""What stands before the stand-in, as the router does on the platform: it hands requests on, notes them, and does wrong what it is told."""

import asyncio
import contextlib
import threading

PAGE = b"<!doctype html><title>Sign in</title><form action=/oauth2/sign_in></form>"
SIGN_IN = "/oauth2/start?rd=%2F"
KINDS = {"error", "page", "redirect", "lie", "hang", "slow", "cut", "down"}


def reply(status, kind, content, more=""):
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content


ANSWERS = {
    "error": reply(503, "application/json", b'{"detail": "no healthy upstream"}'),
    "page": reply(200, "text/html; charset=utf-8", PAGE),
    "lie": reply(204, "application/json", b""),  # "done", and it was not
    "redirect": reply(302, "text/html", b"", f"Location: {SIGN_IN}\r\n"),
}


class Front:
    """A loopback address that leads to a port; one request a connection."""

    def __init__(self, upstream, cookie=None):
        """With a `cookie`, requests that do not bring it are led to the sign-in page."""
        self.upstream, self.cookie = upstream, cookie
        self.requests = []  # method, path, and what was done: the status, or the fault
        self.headers = []  # of each request, names in lower case
        self._lock, self._fault, self._matched = threading.Lock(), None, 0
        self._loop, self._server, self.port = asyncio.new_event_loop(), None, 0
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.up()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def wrong(self, kind, every=1, at=None, since=1, after=False, only="", seconds=1.0):
        """Does wrong from now on: every n-th request, those from `since` on, or the `at`-th alone; "down" stays so.

        `only` counts those requests whose method and path have this text; `after`: the request is done, and answered wrongly.
        """
        assert kind in KINDS, kind
        hit = (lambda number: number == at) if at else (lambda number: number >= since and number % every == 0)
        with self._lock:
            self._fault, self._matched = {"kind": kind, "hit": hit, "after": after, "only": only, "seconds": seconds}, 0

    def right(self):
        """Does nothing wrong any more, and listens."""
        with self._lock:
            self._fault = None
        self.up()

    def down(self):
        """Refuses connections."""
        self._do(self._close())

    def up(self):
        """Listens, at the same port as ever."""
        if self._server is None:
            self._do(self._listen())

    def _do(self, what):
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self):
        server, self._server = self._server, None
        if server:
            server.close()

    def _of(self, request):
        """The fault for a request."""
        with self._lock:
            fault = self._fault
            if fault is None or fault["only"] not in " ".join(request):
                return None
            self._matched += 1
            return fault if fault["hit"](self._matched) else None

    async def _serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
            content = await reader.readexactly(int(headers.get("content-length", 0)))
            method, path, _ = first.split(" ")
            note = [method, path, None]
            self.requests.append(note)
            self.headers.append(headers)
            await self._answer(note, head, content, headers, writer)
        writer.close()

    async def _answer(self, note, head, content, headers, writer):
        if self.cookie and headers.get("cookie") != self.cookie:
            note[2] = "sign-in"
            writer.write(ANSWERS["redirect"])
            return await writer.drain()
        fault = self._of(note[:2])
        kind = fault["kind"] if fault else None
        note[2] = kind
        if kind == "down":
            await self._close()
            return writer.transport.abort()
        if kind == "hang":
            await asyncio.sleep(3600)
        if kind == "slow":
            await asyncio.sleep(fault["seconds"])
        answer = None if fault and kind != "slow" and not fault["after"] else await self._upstream(head, content)
        if kind in ANSWERS:
            answer = ANSWERS[kind]
        if kind == "cut":
            writer.write(answer[:-1] if answer else b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n[{")
            return await writer.drain()
        note[2] = kind or int(answer[9:12] or 0)
        writer.write(answer)
        await writer.drain()

    async def _upstream(self, head, content):
        """The answer of the platform, whole."""
        lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + content)
            return await reader.read()
        finally:
            writer.close()
