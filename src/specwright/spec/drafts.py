"""One schema of another dialect -> the same in JSON Schema 2020-12.

Sources: OpenAPI 3.0.4 section 4.7.24 (Schema Object) against 3.1.1 section 4.8.24; the release notes of JSON Schema.
"""

from collections.abc import Callable
from typing import Any

from specwright.spec.dialects import Dialect

# Keyword before -> keyword, or the way down to it, after.
Moves = tuple[tuple[str, str], ...]

_LIMITS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))
_TEXTS = ("title", "description", "default", "examples")


def modernize(schema: dict[str, Any], dialect: Dialect) -> Moves:
    """Change ``schema``, which is in ``dialect`` but for the schemas below it, into 2020-12; tell what went where."""
    steps = _STEPS.get(dialect, {})
    if steps.keys().isdisjoint(schema):
        return ()
    wanted = dict.fromkeys(step for keyword, step in steps.items() if keyword in schema)
    return tuple(move for step in wanted for move in step(schema))


def _limits(schema: dict[str, Any]) -> Moves:
    for exclusive, limit in _LIMITS:
        if schema.get(exclusive) is True and limit in schema:
            schema[exclusive] = schema.pop(limit)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]
    return ()


def _items(schema: dict[str, Any]) -> Moves:
    """A list of ``items`` is ``prefixItems``; what follows it was ``additionalItems``, which says nothing without."""
    if not isinstance(schema.get("items"), list):
        schema.pop("additionalItems", None)
        return ()
    prefix = schema.pop("items")
    if prefix:
        schema["prefixItems"] = prefix
    if "additionalItems" in schema:
        schema["items"] = schema.pop("additionalItems")
    return (("items", "prefixItems"), ("additionalItems", "items"))


def _dependencies(schema: dict[str, Any]) -> Moves:
    if not isinstance(schema.get("dependencies"), dict):
        return ()
    dependencies = schema.pop("dependencies")
    names = {name: value for name, value in dependencies.items() if isinstance(value, list)}
    schemas = {name: value for name, value in dependencies.items() if name not in names}
    found = {"dependentRequired": names, "dependentSchemas": schemas}
    schema.update({keyword: members for keyword, members in found.items() if members})
    return tuple(("dependencies", keyword) for keyword in found)


def _contains(schema: dict[str, Any]) -> Moves:
    """What ``contains`` matches is evaluated since 2020-12; nothing is below ``not``."""
    if "unevaluatedItems" not in schema or not isinstance(schema.get("allOf", []), list):
        return ()
    moved = {key: schema.pop(key) for key in ("contains", "minContains", "maxContains") if key in schema}
    schema["allOf"] = [*schema.get("allOf", ()), {"not": {"not": moved}}]
    return tuple((key, f"allOf/{len(schema['allOf']) - 1}/not/not/{key}") for key in moved)


def _example(schema: dict[str, Any]) -> Moves:
    schema.setdefault("examples", [schema.pop("example")])
    return ()


def _format(schema: dict[str, Any]) -> Moves:
    if schema["format"] == "byte":
        schema["contentEncoding"] = "base64"
    return ()


def _nullable(schema: dict[str, Any]) -> Moves:
    if schema.pop("nullable", False) is not True:
        return ()
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            schema[union] = [*schema[union], {"type": "null"}]
    return _around(schema) if "allOf" in schema else ()


def _around(schema: dict[str, Any]) -> Moves:
    """An intersection has no place for null: the union goes around it."""
    inner = {key: schema.pop(key) for key in list(schema) if key not in _TEXTS}
    if isinstance(inner.get("type"), list):
        inner["type"] = [name for name in inner["type"] if name != "null"]
    schema["anyOf"] = [inner, {"type": "null"}]
    return tuple((key, f"anyOf/0/{key}") for key in inner)


_OF_LIMITS = dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _limits)
_OF_ARRAYS = dict.fromkeys(("items", "additionalItems"), _items)
# Dialect -> keyword -> what changes a schema that has it.
_STEPS: dict[Dialect, dict[str, Callable[[dict[str, Any]], Moves]]] = {
    Dialect.OPENAPI_3_0: {**_OF_LIMITS, "example": _example, "format": _format, "nullable": _nullable},
    Dialect.DRAFT_04: {**_OF_LIMITS, **_OF_ARRAYS, "dependencies": _dependencies},
    Dialect.DRAFT_06: {**_OF_ARRAYS, "dependencies": _dependencies},
    Dialect.DRAFT_07: {**_OF_ARRAYS, "dependencies": _dependencies},
    Dialect.DRAFT_2019_09: {**_OF_ARRAYS, "contains": _contains},
}
