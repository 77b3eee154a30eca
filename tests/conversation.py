"""Conversations with a server as raw ASGI messages, which no client library tidies up."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Headers = Iterable[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        return [(error["in"], error["pointer"], error["keyword"]) for error in self.json.get("errors", ())]


def call(
    app: Any, method: str, url: str, headers: Headers = (), chunks: Iterable[bytes] = (b"",), **scope: Any
) -> Reply:
    """Send one request in ``chunks``, its ASGI scope changed by ``scope``, and return the reply."""
    path, _, query = url.partition("?")
    waiting = list(chunks)
    sent: list[Any] = []

    async def receive() -> Any:
        if not waiting:
            return {"type": "http.disconnect"}
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    sound = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(key.lower().encode(), v if isinstance(v, bytes) else v.encode()) for key, v in headers],
    }
    asyncio.run(app({**sound, **scope}, receive, send))
    assert [message["type"] for message in sent][:2] == ["http.response.start", "http.response.body"]
    said = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert len(said) == len(sent[0]["headers"]), "a header is sent twice"
    return Reply(sent[0]["status"], said, b"".join(message.get("body", b"") for message in sent[1:]))
