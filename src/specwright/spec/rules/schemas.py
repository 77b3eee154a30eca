"""Rules of schemas: that they are schemas, their patterns, the names they require."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from specwright.errors import Problem
from specwright.spec.backtracking import is_catastrophic
from specwright.spec.document import Document
from specwright.spec.near import did_you_mean
from specwright.spec.parts import parts_of
from specwright.spec.pointer import escape, has, mapping, resolve, unescape
from specwright.spec.regex import NotEcma, parsed
from specwright.spec.schemas import is_pattern, metaschema_violations
from specwright.spec.violations import Violation

_OF_PATTERNS = ("format", "propertyNames")
_BRANCH = re.compile(r"/((allOf|anyOf|oneOf)/\d+|not|if|then|else|dependentSchemas/[^/]*)$")


def schemas_are_schemas(document: Document) -> Iterator[Problem]:
    """Every schema is a JSON Schema 2020-12."""
    for pointer, node in _outermost_schemas(document):
        for violation in metaschema_violations(node):
            if violation.pointer.endswith(("/pattern", "/patternProperties")) and violation.keyword in _OF_PATTERNS:
                continue  # patterns_are_patterns tells
            if not document.is_told(pointer + violation.pointer):
                yield document.problem(pointer + violation.pointer, _of_schema(violation), "schema")


def patterns_are_patterns(document: Document) -> Iterator[Problem]:
    """Every regular expression can be compiled."""
    for place, pattern in _patterns(document):
        reason = _fault(pattern)
        if reason is not None:
            yield document.problem(place, f"{pattern!r} is no regular expression of ECMA-262{reason}", "pattern")


def patterns_are_safe(document: Document) -> Iterator[Problem]:
    """No regular expression takes exponential time."""
    for place, pattern in _patterns(document):
        if is_catastrophic(pattern):
            message = f"{pattern!r} can take for ever on what it does not match: repeat nothing that reads one text in two ways"
            yield document.advice(place, message, "pattern-unsafe")


def required_names_are_properties(document: Document) -> Iterator[Problem]:
    """What an object requires it declares: a name that is no property is a misspelling more often than not."""
    for pointer, kind, node in document.objects:
        if (
            kind != "schema"
            or not isinstance(node.get("required"), list)
            or not isinstance(node.get("properties"), dict)
        ):
            continue
        wanted = [(index, name) for index, name in enumerate(node["required"]) if isinstance(name, str)]
        missing = [(index, name) for index, name in wanted if name not in node["properties"]]
        known = _declared(document.value, pointer) if missing else None
        for index, name in missing:
            if known is not None and name not in known:
                closed = " and no other is allowed" if node.get("additionalProperties") is False else ""
                message = f"the required {name!r} is no property{closed}{did_you_mean(name, known, ': declare it')}"
                yield document.advice(f"{pointer}/required/{index}", message, "required-property")


def _declared(value: Any, pointer: str) -> set[str] | None:
    """Return the names that a schema and all around it declare; None where others are allowed, or cannot be known."""
    parts = list(parts_of(value, resolve(value, _outermost(pointer))))
    if any(_is_open(value, part) for part in parts):
        return None
    return {name for part in parts for name in mapping(part, "properties")}


def _is_open(value: Any, part: dict[str, Any]) -> bool:
    others = [part[key] for key in ("additionalProperties", "unevaluatedProperties") if key in part]
    is_lost = isinstance(part.get("$ref"), str) and not has(value, unquote(part["$ref"][1:]))
    return is_lost or "patternProperties" in part or any(other is not False for other in others)


def _outermost(pointer: str) -> str:
    """Return the schema that the one at ``pointer`` is but a branch of."""
    while found := _BRANCH.search(pointer):
        pointer = pointer[: found.start()]
    return pointer


def _patterns(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (pointer, regular expression)."""
    for pointer, kind, node in document.objects:
        if kind == "schema":
            if isinstance(node.get("pattern"), str):
                yield f"{pointer}/pattern", node["pattern"]
            for key in mapping(node, "patternProperties"):
                yield f"{pointer}/patternProperties/{escape(key)}", key


@cache
def _fault(pattern: str) -> str | None:
    """Return the end of a sentence that says what is wrong with ``pattern``, None when nothing is."""
    try:
        parsed(pattern)
    except NotEcma as error:
        return f": {error}"
    return None if is_pattern(pattern) else ""


def _outermost_schemas(document: Document) -> Iterator[tuple[str, Any]]:
    inside: str | None = None
    for pointer, kind, node in document.objects:
        if kind == "schema" and (inside is None or not pointer.startswith(inside + "/")):
            inside = pointer
            yield pointer, node


def _of_schema(violation: Violation) -> str:
    keyword = unescape(violation.pointer.rpartition("/")[2])
    return f"{repr(keyword) if keyword else 'the schema'} {violation.message}"
