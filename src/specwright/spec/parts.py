"""What a schema says of its instances and their parts, whatever it is made of: references, intersections, alternatives."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from specwright.spec.pointer import has, mapping, resolve
from specwright.spec.schemas import matches
from specwright.spec.violations import type_of

ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
# Of a schema, what it says of one part of its instances; None when it says nothing.
Pick = Callable[[Mapping[str, Any]], Any]


def types_of(contract: Any, schema: Any) -> frozenset[str]:
    """Return the JSON types that ``schema``, which may be malformed, may accept."""
    return _types_of(contract, schema, {})


def _types_of(contract: Any, schema: Any, known: dict[int, frozenset[str]]) -> frozenset[str]:
    # Schemas are made of themselves and share what they are made of: each is asked once.
    if id(schema) not in known:
        known[id(schema)] = ALL
        known[id(schema)] = _asked_types(contract, schema, known) if isinstance(schema, dict) else ALL
    return known[id(schema)]


def _asked_types(contract: Any, schema: Mapping[str, Any], known: dict[int, frozenset[str]]) -> frozenset[str]:
    types = _own_types(schema)
    for branch in _certain(contract, schema, frozenset()):
        types &= _types_of(contract, branch, known)
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            types &= frozenset().union(*(_types_of(contract, branch, known) for branch in schema[union]))
    return types


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
    names = dict.fromkeys(name for part in parts_of(contract, schema) for name in part.get("properties", ()))
    return {name: part_of(contract, schema, lambda part, name=name: member_of(part, name)) for name in names}  # type: ignore[misc]


def is_closed(contract: Any, schema: Any) -> bool:
    """Tell whether ``schema`` allows no properties but those that it names."""
    parts = [schema, *_certain(contract, schema, frozenset())] if isinstance(schema, dict) else []
    named = [part for part in parts if isinstance(part, dict) and not part.get("patternProperties")]
    return any(part.get("additionalProperties") is False for part in named)


# --- what a schema is made of -------------------------------------------------------------------------------------------


def _own_types(schema: Mapping[str, Any]) -> frozenset[str]:
    if "type" in schema:
        named = schema["type"]
        return frozenset(map(str, named) if isinstance(named, list) else [str(named)])
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return frozenset(map(type_of, values)) if isinstance(values, list) else ALL


def _inside(schema: Mapping[str, Any], seen: frozenset[str]) -> frozenset[str]:
    """Return the references that have been followed to what ``schema`` is made of: a schema may be made of itself."""
    return seen | {schema["$ref"]} if "$ref" in schema else seen


def _certain(contract: Any, schema: Mapping[str, Any], seen: frozenset[str]) -> Iterator[Any]:
    """Yield what an instance must obey besides: the target of a reference, the parts of an intersection."""
    ref, branches = schema.get("$ref"), schema.get("allOf")
    if isinstance(ref, str) and ref not in seen and has(contract, unquote(ref[1:])):
        yield resolve(contract, unquote(ref[1:]))
    yield from branches if isinstance(branches, list) else ()


def _conditional(schema: Mapping[str, Any]) -> list[Any]:
    """Return what an instance must obey in some cases."""
    named = [schema[key] for key in ("then", "else") if key in schema and "if" in schema]
    return [*named, *mapping(schema, "dependentSchemas").values()]


def parts_of(contract: Any, schema: Any) -> Iterator[dict[str, Any]]:
    """Yield ``schema``, which may be malformed, and all that is applied to its instances in some case, each once."""
    seen: set[int] = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        unions = [branch for key in ("anyOf", "oneOf") if isinstance(part.get(key), list) for branch in part[key]]
        waiting += reversed([*_certain(contract, part, frozenset()), *unions, *_conditional(part)])


def item_of(schema: Mapping[str, Any], index: int) -> Any:
    """Return what ``schema`` itself says of the item at ``index``."""
    prefix = schema.get("prefixItems", ())
    if index < len(prefix):
        return prefix[index]
    return schema.get("items", schema.get("unevaluatedItems"))


def member_of(schema: Mapping[str, Any], name: str) -> Any:
    """Return what ``schema`` itself says of the member ``name``."""
    if name in schema.get("properties", {}):
        return schema["properties"][name]
    found = [item for pattern, item in schema.get("patternProperties", {}).items() if matches(pattern, name)]
    return {"allOf": found} if found else other_of(schema)


def other_of(schema: Mapping[str, Any]) -> Any:
    """Return what ``schema`` itself says of members that it does not name."""
    return schema.get("additionalProperties", schema.get("unevaluatedProperties"))
