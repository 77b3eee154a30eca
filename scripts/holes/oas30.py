"""A 3.1 contract in OpenAPI 3.0, as far as 3.0 can say it; what it cannot say is left out."""

from typing import Any

from specwright.spec.structure import children

# What JSON Schema 2020-12 has and the schema of OpenAPI 3.0.3, section 4.7.24, has not.
_UNKNOWN = frozenset(
    {
        *("$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$schema", "const", "examples"),
        *("contains", "minContains", "maxContains", "prefixItems", "unevaluatedItems", "unevaluatedProperties"),
        *("if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties", "propertyNames"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    }
)
_NULL = "null"


def in_30(contract: Any) -> Any:
    """Return ``contract``, bundled OpenAPI 3.1, in 3.0.3."""
    return {**_object("openapi", contract), "openapi": "3.0.3"}


def _object(kind: str, node: Any) -> Any:
    if kind == "schema":
        return _schema(node)
    if not isinstance(node, dict):
        return node
    copy: dict[str, Any] = {key: value for key, value in node.items() if kind == "example" or key != "examples"}
    for key, token, child, value in children(kind, node):
        said = _object(child, value)
        if token is None:
            copy[key] = said
        elif isinstance(token, int):
            copy[key] = [*copy[key][:token], said, *copy[key][token + 1 :]]
        else:
            copy[key] = {**copy[key], token: said}
    return copy


def _schema(node: Any) -> Any:
    if isinstance(node, bool):
        return {} if node else {"not": {}}
    if "$ref" in node:  # beside which 3.0 reads nothing
        return {"$ref": node["$ref"]} if node["$ref"].startswith("#/") and "/$defs/" not in node["$ref"] else {}
    copy = _object("", {key: value for key, value in node.items() if key not in _UNKNOWN})
    for key, token, _, value in children("schema", copy):
        said = _schema(value)
        if token is None:
            copy[key] = said
        elif isinstance(token, int):
            copy[key] = [*copy[key][:token], said, *copy[key][token + 1 :]]
        else:
            copy[key] = {**copy[key], token: said}
    return _bounded(_typed(copy, node))


def _typed(copy: dict[str, Any], node: Any) -> dict[str, Any]:
    """Say types, null and constants as 3.0 does."""
    types = [node["type"]] if isinstance(node.get("type"), str) else list(node.get("type", ()))
    values = [node["const"]] if "const" in node else node.get("enum", [])
    copy.pop("type", None)
    kinds = [kind for kind in types if kind != _NULL]
    if len(kinds) == 1:
        copy["type"] = kinds[0]
    elif kinds:
        copy["anyOf"] = [{"type": kind} for kind in kinds]
    if values:
        copy["enum"] = values
    if _NULL in types and len(kinds) == 1:
        copy["nullable"] = True
    if copy.get("type") == "array":
        copy.setdefault("items", {})
    return copy


def _bounded(copy: dict[str, Any]) -> dict[str, Any]:
    """Say exclusive bounds as 3.0 does: a bound, and that it is exclusive."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if exclusive in copy:
            copy |= {bound: copy[exclusive], exclusive: True}
    return copy
