"""The contract as it is served: ``/openapi.json``, and ``/ui/`` to read and try it, with bundled assets.

What is served is the contract plus the refusals that the runtime itself may send, so that no client meets an answer
that the document does not mention.
"""

from functools import cached_property
from html import escape
from importlib.resources import files
from typing import Any

import orjson

from specwright.plan import Api, Operation
from specwright.runtime.refusals import PROBLEM
from specwright.runtime.responses import Answer

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_TEXT = {"type": "string"}
_ERROR = {
    "type": "object",
    "required": ["in", "pointer", "keyword", "detail"],
    "properties": {
        "in": {"enum": ["path", "query", "header", "cookie", "body", "parameter"]},
        "pointer": {
            **_TEXT,
            "description": "Where the fault is, as a JSON Pointer; of a parameter its name comes first.",
        },
        "keyword": {**_TEXT, "description": "The keyword of the contract that is broken."},
        "detail": _TEXT,
        "expected": {"description": "What the keyword says, cut at ... when it is long."},
        "received": {"description": "The value at fault, cut at ... when it is long; not there when nothing was sent."},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {"type": "array", "items": _ERROR},
    },
}
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{url: "../openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null}})</script>
</body>
</html>
"""
_REFUSALS = {
    "400": "The request breaks the contract; the body says where.",
    "401": "Credentials are missing or not valid.",
    "403": "The credentials do not grant what the operation needs.",
    "404": "There is nothing at this path.",
    "406": "The client accepts no media type of the answer.",
    "413": "The body is too large.",
    "415": "The media type of the body is not one the operation takes.",
}


class Docs:
    """Answers the documentation requests of one API."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def answer(self, path: str, scope: Any) -> Answer | None:
        """Return the answer to ``path`` (below the base path), None when it is no documentation."""
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if path == "/openapi.json":
            root = scope.get("root_path", "") + self._api.base_path
            return _ok("application/json", orjson.dumps({**self._served, "servers": [{"url": root or "/"}]}))
        if path == "/ui":
            return Answer(307, {"location": f"{scope.get('root_path', '')}{self._api.base_path}/ui/"}, b"")
        if path == "/ui/":
            return _ok("text/html; charset=utf-8", _PAGE.format(title=escape(self._api.title)).encode())
        name = path.removeprefix("/ui/")
        if path.startswith("/ui/") and name in _ASSETS:
            return _ok(_ASSETS[name], (files("swagger_ui") / "static" / name).read_bytes())
        return None

    @cached_property
    def _served(self) -> Any:
        return served(self._api)


def served(api: Api) -> Any:
    """Return the contract of ``api`` with the refusals of the runtime in every operation that may meet them."""
    contract = dict(api.contract)
    contract["paths"] = {path: dict(item) for path, item in api.contract.get("paths", {}).items()}
    for operation in api.operations:
        item = contract["paths"][operation.path]
        node = item[operation.method.lower()]
        declared = node.get("responses", {})
        added = {status: _refusal(status) for status in _possible(operation) if not _covers(declared, status)}
        item[operation.method.lower()] = {**node, "responses": {**declared, **added}}
    return contract


def _possible(operation: Operation) -> list[str]:
    statuses = ["400"]
    statuses += ["401", "403"] if operation.security else []
    statuses += ["404"] if "{" in operation.path else []
    statuses += ["406"] if any(response.media for response in operation.responses) else []
    return statuses + (["413", "415"] if operation.body else [])


def _covers(declared: dict[str, Any], status: str) -> bool:
    return bool(declared.keys() & {status, f"{status[0]}XX", f"{status[0]}xx", "default"})


def _refusal(status: str) -> dict[str, Any]:
    return {"description": _REFUSALS[status], "content": {PROBLEM: {"schema": _PROBLEM}}}


def _ok(media_type: str, body: bytes) -> Answer:
    return Answer(200, {"content-type": media_type}, body)
