"""Say why a value breaks a schema: what the validation library found, in the words of the contract."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import jsonschema_rs

from specwright.spec.excerpt import ABSENT, CUT, excerpt
from specwright.spec.pointer import deref, escape, mapping
from specwright.spec.structure import CHILDREN, MEANS, objects

Kind = jsonschema_rs.ValidationErrorKind

_SHAPES = CHILDREN["schema"]


class Violation(NamedTuple):
    """One reason why a value breaks a schema: where (JSON Pointer into the value), which keyword, in words.

    ``expected`` is what the schema says by the keyword and ``received`` the value at fault, both excerpts of a bounded
    size; ABSENT where there is none.
    """

    pointer: str
    keyword: str
    message: str
    expected: Any = ABSENT
    received: Any = ABSENT

    def __str__(self) -> str:
        return f"{self.pointer or 'the value'} {self.message}"


class Rule(NamedTuple):
    """What a schema says in one place: the keyword of the contract, an excerpt of its value, whether values are secret.

    ``message`` says what is wrong with a value that breaks it, None where that depends on the value.
    """

    keyword: str
    expected: Any
    is_secret: bool
    message: str | None


class Source:
    """The document that schemas lead into, if they lead into one: it tells what is expected and what is secret."""

    def __init__(self, document: Any = None) -> None:
        self.document = document
        self._rules: dict[tuple[type[Kind] | str | int, ...], Rule] = {}

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The names of the members that a schema calls secret: their values are never repeated."""
        schemas = [node for _, kind, node in objects(self.document) if kind == "schema"]
        members = [(name, deref(self.document, item)) for node in schemas for name, item in _members(node)]
        return frozenset(name for name, item in members if isinstance(item, dict) and _is_secret(item))

    def rule(self, error: jsonschema_rs.ValidationError, kind: Kind) -> Rule:
        """Return the rule that was broken in the way ``kind``."""
        place = error.schema_path
        key = (type(kind), *place)
        if key not in self._rules:
            schema = _at(self.document, place[:-1])
            is_secret = isinstance(schema, dict) and _is_secret(schema)
            keyword, expected = _keyword(self.document, error)
            self._rules[key] = Rule(keyword, expected, is_secret, _message(kind, keyword, expected))
        return self._rules[key]

    def received(self, rule: Rule, name: str | int, value: Any) -> Any:
        """Return an excerpt of ``value``, the member ``name`` of something that broke ``rule``, but for what is secret."""
        return CUT if rule.is_secret or name in self.secrets else excerpt(value, hidden=self.secrets)


def violations_of(source: Source, error: jsonschema_rs.ValidationError) -> list[Violation]:
    """Return what ``error`` says; of alternatives, what is wrong with the one that was plainly meant."""
    path, kind = error.instance_path, error.kind
    rule = source.rule(error, kind)
    pointer = "".join([f"/{escape(token) if isinstance(token, str) else token}" for token in path])
    keyword, expected, _, message = rule
    wrong = error.instance
    match kind:
        case _ if message is not None:
            pass
        case Kind.Required():
            return [Violation(f"{pointer}/{escape(kind.property)}", keyword, "is required", expected)]
        case Kind.AdditionalProperties() | Kind.UnevaluatedProperties():
            found = [(name, source.received(rule, name, _member(error.instance, name))) for name in kind.unexpected]
            message = "is not allowed here"
            return [Violation(f"{pointer}/{escape(name)}", keyword, message, expected, value) for name, value in found]
        case Kind.AnyOf() | Kind.OneOfNotValid():
            meant = _meant(kind.context, len(path))
            if meant is not None:
                return [violation for inner in meant for violation in violations_of(source, inner)]
            message = _none_of(kind.context)
        case Kind.PropertyNames():
            message, wrong = f"has a property name that is not allowed: {kind.error.message}", kind.error.instance
        case Kind.Type():
            message = f"must be {' or '.join(kind.types)}, not {type_of(wrong)}"
    received = source.received(rule, path[-1] if path else "", wrong)
    return [Violation(pointer, keyword, _shortened(str(message)), expected, received)]


def _members(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(mapping(schema, "properties").items())


def _is_secret(schema: dict[str, Any]) -> bool:
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def _member(value: Any, name: str) -> Any:
    return value[name]


def _keyword(document: Any, error: jsonschema_rs.ValidationError) -> tuple[str, Any]:
    """Return the keyword of the contract that was broken, and an excerpt of what it says."""
    path = error.schema_path
    if isinstance(error.kind, Kind.PropertyNames):
        path = path[: len(path) - path[::-1].index("propertyNames")]
    if isinstance(error.kind, Kind.FalseSchema):
        return _applicator(path), False
    parent, name = _at(document, path[:-1]), str(path[-1]) if path else error.kind.name
    if not isinstance(parent, dict):
        return name, ABSENT
    name = parent.get(MEANS, name)
    return name, excerpt(parent[name]) if name in parent else ABSENT


def _applicator(path: Sequence[str | int]) -> str:
    """Return the keyword that the schema ``false`` at the end of ``path`` belongs to."""
    last, around = (str(token) for token in (["", "", *path][:-3:-1]))
    if _SHAPES.get(around, "schema") != "schema":
        return around
    return last if _SHAPES.get(last) == "schema" else "falseSchema"


def _at(document: Any, path: Sequence[str | int]) -> Any:
    try:
        for token in path:
            document = document[token]
    except (KeyError, IndexError, TypeError):
        return None
    return document


def _none_of(branches: list[list[jsonschema_rs.ValidationError]]) -> str:
    errors = [error for branch in branches for error in branch]
    lacking = [error.kind.property for error in errors if isinstance(error.kind, Kind.Required)]
    if len(lacking) == len(errors) == len(branches):
        return f"needs one of {', '.join(lacking)}"
    return f"matches none of the {len(branches)} alternatives"


def _message(kind: Kind, keyword: str, expected: Any) -> str | None:
    """Return what is wrong with whatever breaks a rule in the way ``kind``, None where that depends on the value."""
    match kind:
        case Kind.Enum():
            return f"must be one of {', '.join(_json(value) for value in kind.options)}"
        case Kind.Constant():
            return f"must be {_json(kind.expected_value)}"
        case Kind.Contains() if keyword in _COUNTS:
            return f"must contain {_COUNTS[keyword]} {expected} matching items"
        case Kind.Not() if keyword == "writeOnly":
            return "must not be in a response"
    if isinstance(kind, _TOLD_BY_VALUE):
        return None
    return _MESSAGES.get(type(kind).__name__, "is not valid").format(**kind.as_dict())


def _meant(branches: list[list[jsonschema_rs.ValidationError]], depth: int) -> list[Any] | None:
    """Return the errors of the one alternative that the author plainly meant, None when that is not plain."""
    near = [branch for branch in branches if not any(_is_other(error, depth) for error in branch)]
    if len(near) > 1:
        near = [branch for branch in near if not any(_names_another(error, depth) for error in branch)] or near
    if len(near) > 1:
        near = [branch for branch in near if all(len(error.instance_path) > depth for error in branch)]
    return near[0] if len(near) == 1 else None


def _is_other(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    """An alternative of another type, or a Reference Object where none was written, was not meant."""
    kind = error.kind
    if isinstance(kind, Kind.Required):
        return kind.property == "$ref"
    return isinstance(kind, Kind.Type) and len(error.instance_path) == depth


def _names_another(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    """An alternative may name itself by a constant in one of its members."""
    return isinstance(error.kind, Kind.Constant | Kind.Enum) and len(error.instance_path) == depth + 1


# What is wrong depends on the value, not on the rule alone.
_TOLD_BY_VALUE = (
    Kind.Required,
    Kind.AdditionalProperties,
    Kind.UnevaluatedProperties,
    Kind.AnyOf,
    Kind.OneOfNotValid,
    Kind.PropertyNames,
    Kind.Type,
)
_COUNTS = {"minContains": "at least", "maxContains": "at most"}
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
