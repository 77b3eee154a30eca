"""What an object schema says once its references, intersections and alternatives are taken together."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from specwright.spec.pointer import escape, resolve
from specwright.spec.refs import deref

_UNIONS = ("anyOf", "oneOf")
_TEXTS = {"title", "description", "default", "deprecated", "examples", "readOnly", "writeOnly", "x-provenance"}
# More references in a row than any contract has; a hostile one does not exhaust the stack.
_DEEP = 100


def simplified(schema: Any) -> Any:
    """Return ``schema`` without an intersection of one reference: ``allOf: [$ref]`` is that reference, described anew."""
    if not isinstance(schema, dict) or len(schema.get("allOf", ())) != 1 or schema.keys() - _TEXTS - {"allOf"}:
        return schema
    only = schema["allOf"][0]
    if not isinstance(only, dict) or "$ref" not in only:
        return schema
    return {**only, **{key: value for key, value in schema.items() if key != "allOf"}}


def types(schema: dict[str, Any]) -> list[str | None]:
    """Return the JSON types that ``schema`` names, None when it names none."""
    named = schema.get("type")
    return named if isinstance(named, list) else [named]


def is_class(contract: Any, pointer: str, schema: Any) -> bool:
    """Tell whether ``schema`` is an object (or null) whose members have names: what a class can be.

    A schema with properties and without a type is taken for an object, as its author means it.
    """
    if not isinstance(schema, dict) or "$ref" in schema or set(types(schema)) - {"object", "null", None}:
        return False
    if schema.get("properties"):
        return True
    return "allOf" in schema and any(True for _ in properties(contract, pointer, schema))


def properties(contract: Any, pointer: str, schema: Any) -> Iterator[tuple[str, str]]:
    """Yield (name, pointer) of every property of ``schema`` and its parts, the most specific last."""
    yield from _properties(contract, pointer, schema, (pointer,), set())


def _properties(
    contract: Any, pointer: str, schema: Any, path: tuple[str, ...], seen: set[str]
) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, dict) or len(path) > _DEEP:
        return
    if "$ref" in schema:
        target = unquote(schema["$ref"][1:])
        if target not in seen and target not in path:
            seen.add(target)
            yield from _properties(contract, target, resolve(contract, target), (*path, target), seen)
    for keyword in (*_UNIONS, "allOf"):
        branches = schema.get(keyword, ())
        # A union that has come full circle lists the kinds of the object that we stand in: it is one of them.
        if keyword != "allOf" and any(_target(branch) in path for branch in branches):
            continue
        for index, branch in enumerate(branches):
            yield from _properties(contract, f"{pointer}/{keyword}/{index}", branch, path, seen)
    for name in schema.get("properties", {}):
        yield name, f"{pointer}/properties/{escape(name)}"


def members(contract: Any, pointer: str, schema: Any) -> dict[str, list[str]]:
    """Return the pointers of every schema that each property of ``schema`` and its parts has."""
    found: dict[str, list[str]] = {}
    for name, place in properties(contract, pointer, schema):
        places = found.setdefault(name, [])
        if place not in places:
            places.append(place)
    return found


def parts(contract: Any, schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """Yield ``schema`` and every schema that an instance must obey as well: references and intersections."""
    if not isinstance(schema, dict) or len(seen) > _DEEP:
        return
    yield schema
    for branch in (schema, *schema.get("allOf", ())):
        target = _target(branch)
        if target is not None and target not in seen:
            yield from parts(contract, resolve(contract, target), seen | {target})
        if branch is not schema and target is None:
            yield from parts(contract, branch, seen)


def required(contract: Any, schema: Any) -> frozenset[str]:
    """Return the names that ``schema`` requires in every case."""
    return frozenset(name for part in parts(contract, schema) for name in part.get("required", ()))


def accepts_null(contract: Any, schema: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether null may be an instance of ``schema``; in doubt it may."""
    if not isinstance(schema, dict):
        return bool(schema)
    if "type" in schema and "null" not in types(schema):
        return False
    if None not in schema.get("enum", [schema.get("const")]):
        return False
    target = _target(schema)
    if target is not None and target not in seen:
        return accepts_null(contract, resolve(contract, target), seen | {target})
    if schema.get("properties") and "type" not in schema:
        return False
    parted = (
        all(accepts_null(contract, branch, seen) for branch in schema.get("allOf", ())),
        *(any(accepts_null(contract, b, seen) for b in schema[union]) for union in _UNIONS if union in schema),
    )
    return all(parted)


def flagged(contract: Any, schema: Any, flag: str) -> bool:
    """Tell whether ``schema`` or what it refers to says ``flag`` (readOnly, writeOnly, deprecated)."""
    return any(part.get(flag) is True for part in (schema, deref(contract, schema)) if isinstance(part, dict))


def _target(schema: Any) -> str | None:
    return unquote(schema["$ref"][1:]) if isinstance(schema, dict) and "$ref" in schema else None
