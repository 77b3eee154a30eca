"""Which JSON types a schema may accept."""

from typing import Any

from specwright.spec.refs import deref
from specwright.spec.violations import type_of

ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def types_of(contract: Any, schema: Any) -> frozenset[str]:
    """Return the JSON types that ``schema``, which may be malformed, may accept."""
    return _types_of(contract, schema, {})


def _types_of(contract: Any, schema: Any, known: dict[int, frozenset[str]]) -> frozenset[str]:
    # Schemas lead back to themselves and share what is below them: each is asked once.
    if id(schema) not in known:
        known[id(schema)] = ALL
        known[id(schema)] = _asked(contract, deref(contract, schema), known)
    return known[id(schema)]


def _asked(contract: Any, schema: Any, known: dict[int, frozenset[str]]) -> frozenset[str]:
    if not isinstance(schema, dict):
        return ALL
    types = _own(schema)
    for branch in _listed(schema, "allOf"):
        types &= _types_of(contract, branch, known)
    for union in ("anyOf", "oneOf"):
        branches = _listed(schema, union)
        if branches:
            types &= frozenset().union(*(_types_of(contract, branch, known) for branch in branches))
    return types


def _own(schema: dict[str, Any]) -> frozenset[str]:
    if "type" in schema:
        named = schema["type"]
        return frozenset([named] if isinstance(named, str) else map(str, _listed(schema, "type")))
    if "const" in schema or "enum" in schema:
        values = _listed(schema, "enum") if "enum" in schema else [schema["const"]]
        return frozenset(type_of(value) for value in values)
    return ALL


def _listed(schema: dict[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []
