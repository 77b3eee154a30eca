"""Uvicorn's two implementations of HTTP, handing the application the connection that a request came on.

Give one of them to ``uvicorn.Config(http=…)``. They stand apart from ``mock.wire`` because uvicorn is slow to load.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from specwright.mock.faults.wire import EXTENSION, Wire


class _HandingOver(asyncio.Protocol):
    app: Any
    transport: Any
    _gone: asyncio.Event

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.transport = _Gathering(transport)
        self._gone = asyncio.Event()
        self.app = _handing_over(self.transport, self._gone, self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._gone.set()


class HttpTools(_HandingOver, HttpToolsProtocol):
    """The fast one, in C."""


class H11(_HandingOver, H11Protocol):
    """The one in plain Python."""


class _Gathering:
    """A transport that sends at once what is written in one turn of the loop: uvicorn writes head and body one by one."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._call_soon = transport, asyncio.get_running_loop().call_soon
        self._waiting: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting and not self._transport.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting.clear()


def _handing_over(transport: Any, gone: asyncio.Event, app: Any) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        # What sends is a method of uvicorn's cycle of request and response, which is told when we hang up.
        scope.setdefault("extensions", {})[EXTENSION] = Wire(transport, gone, send.__self__)
        await app(scope, receive, send)

    return application
