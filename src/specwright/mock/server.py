"""All APIs of a workspace on one port: each under its name, a start page, a health check."""

import gc
import importlib
import json
import socket
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any, Unpack

from specwright.errors import UsageError
from specwright.mock.answer import handlers
from specwright.plan import Api, planned
from specwright.runtime.app import Options
from specwright.runtime.security import Authenticate, Credential
from specwright.workspace import Source, Workspace

_PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Specwright mock</title></head>
<body style="font: 16px system-ui, sans-serif; max-width: 60rem; margin: 3rem auto">
<h1>Specwright mock</h1>
<table cellpadding="6">
<tr align="left"><th>API</th><th>base URL</th><th>operations</th><th>read and try</th><th>contract</th></tr>
{rows}
</table>
<p><a href="/__admin/health">health</a></p>
</body>
</html>
"""
_ROW = """\
<tr><td>{title}</td><td><code>{base}</code></td><td>{count}</td><td><a href="{base}/ui/">docs</a></td>\
<td><a href="{base}/openapi.json">openapi.json</a></td></tr>"""


class Mock:
    """The ASGI application: ``/<api>`` + the path of the API's first server URL leads to its generated server."""

    def __init__(self, apis: Mapping[str, Api], apps: Mapping[str, Any]) -> None:
        self._apps = apps
        self.base_urls = [f"/{name}{api.base_path}" for name, api in apis.items()]
        self._own = {
            "/": ("text/html; charset=utf-8", _page(apis)),
            "/__admin/health": ("application/json", json.dumps({"status": "healthy", "apis": list(apis)})),
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request to the API that its path starts with."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        name = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        if name in self._apps:
            await self._apps[name]({**scope, "root_path": f"{scope.get('root_path', '')}/{name}"}, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await self._respond(scope, send)

    async def _respond(self, scope: Any, send: Any) -> None:
        status, media_type, text = 200, *self._own.get(scope["path"], ("", ""))
        if not media_type:
            detail = f"the mock serves {', '.join(f'/{name}' for name in self._apps)}"
            problem = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": detail}
            status, media_type, text = 404, "application/problem+json", json.dumps(problem)
        body = text.encode()
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def load(workspace: Workspace, sources: Sequence[Source], **options: Unpack[Options]) -> Mock:
    """Return the mock of ``sources``, whose packages must have been generated; ``options`` go to every server.

    Unless ``options`` say otherwise, any well-formed credential is genuine.
    """
    sys.path.insert(0, str(workspace.root.resolve()))
    apis: dict[str, Api] = {}
    apps: dict[str, Any] = {}
    for source in sources:
        package = _package(workspace.generated, source.package)
        contract = workspace.generated / source.package / "openapi.json"
        apis[source.name] = planned(contract.read_text(encoding="utf-8"))
        admitting: Options = {"authenticate": admits(apis[source.name]), **options}
        apps[source.name] = package.create_app(handlers(apis[source.name], package), **admitting)
    return Mock(apis, apps)


def admits(api: Api) -> Authenticate:
    """Return the hook that takes any well-formed credential and grants it every scope that ``api`` asks for."""
    requirements = [requirement for operation in api.operations for requirement in operation.security]
    scopes = frozenset(scope for requirement in requirements for _, some in requirement for scope in some)

    async def authenticate(_: Credential) -> frozenset[str]:
        return scopes

    return authenticate


def run(workspace: Workspace, sources: Sequence[Source], host: str, port: int) -> None:
    """Serve ``sources`` until interrupted; raises UsageError when the address cannot be used."""
    # Imported here because it is slow to load and only this function serves.
    import uvicorn

    listener = _listen(host, port)
    application = load(workspace, sources)
    gc.freeze()  # what is loaded stays: no collection need look at it
    gc.enable()
    address = f"http://{host}:{listener.getsockname()[1]}"
    print(f"mock on {address} (Ctrl-C ends it)", flush=True)
    for name in application.base_urls:
        print(f"  {address}{name}", flush=True)
    config = uvicorn.Config(application, log_level="warning", access_log=False, server_header=False)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        print("\nmock ended")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error}; choose another --port") from None


def _package(generated: Path, name: str) -> ModuleType:
    package = importlib.import_module(f"generated.{name}")
    if Path(str(package.__file__)).resolve().parent != (generated / name).resolve():
        raise UsageError(f"generated.{name} was imported from {package.__file__}, not from {generated}")
    return package


def _page(apis: Mapping[str, Api]) -> str:
    rows = [
        _ROW.format(title=escape(api.title), base=escape(f"/{name}{api.base_path}"), count=len(api.operations))
        for name, api in apis.items()
    ]
    return _PAGE.format(rows="\n".join(rows))


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
