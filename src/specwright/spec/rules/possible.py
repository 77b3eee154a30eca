"""Rules of schemas that nothing can obey, and of values that can never be.

Only what is plain is told: what a schema says by itself, and what the parts of an intersection say against each other.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeGuard
from urllib.parse import unquote

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.parts import ALL
from specwright.spec.pointer import has, mapping, resolve
from specwright.spec.schemas import BadSchema, Schemas
from specwright.spec.violations import type_of

_PAIRS = (
    ("minLength", "maxLength", "text"),
    ("minItems", "maxItems", "array"),
    ("minProperties", "maxProperties", "object"),
    ("minimum", "maximum", "number"),
    ("exclusiveMinimum", "exclusiveMaximum", "number"),
    ("exclusiveMinimum", "maximum", "number"),
    ("minimum", "exclusiveMaximum", "number"),
)
_LIMITS = frozenset(key for least, most, _ in _PAIRS for key in (least, most))
_TELLING = _LIMITS | {"type", "enum", "const"}
# No intersection that people write has more parts; of one that has, so many are compared.
_MOST_PARTS = 30
# What a listed value can break besides its type.
_OF_VALUES = _LIMITS | {"pattern", "multipleOf", "format"}


def limits_leave_room(document: Document) -> Iterator[Problem]:
    """No lower limit of a schema is above its upper one."""
    for pointer, node in _schemas(document, _LIMITS):
        for least, most, what in _PAIRS:
            low, high = node.get(least), node.get(most)
            if _is_number(low) and _is_number(high) and _is_crossed(least, most, low, high):
                message = f"no {what} has {least} {low} and {most} {high}: correct one of them"
                yield document.problem(f"{pointer}/{least}", message, "schema-impossible")


def contains_leaves_room(document: Document) -> Iterator[Problem]:
    """No schema asks for more matching items than it allows: only what is no array obeys it, which may be meant."""
    for pointer, node in _schemas(document, frozenset({"minContains"})):
        low, high = node["minContains"], node.get("maxContains")
        if _is_number(low) and _is_number(high) and low > high:
            message = f"no array has minContains {low} and maxContains {high}: correct one of them"
            yield document.advice(f"{pointer}/minContains", message, "schema-contains")


def intersections_have_room(document: Document) -> Iterator[Problem]:
    """The parts of an intersection have a type, room between their limits and a listed value in common."""
    for pointer, node in _schemas(document, frozenset({"allOf"})):
        parts = _parts(document.value, node)
        for message in (*_types_apart(parts), *_limits_apart(parts), *_values_apart(parts)):
            yield document.advice(
                f"{pointer}/allOf", f"{message}: nothing obeys all parts of allOf", "schema-intersection"
            )
            break  # one reason is enough: the others often follow from it


def _types_apart(parts: list[dict[str, Any]]) -> Iterator[str]:
    known = [(part, types) for part in parts if (types := _types(part))]
    for index, (part, types) in enumerate(known):
        yield from (
            f"no value is both {_said(other)} and {_said(part)}"
            for other, others in known[:index]
            if not types & others
        )


def _limits_apart(parts: list[dict[str, Any]]) -> Iterator[str]:
    for least, most, what in _PAIRS:
        lows = [part[least] for part in parts if _is_number(part.get(least))]
        highs = [part[most] for part in parts if _is_number(part.get(most))]
        if lows and highs and _is_crossed(least, most, max(lows), min(highs)):
            yield f"no {what} has {least} {max(lows)} and {most} {min(highs)}"


def _values_apart(parts: list[dict[str, Any]]) -> Iterator[str]:
    lists = [part["enum"] for part in parts if isinstance(part.get("enum"), list)]
    lists += [[part["const"]] for part in parts if "const" in part]
    if lists and not any(all(value in others for others in lists[1:]) for value in lists[0]):
        yield "no value is listed by every enum and const"


def required_members_are_possible(document: Document) -> Iterator[Problem]:
    """Nothing that an object requires is forbidden."""
    for pointer, node in _schemas(document, frozenset({"required"})):
        names = node["required"] if isinstance(node["required"], list) else []
        most = node.get("maxProperties")
        if isinstance(most, int) and len({name for name in names if isinstance(name, str)}) > most:
            message = f"{len(names)} properties are required and maxProperties allows {most}: correct one"
            yield document.problem(f"{pointer}/maxProperties", message, "schema-impossible")
        for index, name in enumerate(names):
            if isinstance(name, str) and _is_forbidden(node, name):
                message = f"{name!r} is required and forbidden at once: no object can have it and obey its schema"
                yield document.problem(f"{pointer}/required/{index}", message, "schema-impossible")


def listed_values_are_possible(document: Document) -> Iterator[Problem]:
    """Every value of an enum, and a const, obeys the rest of its schema; one of them at least must."""
    for pointer, node in _schemas(document, frozenset({"enum", "const"})):
        if isinstance(node.get("enum"), list) and node["enum"]:
            outside = [
                index for index, value in enumerate(node["enum"]) if not _is_possible(document.schemas, node, value)
            ]
            if len(outside) == len(node["enum"]):
                message = f"no value of the enum is {_rest(node)}: correct the values or the rest of the schema"
                yield document.problem(f"{pointer}/enum", message, "schema-impossible")
            else:
                for index in outside:
                    message = (
                        f"{_short(node['enum'][index])} can never be: it is not {_rest(node)}; remove or correct it"
                    )
                    yield document.advice(f"{pointer}/enum/{index}", message, "enum-value")
        if "const" in node and not _is_possible(document.schemas, node, node["const"]):
            message = f"the const {_short(node['const'])} is not {_rest(node)}: correct it or the rest of the schema"
            yield document.problem(f"{pointer}/const", message, "schema-impossible")
        elif "const" in node and isinstance(node.get("enum"), list) and node["const"] not in node["enum"]:
            message = f"the const {_short(node['const'])} is none of the enum: add it there, or remove one of the two"
            yield document.problem(f"{pointer}/const", message, "schema-impossible")


def _schemas(document: Document, keywords: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for pointer, kind, node in document.objects:
        if kind == "schema" and not keywords.isdisjoint(node):
            yield pointer, node


def _parts(value: Any, node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all that the instances of ``node`` must obey and that says something of their types, limits or values."""
    found: dict[int, dict[str, Any]] = {}
    waiting: list[Any] = [node]
    while waiting and len(found) < _MOST_PARTS:
        part = waiting.pop()
        if isinstance(part, dict) and id(part) not in found:
            found[id(part)] = part
            target = unquote(part["$ref"][1:]) if isinstance(part.get("$ref"), str) else None
            waiting += [resolve(value, target)] if target is not None and has(value, target) else []
            waiting += part["allOf"] if isinstance(part.get("allOf"), list) else []
    return [part for part in found.values() if not _TELLING.isdisjoint(part)]


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_crossed(least: str, most: str, low: float, high: float) -> bool:
    return low >= high if "exclusive" in least or "exclusive" in most else low > high


def _types(node: dict[str, Any]) -> frozenset[str]:
    """Return the types that ``node`` itself allows; of a malformed one none."""
    if "type" in node:
        named = node["type"] if isinstance(node["type"], list) else [node["type"]]
        types = frozenset(name for name in named if isinstance(name, str)) & ALL
        return types | {"integer"} if "number" in types else types
    values = node["enum"] if isinstance(node.get("enum"), list) else [node["const"]] if "const" in node else []
    types = frozenset(map(type_of, values))
    return types | {"integer", "number"} if types & {"integer", "number"} else types


def _said(node: dict[str, Any]) -> str:
    types = _types(node)
    names = sorted(types - {"integer"} if {"integer", "number"} <= types else types)
    return " or ".join(names)


def _is_forbidden(node: dict[str, Any], name: str) -> bool:
    return name in mapping(node, "properties") and node["properties"][name] in (False, {"not": {}}, {"not": True})


def _is_possible(compiler: Schemas, node: dict[str, Any], value: Any) -> bool:
    """Tell whether ``value`` obeys ``node`` but for its enum and const."""
    if "type" in node and (types := _types(node)) and type_of(value) not in types:
        return isinstance(value, float) and value.is_integer() and "integer" in types
    rest = {key: node[key] for key in _OF_VALUES & node.keys()}
    try:
        return not rest or compiler.compile_schema(rest).is_valid(value)
    except BadSchema:
        return True  # schemas_are_schemas tells


def _rest(node: dict[str, Any]) -> str:
    named = [_said(node)] if "type" in node else []
    return " with ".join(
        [*named, ", ".join(f"{key} {node[key]}" for key in sorted(_OF_VALUES & node.keys()))]
    ).removesuffix(" with ")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
