"""Ours, serving the generated contract of the folder it is started in, whatever its number of operations."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from scripts.bench.servers.ours.guard import authenticate

_KINDS: Any = import_module("generated.kinds")


class Kinds:
    """Has every method ``create_kind…_entry``: answers what was sent, built anew."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        entry = name.removeprefix("create_").title().replace("_", "")
        response, model = getattr(_KINDS, f"Create{entry}201"), getattr(_KINDS, entry)

        async def create_entry(*, id_: str, body: Any) -> Any:
            return response(model(id=id_, amount=body.amount, due=body.due, tags=body.tags))

        return create_entry


def create() -> Any:
    """Return the server."""
    return _KINDS.create_app(Kinds(), authenticate=authenticate)
