"""The shape of an OpenAPI document: which kind of object stands under which key.

One table serves every walk: resolving references, checking, upgrading, naming.
``x`` is one object of kind x, ``[x]`` a list of them, ``{x}`` a map of them.
Source: OpenAPI 3.0.4, 3.1.1, 3.2.0 section 4; JSON Schema 2020-12 core section 10 for schemas.
"""

from collections.abc import Iterator
from typing import Any

from specwright.spec.document import METHODS, escape

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
        **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"), "{schema}"),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "[schema]"),
        **dict.fromkeys(
            (
                "items",
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


def children(kind: str, node: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (relative pointer, kind, value) of every object directly below ``node``."""
    if kind == "callback":
        yield from ((f"/{escape(key)}", "pathItem", item) for key, item in node.items() if not key.startswith("x-"))
    for key, shape in CHILDREN.get(kind, {}).items():
        value = node.get(key)
        if shape[0] == "{" and isinstance(value, dict):
            for name, item in value.items():
                if not (name.startswith("x-") and shape in ("{pathItem}", "{response}")):
                    yield f"/{key}/{escape(name)}", shape[1:-1], item
        elif shape[0] == "[" and isinstance(value, list):
            yield from ((f"/{key}/{index}", shape[1:-1], item) for index, item in enumerate(value))
        elif shape[0] not in "{[" and value is not None:
            yield f"/{key}", shape, value


def objects(value: Any, kind: str = "openapi", pointer: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (pointer, kind, node) for ``value`` and every OpenAPI object below it, references unfollowed."""
    stack = [(pointer, kind, value)]
    while stack:
        place, sort, node = stack.pop()
        if isinstance(node, dict):
            yield place, sort, node
            below = [(place + relative, child, item) for relative, child, item in children(sort, node)]
            stack.extend(reversed(below))
