"""An HTTP response of the mock itself, and the ends of a conversation with one of its servers."""

from collections.abc import Coroutine
from typing import Any, NamedTuple

import orjson

from specwright.runtime.refusals import phrase
from specwright.runtime.responses import Answer

_MOST = 64 * 1024  # bytes of a body that nobody asked for, read for the journal


class Reply(NamedTuple):
    """A whole HTTP response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, method: str, send: Any) -> None:
        """Send it in answer to a request with ``method``."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else self.body})


def reply(status: int, body: bytes, media_type: str) -> Reply:
    """Return a response with a body."""
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    return Reply(status, headers, body)


def reply_of(answer: Answer) -> Reply:
    """Return an answer of the runtime, whose body is there at once, as a response of the mock."""
    said = [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()]
    body = answer.body if isinstance(answer.body, bytes) else b""
    return Reply(answer.status, [*said, (b"content-length", b"%d" % len(body))], body)


def json_reply(body: Any, status: int = 200) -> Reply:
    """Return ``body`` as JSON."""
    return reply(status, orjson.dumps(body), "application/json")


def problem(status: int, detail: str) -> Reply:
    """Return what is wrong in the words of RFC 9457."""
    body = {"type": "about:blank", "title": phrase(status), "status": status, "detail": detail}
    return reply(status, orjson.dumps(body), "application/problem+json")


class Conversation:
    """Both ends of one ASGI request: hands on what the client sends, keeps what is sent and what is answered."""

    __slots__ = ("_asks_first", "_is_whole", "_receive", "_response", "headers", "request", "status")

    def __init__(self, receive: Any, *, asks_first: bool) -> None:
        # A client that asks whether it may send its body is told to as soon as it is read.
        self._receive, self._asks_first, self._is_whole = receive, asks_first, False
        self.request, self._response = bytearray(), bytearray()
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []

    async def receive(self) -> Any:
        """Return the next message of the client."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.request += message.get("body", b"")
            self._is_whole = not message.get("more_body", False)
        else:
            self._is_whole = True
        return message

    async def send(self, message: Any) -> None:
        """Take a message of the server."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self._response += message.get("body", b"")

    def reply(self) -> Reply:
        """Return the server's response; of a request that it answered without reading, what has come is read now."""
        while not (self._is_whole or self._asks_first) and len(self.request) < _MOST:
            if not _runs_through(self.receive()):
                break
        return Reply(self.status, self.headers, bytes(self._response))

    async def read(self, limit: int) -> bool:
        """Read the request until ``limit`` bytes are exceeded, and tell whether that is all of it."""
        while not self._is_whole and len(self.request) <= limit:
            await self.receive()
        return self._is_whole and len(self.request) <= limit


def _runs_through(coroutine: Coroutine[Any, Any, Any]) -> bool:
    """Run a coroutine as far as it need not wait, and tell whether that is to its end."""
    try:
        coroutine.send(None)
    except StopIteration:
        return True
    coroutine.close()
    return False
