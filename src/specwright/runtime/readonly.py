"""Members that are readOnly, in a request: accepted, checked, and not passed on.

OpenAPI says that they SHOULD NOT be sent, and JSON Schema that what is sent is ignored or rejected (validation, section
9.4). Clients that send back what they were given are common, so they are ignored.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from specwright.plan import objects
from specwright.spec.pointer import resolve, unescape
from specwright.spec.schemas import Validator
from specwright.spec.structure import objects as nodes


def read_only_names(contract: Any, pointer: str) -> frozenset[str]:
    """Return the names of all members that the schema at ``pointer`` and what it refers to call readOnly."""
    found: set[str] = set()
    waiting, seen = [pointer], {pointer}
    while waiting:
        for _, kind, node in nodes(resolve(contract, waiting.pop()), "schema"):
            if kind == "schema":
                found.update(_own_names(contract, node))
                target = unquote(node["$ref"][1:]) if "$ref" in node else None
                if target is not None and target not in seen:
                    seen.add(target)
                    waiting.append(target)
    return frozenset(found)


def without_read_only(value: Any, names: frozenset[str], validator: Validator) -> Any:
    """Return ``value``, which is valid, without the members that are readOnly; it may be changed in place."""
    if _mentions(value, names):
        # The longest first: what a member holds goes before it does.
        for pointer in sorted(validator.annotated(value, "readOnly"), key=len, reverse=True):
            parent, _, name = pointer.rpartition("/")
            holder = resolve(value, parent)
            if isinstance(holder, dict) and unescape(name) in names:
                del holder[unescape(name)]
    return value


def _own_names(contract: Any, schema: dict[str, Any]) -> Iterator[str]:
    for name, item in schema.get("properties", {}).items():
        if objects.flagged(contract, item, "readOnly"):
            yield name


def _mentions(value: Any, names: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return not names.isdisjoint(value) or any(_mentions(item, names) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, names) for item in value)
