"""Which schemas say readOnly or writeOnly of a member: those mean one thing in requests and another in responses."""

from typing import Any
from urllib.parse import unquote

from specwright.plan import objects
from specwright.spec.document import escape
from specwright.spec.refs import resolve
from specwright.spec.structure import objects as nodes

_SCHEMAS = "/components/schemas/"


class Directed:
    """Knows of every schema whether it reaches a member that has a direction."""

    def __init__(self, contract: Any) -> None:
        self._contract = contract
        schemas = contract.get("components", {}).get("schemas", {})
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


def _has_direction(contract: Any, schema: Any) -> bool:
    return any(objects.flagged(contract, schema, flag) for flag in ("readOnly", "writeOnly"))
