"""Text from a request -> JSON values, by what the schema allows.

Serialised values have no types of their own: ``5`` is a number where the schema has numbers and a string elsewhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from math import isfinite
from typing import Any
from urllib.parse import unquote

from specwright.spec.pointer import resolve
from specwright.spec.violations import matches, type_of

_ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
# The number grammar of JSON (RFC 8259 section 6); the bound keeps digits from becoming work.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

_CONSTRAINTS = frozenset({"format", "enum", "const", "pattern", "minLength"})
# Of a schema, what it says of one part of its instances; None when it says nothing.
Pick = Callable[[Mapping[str, Any]], Any]


def types_of(contract: Any, schema: Any, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the JSON types that ``schema`` may accept."""
    if not isinstance(schema, dict):
        return _ALL
    types, inside = _own_types(schema), _inside(schema, seen)
    for branch in _certain(contract, schema, seen):
        types &= types_of(contract, branch, inside)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            types &= frozenset().union(*(types_of(contract, branch, inside) for branch in schema[union]))
    return types


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
        if types == _ALL:
            return text
        value = scalar(text, types)
        return self._list([text]) if value is text and "array" in types and "string" not in types else value

    def _list(self, raw: list[Any]) -> list[Any]:
        return [self.item(index).value(item) for index, item in enumerate(raw)]

    def item(self, index: int) -> "Reading":
        """Return how the item at ``index`` of a list is read."""
        index = min(index, self._prefixed)
        if index not in self._items:
            self._items[index] = self._below(lambda schema: _item_of(schema, index))
        return self._items[index]

    def member(self, name: str) -> "Reading":
        """Return how the member ``name`` of an object is read."""
        if name in self._members:
            return self._members[name]
        return self._others or self._below(lambda schema: _member_of(schema, name))

    def _below(self, pick: Pick) -> "Reading":
        return Reading(self._contract, part_of(self._contract, self._schema, pick))

    @cached_property
    def _members(self) -> Mapping[str, "Reading"]:
        names = {name for part in _parts(self._contract, self._schema) for name in part.get("properties", ())}
        return {name: self._below(lambda schema, name=name: _member_of(schema, name)) for name in names}  # type: ignore[misc]

    @cached_property
    def _others(self) -> "Reading | None":
        """How members without a schema of their own are read, None when it depends on their names."""
        if any("patternProperties" in part for part in _parts(self._contract, self._schema)):
            return None
        return self._below(_other_of)

    @cached_property
    def _prefixed(self) -> int:
        """How many items at the start have schemas of their own."""
        return max((len(part.get("prefixItems", ())) for part in _parts(self._contract, self._schema)), default=0)

    @cached_property
    def _is_constrained(self) -> bool:
        return any(part.keys() & _CONSTRAINTS for part in _parts(self._contract, self._schema))


def part_of(contract: Any, schema: Any, pick: Pick, seen: frozenset[str] = frozenset()) -> Any:
    """Return a schema with what ``schema`` and all it is made of say of one part of their instances."""
    if not isinstance(schema, dict):
        return True
    inside = _inside(schema, seen)

    def of(branches: Iterable[Any]) -> list[Any]:
        return [found for branch in branches if (found := part_of(contract, branch, pick, inside)) is not True]

    def any_of(branches: Iterable[Any]) -> list[Any]:
        return [{"anyOf": found}] if (found := of(branches)) else []

    own = pick(schema)
    said = [*([own] if isinstance(own, dict) and own else []), *of(_certain(contract, schema, seen))]
    said += [*any_of(schema.get("anyOf", ())), *any_of(schema.get("oneOf", ()))]
    said = said or any_of(_conditional(schema))
    return {"allOf": said} if len(said) > 1 else said[0] if said else True


def properties_of(contract: Any, schema: Any) -> Mapping[str, Any]:
    """Return the properties that ``schema`` names, those of its references, intersections and alternatives included."""
    names = dict.fromkeys(name for part in _parts(contract, schema) for name in part.get("properties", ()))
    return {name: part_of(contract, schema, lambda part, name=name: _member_of(part, name)) for name in names}  # type: ignore[misc]


def is_closed(contract: Any, schema: Any) -> bool:
    """Tell whether ``schema`` allows no properties but those that it names."""
    parts = [schema, *_certain(contract, schema, frozenset())] if isinstance(schema, dict) else []
    named = [part for part in parts if isinstance(part, dict) and not part.get("patternProperties")]
    return any(part.get("additionalProperties") is False for part in named)


# --- what a schema is made of -------------------------------------------------------------------------------------------


def _own_types(schema: Mapping[str, Any]) -> frozenset[str]:
    if "type" in schema:
        named = schema["type"]
        return frozenset([named] if isinstance(named, str) else named)
    if "const" in schema or "enum" in schema:
        return frozenset(type_of(value) for value in schema.get("enum", [schema.get("const")]))
    return _ALL


def _inside(schema: Mapping[str, Any], seen: frozenset[str]) -> frozenset[str]:
    """Return the references that have been followed to what ``schema`` is made of: a schema may be made of itself."""
    return seen | {schema["$ref"]} if "$ref" in schema else seen


def _certain(contract: Any, schema: Mapping[str, Any], seen: frozenset[str]) -> Iterator[Any]:
    """Yield what an instance must obey besides: the target of a reference, the parts of an intersection."""
    if isinstance(schema.get("$ref"), str) and schema["$ref"] not in seen:
        yield resolve(contract, unquote(schema["$ref"][1:]))
    yield from schema.get("allOf", ())


def _conditional(schema: Mapping[str, Any]) -> list[Any]:
    """Return what an instance must obey in some cases."""
    named = [schema[key] for key in ("then", "else") if key in schema and "if" in schema]
    return [*named, *schema.get("dependentSchemas", {}).values()]


def _parts(contract: Any, schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """Yield ``schema`` and all that is applied to its instances in some case."""
    if not isinstance(schema, dict):
        return
    yield schema
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for branch in (*_certain(contract, schema, seen), *alternatives, *_conditional(schema)):
        yield from _parts(contract, branch, _inside(schema, seen))


def _item_of(schema: Mapping[str, Any], index: int) -> Any:
    prefix = schema.get("prefixItems", ())
    if index < len(prefix):
        return prefix[index]
    return schema.get("items", schema.get("unevaluatedItems"))


def _member_of(schema: Mapping[str, Any], name: str) -> Any:
    if name in schema.get("properties", {}):
        return schema["properties"][name]
    found = [item for pattern, item in schema.get("patternProperties", {}).items() if matches(pattern, name)]
    return {"allOf": found} if found else _other_of(schema)


def _other_of(schema: Mapping[str, Any]) -> Any:
    return schema.get("additionalProperties", schema.get("unevaluatedProperties"))
