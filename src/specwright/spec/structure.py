"""The shape of an OpenAPI document: which kind of object stands under which key.

One table serves every walk: resolving references, checking, upgrading, naming.
``x`` is one object of kind x, ``[x]`` a list of them, ``{x}`` a map of them.
Source: OpenAPI 3.0.4, 3.1.1, 3.2.0 section 4; JSON Schema for schemas, every draft since 04.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from specwright.spec.pointer import escape

# On a schema that we made to say in other keywords what one of the contract's means: the name of that one.
MEANS = "x-means"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
# Those of older drafts too, of which ``items`` may hold a list as well.
_MAPS_OF_SCHEMAS = ("properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions")
CHILDREN: dict[str, dict[str, str]] = {
    "openapi": {"paths": "{pathItem}", "webhooks": "{pathItem}", "components": "components"},
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "examples": "{example}",
        "requestBodies": "{requestBody}",
        "headers": "{header}",
        "securitySchemes": "{securityScheme}",
        "links": "{link}",
        "callbacks": "{callback}",
        "pathItems": "{pathItem}",
        "mediaTypes": "{mediaType}",
    },
    "pathItem": {
        **dict.fromkeys(METHODS, "operation"),
        "parameters": "[parameter]",
        "additionalOperations": "{operation}",
    },
    "operation": {
        "parameters": "[parameter]",
        "requestBody": "requestBody",
        "responses": "{response}",
        "callbacks": "{callback}",
    },
    "parameter": {"schema": "schema", "content": "{mediaType}", "examples": "{example}"},
    "header": {"schema": "schema", "content": "{mediaType}", "examples": "{example}"},
    "requestBody": {"content": "{mediaType}"},
    "response": {"headers": "{header}", "content": "{mediaType}", "links": "{link}"},
    "mediaType": {
        "schema": "schema",
        "itemSchema": "schema",
        "encoding": "{encoding}",
        "prefixEncoding": "[encoding]",
        "itemEncoding": "encoding",
        "examples": "{example}",
    },
    "encoding": {"headers": "{header}"},
    "schema": {
        **dict.fromkeys(_MAPS_OF_SCHEMAS, "{schema}"),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "[schema]"),
        **dict.fromkeys(
            (
                "items",
                "additionalItems",
                "additionalProperties",
                "unevaluatedItems",
                "unevaluatedProperties",
                "propertyNames",
                "contains",
                "contentSchema",
                "not",
                "if",
                "then",
                "else",
            ),
            "schema",
        ),
    },
}


# Kind -> key -> (what holds the objects: "{", "[" or nothing, their kind).
_SHAPES = {
    kind: {key: (shape[0], shape[1:-1]) if shape[0] in "{[" else ("", shape) for key, shape in table.items()}
    for kind, table in CHILDREN.items()
}
_RANKS = {kind: {key: rank for rank, key in enumerate(table)} for kind, table in CHILDREN.items()}


def children(kind: str, node: dict[str, Any]) -> Iterator[tuple[str, str | int | None, str, Any]]:
    """Yield (key, name or index below the key if there is one, kind, value) of every object directly below ``node``."""
    if kind == "callback":
        yield from ((key, None, "pathItem", item) for key, item in node.items() if not key.startswith("x-"))
    table = _SHAPES.get(kind, {})
    keys: Iterable[str] = table.keys() & node.keys()
    for key in sorted(keys, key=_RANKS[kind].__getitem__) if keys else ():
        holder, inner = table[key]
        value = node[key]
        if holder == "{" and isinstance(value, dict):
            for name, item in value.items():
                if not (name.startswith("x-") and inner in ("pathItem", "response")):
                    yield key, name, inner, item
        elif (holder == "[" or key == "items") and isinstance(value, list):
            yield from ((key, index, inner, item) for index, item in enumerate(value))
        elif not holder and value is not None:
            yield key, None, inner, value


def below(place: str, key: str, token: str | int | None) -> str:
    """Return the pointer of a child of the object at ``place``; see ``children``."""
    if token is None:
        return f"{place}/{escape(key)}"
    return f"{place}/{key}/{token if isinstance(token, int) else escape(token)}"


def objects(value: Any, kind: str = "openapi", pointer: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (pointer, kind, node) for ``value`` and every OpenAPI object below it, references unfollowed."""
    stack = [(pointer, kind, value)]
    while stack:
        place, sort, node = stack.pop()
        if isinstance(node, dict):
            yield place, sort, node
            found = [(below(place, key, token), child, item) for key, token, child, item in children(sort, node)]
            stack.extend(reversed(found))


def operations(value: Any) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield (pointer, path, method, operation) for every operation under ``paths``."""
    paths = value.get("paths") if isinstance(value, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if path.startswith("/") and isinstance(item, dict) and isinstance(item.get(method), dict):
                yield f"/paths/{escape(path)}/{method}", path, method, item[method]
