"""Whether what a keyword asks of a value is certain for every value of another schema: types, bounds, patterns."""

import json
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from specwright.gate.breaking.gaps import told
from specwright.gate.breaking.views import NUMBERS, View, atom_of, canonical, limits_of, own_atoms, whole
from specwright.spec.formats import LIMITS
from specwright.spec.schemas import schema_validator

# (kind of the gap, what gets through, whether that is certain)
Found = tuple[str, str, bool]

_NAMES = {
    "null": "null",
    "boolean": "true or false",
    "object": "objects",
    "array": "arrays",
    "string": "strings",
    "integer": "whole numbers",
    "fraction": "numbers that are not whole",
}
# Keyword -> (type, what is counted).
_LEAST = {"minLength": ("string", "characters"), "minItems": ("array", "items"), "minProperties": ("object", "members")}
_MOST = {"maxLength": ("string", "characters"), "maxItems": ("array", "items"), "maxProperties": ("object", "members")}
_ANYTHING = frozenset({"", ".*", "^.*$", "^.*", ".*$", "^", "$"})
# Formats that texts of other formats have, too.
_WIDER = {("uri", "uri-reference"), ("uri", "iri"), ("email", "idn-email"), ("hostname", "idn-hostname")}
_WIDER |= {("uri-reference", "iri-reference"), ("uri", "iri-reference"), ("iri", "iri-reference")}
# Formats that are asserted; others only tell what a text is for.
_ASSERTED = frozenset(
    [
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uuid",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "byte",
    ]
)


def scalar_gaps(inner: View, schema: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what values of ``inner`` the keywords of ``schema`` that look at one value alone refuse."""
    if inner.values is not None and all(not isinstance(value, dict | list) for value in inner.values):
        yield from _of_values(inner.values, schema)
        return
    yield from _types(inner, schema)
    if not inner.atoms & own_atoms({key: schema[key] for key in ("type",) if key in schema}):
        return
    for keyword in ("enum", "const"):
        if keyword in schema:
            yield from _enum(inner, schema["enum"] if keyword == "enum" else [schema["const"]])
    if inner.atoms & NUMBERS:
        yield from _numbers(inner, schema)
    yield from _sizes(inner, schema)
    if "string" in inner.atoms:
        yield from _texts(inner, schema)
    if "array" in inner.atoms and schema.get("uniqueItems") and True not in inner.said("uniqueItems"):
        most = inner.most("maxItems")
        if most is None or most > 1:
            yield "unique-items", "arrays with equal items", True


_KINDS = {
    "type": "type",
    "enum": "enum",
    "const": "enum",
    "pattern": "pattern",
    "format": "format",
    "multipleOf": "multiple-of",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"), "bound"),
}


def _of_values(values: tuple[Any, ...], schema: Mapping[str, Any]) -> Iterator[Found]:
    """Values that can be counted are tried."""
    refused: dict[str, tuple[str, list[Any]]] = {}
    for keyword, kind in _KINDS.items():
        for value in values if keyword in schema else ():
            if not _meets(value, keyword, schema):
                refused.setdefault(canonical(value), (kind, []))[1].append(value)
    for kind in dict.fromkeys(kind for kind, _ in refused.values()):
        found = [members[0] for other, members in refused.values() if other == kind]
        only_null = found == [None]
        yield "null" if only_null and kind in ("type", "enum") else kind, told(found), True


def _meets(value: Any, keyword: str, schema: Mapping[str, Any]) -> bool:
    if keyword == "type":
        return atom_of(value) in own_atoms({"type": schema["type"]})
    limits = limits_of(schema) if keyword == "format" else None
    if limits and isinstance(value, int | float) and not isinstance(value, bool):
        return limits[0] <= value <= limits[1]
    found: bool = _validator(json.dumps({keyword: schema[keyword]})).is_valid(value)
    return found


@cache
def _validator(schema: str) -> Any:
    return schema_validator(json.loads(schema))


def _types(inner: View, schema: Mapping[str, Any]) -> Iterator[Found]:
    missing = inner.atoms - own_atoms({"type": schema["type"]}) if "type" in schema else frozenset()
    if "null" in missing:
        yield "null", "null", True
    if others := missing - {"null"}:
        yield "type", " and ".join(_NAMES[name] for name in sorted(others)), True


def _enum(inner: View, values: list[Any]) -> Iterator[Found]:
    atoms = {atom_of(value) for value in values}
    if inner.values is None:
        if "null" in inner.atoms - atoms:
            yield "null", "null", True
        if inner.atoms - {"null"}:
            yield "enum", f"anything but {told(values)}", True
        return
    known = {canonical(value) for value in values}
    missing = [value for value in inner.values if canonical(value) not in known]
    if missing:
        yield "enum", told(missing), True


def _numbers(inner: View, schema: Mapping[str, Any]) -> Iterator[Found]:
    limits = limits_of(schema)
    lows = [(schema[key], key == "exclusiveMinimum") for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [(schema[key], key == "exclusiveMaximum") for key in ("maximum", "exclusiveMaximum") if key in schema]
    for bound, is_out in lows:
        if _is_below(inner.lower, whole(bound, is_out, 1) if inner.is_whole else (bound, is_out)):
            yield "bound", f"numbers {'of' if is_out else 'below'} {bound}{' or less' if is_out else ''}", True
    for bound, is_out in highs:
        if _is_above(inner.upper, whole(bound, is_out, -1) if inner.is_whole else (bound, is_out)):
            yield "bound", f"numbers {'of' if is_out else 'above'} {bound}{' or more' if is_out else ''}", True
    if limits and limits != LIMITS["double"] and (inner.lower[0] < limits[0] or inner.upper[0] > limits[1]):
        yield "format", f"numbers that are no {schema['format']}", True
    if "multipleOf" in schema:
        yield from _multiples(inner, schema["multipleOf"])


def _is_below(mine: tuple[float, bool], bound: tuple[float, bool]) -> bool:
    return mine[0] < bound[0] or (mine[0] == bound[0] and bound[1] and not mine[1])


def _is_above(mine: tuple[float, bool], bound: tuple[float, bool]) -> bool:
    return mine[0] > bound[0] or (mine[0] == bound[0] and bound[1] and not mine[1])


def _multiples(inner: View, divisor: Any) -> Iterator[Found]:
    known = [Fraction(str(value)) for value in inner.said("multipleOf")] + ([Fraction(1)] if inner.is_whole else [])
    if not any((value / Fraction(str(divisor))).denominator == 1 for value in known):
        yield "multiple-of", f"numbers that are no multiple of {divisor}", True


def _sizes(inner: View, schema: Mapping[str, Any]) -> Iterator[Found]:
    for keyword, (atom, noun) in _LEAST.items():
        if atom in inner.atoms and schema.get(keyword, 0) > _at_least(inner, keyword):
            yield "bound", f"{_things(atom)} with fewer than {schema[keyword]} {noun}", True
    for keyword, (atom, noun) in _MOST.items():
        if atom in inner.atoms and schema.get(keyword, math.inf) < _at_most(inner, keyword):
            yield "bound", f"{_things(atom)} with more than {schema[keyword]} {noun}", True


def _things(atom: str) -> str:
    return "texts" if atom == "string" else _NAMES[atom]


def _at_least(inner: View, keyword: str) -> float:
    counted = len(inner.required) if keyword == "minProperties" else 0
    return max(inner.least(keyword) or 0, counted)


def _at_most(inner: View, keyword: str) -> float:
    most = inner.most(keyword)
    named = len(inner.names) if keyword == "maxProperties" and inner.is_closed and not inner.patterns else math.inf
    return min(math.inf if most is None else most, named)


def _texts(inner: View, schema: Mapping[str, Any]) -> Iterator[Found]:
    pattern, name = schema.get("pattern"), schema.get("format")
    if pattern is not None and pattern not in _ANYTHING and pattern not in inner.said("pattern"):
        yield "pattern", f"texts that do not match {pattern}", not inner.said("pattern")
    known = inner.said("format")
    if name is not None and name not in known and name not in LIMITS:
        is_wider = any((other, name) in _WIDER for other in known)
        if name in _ASSERTED and not is_wider:
            yield "format", f"texts that are no {name}", True
        elif not is_wider:
            yield "format-hint", f"texts that are not meant as {name}", True
    for keyword in ("contentEncoding", "contentMediaType"):
        if keyword in schema and name != "byte" and schema[keyword] not in inner.said(keyword):
            yield "content", f"texts that are not {schema[keyword]}", True
