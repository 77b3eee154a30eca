"""Text from a request -> JSON values, by what the schema allows.

Serialised values have no types of their own: ``5`` is a number where the schema has numbers and a string elsewhere.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from math import isfinite
from typing import Any

from specwright.spec.parts import ALL, Pick, item_of, member_of, other_of, part_of, parts_of, types_of

# The number grammar of JSON (RFC 8259 section 6); the bound keeps digits from becoming work.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

_CONSTRAINTS = frozenset({"format", "enum", "const", "pattern", "minLength"})


def scalar(text: str, types: frozenset[str]) -> Any:
    """Return ``text`` as a value of one of ``types``, as itself when it is none."""
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if not types.isdisjoint(("integer", "number")):
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text) and isfinite(float(text)):
            return float(text)
    if "null" in types and text == "null" and "string" not in types:
        return None
    return text


class Reading:
    """How texts are read by one schema; what it takes to know is found out once."""

    def __init__(self, contract: Any, schema: Any) -> None:
        self._contract, self._schema = contract, schema
        self._items: dict[int, Reading] = {}

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that the schema may accept."""
        return types_of(self._contract, self._schema)

    def value(self, raw: Any) -> Any:
        """Return ``raw`` (text, lists and maps of it) with every text as the value that the schema means."""
        if isinstance(raw, str):
            return self._scalar(raw)
        if isinstance(raw, list):
            if "array" not in self.types and len(raw) == 1:
                return self.value(raw[0])
            return self._list(raw)
        if "array" in self.types and "object" not in self.types and all(key.isdigit() or not key for key in raw):
            return self._list(list(raw.values()))
        return {name: self.member(name).value(item) for name, item in raw.items()}

    def _scalar(self, text: str) -> Any:
        types = self.types
        if text == "null" and "null" in types and self._is_constrained:
            return None  # as a string it would break the constraint
        if types == ALL:
            return text
        value = scalar(text, types)
        return self._list([text]) if value is text and "array" in types and "string" not in types else value

    def _list(self, raw: list[Any]) -> list[Any]:
        return [self.item(index).value(item) for index, item in enumerate(raw)]

    def item(self, index: int) -> "Reading":
        """Return how the item at ``index`` of a list is read."""
        index = min(index, self._prefixed)
        if index not in self._items:
            self._items[index] = self._below(lambda schema: item_of(schema, index))
        return self._items[index]

    def member(self, name: str) -> "Reading":
        """Return how the member ``name`` of an object is read."""
        if name in self._members:
            return self._members[name]
        return self._others or self._below(lambda schema: member_of(schema, name))

    def _below(self, pick: Pick) -> "Reading":
        return Reading(self._contract, part_of(self._contract, self._schema, pick))

    @cached_property
    def _members(self) -> Mapping[str, "Reading"]:
        names = {name for part in parts_of(self._contract, self._schema) for name in part.get("properties", ())}
        return {name: self._below(lambda schema, name=name: member_of(schema, name)) for name in names}  # type: ignore[misc]

    @cached_property
    def _others(self) -> "Reading | None":
        """How members without a schema of their own are read, None when it depends on their names."""
        if any("patternProperties" in part for part in parts_of(self._contract, self._schema)):
            return None
        return self._below(other_of)

    @cached_property
    def _prefixed(self) -> int:
        """How many items at the start have schemas of their own."""
        return max((len(part.get("prefixItems", ())) for part in parts_of(self._contract, self._schema)), default=0)

    @cached_property
    def _is_constrained(self) -> bool:
        return any(part.keys() & _CONSTRAINTS for part in parts_of(self._contract, self._schema))
