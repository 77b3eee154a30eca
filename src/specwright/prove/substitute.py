"""A stand-in for a generated package, whose applications can be made anew of another contract while they are in use."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Unpack, get_type_hints

from specwright.runtime.app import Options, serve


@dataclass
class _Made:
    """One application: what it was made with, and what it is now."""

    functions: Any
    options: Options
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class Substitute:
    """Has of a generated ``package`` what those need who make servers of it; ``options`` go before their own."""

    def __init__(self, package: ModuleType, contract: Path) -> None:
        self.handlers = package.handlers
        self._operations = _untyped(sys.modules[f"{package.__name__}.server"].OPERATIONS)
        self._made: list[_Made] = []
        self._contract = contract

    def create_app(self, functions: Any, **options: Unpack[Options]) -> Any:
        """Return an application that answers with ``functions``, at first as the contract has it."""
        made = _Made(functions, options)
        made.app = self._served(made, {})
        self._made.append(made)
        return made

    def turn(self, contract: Path, **options: Unpack[Options]) -> None:
        """Make every application anew of ``contract``, with other ``options`` than it was given."""
        self._contract = contract
        for made in self._made:
            made.app = self._served(made, options)

    def _served(self, made: _Made, options: Options) -> Any:
        said: Options = {**made.options, **options}
        return serve(self._contract, made.functions, self._operations, **said)


def _untyped(operations: Mapping[str, Any]) -> dict[str, Any]:
    """Return the methods without the types of their arguments: else Pydantic would notice what is to be proved to be."""
    return {name: _bare(method) for name, method in operations.items()}


def _bare(method: Any) -> Any:
    async def bare(**_: Any) -> Any:
        """Stand for the declaration of a handler."""

    bare.__name__, bare.__module__ = method.__name__, method.__module__
    bare.__annotations__ = {"return": get_type_hints(method, include_extras=True)["return"]}
    return bare
