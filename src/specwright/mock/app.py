"""The mock as one ASGI application: all APIs of a workspace on one port, each under its name, in any number of namespaces.

``/<api>/...`` is the API, ``/__admin/...`` the control of the mock. The namespace is named by the header X-Mock-Namespace, or
in front of the path for clients that cannot add one: ``/__ns/<name>/<api>/...``.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.middleware.cors import CORSMiddleware

from specwright.mock.admin.ask import House
from specwright.mock.admin.page import page
from specwright.mock.admin.router import ROOT, Admin
from specwright.mock.exchange import Exchange, current
from specwright.mock.faults.decide import Broken, Failed, Fault
from specwright.mock.faults.trouble import REASON, Trouble
from specwright.mock.faults.wire import break_connection, pause, send_spoilt
from specwright.mock.journal.journals import Journals
from specwright.mock.journal.metrics import Metrics
from specwright.mock.journal.recorder import Recorder, Request
from specwright.mock.namespaces import DEFAULT, BadName, Namespaces
from specwright.mock.partner import Behaviour, Call, Endpoint
from specwright.mock.prefer import BadPreference, preference, without
from specwright.mock.reply import Conversation, Reply, problem, reply, reply_of
from specwright.mock.settings import Settings
from specwright.mock.store import Store

_NAMESPACE = b"x-mock-namespace"
_IN_PATH = "/__ns/"
_READ = 16 * 1024 * 1024  # bytes of a request that are read before its connection is broken


@dataclass(frozen=True)
class Served:
    """One API: its behaviour, its server, and the endpoints it has beside its contract, by method and path."""

    behaviour: Behaviour
    app: Any
    endpoints: Mapping[tuple[str, str], Endpoint]
    trouble: Trouble


class _Address(NamedTuple):
    """Where a request goes: a namespace, the path in it, and what of the whole path is in front of that."""

    namespace: str
    path: str
    prefix: str


class _Turn(NamedTuple):
    """A request to an API: ``path`` is the one below its name."""

    request: Request
    exchange: Exchange
    served: Served
    path: str
    conversation: Conversation


class Mock:
    """The ASGI application."""

    def __init__(self, served: Mapping[str, Served], store: Store, settings: Settings) -> None:
        self._store, self._settings, self._metrics = store, settings, Metrics()
        self._journals = Journals(store, settings.journal_limit)
        self.namespaces = Namespaces(store, {}, settings.namespace_ttl)
        # Runs as long as the application does.
        self.beside: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._outer: Any = self._answered
        if settings.cors:
            every = ("*",)
            self._outer = CORSMiddleware(self._answered, settings.cors, every, every, expose_headers=every)
        self.replace(served)

    def replace(self, served: Mapping[str, Served]) -> None:
        """Serve other APIs from now on, or the same ones anew; what is in the store stays."""
        behaviours = {name: some.behaviour for name, some in served.items()}
        house = House(self.namespaces, behaviours, self._store, self._settings, self._metrics, self._journals)
        self._serving = _Serving(served, house)
        self.base_urls = [f"/{name}{api.base_path}" for name, api in self._serving.apis.items()]
        self.namespaces.replace(behaviours)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            # Pages of other origins may call the APIs, never the control of the mock.
            path = scope["path"]
            is_admin = path.startswith("/__") and _is_admin(_address(path, {}).path)
            await (self._answered if is_admin else self._outer)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _answered(self, scope: Any, receive: Any, send: Any) -> None:
        await self._serving.answer(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        """Run what is to run beside the application from its start to its end."""
        beside = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup" and self.beside:
                beside = asyncio.create_task(self.beside())
            if message["type"] == "lifespan.shutdown" and beside:
                beside.cancel()
                with suppress(asyncio.CancelledError):
                    await beside
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self._store.close()
                return


class _Serving:
    """What is served at one time: requests that began with it end with it, whatever is served by then."""

    def __init__(self, served: Mapping[str, Served], house: House) -> None:
        self.apis = {name: some.api for name, some in house.behaviours.items()}
        self._served, self._namespaces, self._store = served, house.namespaces, house.store
        self._recorder = Recorder(house.journals, house.settings, house.metrics, self.apis)
        self._admin = Admin(house)

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        started = time.perf_counter_ns()
        headers = dict(scope["headers"])
        address = _address(scope["path"], headers)
        conversation = Conversation(receive, asks_first=b"expect" in headers)
        if _is_admin(address.path):
            answer = await self._admin.answer(address.namespace, address.path, scope, conversation)
            await answer.send(scope["method"], send)
            return
        try:
            namespace = self._namespaces.get(address.namespace)
        except BadName as error:
            await problem(400, str(error)).send(scope["method"], send)
            return
        name = address.path[1:].partition("/")[0]
        served = self._served.get(name)
        request = Request(namespace, address.prefix, name if served else None, scope, started)
        if served is None:
            await self._elsewhere(address.path, request, conversation).send(scope["method"], send)
            return
        exchange = Exchange(*namespace.scene(name), headers, without(scope["query_string"]))
        current.set(exchange)
        await self._exchanged(_Turn(request, exchange, served, address.path[len(name) + 1 :], conversation), send)

    async def _exchanged(self, turn: _Turn, send: Any) -> None:
        """Answer a request to an API, as far as no fault is in the way."""
        scope, trouble = turn.request.scope, turn.served.trouble
        fault = trouble.fault(self._store, turn.request.namespace, scope["method"], turn.path) or _NO_FAULT
        if fault.delay:
            await pause(fault.delay, scope)
        if isinstance(fault.harm, Failed | Broken):
            await turn.conversation.read(_READ)  # unread bytes would turn any end of a connection into a reset
            turn.exchange.operation = trouble.operation_id(scope["method"], turn.path)
            turn.exchange.reached, turn.exchange.fault = turn.exchange.operation is not None, REASON
        match fault.harm:
            case Failed():
                answer = trouble.error(fault.harm, scope["method"], turn.path)
            case Broken():
                answer = _NOTHING_SENT
            case _:
                answer = await self._reply(turn)
        self._recorder.note(turn.request, turn.exchange, turn.conversation, answer)
        match fault.harm:
            case None | Failed():
                await answer.send(scope["method"], send)
            case Broken():
                await break_connection(fault.harm, scope, send)
            case spoilt:
                await send_spoilt(spoilt, answer, scope, send)

    async def _reply(self, turn: _Turn) -> Reply:
        scope, exchange, served = turn.request.scope, turn.exchange, turn.served
        endpoint = served.endpoints.get((scope["method"], turn.path)) if served.endpoints else None
        if endpoint is not None:
            exchange.reached = True
            return await _called(endpoint, turn.path, scope, turn.conversation)
        try:
            exchange.preference = preference(scope["headers"], scope["query_string"])
        except BadPreference as error:
            return problem(422, str(error))
        root = f"{scope.get('root_path', '')}{turn.request.prefix}/{turn.request.api}"
        inner = {**scope, "root_path": root, "query_string": exchange.query}
        await served.app(inner, turn.conversation.receive, turn.conversation.send)
        answer = turn.conversation.reply()
        if exchange.no_answer is not None:
            return problem(exchange.no_answer.status, exchange.no_answer.detail)
        if exchange.applied:
            return answer._replace(headers=[*answer.headers, (b"preference-applied", exchange.applied.encode())])
        return answer

    def _elsewhere(self, path: str, request: Request, conversation: Conversation) -> Reply:
        """Return the answer to a request to no API: the start page, or which APIs there are."""
        if path == "/":
            return reply(200, page(self.apis).encode(), "text/html; charset=utf-8")
        answer = problem(404, f"the mock serves {', '.join(f'/{name}' for name in self._served)}")
        self._recorder.note(request, None, conversation, answer)
        return answer


_NO_FAULT = Fault()
_NOTHING_SENT = Reply(0, [], b"")


async def _called(endpoint: Endpoint, path: str, scope: Any, conversation: Conversation) -> Reply:
    if not await conversation.read(_READ):
        return problem(413, f"the body is larger than {_READ} bytes")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    call = Call(scope["method"], path, query, headers, bytes(conversation.request))
    return reply_of(await endpoint(call))


def _address(path: str, headers: Mapping[bytes, bytes]) -> _Address:
    if path.startswith(_IN_PATH):
        name, slash, rest = path[len(_IN_PATH) :].partition("/")
        return _Address(name, slash + rest or "/", _IN_PATH + name)
    return _Address(headers.get(_NAMESPACE, b"").decode("latin-1") or DEFAULT, path, "")


def _is_admin(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/")
