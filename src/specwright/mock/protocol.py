"""Uvicorn's two implementations of HTTP, handing the application the connection that a request came on.

Give one of them to ``uvicorn.Config(http=…)``. They stand apart from ``mock.wire`` because uvicorn is slow to load.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from specwright.mock.wire import EXTENSION, Wire


class HttpTools(HttpToolsProtocol):
    """The fast one, in C."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self.app = _handing_over(transport, self.app)


class H11(H11Protocol):
    """The one in plain Python."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self.app = _handing_over(transport, self.app)


def _handing_over(transport: asyncio.Transport, app: Any) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        # What sends is a method of uvicorn's cycle of request and response, which is told when we hang up.
        scope.setdefault("extensions", {})[EXTENSION] = Wire(transport, send.__self__)
        await app(scope, receive, send)

    return application
