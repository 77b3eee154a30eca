"""What is proved: an application in process, or a server at a base URL. Both take a request and return a reply."""

import asyncio
import http.client
import json
import time
import weakref
from collections.abc import Callable, Collection
from contextvars import Context, copy_context
from dataclasses import replace
from ipaddress import ip_address
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import unquote, urlsplit

from specwright.errors import UsageError
from specwright.prove.evidence import Reply, Request

_PATIENCE = 30  # seconds until a server answers
Faults = tuple[tuple[str, str, str], ...]


class Insight(NamedTuple):
    """What an application in process knows of a request besides its answer: see ``Reply``."""

    faults: Faults | None
    reached: bool | None


_NO_INSIGHT = Insight(None, None)


class Target(Protocol):
    """Where requests are sent."""

    @property
    def url(self) -> str:
        """The base URL of the API, as a curl would name it."""

    def send(self, request: Request) -> Reply:
        """Send one request and return what comes back."""


class InProcess:
    """An ASGI application that is called directly; ``base`` is the path of the API in it.

    ``insight`` tells what became of the request that was served in a context, where answers cannot say it.
    """

    def __init__(self, app: Any, base: str = "", insight: Callable[[Context], Insight] | None = None) -> None:
        self.app, self._base, self._insight = app, base, insight
        self._runner = asyncio.Runner()
        weakref.finalize(self, self._runner.close)  # for those who keep a server as long as they live

    @property
    def url(self) -> str:
        """The base URL that the API would have on a server with the usual port."""
        return f"http://127.0.0.1:8000{self._base}"

    def send(self, request: Request) -> Reply:
        """Send one request and return what comes back; an exception that leaves the application is a reply 599."""
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": request.body, "more_body": False}]

        context = copy_context()

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        try:
            self._runner.run(self.app(self._scope(request), receive, send), context=context)
        except Exception as error:  # noqa: BLE001 - whatever escapes, the server behind it would have to answer
            return Reply(599, (), f"the application raised {type(error).__name__}: {error}".encode())
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"])
        body = b"".join(message.get("body", b"") for message in sent[1:])
        reply = Reply(sent[0]["status"], headers, body)
        faults, reached = self._insight(context) if self._insight else _NO_INSIGHT
        return replace(reply, faults=faults_of(reply) if faults is None else faults, reached=reached)

    def close(self) -> None:
        """End what the application runs on."""
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _scope(self, request: Request) -> dict[str, Any]:
        path, _, query = f"{self._base}{request.target}".partition("?")
        headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
        if request.body:
            headers.append((b"content-length", str(len(request.body)).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1:8000"), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }


class Remote:
    """A server at a base URL, asked at most ``rate`` times a second; redirections are replies, not followed."""

    def __init__(self, url: str, rate: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url} is no URL of a server: it begins with http:// or https:// and a host")
        self._url, self._host, self._base = url.rstrip("/"), parts.hostname, parts.path.rstrip("/")
        self._port, self._connect = parts.port, _CONNECTIONS[parts.scheme]
        self._pause, self._last = 1 / rate, 0.0
        self._connection: http.client.HTTPConnection | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return self._url

    def send(self, request: Request) -> Reply:
        """Send one request and return what comes back, 599 for no answer; raises OSError when there is no server."""
        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        self._last = time.monotonic()
        try:
            return self._exchange(request)
        except (http.client.HTTPException, ConnectionError, TimeoutError):
            self.close()  # a connection that was kept open may have been closed by the server meanwhile
        try:
            return self._exchange(request)
        except (http.client.HTTPException, TimeoutError) as error:
            self.close()
            return Reply(599, (), f"no answer: {type(error).__name__}".encode())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, request: Request) -> Reply:
        if self._connection is None:
            self._connection = self._connect(self._host, self._port, timeout=_PATIENCE)
        connection = self._connection
        connection.putrequest(request.method, f"{self._base}{request.target}", skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode("latin-1", "replace"))
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        reply = Reply(response.status, tuple(response.getheaders()), response.read())
        return replace(reply, faults=faults_of(reply))


def allowed(url: str, hosts: Collection[str]) -> str:
    """Return ``url`` if requests may be sent there: to this host, and to those of ``hosts``; raises UsageError."""
    host = urlsplit(url).hostname or ""
    if host in hosts or host == "localhost" or _is_loopback(host):
        return url
    raise UsageError(
        f"{host or url} is not named: a proof sends wrong requests by the thousand, so only hosts that pyproject.toml names"
        f' are asked: [tool.specwright] prove-hosts = ["{host}"]'
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_CONNECTIONS: dict[str, Any] = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


def faults_of(reply: Reply) -> Faults | None:
    """Return what an RFC 9457 body with our member ``errors`` names, None where the body is another."""
    if reply.status < 400 or "problem+json" not in (reply.header("content-type") or ""):
        return None
    try:
        errors = json.loads(reply.body)["errors"]
        return tuple((str(error["in"]), str(error["pointer"]), str(error["keyword"])) for error in errors)
    except (ValueError, KeyError, TypeError):
        return None
