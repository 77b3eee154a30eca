"""Workspace -> mock: all its APIs, each with its partner."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Unpack

from specwright.errors import UsageError
from specwright.mock.app import Mock, Served
from specwright.mock.auth import Authority
from specwright.mock.dispatch import endpoints, handlers, refused
from specwright.mock.faults.trouble import Trouble
from specwright.mock.partner import Behaviour, behaviour
from specwright.mock.settings import Settings
from specwright.mock.store import open_store
from specwright.plan import Api, planned
from specwright.runtime.app import Options
from specwright.workspace import Source, Workspace

_DEFAULTS = Settings()


def load(
    workspace: Workspace, sources: Sequence[Source], settings: Settings = _DEFAULTS, **options: Unpack[Options]
) -> Mock:
    """Return the mock of ``sources``, whose packages must have been generated; ``options`` go to every server."""
    sys.path.insert(0, str(workspace.root.resolve()))
    return Mock(served(workspace, sources, settings, **options), open_store(settings.store), settings)


def served(
    workspace: Workspace, sources: Sequence[Source], settings: Settings, **options: Unpack[Options]
) -> dict[str, Served]:
    """Return the servers of ``sources`` by name."""
    return {source.name: _served(source.name, _behaviour(workspace, source), settings, options) for source in sources}


def _served(name: str, behaviour: Behaviour, settings: Settings, options: Options) -> Served:
    authority = Authority(behaviour, settings.auth)
    said: Options = {
        "authenticate": authority.authenticate,
        "refused": refused,
        **behaviour.attribute("OPTIONS", {}),
        **options,
    }
    if settings.auth == "off":
        said = {"security": "ignore", **said}
    app = behaviour.package.create_app(handlers(behaviour.api, behaviour.answers), **said)
    return Served(behaviour, app, authority.endpoints() | endpoints(behaviour.partner), Trouble(name, behaviour.api))


def _behaviour(workspace: Workspace, source: Source) -> Behaviour:
    package = _package(workspace.generated, source.package)
    return behaviour(source.contract, workspace.root, _api(workspace, source), package)


def _api(workspace: Workspace, source: Source) -> Api:
    return planned((workspace.generated / source.package / "openapi.json").read_text(encoding="utf-8"))


def _package(generated: Path, name: str) -> ModuleType:
    package = importlib.import_module(f"generated.{name}")
    if Path(str(package.__file__)).resolve().parent != (generated / name).resolve():
        raise UsageError(f"generated.{name} was imported from {package.__file__}, not from {generated}")
    return package
