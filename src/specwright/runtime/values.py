"""Text from a request -> JSON values, by what the schema allows.

Serialised values have no types of their own: ``5`` is a number where the schema has numbers and a string elsewhere.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from specwright.spec.refs import deref
from specwright.spec.violations import type_of

_ALL = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
# The number grammar of JSON (RFC 8259 section 6); the bound keeps digits from becoming work.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

_CONSTRAINTS = frozenset({"format", "enum", "const", "pattern", "minLength"})


def types_of(contract: Any, schema: Any, depth: int = 0) -> frozenset[str]:
    """Return the JSON types that ``schema`` may accept."""
    schema = deref(contract, schema)
    if not isinstance(schema, dict) or depth > 40:
        return _ALL
    if "type" in schema:
        named = schema["type"]
        types = frozenset([named] if isinstance(named, str) else named)
    elif "const" in schema or "enum" in schema:
        types = frozenset(type_of(value) for value in schema.get("enum", [schema.get("const")]))
    else:
        types = _ALL
    for branch in schema.get("allOf", ()):
        types &= types_of(contract, branch, depth + 1)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            types &= frozenset().union(*(types_of(contract, branch, depth + 1) for branch in schema[union]))
    return types


def scalar(text: str, types: frozenset[str]) -> Any:
    """Return ``text`` as a value of one of ``types``, as itself when it is none."""
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text) and isfinite(float(text)):
        return float(text)
    if "null" in types and text == "null" and "string" not in types:
        return None
    return text


def typed(contract: Any, schema: Any, raw: Any) -> Any:
    """Return ``raw`` (text, lists and maps of it) with every text as the value that ``schema`` means."""
    schema = deref(contract, schema)
    types = types_of(contract, schema)
    if isinstance(raw, str):
        if raw == "null" and "null" in types and isinstance(schema, dict) and schema.keys() & _CONSTRAINTS:
            return None  # as a string it would break the constraint
        if "array" in types and "string" not in types:
            return [typed(contract, _items(contract, schema), raw)]
        return scalar(raw, types) if types != _ALL else raw
    if isinstance(raw, list):
        if "array" not in types and len(raw) == 1:
            return typed(contract, schema, raw[0])
        return [typed(contract, _items(contract, schema), item) for item in raw]
    if "array" in types and "object" not in types and all(key.isdigit() or not key for key in raw):
        return [typed(contract, _items(contract, schema), item) for item in raw.values()]
    members = properties_of(contract, schema)
    extra = schema.get("additionalProperties", True) if isinstance(schema, dict) else True
    return {key: typed(contract, members.get(key, extra), value) for key, value in raw.items()}


def properties_of(contract: Any, schema: Any, depth: int = 0) -> Mapping[str, Any]:
    """Return the properties that ``schema`` names, those of its references, intersections and alternatives included."""
    schema = deref(contract, schema)
    if not isinstance(schema, dict) or depth > 40:
        return {}
    found: dict[str, Any] = {}
    for key in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(key, ()):
            for name, item in properties_of(contract, branch, depth + 1).items():
                known = found.get(name, item)
                found[name] = item if known == item else {"anyOf": [known, item]}
    return {**found, **schema.get("properties", {})}


def _items(contract: Any, schema: Any) -> Any:
    if not isinstance(schema, dict):
        return True
    for branch in (schema, *(deref(contract, b) for key in ("allOf", "anyOf", "oneOf") for b in schema.get(key, ()))):
        if isinstance(branch, dict) and "items" in branch:
            return branch["items"]
    return True
