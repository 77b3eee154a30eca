"""Answers that arrive badly or not at all: what HTTP servers are built to avoid, done to one connection.

The server must hand over the connection in the scope, as the protocols in ``mock.protocol`` do. Where it does not, as
with an in-process test client, ConnectionResetError is raised where the connection would have broken.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

from specwright.mock.faults.decide import Broken, Malformed, Slow, Spoilt, Truncated
from specwright.mock.faults.profile import Connection
from specwright.mock.reply import Reply

EXTENSION = "specwright.wire"
"""The ASGI extension whose value is the Wire of the request."""

Headers = list[tuple[bytes, bytes]]


class Wire:
    """The connection of one request, for what ASGI has no message for."""

    def __init__(self, transport: asyncio.Transport, gone: asyncio.Event, cycle: Any) -> None:
        self._transport = transport
        self._gone = gone
        self._cycle = cycle

    @property
    def is_gone(self) -> bool:
        """Whether there is nobody to send to any more."""
        return self._transport.is_closing()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the client hangs up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), seconds)

    def write(self, data: bytes) -> None:
        """Send ``data`` as they are, if there is still someone to send to."""
        if not self.is_gone:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection when all is sent; the server neither completes this answer nor begins another."""
        self._cycle.disconnected = True
        self._transport.close()

    def reset(self) -> None:
        """Close the connection with a TCP reset; what is not sent yet is lost."""
        self._cycle.disconnected = True
        if not self.is_gone:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()


async def pause(seconds: float, scope: Any) -> None:
    """Wait so long, or until the client hangs up: nothing then waits for a delay that nobody sees."""
    wire = _offered(scope)
    await (wire.pause(seconds) if wire else asyncio.sleep(seconds))


async def break_connection(broken: Broken, scope: Any, send: Any) -> None:
    """Break the connection in place of an answer; the request's body should have been read.

    Bytes that the server has not read turn any end into a reset.
    """
    if broken.how is Connection.MALFORMED_CHUNK:
        await _start(send, 200, [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")])
    wire = _wire(scope)
    match broken.how:
        case Connection.RESET:
            wire.reset()
        case Connection.EMPTY:
            wire.close()
        case Connection.MALFORMED_CHUNK:
            wire.write(b"no size of a chunk\r\n" + broken.garbage)
            wire.close()
        case Connection.RANDOM_DATA:
            wire.write(broken.garbage)
            wire.close()


async def send_spoilt(spoilt: Spoilt, answer: Reply, scope: Any, send: Any) -> None:
    """Send ``answer`` truncated, malformed or slowly, as far as it has a body; the last two keep the connection."""
    has_body = scope["method"] != "HEAD" and answer.status not in (204, 304)
    if not has_body:
        answer = answer._replace(body=b"")
    elif isinstance(spoilt, Malformed):
        answer = answer._replace(body=_malformed(answer.body))
    await _start(send, answer.status, _sized(answer) if has_body else answer.headers)
    match spoilt:
        case Truncated(fraction):
            await _send_body(send, answer.body[: int(len(answer.body) * fraction)], more=True)
            _wire(scope).close()
        case Malformed():
            await _send_body(send, answer.body, more=False)
        case Slow():
            await _dribble(spoilt, answer.body, scope, send)


def _wire(scope: Any) -> Wire:
    wire = _offered(scope)
    if wire is None:
        raise ConnectionResetError("a fault profile breaks this connection; the server offers no way but this error")
    return wire


def _offered(scope: Any) -> Wire | None:
    return (scope.get("extensions") or {}).get(EXTENSION)


async def _dribble(slow: Slow, body: bytes, scope: Any, send: Any) -> None:
    wire = _offered(scope)
    *pieces, last = [body[start : start + slow.size] for start in range(0, len(body), slow.size)] or [body]
    for piece in pieces:
        await _send_body(send, piece, more=True)
        await pause(slow.delay, scope)
        if wire and wire.is_gone:
            wire.close()
            return
    await _send_body(send, last, more=False)


def _malformed(body: bytes) -> bytes:
    """Return half of ``body`` and a brace that nothing closes: no JSON text ends with one."""
    return body[: len(body) // 2] + b"{"


def _sized(answer: Reply) -> Headers:
    """Return the headers of ``answer`` with the length of its whole body as its framing."""
    framing = (b"content-length", b"transfer-encoding")
    others = [(name, value) for name, value in answer.headers if name.lower() not in framing]
    return [*others, (b"content-length", b"%d" % len(answer.body))]


async def _start(send: Any, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send_body(send: Any, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
