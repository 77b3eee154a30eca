"""The generator never runs what a document says: every text stays a text, or the contract is refused.

Two tiers. The product: every text position of a contract takes every payload, and what is rendered has the shape of
what a harmless text makes. Fuzzing: small random contracts with nasty texts anywhere, of every shape; every fortieth is
rendered with its models, of the others everything but the models.

``HOSTILE_DOCUMENTS`` says how many contracts are fuzzed: 2,000 unless told; ``HOSTILE_DOCUMENTS=10000`` is the full
run. ``HOSTILE_SEED`` chooses others.
"""

import ast
import builtins
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import jinja2
import pytest

from specwright.codegen import render as rendering
from specwright.codegen.render import Files, render
from specwright.errors import Problem, SpecError
from specwright.plan import build
from specwright.spec import read
from specwright.spec.document import escape
from specwright.workspace import Source, Workspace, templates

DOCUMENTS = int(os.environ.get("HOSTILE_DOCUMENTS", "2000"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
CHUNKS = 20
MODELS_EVERY = 40

HARMLESS = "harmless"
PAYLOADS = {
    "single quote": "it's 'so'",
    "double quote": 'say "so"',
    "triple double quotes": '"""\nimport os\nos.system("x")\n"""',
    "triple single quotes": "'''\nimport os\nos.system('x')\n'''",
    "only a triple quote": '"""',
    "quote at the end": 'x"',
    "four quotes": '""""',
    "backslash": "a\\b\\x\\u12\\",
    "backslash before a quote": "x\\\"\\'; import os #",
    "backslash before a triple quote": 'x\\"""\nimport os\n',
    "trailing backslash": "text\\",
    "only a backslash": "\\",
    "newline": 'a\nimport os\nos.system("x")',
    "newlines and indentation": 'a\n    import os\n\n\n        os.system("x")\n',
    "carriage return": 'a\rimport os\ros.system("x")',
    "carriage return and newline": 'a\r\nimport os\r\nos.system("x")\r\n',
    "form feed": 'a\x0cimport os\x0b\x1c\x1d\x1e\x85os.system("x")',
    "U+2028": 'a\u2028import os\u2028os.system("x")',
    "U+2029": 'a\u2029import os\u2029os.system("x")',
    "NUL": "a\0b",
    "other controls": "a\x1b[31m\x07\x7f\x9b\ufeff\ufffe\uffff",
    "Jinja expression": "{{ 7*7 }}",
    "Jinja statement": "{% raw %}",
    "Jinja statements": "{% endmacro %}{% include 'server.py.jinja' %}{#",
    "Jinja object": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "comment": "*/ # import os",
    "comments for tools": "\n# type: ignore\n# fmt: off\n# ruff: noqa\n# -*- coding: utf-7 -*-\n",
    "bidirectional": "a\u202e\u2066# import os\u2069\u202d",
    "100 kB": "x" * 100_000,
    "100 kB of words": "Words 'and' \"quotes\" " * 5_000,
    "end of call": '"); import os; os.system("x") #',
    "end of call, single": "'); import os; os.system('x') #",
    "end of list": '"]\nimport os\nx = ["',
    "end of annotation": "']] = __import__('os').system('x') #",
    "end of a type": "str]; import os; x: list[str",
    "named character": "\\N{BULLET}",
    "braces of an f-string": "{__import__('os').system('x')!r:>{9}}",
    "format": "%s %(x)s {0} {} ${x}",
    "lone surrogate": "a\ud800b",
    "escaped byte": "a\udc80",
    "pair of surrogates": "\U0001f600\ud83d\ude00",
    "call": "__import__('os')",
    "dunder": "__class__",
    "walrus": "(x := __import__('os'))",
    "lambda": "lambda: exec('x')",
    "future": "from __future__ import annotations\nimport os\n",
    "parent folder": "../../../x",
    "absolute path": "/x/y",
    "empty": "",
    "blank": " \t ",
    "percent": "%00%2e%2e%2f%0a",
    "not ASCII": "\uff49\uff4d\uff50\uff4f\uff52\uff54 \u00b2 \u0661 e\u0301 \u0130",
    "None": "None",
    "number": "1e5",
    "date": "2020-02-30",
}

# --- positions -----------------------------------------------------------------------------------------------

# A mark «position» is a place for a text; «position|ref» spells the text as part of a reference.
_MARK = re.compile("«([^«»|]+)(\\|ref)?»")
# What stands at a position that takes no "harmless".
VALID = {
    "OpenAPI version": "3.1.0",
    "status": "201",
    "method": "put",
    "location": "query",
    "style": "form",
    "type": "string",
    "type in a list": "string",
    "$ref": "#/components/schemas/Plain",
    "$ref fragment": "components/schemas/Plain",
    "default of a date": "2020-02-28",
    "default of a uuid": "00000000-0000-4000-8000-000000000000",
    "default of a time": "2020-02-28T00:00:00Z",
    "scheme in": "query",
    "scheme type": "apiKey",
    "mapping value": "#/components/schemas/Plain",
    "contact email": "a@example.com",
    "operationRef": "#/paths",
    "dialect": "https://spec.openapis.org/oas/3.1/dialect/base",
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "basis": "stated",
    "shared parameter": "shared",
}
PLAIN = {"type": "object", "properties": {"plain": {"type": "string"}}}
DONE = {"204": {"description": "Done."}}
CONTRACT: dict[str, Any] = {
    "openapi": "«OpenAPI version»",
    "jsonSchemaDialect": "«dialect»",
    "info": {
        "title": "«title»",
        "version": "«version»",
        "description": "«description»",
        "summary": "«info summary»",
        "termsOfService": "https://example.com/«terms»",
        "contact": {"name": "«contact»", "url": "https://example.com/«contact url»", "email": "«contact email»"},
        "license": {"name": "«license»", "identifier": "«license identifier»"},
        "x-«extension key»": "«extension value»",
        "x-sources": {"«source of marks»": {"url": "«url of a source»"}},
    },
    "servers": [
        {
            "url": "https://«server host»/«server path»",
            "description": "«server description»",
            "variables": {
                "«server variable»": {"default": "«variable default»", "description": "«variable description»"},
            },
        },
        {"url": "«server URL»"},
    ],
    "tags": [{"name": "«tag»", "description": "«tag description»"}],
    "externalDocs": {"url": "https://example.com/«docs url»", "description": "«docs description»"},
    "security": [{"«security scheme»": []}],
    "paths": {
        "/«path»/{«path parameter name»}": {
            "summary": "«path summary»",
            "description": "«path description»",
            "parameters": [
                {
                    "name": "«path parameter name»",
                    "in": "path",
                    "required": True,
                    "description": "«path parameter description»",
                    "schema": {"type": "string"},
                }
            ],
            "post": {
                "operationId": "«operationId»",
                "summary": "«summary»",
                "description": "«operation description»",
                "tags": ["«tag»", "«undeclared tag»"],
                "security": [{"OAuth": ["«scope»"]}, {"«security scheme»": []}],
                "parameters": [
                    {
                        "name": "«query parameter name»",
                        "in": "query",
                        "description": "«query parameter description»",
                        "schema": {"type": "string", "default": "«parameter default»"},
                        "examples": {"«parameter example name»": {"value": "«parameter example»"}},
                    },
                    {
                        "name": "«header parameter name»",
                        "in": "header",
                        "description": "«header parameter description»",
                        "schema": {"type": "string", "enum": ["«parameter enum»", "other"]},
                    },
                    {
                        "name": "«cookie parameter name»",
                        "in": "cookie",
                        "description": "«cookie parameter description»",
                        "schema": {"const": "«parameter const»"},
                    },
                    {
                        "name": "content",
                        "in": "query",
                        "content": {"«parameter media type»": {"schema": {"enum": ["«only enum of a parameter»"]}}},
                    },
                    {"name": "class", "in": "query", "schema": {"properties": {"«property of a parameter»": {}}}},
                    {"name": "styled", "in": "«location»", "style": "«style»", "schema": {"type": "array"}},
                    {"$ref": "#/components/parameters/«parameter component|ref»"},
                ],
                "requestBody": {
                    "description": "«request description»",
                    "content": {
                        "«request media type»": {
                            "schema": {"properties": {"«property of a request»": {"type": "string"}}},
                            "example": {"«example key»": "«example value»"},
                        },
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {"«form field»": {"type": "string"}}},
                            "encoding": {
                                "«form field»": {
                                    "contentType": "«encoding media type»",
                                    "headers": {"«encoding header»": {"schema": {"type": "string"}}},
                                }
                            },
                        },
                    },
                },
                "responses": {
                    "200": {
                        "description": "«response description»",
                        "headers": {
                            "«header name»": {
                                "description": "«header description»",
                                "required": True,
                                "schema": {"enum": ["«header enum»", "«other header enum»"]},
                            }
                        },
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/«schema name|ref»"},
                                "examples": {
                                    "«example name»": {
                                        "summary": "«example summary»",
                                        "description": "«example description»",
                                        "value": "«response example»",
                                    }
                                },
                            },
                            "«media type»": {"schema": {"type": "string"}},
                            "text/«media subtype»": {"schema": {"type": "string"}},
                            "application/json; x=«media type parameter»": {
                                "schema": {"properties": {"«property of a response»": {}}}
                            },
                        },
                        "links": {
                            "«link name»": {
                                "operationId": "«operationId»",
                                "description": "«link description»",
                                "parameters": {"«link parameter»": "«link value»"},
                            },
                            "other": {"operationRef": "«operationRef»"},
                        },
                    },
                    "«status»": {"description": "«description of the status»"},
                    "4XX": {"$ref": "#/components/responses/«response component|ref»"},
                    "default": {"description": "«default description»", "content": {"*/*": {}}},
                },
                "callbacks": {
                    "«callback name»": {
                        "«callback expression»": {"post": {"operationId": "«callback operationId»", "responses": DONE}}
                    }
                },
                "x-provenance": {"basis": "«basis»", "source": "«source of marks»", "why": "«why»"},
            },
            "«method»": {"summary": "«another summary»", "responses": DONE},
            "get": {"tags": ["«tag»"], "responses": DONE},
        },
    },
    "webhooks": {"«webhook name»": {"post": {"description": "«webhook description»", "responses": DONE}}},
    "components": {
        "schemas": {
            "Plain": PLAIN,
            "«schema name»": {
                "title": "«schema title»",
                "description": "«schema description»",
                "type": "object",
                "required": ["«property name»", "class"],
                "properties": {
                    "«property name»": {
                        "type": "string",
                        "title": "«property title»",
                        "description": "«property description»",
                    },
                    "class": {"$ref": "#/components/schemas/Plain", "description": "«description of a reference»"},
                },
                "x-of-schema": {"«key of an extension»": "«value of an extension»"},
                "xml": {"name": "«xml name»"},
                "$comment": "«comment»",
            },
            "Texts": {
                "properties": {
                    "enum": {"type": "string", "enum": ["«enum value»", "other"]},
                    "only": {"enum": ["«only enum value»"]},
                    "nullable": {"type": ["string", "null"], "enum": ["«enum value or null»", None]},
                    "const": {"const": "«const»"},
                    "tag": {"type": "string", "const": "«const of a type»", "default": "«const of a type»"},
                    "default": {"type": "string", "default": "«default»"},
                    "choice": {"enum": ["«default choice»", "other"], "default": "«default choice»"},
                    "any": {"default": "«default of any type»"},
                    "list": {"type": "array", "items": {"type": "string"}, "default": ["«default item»"]},
                    "map": {"type": "object", "default": {"«default key»": "«default member»"}},
                    "deep": {"default": [{"«key of a deep default»": ["«value of a deep default»", None, 1.5, True]}]},
                    "class": {"properties": {"x": {"type": "string"}}, "default": {"x": "«default of a class»"}},
                    "classes": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/Plain"},
                        "default": [{"plain": "«default of a list of classes»"}],
                    },
                    "referred": {"$ref": "#/components/schemas/Plain", "default": {"plain": "«default beside $ref»"}},
                    "alias": {"$ref": "#/components/schemas/Alias", "default": "«default beside an alias»"},
                    "union": {"anyOf": [{"type": "integer"}, {"type": "string"}], "default": "«default of a union»"},
                    "date": {"type": "string", "format": "date", "default": "«default of a date»"},
                    "time": {"type": "string", "format": "date-time", "default": "«default of a time»"},
                    "uuid": {"type": "string", "format": "uuid", "default": "«default of a uuid»"},
                    "bytes": {"type": "string", "format": "binary", "default": "«default of bytes»"},
                    "email": {"type": "string", "format": "«format»", "default": "«default of a format»"},
                    "typed": {"type": "«type»"},
                    "types": {"type": ["«type in a list»", "null"]},
                    "pattern": {"type": "string", "pattern": "«pattern»"},
                    "patterned": {"type": "string", "pattern": "^«anchored pattern»$", "description": "«described»"},
                    "quoted": {"type": "string", "pattern": "^[«pattern class»]$"},
                    "media": {"type": "string", "contentMediaType": "«content media type»"},
                    "encoding": {"type": "string", "contentEncoding": "«content encoding»"},
                    "examples": {"type": "string", "examples": ["«schema example»"], "deprecated": True},
                    "reference": {"$ref": "«$ref»"},
                    "definition": {"$ref": "#/components/schemas/Keywords/$defs/«definition name|ref»"},
                    "of property": {"$ref": "#/components/schemas/Texts/properties/«referenced property|ref»"},
                    "«referenced property»": {"type": "string", "properties": {"a": {}}},
                    "marked": {
                        "x-provenance": {"basis": "stated", "source": "«source of marks»", "why": "«other why»"}
                    },
                }
            },
            "Alias": {
                "title": "«alias title»",
                "description": "«alias description»",
                "type": "string",
                "default": "«alias default»",
            },
            "Pattern": {"type": "string", "pattern": "«alias pattern»", "description": "«pattern description»"},
            "Enum": {"type": "string", "title": "«enum title»", "enum": ["«alias enum»", "other"]},
            "Enums": {"type": "array", "items": {"enum": ["«item enum»"], "description": "«item description»"}},
            "Const": {"const": "«alias const»"},
            "Consts": {"const": {"«key of a const»": "«member of a const»"}},
            "ListConst": {"enum": [["«item of an enum»"], {"«key of an enum»": 1}]},
            "Named": {"x-specwright-name": "«specwright name»", "properties": {"a": {}}},
            "Keywords": {
                "type": "object",
                "properties": {"«member»": {}},
                "patternProperties": {"«pattern property»": {"type": "string"}},
                "additionalProperties": {"type": "string", "enum": ["«enum of the rest»"]},
                "propertyNames": {"pattern": "«pattern of names»"},
                "dependentRequired": {"«dependent»": ["«dependence»"]},
                "dependentSchemas": {"«dependent schema»": {"properties": {"a": {}}}},
                "$defs": {"«definition name»": {"properties": {"b": {}}}},
            },
            "Requires": {"allOf": [{"$ref": "#/components/schemas/Plain"}], "required": ["«required»", "plain"]},
            "Anchor": {"$anchor": "«anchor»", "type": "string"},
            "Identified": {"$id": "«$id»", "type": "string", "default": "x"},
            "Dynamic": {"$dynamicAnchor": "«dynamic anchor»", "type": "string"},
            "Dialect": {"$schema": "«$schema»", "type": "string"},
            "Union": {
                "description": "«union description»",
                "oneOf": [
                    {"title": "«variant title»", "type": "object", "properties": {"a": {"type": "string"}}},
                    {"type": "object", "properties": {"kind": {"const": "«variant const»"}}},
                    {"type": "object", "required": ["«variant member»"], "properties": {"«variant member»": {}}},
                    {"$ref": "#/components/schemas/Plain"},
                ],
                "discriminator": {
                    "propertyName": "«discriminator property»",
                    "mapping": {"«mapping key»": "#/components/schemas/Plain", "other": "«mapping value»"},
                },
            },
            "Flat": {
                "title": "«flat title»",
                "description": "«flat description»",
                "type": "object",
                "properties": {"«flat member»": {"type": "string", "default": "«flat default»"}},
                "anyOf": [{"required": ["«flat member»"]}, {"properties": {"other": {"const": "«flat const»"}}}],
            },
            "Whole": {
                "description": "«intersection description»",
                "allOf": [
                    {"$ref": "#/components/schemas/Plain"},
                    {"properties": {"«part member»": {"type": "string", "description": "«part description»"}}},
                ],
            },
            "Tuple": {"type": "array", "prefixItems": [{"const": "«first item»"}, {"type": "string"}]},
            "Map": {"type": "object", "additionalProperties": {"properties": {"«map member»": {"type": "string"}}}},
        },
        "parameters": {
            "«parameter component»": {
                "name": "«shared parameter»",
                "in": "query",
                "schema": {"properties": {"«member of a shared parameter»": {}}},
            }
        },
        "responses": {
            "«response component»": {
                "description": "«shared description»",
                "headers": {"X-Shared": {"$ref": "#/components/headers/«header component|ref»"}},
                "content": {"application/json": {"schema": {"properties": {"«shared member»": {}}}}},
            }
        },
        "headers": {"«header component»": {"schema": {"type": "string"}, "description": "«shared header»"}},
        "examples": {"«example component»": {"value": {"«key of an example»": "«value of an example»"}}},
        "requestBodies": {"«request component»": {"content": {"application/json": {}}}},
        "links": {"«link component»": {"operationId": "«operationId»"}},
        "callbacks": {"«callback component»": {}},
        "securitySchemes": {
            "«security scheme»": {
                "type": "«scheme type»",
                "name": "«scheme name»",
                "in": "«scheme in»",
                "description": "«scheme description»",
            },
            "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "«bearer format»"},
            "Http": {"type": "http", "scheme": "«http scheme»"},
            "OAuth": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://example.com/«token url»",
                        "scopes": {"«scope»": "«scope description»"},
                    }
                },
            },
            "OpenId": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com/«open id url»"},
        },
    },
}
# The same in several files: what other files say is bundled, and every reference spelled anew.
BUNDLE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "«title»", "version": "1"},
    "paths": {
        "/«path»": {"$ref": "«file name|ref».json#/items/«name of a path item|ref»"},
        "/callbacks": {
            "get": {
                "parameters": [{"$ref": "parts.json#/parameters/«parameter|ref»"}],
                "responses": {"200": {"$ref": "parts.json#/responses/«response|ref»"}},
            }
        },
    },
    "components": {
        "schemas": {
            "File": {"$ref": "«file name|ref».json#/Thing"},
            "Part": {"properties": {"part": {"$ref": "parts.json#/schemas/«part name|ref»"}}},
            "Plain": PLAIN,
            "Whole": {"properties": {"file": {"$ref": "whole/«name of a whole file|ref».json"}}},
            "Text": {"properties": {"text": {"$ref": "«$ref»"}}},
            "Fragment": {"properties": {"fragment": {"$ref": "#/«$ref fragment»"}}},
            "Property": {"$ref": "#/components/schemas/Holder/properties/«referenced property|ref»"},
            "Holder": {
                "nullable": True,
                "description": "«schema description»",
                "properties": {"«referenced property»": {"properties": {"x": {"default": "«default»"}}}},
            },
        }
    },
}
PARTS: dict[str, Any] = {
    "schemas": {"«part name»": {"type": "object", "properties": {"«member of a part»": {"type": "string"}}}},
    "parameters": {"«parameter»": {"name": "«parameter name»", "in": "query", "schema": {"type": "string"}}},
    "responses": {"«response»": {"description": "«response description»"}},
}
OTHER: dict[str, Any] = {
    "Thing": {"type": "object", "description": "«description in a file»", "properties": {"a": {}}},
    "items": {"«name of a path item»": {"get": {"summary": "«summary in a file»", "responses": DONE}}},
}


@dataclass(frozen=True, eq=False)
class Sheet:
    """A workspace to fill in: path below specs/ -> document; its first file is the contract."""

    files: Mapping[str, Any]

    @cached_property
    def positions(self) -> tuple[str, ...]:
        """Every position of its texts and names of files."""
        text = json.dumps([{path: value} for path, value in self.files.items()], ensure_ascii=False)
        return tuple(dict.fromkeys(mark[0] for mark in _MARK.findall(text)))

    def texts(self, payload: str, positions: Collection[str]) -> dict[str, str]:
        """Return a text for every position: ``payload`` at ``positions``, harmless ones elsewhere."""
        return {position: VALID.get(position, HARMLESS) for position in self.positions} | dict.fromkeys(
            positions, payload
        )

    def write(self, root: Path, texts: Mapping[str, str]) -> Source:
        """Write a workspace and return its API; raises Refused when no folder can be called so."""
        for index, (path, value) in enumerate(self.files.items()):
            file = root / "specs" / filled(path, texts)
            try:
                if len(file.relative_to(root / "specs").parts) != path.count("/") + 1 or ".." in file.parts:
                    raise ValueError(path)  # noqa: TRY301 - as the file system says of NUL
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(json.dumps(filled(value, texts)), encoding="utf-8")
            except (OSError, ValueError):
                # Where no file can be called so, the reference leads nowhere.
                if index == 0:
                    raise Refused from None
        sources = Workspace(root).sources()
        if not sources:
            raise Refused
        return sources[0]


SHEETS = {
    "one file": Sheet({"«API folder name»/openapi.json": CONTRACT}),
    "several files": Sheet(
        {
            "«API folder name»/openapi.json": BUNDLE,
            "«API folder name»/parts.json": PARTS,
            "«API folder name»/«file name».json": OTHER,
            "«API folder name»/whole/«name of a whole file».json": {"properties": {"«member of a file»": {}}},
        }
    ),
}


def filled(value: Any, texts: Mapping[str, str]) -> Any:
    """Return ``value`` with every mark replaced by the text of its position."""
    if isinstance(value, dict):
        return {filled(key, texts): filled(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, texts) for item in value]
    return _MARK.sub(lambda mark: _spelled(texts[mark[1]], bool(mark[2])), value) if isinstance(value, str) else value


def _spelled(text: str, in_reference: bool) -> str:
    return quote(escape(text).encode("utf-8", "surrogatepass"), safe="") if in_reference else text


# --- what generated code may be ------------------------------------------------------------------------------

# What the templates and the model generator import, and what they call; every other name is defined in place.
IMPORTED = {
    "__future__": {"annotations"},
    "collections.abc": {"Mapping"},
    "dataclasses": {"KW_ONLY", "dataclass"},
    "datetime": {"date", "date as date_aliased"},
    "import": {"datetime"},
    "pathlib": {"Path"},
    "pydantic": {"AwareDatetime", "ConfigDict", "Field"},
    "specwright.runtime.app": {"App", "Options", "serve"},
    "specwright.runtime.models": {"Model"},
    "specwright.runtime.responses": {"Response"},
    "typing": {"Annotated", "Any", "ClassVar", "Literal", "Protocol", "Union", "Unpack"},
    "typing_extensions": {"TypeAliasType"},
    "uuid": {"UUID"},
    ".": {"models"},
}
CALLED = {
    "__init__.py": set(),
    "handlers.py": {"dataclass"},
    "models.py": {"ConfigDict", "Field", "TypeAliasType"},
    "server.py": {"Path", "Path(__file__).with_name", "serve"},
}
TYPES = {"bool", "bytes", "dict", "float", "int", "list", "str", "tuple"}
EXPRESSIONS = (
    *(ast.Attribute, ast.BinOp, ast.BitOr, ast.Call, ast.Constant, ast.Dict, ast.List, ast.Load, ast.Name, ast.Store),
    *(ast.Subscript, ast.Tuple, ast.UnaryOp, ast.USub, ast.keyword),
)
FUNCTION = """\
def create_app(handlers: Handlers, **options: Unpack[Options]) -> App:
    return serve(CONTRACT, handlers, OPERATIONS, **options)"""


class Module:
    """One generated module, taken apart: everything in it that is not plainly harmless is a fault."""

    def __init__(self, name: str, text: str, siblings: Mapping[str, set[str]]) -> None:
        self.name, self.siblings = name, siblings
        # As bytes: so that a comment about the encoding would be obeyed, as it is on import.
        self.tree: ast.Module = compile(text.encode(), name, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        compile(self.tree, name, "exec", dont_inherit=True)
        self.imports = {item for node in self.tree.body for item in _imports(node)}
        self.defined = {name for node in self.tree.body for name in _defines(node)}
        calls = {ast.unparse(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        self.calls = calls - {f"{name}.model_rebuild" for name in self.defined}

    @property
    def shape(self) -> Counter[str]:
        """What kinds of statements there are, docstrings aside."""
        return Counter(_kind(node) for node in self.tree.body if not _is_text(node))

    def faults(self) -> Iterator[str]:
        """Yield everything that no template and no model says."""
        for module, name in sorted(self.imports):
            known = IMPORTED.get(module) or self.siblings.get(module, set())
            if name not in known:
                yield f"imports {name} ({module})"
        yield from (f"calls {name}" for name in self.calls - CALLED[self.name])
        self.names = {*self.defined, *(name.rpartition(" as ")[2] for _, name in self.imports), *TYPES, "__file__"}
        for node in self.tree.body:
            yield from self._statement(node)

    def _statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.Import() | ast.ImportFrom():
                pass
            case ast.Expr() if _is_text(node):
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(ast.Name(name), "model_rebuild"), args=[], keywords=[])):
                if name not in self.defined:
                    yield f"rebuilds {name}"
            case ast.FunctionDef(name="create_app"):
                node.body = node.body[1:]
                if ast.unparse(node) != FUNCTION:
                    yield f"has another create_app: {ast.unparse(node)}"
            case ast.ClassDef():
                for part in (*node.decorator_list, *node.bases):
                    yield from self._expression(part)
                for member in node.body:
                    yield from self._member(node.name, member)
            case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name(id="OPERATIONS")):
                yield from self._expression(node.value)
            case _:
                yield f"has the statement {ast.unparse(node)}"

    def _member(self, owner: str, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.Expr() | ast.Pass() if _is_text(node):
                pass
            case ast.Assign(targets=[ast.Name(id="model_config")]):
                yield from self._expression(node.value)
            case ast.AnnAssign(target=ast.Name()):
                yield from self._annotation(node.annotation)
                yield from self._expression(node.value)
            case ast.AsyncFunctionDef(decorator_list=[]) if owner == "Handlers":
                if not all(_is_text(line) for line in node.body) or node.args.defaults or any(node.args.kw_defaults):
                    yield f"has a body: {ast.unparse(node)}"
                for argument in node.args.kwonlyargs:
                    yield from self._annotation(argument.annotation)
                yield from self._annotation(node.returns)
            case _:
                yield f"has the member {ast.unparse(node)} in {owner}"

    def _annotation(self, node: ast.expr | None) -> Iterator[str]:
        """An annotation is evaluated by Pydantic, and a text in it too, but in Literal and in a call."""
        yield from self._expression(node)
        stack = [node]
        while stack:
            match stack.pop():
                case ast.Constant(value=str(text)):
                    yield f"refers to {text!r}"
                case ast.Subscript(value=ast.Name(id="Literal")) | ast.Call() | None:
                    pass
                case other:
                    stack.extend(ast.iter_child_nodes(other))

    def _expression(self, node: ast.expr | None) -> Iterator[str]:
        for part in ast.walk(node) if node else ():
            if not isinstance(part, EXPRESSIONS):
                yield f"has the expression {ast.unparse(part)}"
            if isinstance(part, ast.Name) and part.id not in self.names:
                yield f"refers to {part.id}"
            if isinstance(part, ast.Attribute) and not self._is_member(part):
                yield f"refers to {ast.unparse(part)}"

    def _is_member(self, node: ast.Attribute) -> bool:
        match ast.unparse(node.value):
            case "models":
                return node.attr in self.siblings[".models"]
            case "datetime":
                return node.attr == "date"
            case "Handlers":
                return node.attr in self.siblings["Handlers"]
        return ast.unparse(node) == "Path(__file__).with_name"


def _imports(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else "import"
        yield from ((module, f"{alias.name} as {alias.asname}" if alias.asname else alias.name) for alias in node.names)


def _defines(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _is_text(node: ast.stmt) -> bool:
    """Tell whether ``node`` is a docstring, ``...`` or ``pass``: nothing that runs."""
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and (node.value.value is ... or isinstance(node.value.value, str))
    )


def _kind(node: ast.stmt) -> str:
    kind = type(node).__name__
    if isinstance(node, ast.ClassDef):
        members = sorted(Counter(_kind(member) for member in node.body if not _is_text(member)).items())
        return f"{kind} {len(node.bases)} {len(node.decorator_list)} {members}"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"{kind} {len(node.body)} {len(node.args.kwonlyargs)}"
    return kind if isinstance(node, ast.ImportFrom) else f"{kind} {bool(getattr(node, 'value', None))}"


PYTHON = ("__init__.py", "handlers.py", "models.py", "server.py")


def modules(files: Files, package: str) -> list[Module]:
    """Return the modules of ``package``; raises SyntaxError."""
    defined: dict[str, set[str]] = {}
    found = []
    for name in ("models.py", "handlers.py", "server.py", "__init__.py"):
        found.append(Module(name, files[f"{package}/{name}"], defined))
        defined[f".{name[:-3]}"] = found[-1].defined
        for node in found[-1].tree.body:
            if isinstance(node, ast.ClassDef) and node.name == "Handlers":
                defined["Handlers"] = {item.name for item in node.body if isinstance(item, ast.AsyncFunctionDef)}
    return found


def faults(files: Files, package: str, contract: Any) -> Iterator[str]:
    """Yield everything about ``files`` that a document must not bring about."""
    expected = {f"{package}/{name}" for name in (*PYTHON, "openapi.json", "py.typed")}
    yield from (f"makes the file {path!r}" for path in files.keys() ^ expected)
    for path, text in files.items():
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or pure.parts[0] != package or len(pure.parts) != 2:
            yield f"makes a file outside of its package: {path!r}"
        try:
            text.encode()
        except UnicodeEncodeError as error:
            yield f"{pure.name} cannot be written: {error}"
    if not package.isidentifier():
        yield f"the package {package!r} cannot be imported"
    if json.loads(files[f"{package}/openapi.json"]) != contract:
        yield "openapi.json is another contract"
    for module in modules(files, package):
        yield from (f"{module.name} {fault}" for fault in module.faults())


# --- the product: every position, every payload --------------------------------------------------------------


class Refused(Exception):
    """The contract is refused, every problem with its place; or no API can be called so."""


class Fault(Exception):
    """Something came of a text that must not."""


def contract_of(source: Source, root: Path) -> Any:
    """Return the contract; raises Refused, or Fault when nobody can tell where it is wrong."""
    try:
        return read(source.contract, root).value
    except SpecError as error:
        unlocated = [problem for problem in error.problems if not is_located(problem, root)]
        if unlocated or not error.problems:
            raise Fault(f"refused without a place: {unlocated}") from None
        raise Refused from None


def is_located(problem: Problem, root: Path) -> bool:
    """Tell whether ``problem`` has words and a place in a file of the workspace."""
    file = Path(problem.path).resolve()
    if not file.is_relative_to(root.resolve()) or not file.is_file() or not problem.message:
        return False
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    return 0 < problem.line <= len(lines) and 0 < problem.column <= len(lines[problem.line - 1]) + 1


def examine(source: Source, root: Path) -> list[Module]:
    """Render the contract and return its modules; raises Refused or Fault."""
    contract = contract_of(source, root)
    api = build(source.package, contract)
    files = render(api, templates())
    found = sorted(set(faults(files, source.package, contract)))
    if found:
        raise Fault("; ".join(found)[:500])
    return modules(files, source.package)


class Survey:
    """What becomes of one payload, position by position."""

    def __init__(self, sheet: Sheet, payload: str, root: Path) -> None:
        self.sheet, self.payload, self.root = sheet, payload, root
        self.refused: set[str] = set()
        self.faults: dict[str, str] = {}

    def sifted(self, positions: tuple[str, ...], step: Callable[[Source, Path], None]) -> tuple[str, ...]:
        """Return the positions that pass ``step``, all at once if they can; file those that do not even alone."""
        before = len(self.faults)
        fault = self._fault(positions, step) if positions else None
        if fault is None:
            return positions
        if len(positions) == 1:
            if fault:
                self.faults[positions[0]] = fault
            else:
                self.refused.add(positions[0])
            return ()
        half = len(positions) // 2
        passed = self.sifted(positions[:half], step) + self.sifted(positions[half:], step)
        if fault and len(self.faults) == before:
            self.faults[" with ".join(positions)] = fault
        return passed

    def _fault(self, positions: tuple[str, ...], step: Callable[[Source, Path], None]) -> str | None:
        """Return what is wrong: nothing (None), a refusal ("") or a fault."""
        with TemporaryDirectory(dir=self.root) as folder:
            try:
                texts = self.sheet.texts(self.payload, positions)
                step(self.sheet.write(Path(folder), texts), Path(folder))
            except Refused:
                return ""
            except Fault as fault:
                return str(fault)
            except Exception as error:  # noqa: BLE001 - that there is any other is what the test is about
                return f"{type(error).__name__}: {error}"[:500]
        return None

    def read(self, source: Source, root: Path) -> None:
        """Read the contract."""
        contract_of(source, root)

    def render(self, source: Source, root: Path) -> None:
        """Render the contract and compare the modules with those that harmless texts make."""
        shapes = harmless_shapes(self.sheet)
        for module in examine(source, root):
            shape = shapes[module.name]
            if module.shape != shape:
                raise Fault(f"{module.name} has another shape: {module.shape - shape}, not {shape - module.shape}")


@cache
def harmless_shapes(sheet: Sheet) -> dict[str, Counter[str]]:
    """Return the shapes of the modules of ``sheet`` when all its texts are harmless."""
    with TemporaryDirectory() as folder:
        source = sheet.write(Path(folder), sheet.texts(HARMLESS, ()))
        return {module.name: module.shape for module in examine(source, Path(folder))}


@cache
def narrow_positions(sheet: Sheet) -> tuple[str, ...]:
    """Return the positions that take no free text: tried one by one, for together they refuse each other."""
    with TemporaryDirectory() as folder:
        survey = Survey(sheet, " /{'\"\n", Path(folder))
        survey.sifted(sheet.positions, survey.read)
        return tuple(position for position in sheet.positions if position in survey.refused)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("sheet", SHEETS)
def test_a_text_stays_a_text_everywhere(tmp_path: Path, sheet: str, payload: str) -> None:
    positions, narrow = SHEETS[sheet].positions, narrow_positions(SHEETS[sheet])
    survey = Survey(SHEETS[sheet], PAYLOADS[payload], tmp_path)
    assert harmless_shapes(SHEETS[sheet])

    read = survey.sifted(tuple(position for position in positions if position not in narrow), survey.read)
    read += tuple(position for position in narrow if survey.sifted((position,), survey.read))
    rendered = survey.sifted(read, survey.render)

    assert survey.faults == {}
    assert {*rendered, *survey.refused} == {*positions}


# --- fuzzing: random contracts ---------------------------------------------------------------------------------

# Texts that no implementation survives make no good company: they have their own cases above.
SHORT = tuple(text for text in PAYLOADS.values() if len(text) < 200 and not re.search("[\ud800-\udfff]", text))
TOKENS = (
    *("'", '"', '"""', "'''", "\\", "\n", "\r", "\t", "\0", "\x0c", "\x1b", "\u2028", "\u202e", "\ufeff", "{{", "}}"),
    *("{%", "%}", "{#", "#", "*/", "(", ")", "[", "]", "{", "}", ":", ";", ",", ".", "/", "~", "%", "$", "@", "=", " "),
    *("import os", "exec", "lambda: 0", "__class__", "class", "self", "None", "models", "Literal", "Field", "Any", "_"),
    *("body", "status", "datetime", "date", "str", "2020-02-29", "1e5", "0", "-1", "\u00e9", "\u0130", "\U0001f600"),
    *("application/json", "text/plain", "\\u0041", "\\N{BULLET}", "f'{x}'", "x-", "https://example.com/"),
)
MEDIA_TYPES = ("application/json", "application/x+json", "text/plain", "image/png", "multipart/form-data", "*/*")
LOCATIONS = ("query", "query", "header", "cookie")
TYPES_OF_JSON = ("string", "integer", "number", "boolean", "array", "object", "null")
FORMATS = ("date-time", "date", "uuid", "byte", "binary", "int32", "int64", "email", "uri", "password")


class Author(Random):
    """Writes small contracts in bad faith."""

    def contract(self) -> dict[str, Any]:
        """Return an OpenAPI document of any version."""
        self.old = self.random() < 0.3
        self.names = [self.word() for _ in range(self.randint(0, 4))]
        info = {"title": self.text(), "version": self.text(), **self.described()}
        contract = {
            "openapi": self.choice(("3.0.3", "3.0.4") if self.old else ("3.1.0", "3.1.1", "3.2.0")),
            "info": info,
            "paths": dict(self.path() for _ in range(self.randint(0, 2))),
            "components": {
                "schemas": {name: self.keywords(3) | self.described() for name in self.names},
                "responses": {"Shared": self.response(), self.word(): self.response()},
                "securitySchemes": {"key": {"type": "apiKey", "name": self.text(), "in": "header"}},
            },
            f"x-{self.text()}": self.value(2),
        }
        if self.random() < 0.3:
            contract["servers"] = [{"url": f"https://example.com/{self.word()}", **self.described()}]
        if self.random() < 0.3:
            contract["tags"] = [{"name": self.text(), **self.described()}]
        if self.random() < 0.3:
            contract["security"] = [{"key": []}]
        return contract

    # --- texts ---------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Return a text for a place that takes any."""
        kind = self.random()
        if kind < 0.3:
            return self.choice(SHORT)
        if kind < 0.8:
            return "".join(self.choice(TOKENS) for _ in range(self.randint(0, 8)))
        return "".join(chr(self.choice((self.randrange(0x250), self.randrange(0xE000, 0x11000)))) for _ in range(6))

    def word(self) -> str:
        """Return a name for a place that takes few characters, or seldom one that it does not take."""
        return self.text() if self.random() < 0.01 else "".join(self.choices("aB1_.-", k=self.randint(1, 4)))

    def described(self) -> dict[str, Any]:
        """Return the members that most objects may have."""
        members = {"description": self.text()} if self.random() < 0.6 else {}
        return members | {f"x-{self.text()}": self.value(1)} if self.random() < 0.1 else members

    def value(self, depth: int) -> Any:
        """Return any JSON value."""
        kind = self.random()
        if kind < 0.5:
            return self.text()
        if kind < 0.8 or not depth:
            return self.choice((None, True, False, 0, -1, 2**70, -0.0, 1.5, 1e300, "", [], {}))
        if kind < 0.9:
            return [self.value(depth - 1) for _ in range(self.randint(0, 3))]
        return {self.text(): self.value(depth - 1) for _ in range(self.randint(0, 3))}

    # --- operations ------------------------------------------------------------------------------------------------

    def path(self) -> tuple[str, dict[str, Any]]:
        """Return a path and its operations."""
        name = re.sub("[{}/?#]", "", self.text()) or "id"
        fixed = re.sub("[{}]", "", self.text())
        parameter = {"name": name, "in": "path", "required": True, "schema": self.choice(({}, {"type": "string"}))}
        item = {self.choice(("get", "post", "put", "delete")): self.operation() for _ in range(self.randint(0, 2))}
        return f"/{fixed}/{{{name}}}", {**item, "parameters": [parameter | self.described()]}

    def operation(self) -> dict[str, Any]:
        """Return an operation."""
        operation: dict[str, Any] = {
            "responses": {status: self.response() for status in self.sample(("200", "201", "4XX", "default"), 2)},
            **self.described(),
        }
        if self.random() < 0.6:
            operation["operationId"] = self.text()
        if self.random() < 0.5:
            operation["summary"] = self.text()
        if self.random() < 0.3:
            operation["tags"] = [self.text()]
        if self.random() < 0.5:
            operation["parameters"] = [self.parameter() for _ in range(self.randint(0, 3))]
        if self.random() < 0.5:
            operation["requestBody"] = {"content": self.content(), **self.described()}
        if self.random() < 0.2:
            operation["deprecated"] = True
        if self.random() < 0.2:
            operation["responses"]["400"] = {"$ref": "#/components/responses/Shared"}
        return operation

    def parameter(self) -> dict[str, Any]:
        """Return a parameter outside of the path."""
        parameter = {"name": self.text(), "in": self.choice(LOCATIONS), **self.described()}
        if self.random() < 0.2:
            return parameter | {"content": {self.media_type(): {"schema": self.schema(2)}}}
        return parameter | {"schema": self.schema(2), "required": self.random() < 0.3}

    def response(self) -> dict[str, Any]:
        """Return a response."""
        response: dict[str, Any] = {"description": self.text()}
        if self.random() < 0.6:
            response["content"] = self.content()
        if self.random() < 0.4:
            response["headers"] = {self.text(): {"schema": self.schema(1), **self.described()} for _ in range(2)}
        return response

    def content(self) -> dict[str, Any]:
        """Return bodies by media type."""
        media: dict[str, Any] = {}
        for _ in range(self.randint(1, 3)):
            media[self.media_type()] = {"schema": self.schema(3)} if self.random() < 0.9 else {}
        return media

    def media_type(self) -> str:
        """Return a media type, mostly of those that exist."""
        return self.choice(MEDIA_TYPES) if self.random() < 0.8 else self.text()

    # --- schemas ---------------------------------------------------------------------------------------------------

    def schema(self, depth: int) -> Any:
        """Return a schema of any shape."""
        kind = self.random()
        if kind < 0.15 and self.names:
            return {"$ref": f"#/components/schemas/{quote(self.choice(self.names), safe='')}"}
        if kind < 0.17 and not self.old:
            return self.random() < 0.5
        schema = self.keywords(depth) | self.described()
        if self.random() < 0.2:
            schema["title"] = self.text()
        if self.random() < 0.15:
            schema["default"] = self.value(2)
        if self.random() < 0.05:
            schema["x-specwright-name"] = self.text()
        if self.random() < 0.1:
            schema.update({"nullable": True} if self.old else {"deprecated": True, "examples": [self.value(1)]})
        return schema

    def keywords(self, depth: int) -> dict[str, Any]:
        """Return what a schema asks of a value."""
        kind = self.random()
        if kind < 0.25 and depth:
            return self.object(depth - 1)
        if kind < 0.4 and depth:
            keyword = self.choice(("anyOf", "oneOf", "allOf"))
            return {keyword: [self.schema(depth - 1) for _ in range(self.randint(1, 3))]}
        if kind < 0.5 and depth:
            return {"type": "array", "items": self.schema(depth - 1), "maxItems": self.randrange(9)}
        if kind < 0.6:
            return {"enum": list({json.dumps(item): item for item in (self.value(1), self.text())}.values())}
        if kind < 0.65 and not self.old:
            return {"const": self.value(1)}
        if kind < 0.7 and not self.old and depth:
            return {"prefixItems": [self.schema(depth - 1)], "type": ["array", "null"]}
        if kind < 0.75:
            return {"type": self.choice(("number", "integer")), "minimum": self.choice((0, -1, 1.5, 1e300, 2**70))}
        if kind < 0.8:
            return {"type": "string", "pattern": re.escape(self.text()), "minLength": self.randrange(3)}
        if kind < 0.95:
            return {"type": "string", "format": self.choice(FORMATS) if self.random() < 0.5 else self.text()}
        return {} if self.old else {"type": self.sample(TYPES_OF_JSON, 2)}

    def object(self, depth: int) -> dict[str, Any]:
        """Return an object's keywords."""
        names = [self.text() if self.random() < 0.8 else self.word() for _ in range(self.randint(0, 4))]
        schema: dict[str, Any] = {"properties": {name: self.schema(depth) for name in names}}
        if self.random() < 0.7:
            schema["type"] = "object"
        if self.random() < 0.5 and names:
            schema["required"] = list({*self.choices(names, k=2)})
        if self.random() < 0.2:
            schema["additionalProperties"] = self.schema(depth)
        if self.random() < 0.1 and self.names:
            mapping = {self.text(): f"#/components/schemas/{self.names[0]}"}
            schema["discriminator"] = {"propertyName": self.text(), "mapping": mapping}
        return schema


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that leaves out what takes long of rendering: models, formatter, compiling the templates."""

    def leave_out() -> None:
        monkeypatch.setattr(
            rendering, "render_models", lambda api, _: "\n".join(f"class {x}: ..." for x in api.definitions)
        )
        monkeypatch.setattr(rendering, "formatted", dict)
        monkeypatch.setattr(jinja2, "Environment", _environment)

    return leave_out


@cache
def _environment_of(options: tuple[tuple[str, Any], ...]) -> Any:
    return _Environment(**dict(options), loader=jinja2.FileSystemLoader(templates()))


_Environment = jinja2.Environment


def _environment(**options: Any) -> Any:
    return _environment_of(tuple(sorted((key, value) for key, value in options.items() if key != "loader")))


def written_by(author: Author, root: Path) -> Source:
    """Write a contract: as JSON, or as the same text in YAML."""
    value = author.contract()
    file = root / author.choice(("openapi.json", "openapi.yaml"))
    text = json.dumps(value, ensure_ascii=False)
    if file.suffix == ".yaml":
        text = re.sub("[^ -~]", lambda match: f"\\U{ord(match[0]):08X}", text)
    file.write_text(text, encoding="utf-8")
    return Source("api", "api", file)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_random_contract_is_refused_or_harmless(
    tmp_path: Path, without_models: Callable[[], None], monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    numbers = range(chunk, DOCUMENTS, CHUNKS)
    found: dict[str, str] = {}
    accepted = 0
    for models in (True, False):
        if not models:
            without_models()
        for number in numbers:
            if (number // CHUNKS % MODELS_EVERY == 0) == models:
                source = written_by(Author(f"{SEED}/{number}"), tmp_path)
                try:
                    examine(source, tmp_path)
                    accepted += 1
                except Refused:
                    pass
                except Fault as fault:
                    found[f"{SEED}/{number}"] = str(fault)
                except Exception as error:  # noqa: BLE001 - that there is any other is what the test is about
                    found[f"{SEED}/{number}"] = f"{type(error).__name__}: {error}"[:500]

    assert found == {}
    assert accepted > len(numbers) / 3
