"""The stage: answers every HTTP request to one contract. It routes, guards, decodes, checks and calls the handler."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

from specwright.runtime.docs import Docs
from specwright.runtime.endpoint import Endpoint
from specwright.runtime.explain import Explained
from specwright.runtime.media import pairs
from specwright.runtime.refusals import Refusal, Refusals
from specwright.runtime.responses import Answer
from specwright.runtime.routing import Match, Router
from specwright.runtime.styles import Raw

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_RAISED = "specwright.raised"  # in a scope: what the handler raised


@dataclass(frozen=True)
class Compiled:
    """A contract made ready to enforce: its endpoints by path, its refusals, its documentation."""

    base_path: str
    router: Router[Endpoint]
    refusals: Refusals
    explained: Explained
    docs: Docs


class Shortcut:
    """ASGI middleware that takes requests past Connexion's error handlers, which see what a handler raises all the same.

    Where a user has added middleware in between, every request goes through it.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        behind = getattr(getattr(app, "app", None), "app", None)
        self._stage = behind if isinstance(behind, Stage) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._stage is None or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            answer = await self._stage.answer(scope, receive)
        except Exception as error:  # noqa: BLE001 - whatever it is, Connexion's handlers get it
            scope[_RAISED] = error
            await self.app(scope, receive, send)
        else:
            await _send(answer, scope["method"], send)


class Stage:
    """ASGI middleware that answers every HTTP request, closes every WebSocket and passes on the lifespan."""

    def __init__(self, app: Any, *, compiled: Compiled, functions: Mapping[str, Any], max_body_bytes: int) -> None:
        self.app = app
        self._base, self._limit = compiled.base_path, max_body_bytes
        self._router, self._docs, self._refusals = compiled.router, compiled.docs, compiled.refusals
        self._explained = compiled.explained
        self._functions = functions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise what a handler raised."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _RAISED in scope:
            raise scope[_RAISED]
        else:
            await _send(await self.answer(scope, receive), scope["method"], send)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """Return the answer to one request."""
        path = _path(scope)
        match = self._router.match(path[len(self._base) :], scope["method"]) if path.startswith(self._base) else None
        return self._unknown(path, scope) if match is None else await self._answer(match, scope, receive)

    def _unknown(self, path: str, scope: Scope) -> Answer:
        # Never left to Connexion: it routes the decoded path, so that /%76%31/… would reach an operation past this stage.
        answer = self._docs.answer(path[len(self._base) :], scope) if path.startswith(self._base) else None
        return answer or self._refusals.answer(None, Refusal(404, "there is nothing at this path"))

    async def _answer(self, match: Match[Endpoint], scope: Scope, receive: Receive) -> Answer:
        method = scope["method"]
        endpoint = match.targets.get(method) or (match.targets.get("GET") if method == "HEAD" else None)
        try:
            if endpoint is None:
                return self._other_method(match, method)
            headers = _headers(scope)
            raw = Raw(match.values, _query(scope), headers, _cookies(headers))
            await endpoint.guard.check(raw)
            endpoint.check_media(headers)
            arguments = await endpoint.arguments(raw, await self._body(headers, receive))
            response = await self._functions[endpoint.operation.operation_id](**arguments)
            return endpoint.answer(response, headers)
        except Refusal as refusal:
            if endpoint is None:
                return self._refusals.answer(None, refusal)
            return self._explained.answer(endpoint.operation, refusal, partial(endpoint.checked, headers=headers))

    def _other_method(self, match: Match[Endpoint], method: str) -> Answer:
        allowed = set(match.targets) | ({"HEAD"} if "GET" in match.targets else set()) | {"OPTIONS"}
        allow = {"allow": ", ".join(sorted(allowed))}
        if method == "OPTIONS":
            return Answer(204, allow, b"")
        raise Refusal(405, f"{method} is not a method of this path", headers=allow)

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """Return the whole body; raises Refusal 413 as soon as it is known to be too large."""
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and (len(length) >= 20 or int(length) > self._limit):
            raise Refusal(413, f"the body is larger than {self._limit} bytes")
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "the body ends before it is complete")  # a part of a body is never a body
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                raise Refusal(413, f"the body is larger than {self._limit} bytes")
        return bytes(body)


_quoted = lru_cache(maxsize=1024)(quote)


def _path(scope: Scope) -> str:
    """Return the percent-encoded path below the root path."""
    raw = scope.get("raw_path")
    path: str = raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])
    if not scope.get("root_path"):
        return path
    return path.removeprefix(_quoted(scope["root_path"]))


def _headers(scope: Scope) -> dict[str, str]:
    raw = scope["headers"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    return headers if len(headers) == len(raw) else _joined(raw)


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers of which some were sent several times (RFC 9110, section 5.3; RFC 9113, section 8.2.3)."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        separator = "; " if key == "cookie" else ", "
        headers[key] = f"{headers[key]}{separator}{text}" if key in headers else text
    return headers


def _query(scope: Scope) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    if scope["query_string"]:
        for name, value in pairs(scope["query_string"].decode("latin-1")):
            query.setdefault(name, []).append(value)
    return query


def _cookies(headers: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if "cookie" in headers:
        for part in headers["cookie"].split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                found.setdefault(name, []).append(value.strip('"'))
    return found


def _is_on_asyncio() -> bool:
    """Tell whether the loop is asyncio's; asking anyio, which knows others, costs more than is saved."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _send(answer: Answer, method: str, send: Send) -> None:
    # What else has arrived is answered before anything is written: work of one kind at a time keeps the processor's
    # caches warm, which under load saves a fifth of its time.
    if _is_on_asyncio():
        await asyncio.sleep(0)
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers.items()
    ]
    has_body = answer.status not in (204, 304)
    body = answer.body if has_body else b""
    if isinstance(body, bytes) and has_body:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if not isinstance(body, bytes) and method != "HEAD":
        async for chunk in body:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    whole = body if isinstance(body, bytes) and method != "HEAD" else b""
    await send({"type": "http.response.body", "body": whole})
