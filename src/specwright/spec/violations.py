"""Validate values against the schemas of a contract: JSON Schema 2020-12, formats asserted.

The only module that knows the validation library.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from specwright.spec.pointer import escape
from specwright.spec.structure import objects

Kind = jsonschema_rs.ValidationErrorKind

_ROOT = "urn:contract"
# Patterns come from documents and meet values from clients: both could be made to backtrack for ever.
_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
# A violation is work besides the text of its pointer: about as much as so many characters.
_MOST_TEXT, _WORK = 40_000, 14
_INTEGERS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


class BadSchema(Exception):
    """A schema cannot be compiled: a pattern no engine reads, a reference to nothing."""


@dataclass(frozen=True)
class Violation:
    """One reason why a value breaks a schema: where (JSON Pointer into the value), which keyword, in words."""

    pointer: str
    keyword: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the value'} {self.message}"


class Validator:
    """A compiled schema."""

    def __init__(self, compiled: jsonschema_rs.Validator) -> None:
        self.is_valid = compiled.is_valid
        self._compiled = compiled

    def violations(self, value: Any) -> list[Violation]:
        """Return every violation of ``value``, none when it is valid."""
        return [violation for error in self._compiled.iter_errors(value) for violation in _violations(error)]

    def few_violations(self, value: Any) -> list[Violation]:
        """Return every violation of ``value``; the first alone where there could be so many that it takes long."""
        if not _is_large(value):
            return self.violations(value)
        try:
            self._compiled.validate(value)
        except jsonschema_rs.ValidationError as error:
            return list(_violations(error))
        return []


class Schemas:
    """The schemas of one bundled OpenAPI 3.1 document, compiled on demand."""

    def __init__(self, document: Any) -> None:
        self._registry = jsonschema_rs.Registry([(_ROOT, _checkable(document))])

    def compile(self, pointer: str) -> Validator:
        """Return a validator for the schema at ``pointer``; raises BadSchema when it cannot be compiled."""
        return self.compile_schema({"$ref": f"{_ROOT}#{quote(pointer, safe='/~')}"})

    def compile_schema(self, schema: Any) -> Validator:
        """Return a validator for ``schema``, whose references are absolute; raises BadSchema."""
        try:
            compiled = jsonschema_rs.Draft202012Validator(
                schema, registry=self._registry, validate_formats=True, pattern_options=_PATTERNS, offline=True
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise BadSchema(str(error).split("\n", 1)[0]) from None
        return Validator(compiled)


def metaschema_violations(schema: Any) -> list[Violation]:
    """Return what is wrong with ``schema`` as a JSON Schema 2020-12; pointers lead into the schema."""
    return _metaschema().violations(schema)


@cache
def is_pattern(pattern: str) -> bool:
    """Tell whether ``pattern`` can be compiled as an ECMA-262 regular expression."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_PATTERNS)
    except ValueError:
        return False
    return True


@cache
def _metaschema() -> Validator:
    return schema_validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})


def schema_validator(schema: Any) -> Validator:
    """Return a validator for a self-contained ``schema`` of the draft that its ``$schema`` names (else 2020-12)."""
    return Validator(jsonschema_rs.validator_for(schema, validate_formats=True, offline=True))


def _checkable(document: Any) -> Any:
    """Spell integer formats as limits: the library asserts formats of strings only."""
    formats = {str(node.get("format")) for _, kind, node in objects(document) if kind == "schema"}
    return _with_limits(document) if formats & _INTEGERS.keys() else document


def _with_limits(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_limits(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _with_limits(value) for key, value in node.items()}
    limits = _INTEGERS.get(copy["format"]) if isinstance(copy.get("format"), str) else None
    if limits and "integer" in str(copy.get("type")):
        copy["allOf"] = [*copy.get("allOf", []), {"minimum": limits[0], "maximum": limits[1]}]
    return copy


def _violations(error: jsonschema_rs.ValidationError) -> Iterator[Violation]:
    pointer = "".join(f"/{escape(str(token))}" for token in error.instance_path)
    kind = error.kind
    match kind:
        case Kind.Required():
            yield Violation(f"{pointer}/{escape(kind.property)}", "required", "is required")
        case Kind.AdditionalProperties() | Kind.UnevaluatedProperties():
            for name in kind.unexpected:
                yield Violation(f"{pointer}/{escape(name)}", kind.name, "is not allowed here")
        case Kind.AnyOf() | Kind.OneOfNotValid():
            meant = _meant(kind.context, len(error.instance_path))
            if meant is None:
                yield Violation(pointer, kind.name, _none_of(kind.context))
            for inner in meant or ():
                yield from _violations(inner)
        case _:
            yield Violation(pointer, kind.name, _shortened(_message(error)))


def _is_large(value: Any) -> bool:
    """Tell whether the pointers to everything in ``value`` are more text than a client should make a server write."""
    left, waiting = _MOST_TEXT, [(value, 0)]
    while waiting and left > 0:
        node, length = waiting.pop()
        inner: list[tuple[Any, int]] = []
        if isinstance(node, list):
            inner = [(item, length + len(str(len(node))) + 1) for item in node]
        elif isinstance(node, dict):
            inner = [(item, length + len(key) + 1) for key, item in node.items()]
        left -= sum(length + _WORK for _, length in inner)
        waiting += inner
    return left <= 0


def _none_of(branches: list[list[jsonschema_rs.ValidationError]]) -> str:
    errors = [error for branch in branches for error in branch]
    lacking = [error.kind.property for error in errors if isinstance(error.kind, Kind.Required)]
    if len(lacking) == len(errors) == len(branches):
        return f"needs one of {', '.join(lacking)}"
    return f"matches none of the {len(branches)} alternatives"


def _message(error: jsonschema_rs.ValidationError) -> str:
    kind = error.kind
    match kind:
        case Kind.Type():
            return f"must be {' or '.join(kind.types)}, not {type_of(error.instance)}"
        case Kind.Enum():
            return f"must be one of {', '.join(_json(value) for value in kind.options)}"
        case Kind.Constant():
            return f"must be {_json(kind.expected_value)}"
        case Kind.PropertyNames():
            return f"has a property name that is not allowed: {kind.error.message}"
    return _MESSAGES.get(type(kind).__name__, "is not valid").format(**kind.as_dict())


def _meant(branches: list[list[jsonschema_rs.ValidationError]], depth: int) -> list[Any] | None:
    """Return the errors of the one alternative that the author plainly meant, None when that is not plain."""
    near = [branch for branch in branches if not any(_is_other(error, depth) for error in branch)]
    if len(near) > 1:
        near = [branch for branch in near if all(len(error.instance_path) > depth for error in branch)]
    return near[0] if len(near) == 1 else None


def _is_other(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    """An alternative of another type, or a Reference Object where none was written, was not meant."""
    kind = error.kind
    if isinstance(kind, Kind.Required):
        return kind.property == "$ref"
    return isinstance(kind, Kind.Type) and len(error.instance_path) == depth


_MESSAGES = {
    "AdditionalItems": "must have at most {limit} items",
    "BacktrackLimitExceeded": "takes too long to match against the pattern",
    "Contains": "does not contain a required item",
    "ExclusiveMaximum": "must be less than {limit}",
    "ExclusiveMinimum": "must be greater than {limit}",
    "FalseSchema": "is not allowed here",
    "Format": "is not a valid {format}",
    "MaxItems": "must have at most {limit} items",
    "MaxLength": "must be at most {limit} characters long",
    "MaxProperties": "must have at most {limit} properties",
    "Maximum": "must be at most {limit}",
    "MinItems": "must have at least {limit} items",
    "MinLength": "must be at least {limit} characters long",
    "MinProperties": "must have at least {limit} properties",
    "Minimum": "must be at least {limit}",
    "MultipleOf": "must be a multiple of {multiple_of}",
    "Not": "matches a schema it must not match",
    "OneOfMultipleValid": "matches more than one of the alternatives",
    "Pattern": "does not match the pattern {pattern}",
    "UnevaluatedItems": "has items that are not allowed",
    "UniqueItems": "has items that are not unique",
}


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def type_of(value: Any) -> str:
    """Return the JSON type of ``value``."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:197] + "..."
