"""The limit: how fast Python can check requests and responses, with no framework and no objects in between.

A bare ASGI application: a dict for a router, orjson, jsonschema-rs on the way in and on the way out.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from scripts.bench.cases import CASPEN, NEXHEALTH, TOKEN, Case
from scripts.bench.schemas import compiled
from scripts.bench.servers.store import answerer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_BEARER = f"Bearer {TOKEN}".encode()
_TRUTH = {"true": True, "false": False}


class Refused(Exception):
    """Says with which status and why a request is refused."""


class Server:
    """Serves the operation of one case."""

    def __init__(self, case: Case) -> None:
        self._status, self._answer = case.status, answerer(case)
        self._request = compiled(case.document, case.request_schema)
        self._response = compiled(case.document, case.answer_schema)
        self._query = [item for item in case.operation.get("parameters", []) if item.get("in") == "query"]
        head, _, tail = f"{case.base}{case.template}".rpartition("/")
        self._routes = {("POST", f"{head}/" if tail.startswith("{") else f"{head}/{tail}"): self._operation}

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            status, content = await self._routed(scope, receive)
        except Refused as refused:
            status, content = refused.args
        body = orjson.dumps(content)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _routed(self, scope: Any, receive: Receive) -> tuple[int, Any]:
        path = scope["path"]
        head, slash, tail = path.rpartition("/")
        method = scope["method"]
        operation = self._routes.get((method, path)) or self._routes.get((method, head + slash))
        if operation is None:
            raise Refused(404, {"message": "nothing is here"})
        return await operation(scope, receive, tail)

    async def _operation(self, scope: Any, receive: Receive, tail: str) -> tuple[int, Any]:
        headers = dict(scope["headers"])
        if headers.get(b"authorization") != _BEARER:
            raise Refused(401, {"message": "the token is missing or wrong"})
        if headers.get(b"content-type", b"").partition(b";")[0] != b"application/json":
            raise Refused(415, {"message": "the body must be application/json"})
        self._check_query(scope["query_string"])
        answer = self._answer(self._checked(await _whole(receive)), tail)
        if not self._response.is_valid(answer):
            raise Refused(500, {"message": "the answer breaks the contract"})
        return self._status, answer

    def _check_query(self, raw: bytes) -> None:
        values = dict(parse_qsl(raw.decode(), keep_blank_values=True)) if raw else {}
        for parameter in self._query:
            value = values.get(parameter["name"])
            if value is None and parameter.get("required"):
                raise Refused(400, {"message": f"{parameter['name']} is required"})
            if value is not None and parameter["schema"]["type"] == "boolean" and value not in _TRUTH:
                raise Refused(400, {"message": f"{parameter['name']} must be true or false"})

    def _checked(self, raw: bytes) -> Any:
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise Refused(400, {"message": str(error)}) from None
        if not self._request.is_valid(body):
            errors = [
                {"at": "/".join(map(str, error.instance_path)), "message": error.message}
                for error in self._request.iter_errors(body)
            ]
            raise Refused(400, {"message": "the body breaks the contract", "errors": errors})
        return body


async def _whole(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


def nexhealth() -> Server:
    """Return the server of NexHealth."""
    return Server(NEXHEALTH)


def caspen() -> Server:
    """Return the server of Caspen."""
    return Server(CASPEN)
