"""The mock as one ASGI application: all APIs of a workspace on one port, each under its name, in any number of namespaces.

``/<api>/...`` is the API, ``/__admin/...`` the control of the mock. The namespace is named by the header X-Mock-Namespace, or
in front of the path for clients that cannot add one: ``/__ns/<name>/<api>/...``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from specwright.mock.admin import Admin
from specwright.mock.exchange import Exchange, current
from specwright.mock.namespaces import DEFAULT, BadName, Namespaces
from specwright.mock.partner import Call, Endpoint
from specwright.mock.reply import Conversation, Reply, problem

_NAMESPACE = b"x-mock-namespace"
_IN_PATH = "/__ns/"
_ADMIN = "/__admin/"


@dataclass(frozen=True)
class Served:
    """One API: its server, and the endpoints it has beside its contract, by method and path."""

    app: Any
    endpoints: Mapping[tuple[str, str], Endpoint]


class Address(NamedTuple):
    """Where a request goes: a namespace, the path in it, and what of the whole path is in front of that."""

    namespace: str
    path: str
    root: str


class Mock:
    """The ASGI application."""

    def __init__(self, namespaces: Namespaces, served: Mapping[str, Served], admin: Admin) -> None:
        self.namespaces, self.admin = namespaces, admin
        self.served, self.base_urls = served, admin.base_urls

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await (await self._reply(scope, receive)).send(scope["method"], send)

    async def _reply(self, scope: Any, receive: Any) -> Reply:
        headers = dict(scope["headers"])
        address = _address(scope["path"], headers)
        try:
            namespace = self.namespaces.get(address.namespace)
        except BadName as error:
            return problem(400, str(error))
        conversation = Conversation(receive)
        if address.path.startswith(_ADMIN):
            return await self.admin.reply(namespace, address.path, scope, conversation)
        name = address.path.split("/", 2)[1]
        if name not in self.served:
            return self.admin.nothing(address.path)
        scene, partner = namespace.scene(name)
        exchange = Exchange(scene, partner, headers, scope["query_string"])
        current.set(exchange)
        return await self._served(self.served[name], address, name, scope, conversation)

    async def _served(
        self, served: Served, address: Address, name: str, scope: Any, conversation: Conversation
    ) -> Reply:
        root = f"{address.root}/{name}"
        endpoint = served.endpoints.get((scope["method"], address.path[len(name) + 1 :]))
        if endpoint is not None:
            return await _called(endpoint, address.path, scope, conversation)
        inner = {**scope, "root_path": scope.get("root_path", "") + root}
        await served.app(inner, conversation.receive, conversation.send)
        return await conversation.reply()


async def _called(endpoint: Endpoint, path: str, scope: Any, conversation: Conversation) -> Reply:
    await conversation.reply()  # reads the request
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    answer = await endpoint(
        Call(scope["method"], path, scope["query_string"].decode("latin-1"), headers, bytes(conversation.request))
    )
    said = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    body = answer.body if isinstance(answer.body, bytes) else b""
    return Reply(answer.status, [*said, (b"content-length", str(len(body)).encode())], body)


def _address(path: str, headers: Mapping[bytes, bytes]) -> Address:
    if path.startswith(_IN_PATH):
        name, slash, rest = path[len(_IN_PATH) :].partition("/")
        return Address(name, slash + rest or "/", _IN_PATH + name)
    return Address(headers.get(_NAMESPACE, b"").decode("latin-1") or DEFAULT, path, "")


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
