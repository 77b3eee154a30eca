"""Which JSON types a schema may accept."""

from typing import Any

from specwright.spec.refs import deref
from specwright.spec.violations import type_of

ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def types_of(contract: Any, schema: Any, depth: int = 0) -> frozenset[str]:
    """Return the JSON types that ``schema`` may accept."""
    schema = deref(contract, schema)
    if not isinstance(schema, dict) or depth > 40:
        return ALL
    if "type" in schema:
        named = schema["type"]
        types = frozenset([named] if isinstance(named, str) else named)
    elif "const" in schema or "enum" in schema:
        types = frozenset(type_of(value) for value in schema.get("enum", [schema.get("const")]))
    else:
        types = ALL
    for branch in schema.get("allOf", ()):
        types &= types_of(contract, branch, depth + 1)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            types &= frozenset().union(*(types_of(contract, branch, depth + 1) for branch in schema[union]))
    return types
