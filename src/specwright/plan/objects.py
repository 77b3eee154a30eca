"""What an object schema says once its intersections are taken together."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from specwright.spec.document import escape
from specwright.spec.refs import resolve

_UNIONS = ("anyOf", "oneOf")
_TEXTS = {"title", "description", "default", "deprecated", "examples", "readOnly", "writeOnly", "x-provenance"}
_DEEP = 40


def simplified(schema: Any) -> Any:
    """Return ``schema`` without an intersection of one reference: ``allOf: [$ref]`` is that reference, described anew."""
    if not isinstance(schema, dict) or len(schema.get("allOf", ())) != 1 or schema.keys() - _TEXTS - {"allOf"}:
        return schema
    only = schema["allOf"][0]
    if not isinstance(only, dict) or "$ref" not in only:
        return schema
    return {**only, **{key: value for key, value in schema.items() if key != "allOf"}}


def is_mixed(schema: dict[str, Any]) -> bool:
    """Tell whether ``schema`` allows objects and something else in one breath: no class can be both."""
    types = schema.get("type")
    return isinstance(types, list) and "object" in types and bool(set(types) - {"object", "null"})


def is_flat(contract: Any, pointer: str, schema: dict[str, Any]) -> bool:
    """Tell whether ``schema`` can only be one class of its own, not a subclass or a union of others.

    So it is when a property means different things in the parts of an intersection, and when an object with properties
    has alternatives on top: those the runtime enforces, the class has the properties of all of them.
    """
    if schema.get("properties") and schema.keys() & set(_UNIONS):
        return True
    if "allOf" not in schema:
        return False
    seen: dict[str, Any] = {}
    for name, place in properties(contract, pointer, schema):
        node = resolve(contract, place)
        if seen.setdefault(name, node) != node:
            return True
    return any(_has_union(contract, branch) for branch in schema["allOf"]) and bool(seen)


def properties(contract: Any, pointer: str, schema: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield (name, pointer) of every property of ``schema`` and its parts, the most specific last."""
    if not isinstance(schema, dict) or depth > _DEEP:
        return
    if "$ref" in schema:
        target = unquote(schema["$ref"][1:])
        yield from properties(contract, target, resolve(contract, target), depth + 1)
    for keyword in (*_UNIONS, "allOf"):
        for index, branch in enumerate(schema.get(keyword, ())):
            yield from properties(contract, f"{pointer}/{keyword}/{index}", branch, depth + 1)
    for name in schema.get("properties", {}):
        yield name, f"{pointer}/properties/{escape(name)}"


def required(contract: Any, schema: Any, depth: int = 0) -> Iterator[str]:
    """Yield the names that ``schema`` requires in every case."""
    if not isinstance(schema, dict) or depth > _DEEP:
        return
    if "$ref" in schema:
        yield from required(contract, resolve(contract, unquote(schema["$ref"][1:])), depth + 1)
    for branch in schema.get("allOf", ()):
        yield from required(contract, branch, depth + 1)
    yield from schema.get("required", ())


def _has_union(contract: Any, schema: Any, depth: int = 0) -> bool:
    if not isinstance(schema, dict) or depth > _DEEP:
        return False
    if "$ref" in schema and _has_union(contract, resolve(contract, unquote(schema["$ref"][1:])), depth + 1):
        return True
    parts = schema.get("allOf", ())
    return bool(schema.keys() & set(_UNIONS)) or any(_has_union(contract, part, depth + 1) for part in parts)
