"""Changes of where an API is served."""

from collections.abc import Iterator
from typing import Any

from specwright.gate.breaking.change import Change
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.spots import Spot


def server_changes(old: Spot, new: Spot) -> Iterator[Change]:
    """Yield what changed in the ``servers`` of a contract, a path or an operation."""
    before, after = _servers(old), _servers(new)
    for url, server in before.items():
        if url not in after:
            text = f"the server {url} is gone: clients that call it get no answer"
            yield told("server-removed", text, new.below("servers"), old.below("servers"))
        elif _variables(server) != _variables(after[url]):
            text = f"variables of the server {url} changed: clients may call what is not there"
            yield told("server-variable-changed", text, new.below("servers"), old.below("servers"))
    for url in after.keys() - before.keys():
        yield told("server-added", f"the server {url} is new", new.below("servers"), old.below("servers"))


def _servers(owner: Spot) -> dict[str, Any]:
    """Return the servers by URL: "/" is where an API is that does not say it."""
    servers = owner.plain("servers") or [{"url": "/"}]
    return {str(server.get("url", "/")).rstrip("/") or "/": server for server in servers}


def _variables(server: Any) -> dict[str, tuple[Any, frozenset[str]]]:
    return {
        name: (variable.get("default"), frozenset(variable.get("enum", ())))
        for name, variable in (server.get("variables") or {}).items()
    }
