"""Members that are readOnly or writeOnly: a schema that reaches one is another in requests than in responses.

OpenAPI 3.1.1 section 4.8.24 and JSON Schema validation section 9.4: what is readOnly is ignored in a request and need
not be there; what is writeOnly must not be in a response.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import unquote

from specwright.plan import objects
from specwright.spec.pointer import escape, resolve, unescape
from specwright.spec.structure import MEANS
from specwright.spec.structure import objects as nodes

Direction = Literal["request", "response"]
# What is left out in a direction.
HIDDEN: Mapping[Direction, str] = {"request": "readOnly", "response": "writeOnly"}
_SCHEMAS = "/components/schemas/"
_FORBIDDEN: Mapping[str, Any] = {"not": {}, "writeOnly": True, MEANS: "writeOnly"}


class Directed:
    """Knows of every schema whether it reaches a member that has a direction."""

    def __init__(self, contract: Any) -> None:
        self._contract = contract
        schemas = contract.get("components", {}).get("schemas", {}) if _says_directions(contract) else {}
        places = {f"{_SCHEMAS}{escape(key)}": schema for key, schema in schemas.items()}
        found = {place: _walk(contract, schema) for place, schema in places.items()}
        self._places = {place for place, (is_directed, _) in found.items() if is_directed}
        waiting = list(self._places)
        while waiting:
            target = waiting.pop()
            users = [place for place, (_, targets) in found.items() if target in targets and place not in self._places]
            self._places.update(users)
            waiting += users

    def reaches(self, pointer: str) -> bool:
        """Tell whether the schema at ``pointer``, a component or below one, is another in requests than in responses."""
        if pointer in self._places or not self._places or not pointer.startswith(_SCHEMAS):
            return pointer in self._places
        is_directed, targets = _walk(self._contract, resolve(self._contract, pointer))
        return is_directed or not self._places.isdisjoint(targets)


def _walk(contract: Any, schema: Any) -> tuple[bool, set[str]]:
    """Tell whether a member in ``schema`` has a direction, and what ``schema`` refers to."""
    is_directed, targets = False, set()
    for _, kind, node in nodes(schema, "schema"):
        if kind == "schema":
            is_directed = is_directed or any(
                _has_direction(contract, item) for item in node.get("properties", {}).values()
            )
            if "$ref" in node:
                targets.add(unquote(node["$ref"][1:]))
    return is_directed, targets


def _says_directions(contract: Any) -> bool:
    """Tell whether the words stand anywhere, in schemas or not: most contracts are done with that."""
    waiting = [contract]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "readOnly" in node or "writeOnly" in node:
                return True
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False


def _has_direction(contract: Any, schema: Any) -> bool:
    return any(objects.flagged(contract, schema, flag) for flag in ("readOnly", "writeOnly"))


def view(contract: Any, direction: Direction) -> Any:
    """Return ``contract`` with its schemas as they hold in ``direction``; what does not differ is shared with it."""
    if not _says_directions(contract):
        return contract
    changed: dict[str, dict[str, Any]] = {}
    for pointer, kind, node in nodes(contract):
        if kind == "schema" and node.keys() & {"properties", "allOf"}:
            hidden = frozenset(_hidden(contract, node, direction))
            changed.update(_without(pointer, changed.get(pointer, node), hidden, direction) if hidden else ())
    for pointer, node in sorted(changed.items()):
        contract = _replaced(contract, [unescape(token) for token in pointer.split("/")[1:]], node)
    return contract


def _hidden(contract: Any, schema: dict[str, Any], direction: Direction) -> Iterable[str]:
    for part in objects.parts(contract, schema):
        for name, item in part.get("properties", {}).items():
            if objects.flagged(contract, item, HIDDEN[direction]):
                yield name


def _without(
    pointer: str, schema: dict[str, Any], hidden: frozenset[str], direction: Direction
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield (pointer, schema) of ``schema`` and the parts of its intersection, none of them asking for ``hidden``."""
    changed = {**schema, "required": [name for name in schema.get("required", ()) if name not in hidden]}
    if direction == "response" and "properties" in schema:
        forbidden = dict.fromkeys(hidden & schema["properties"].keys(), _FORBIDDEN)
        changed["properties"] = {**schema["properties"], **forbidden}
    yield pointer, changed
    for index, part in enumerate(schema.get("allOf", ())):
        if isinstance(part, dict) and "required" in part:
            yield f"{pointer}/allOf/{index}", {**part, "required": [n for n in part["required"] if n not in hidden]}


def _replaced(value: Any, path: list[str], node: Any) -> Any:
    if not path:
        return node
    head, *rest = path
    if isinstance(value, list):
        return [_replaced(item, rest, node) if str(index) == head else item for index, item in enumerate(value)]
    return {**value, head: _replaced(value[head], rest, node)}
