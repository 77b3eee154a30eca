"""All APIs of a workspace on one port: each under its name, a start page, a health check."""

import gc
import importlib
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Unpack

from specwright.errors import UsageError
from specwright.mock.admin import Admin
from specwright.mock.app import Mock, Served
from specwright.mock.auth import Authority, Mode
from specwright.mock.dispatch import endpoints, handlers, refused
from specwright.mock.namespaces import Namespaces
from specwright.mock.partner import Behaviour, behaviour
from specwright.mock.store import open_store
from specwright.plan import Api, planned
from specwright.runtime.app import Options
from specwright.runtime.security import Authenticate, Credential
from specwright.workspace import Source, Workspace


@dataclass(frozen=True)
class Settings:
    """How a mock is run: where its state is, how it checks credentials, after how long an idle namespace is dropped."""

    store: str = "sqlite://"
    auth: Mode = "presence"
    idle: timedelta = timedelta(hours=1)


def load(
    workspace: Workspace, sources: Sequence[Source], settings: Settings = Settings(), **options: Unpack[Options]
) -> Mock:
    """Return the mock of ``sources``, whose packages must have been generated; ``options`` go to every server."""
    sys.path.insert(0, str(workspace.root.resolve()))
    behaviours = {source.name: _behaviour(workspace, source) for source in sources}
    namespaces = Namespaces(open_store(settings.store), behaviours, settings.idle)
    served = {name: _served(some, settings, options) for name, some in behaviours.items()}
    return Mock(namespaces, served, Admin(namespaces, {name: some.api for name, some in behaviours.items()}))


def _behaviour(workspace: Workspace, source: Source) -> Behaviour:
    package = _package(workspace.generated, source.package)
    contract = workspace.generated / source.package / "openapi.json"
    return behaviour(source.contract.parent, planned(contract.read_text(encoding="utf-8")), package)


def _served(behaviour: Behaviour, settings: Settings, options: Options) -> Served:
    authority = Authority(behaviour, settings.auth)
    said: Options = {
        "authenticate": authority.authenticate,
        "refused": refused,
        **behaviour.attribute("OPTIONS", {}),
        **options,
    }
    if settings.auth == "off":
        said = {"security": "ignore", **said}
    app = behaviour.package.create_app(handlers(behaviour.api), **said)
    return Served(app, authority.endpoints() | endpoints(behaviour.partner))


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
