"""Servers that know nothing but their contracts: what of them is tested is the contract and its enforcement."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Unpack

from specwright.mock.auth import scopes_of
from specwright.mock.contract.answer import handlers
from specwright.plan import Api, planned
from specwright.runtime.app import Options
from specwright.runtime.security import Authenticate, Credential
from specwright.workspace import Source, Workspace


class Contractual:
    """One ASGI application of several APIs, each under its name, which answer from their contracts."""

    def __init__(self, workspace: Workspace, sources: Sequence[Source], **options: Unpack[Options]) -> None:
        self.apps: dict[str, Any] = {}
        self.base_urls: list[str] = []
        sys.path.insert(0, str(workspace.root.resolve()))
        for source in sources:
            package = import_module(f"generated.{source.package}")
            api = planned((workspace.generated / source.package / "openapi.json").read_text(encoding="utf-8"))
            self.add(source.name, api, package, **options)

    def add(self, name: str, api: Api, package: Any, **options: Unpack[Options]) -> None:
        said: Options = {"authenticate": admits(api), **options}
        self.apps[name] = package.create_app(handlers(api, package), **said)
        self.base_urls.append(f"/{name}{api.base_path}")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name = scope["path"].split("/", 2)[1]
        await self.apps[name]({**scope, "root_path": f"{scope.get('root_path', '')}/{name}"}, receive, send)


def admits(api: Api) -> Authenticate:
    """Return the hook that takes any well-formed credential and grants it every scope of ``api``."""

    async def authenticate(_: Credential) -> frozenset[str]:
        return scopes_of(api)

    return authenticate
