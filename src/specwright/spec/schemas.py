"""Validate values against the schemas of a contract: JSON Schema 2020-12, formats asserted.

With ``violations`` the only module that knows the validation library.
"""

from functools import cache, cached_property
from typing import Any

import jsonschema_rs

from specwright.spec.formats import STRINGS, with_limits
from specwright.spec.pointer import fragment
from specwright.spec.violations import Source, Violation, violations_of

_ROOT = "urn:contract"
# Patterns come from documents and meet values from clients: both could be made to backtrack for ever.
_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
# A violation takes as long to tell as a thousand values take to check, and a body may have millions of them. Telling it
# is work besides the text of its pointer: about as much as so many characters.
_MOST_TEXT, _WORK = 40_000, 14
_CONTAINERS = (dict, list)


class BadSchema(Exception):
    """A schema cannot be compiled: a pattern no engine reads, a reference to nothing."""


class Validator:
    """A compiled schema; with a ``source``, of a value that has room for very many violations it tells the first only."""

    def __init__(self, compiled: jsonschema_rs.Validator, source: Source | None = None) -> None:
        self.is_valid = compiled.is_valid
        self._compiled, self._source = compiled, source or Source()
        self._is_for_clients = source is not None

    def violations(self, value: Any) -> list[Violation]:
        """Return every violation of ``value``, none when it is valid."""
        is_too_much = self._is_for_clients and isinstance(value, _CONTAINERS) and _is_large(value)
        errors = self._first(value) if is_too_much else self._compiled.iter_errors(value)
        return [violation for error in errors for violation in violations_of(self._source, error)]

    def _first(self, value: Any) -> list[jsonschema_rs.ValidationError]:
        try:
            self._compiled.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [error]
        return []

    def annotated(self, value: Any, keyword: str) -> set[str]:
        """Return the places in ``value``, which is valid, of which the schema says ``keyword: true``."""
        found = self._compiled.evaluate(value).annotations()
        return {item["instanceLocation"] for item in found if _says(item["annotations"], keyword)}


class Schemas:
    """The schemas of one bundled OpenAPI 3.1 document, compiled on demand."""

    def __init__(self, document: Any) -> None:
        self._source = Source(with_limits(document))

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_ROOT, self._source.document)])

    def compile(self, pointer: str) -> Validator:
        """Return a validator for the schema at ``pointer``; raises BadSchema when it cannot be compiled."""
        return self.compile_schema({"$ref": f"{_ROOT}#{fragment(pointer)}"})

    def compile_schema(self, schema: Any) -> Validator:
        """Return a validator for ``schema``, whose references are absolute; raises BadSchema."""
        try:
            compiled = jsonschema_rs.Draft202012Validator(
                schema,
                registry=self._registry,
                validate_formats=True,
                formats=dict(STRINGS),
                pattern_options=_PATTERNS,
                offline=True,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise BadSchema(str(error).split("\n", 1)[0]) from None
        return Validator(compiled, self._source)


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


def matches(pattern: str, text: str) -> bool:
    """Tell whether ``text`` has a match of the ECMA-262 regular expression ``pattern``."""
    return _matcher(pattern).is_valid(text)


@cache
def _matcher(pattern: str) -> Validator:
    return Validator(jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_PATTERNS))


@cache
def _metaschema() -> Validator:
    return schema_validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})


def schema_validator(schema: Any) -> Validator:
    """Return a validator for a self-contained ``schema`` of the draft that its ``$schema`` names (else 2020-12)."""
    return Validator(jsonschema_rs.validator_for(schema, validate_formats=True, offline=True))


def _says(annotations: Any, keyword: str) -> bool:
    return isinstance(annotations, dict) and annotations.get(keyword) is True


def _is_large(value: Any) -> bool:
    """Tell whether the pointers to everything in ``value`` are more text than a client should make a server write."""
    left, waiting = _MOST_TEXT, [(value, _WORK)]
    for node, length in waiting:  # which grows on the way
        if isinstance(node, dict):
            left -= len(node) * length + sum(map(len, node))
            inner = [(item, length + len(key) + 1) for key, item in node.items() if isinstance(item, _CONTAINERS)]
        else:
            below = length + len(str(len(node))) + 1
            left -= len(node) * below
            inner = [(item, below) for item in node if isinstance(item, _CONTAINERS)]
        if left < 0:
            return True
        waiting += inner
    return False
