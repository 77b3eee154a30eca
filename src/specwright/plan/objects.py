"""What an object schema says once its references, intersections and alternatives are taken together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from specwright.spec.pointer import deref, escape, resolve

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


def properties(contract: Any, pointer: str, schema: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, pointer, whether it holds in every case) of every property of ``schema`` and its parts.

    The most specific comes last.
    """
    yield from _Walk(contract).properties(pointer, schema, (pointer,), is_certain=True)


class _Walk:
    """Goes through an object schema and its parts, every referenced one once."""

    def __init__(self, contract: Any) -> None:
        self._contract = contract
        self._seen: set[str] = set()

    def properties(
        self, pointer: str, schema: Any, path: tuple[str, ...], *, is_certain: bool
    ) -> Iterator[tuple[str, str, bool]]:
        if not isinstance(schema, dict) or len(path) > _DEEP:
            return
        target = _target(schema)
        if target is not None and target not in self._seen and target not in path:
            self._seen.add(target)
            node = resolve(self._contract, target)
            yield from self.properties(target, node, (*path, target), is_certain=is_certain)
        for keyword in (*_UNIONS, "allOf"):
            branches = schema.get(keyword, ())
            # A union that has come full circle lists the kinds of the object that we stand in: it is one of them.
            if keyword != "allOf" and any(_target(branch) in path for branch in branches):
                continue
            for index, branch in enumerate(branches):
                holds = is_certain and keyword == "allOf"
                yield from self.properties(f"{pointer}/{keyword}/{index}", branch, path, is_certain=holds)
        for name in schema.get("properties", {}):
            yield name, f"{pointer}/properties/{escape(name)}", is_certain


@dataclass(frozen=True)
class Member:
    """One property of an object: where schemas for it stand, and which of them it obeys in every case."""

    places: list[str] = field(default_factory=list)
    certain: list[str] = field(default_factory=list)


def members(contract: Any, pointer: str, schema: Any) -> dict[str, Member]:
    """Return every property of ``schema`` and its parts."""
    found: dict[str, Member] = {}
    for name, place, is_certain in properties(contract, pointer, schema):
        member = found.setdefault(name, Member())
        for places in (member.places, member.certain) if is_certain else (member.places,):
            if place not in places:
                places.append(place)
    return found


def says(contract: Any, schema: Any, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether ``schema`` has something to say of the property ``name`` whichever alternative holds."""
    if not isinstance(schema, dict) or len(seen) > _DEEP:
        return schema is False
    closed = schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
    if closed or name in schema.get("properties", {}):
        return True
    target = _target(schema)
    if target is not None and target not in seen and says(contract, resolve(contract, target), name, seen | {target}):
        return True
    if any(says(contract, branch, name, seen) for branch in schema.get("allOf", ())):
        return True
    return any(all(says(contract, b, name, seen) for b in schema[union]) for union in _UNIONS if schema.get(union))


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
