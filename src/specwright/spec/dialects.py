"""Which dialect of JSON Schema a schema is written in, and what that dialect knows.

It is the one that the nearest ``$schema`` names, else the contract's ``jsonSchemaDialect``, else that of its OpenAPI.
Sources: the specifications and release notes of JSON Schema; OpenAPI 3.1.1 section 4.8.24.5.
"""

import difflib
import re
from enum import IntEnum
from typing import Any, NamedTuple

from specwright.spec.pointer import resolve


class Dialect(IntEnum):
    """What schemas are written in, the oldest first."""

    DRAFT_04 = 4
    OPENAPI_3_0 = 5  # draft-05 with words of its own
    DRAFT_06 = 6
    DRAFT_07 = 7
    DRAFT_2019_09 = 2019
    DRAFT_2020_12 = 2020


NATIVE = Dialect.DRAFT_2020_12

_URIS = {
    "http://json-schema.org/draft-04/schema": Dialect.DRAFT_04,
    "http://json-schema.org/draft-06/schema": Dialect.DRAFT_06,
    "http://json-schema.org/draft-07/schema": Dialect.DRAFT_07,
    "https://json-schema.org/draft/2019-09/schema": Dialect.DRAFT_2019_09,
    "https://json-schema.org/draft/2020-12/schema": NATIVE,
    "https://spec.openapis.org/oas/3.1/dialect/base": NATIVE,
}
_DIALECTS = {uri.partition(":")[2]: dialect for uri, dialect in _URIS.items()}
_OF_OPENAPI = re.compile(r"//spec\.openapis\.org/oas/3\.[12]/dialect/[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Keywords that say something about values, and the first dialect that knows them.
_SINCE = {
    **dict.fromkeys(("const", "contains", "propertyNames"), Dialect.DRAFT_06),
    **dict.fromkeys(("if", "then", "else", "contentEncoding", "contentMediaType"), Dialect.DRAFT_07),
    **dict.fromkeys(("$recursiveRef", "dependentRequired", "dependentSchemas"), Dialect.DRAFT_2019_09),
    **dict.fromkeys(("minContains", "maxContains", "contentSchema"), Dialect.DRAFT_2019_09),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), Dialect.DRAFT_2019_09),
    **dict.fromkeys(("prefixItems", "$dynamicRef"), Dialect.DRAFT_2020_12),
}
# What names a schema or its dialect; once every reference is a pointer and every schema is native, nothing needs it.
_NAMING = frozenset({"$schema", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor"})
NAMING = _NAMING | {"id"}
_REF_IS_ALONE = (Dialect.DRAFT_04, Dialect.DRAFT_06, Dialect.DRAFT_07)
# Nothing of this says anything about values.
_BESIDE_REF = frozenset({"$ref", "title", "description", "$comment", "definitions", "$defs"})


def _meaningless(dialect: Dialect) -> frozenset[str]:
    if dialect is Dialect.OPENAPI_3_0:
        return _NAMING - {"$schema"}  # OpenAPI's own schema tells what a schema of 3.0 may not hold
    unknown = {keyword for keyword, since in _SINCE.items() if dialect < since}
    former = {"$recursiveRef"} if dialect > Dialect.DRAFT_2019_09 else {"id"} if dialect < Dialect.DRAFT_06 else set()
    return _NAMING | unknown | former


_MEANINGLESS = {dialect: _meaningless(dialect) for dialect in Dialect}


class Declaration(NamedTuple):
    """Where a dialect is named, and the URI that names it."""

    pointer: str
    uri: Any


class Names(NamedTuple):
    """What a schema calls itself: the URI of a resource, anchors in one; "" is the dynamic anchor of 2019-09."""

    uri: Any = None
    anchors: tuple[str, ...] = ()
    dynamic: str | None = None


def named(uri: Any) -> Dialect | None:
    """Return the dialect that ``uri`` names, http or https, with or without an empty fragment."""
    scheme, _, rest = uri.partition(":") if isinstance(uri, str) else ("", "", "")
    place = rest.removesuffix("#")
    if scheme not in ("http", "https"):
        return None
    return NATIVE if _OF_OPENAPI.fullmatch(place) else _DIALECTS.get(place)


def unknown(declaration: Declaration) -> str:
    """Return what is said of a dialect that nobody here knows."""
    keyword, uri = declaration.pointer.rpartition("/")[2], declaration.uri
    near = difflib.get_close_matches(str(uri), _URIS, 1, 0.85)
    return (
        f"{keyword} {uri!r} names no dialect that is known: JSON Schema draft-04, draft-06, draft-07, 2019-09 and "
        f"2020-12 are, and OpenAPI's own of 3.1 and 3.2{f'; did you mean {near[0]!r}?' if near else ''}"
    )


def declaration(value: Any, pointer: str) -> Declaration | None:
    """Return the declaration that holds for the schema at ``pointer`` of a file's ``value``, None without one."""
    if is_openapi_3_0(value):
        return None
    found, place = None, ""
    if isinstance(value, dict) and "openapi" in value:
        found = Declaration("/jsonSchemaDialect", value["jsonSchemaDialect"]) if "jsonSchemaDialect" in value else None
    elif isinstance(value, dict) and "$schema" in value:
        found = Declaration("/$schema", value["$schema"])
    for token in pointer.split("/")[1:]:
        value, place = resolve(value, f"/{token}"), f"{place}/{token}"
        # A map of properties may have one of that name.
        if isinstance(value, dict) and "$schema" in value and (place == pointer or isinstance(value["$schema"], str)):
            found = Declaration(f"{place}/$schema", value["$schema"])
    return found


def dialect_of(value: Any, pointer: str = "", default: Dialect = NATIVE) -> Dialect:
    """Return the dialect of the schema at ``pointer``; that of a file that does not tell is ``default``."""
    if is_openapi_3_0(value):
        return Dialect.OPENAPI_3_0
    found = declaration(value, pointer)
    is_contract = isinstance(value, dict) and "openapi" in value
    return (named(found.uri) if found else None) or (NATIVE if is_contract else default)


def is_openapi_3_0(value: Any) -> bool:
    """Tell whether ``value`` is an OpenAPI 3.0 document."""
    return isinstance(value, dict) and str(value.get("openapi", "")).startswith("3.0")


def meaningful(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return ``schema`` without its names and without what says nothing in ``dialect``."""
    dropped = _MEANINGLESS[dialect]
    if "$ref" in schema and dialect in _REF_IS_ALONE:
        return {key: value for key, value in schema.items() if key in _BESIDE_REF or key.startswith("x-")}
    return {key: value for key, value in schema.items() if key not in dropped}


def names(schema: dict[str, Any], dialect: Dialect) -> Names:
    """Return what ``schema`` calls itself in ``dialect``."""
    if dialect is Dialect.OPENAPI_3_0 or ("$ref" in schema and dialect in _REF_IS_ALONE):
        return Names()
    if dialect in _REF_IS_ALONE:
        uri, _, anchor = "".join(_texts(schema, "id" if dialect is Dialect.DRAFT_04 else "$id")).partition("#")
        return Names(uri or None, (anchor,) if anchor else ())
    if dialect is Dialect.DRAFT_2019_09:
        return Names(
            schema.get("$id"), _texts(schema, "$anchor"), "" if schema.get("$recursiveAnchor") is True else None
        )
    dynamic = _texts(schema, "$dynamicAnchor")
    return Names(schema.get("$id"), _texts(schema, "$anchor") + dynamic, dynamic[0] if dynamic else None)


def _texts(schema: dict[str, Any], key: str) -> tuple[str, ...]:
    return (schema[key],) if isinstance(schema.get(key), str) else ()
