"""Say an OpenAPI 3.0 document in 3.1, the native language of every later stage.

Source: OpenAPI 3.0.4 section 4.7.24 (Schema Object) against 3.1.1 section 4.8.24.
"""

from typing import Any

from specwright.spec.structure import children

_LIMITS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def upgrade(value: Any) -> Any:
    """Return ``value`` in OpenAPI 3.1; the value itself when it is no 3.0 document."""
    if not str(value.get("openapi", "")).startswith("3.0"):
        return value
    return {**_upgraded("openapi", value), "openapi": "3.1.0"}


def _upgraded(kind: str, node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        # 3.0: "This object cannot be extended with additional properties, and any properties added SHALL be ignored."
        return {"$ref": node["$ref"]}
    copy = dict(node)
    for key, token, child, item in children(kind, node):
        if token is None:
            copy[key] = _upgraded(child, item)
        else:
            copy[key] = copy[key].copy() if copy[key] is node[key] else copy[key]
            copy[key][token] = _upgraded(child, item)
    if kind == "requestBody" and isinstance(copy.get("content"), dict):
        copy["content"] = {name: _media(name, media) for name, media in copy["content"].items()}
    return _schema(copy) if kind == "schema" else copy


def _media(name: str, media: Any) -> Any:
    """Of multipart parts 3.0 says: ``style``, ``explode`` and ``allowReserved`` SHALL be ignored; 3.1 heeds them."""
    encoding = media.get("encoding") if isinstance(media, dict) else None
    if not name.lower().startswith("multipart/") or not isinstance(encoding, dict):
        return media
    kept = {
        field: {key: value for key, value in item.items() if key not in ("style", "explode", "allowReserved")}
        for field, item in encoding.items()
        if isinstance(item, dict)
    }
    return {**media, "encoding": kept}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    for exclusive, limit in _LIMITS:
        if schema.get(exclusive) is True and limit in schema:
            schema[exclusive] = schema.pop(limit)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]
    if "example" in schema:
        schema.setdefault("examples", [schema.pop("example")])
    if schema.get("format") == "byte":
        schema["contentEncoding"] = "base64"
    return _nullable(schema) if schema.pop("nullable", False) is True else schema


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            schema[union] = [*schema[union], {"type": "null"}]
    if "allOf" in schema:
        # An intersection has no place for null: the union goes around it.
        texts = [key for key in ("title", "description", "default", "examples") if key in schema]
        outer: dict[str, Any] = {key: schema.pop(key) for key in texts}
        return {
            **outer,
            "anyOf": [schema | {"type": _without_null(schema)} if "type" in schema else schema, {"type": "null"}],
        }
    return schema


def _without_null(schema: dict[str, Any]) -> Any:
    types = schema["type"]
    return [name for name in types if name != "null"] if isinstance(types, list) else types
