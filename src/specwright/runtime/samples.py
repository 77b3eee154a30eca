"""A schema -> one value that obeys it: its own example first, then the least that its keywords ask for.

The same schema always gives the same value, in every process.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from specwright.runtime.patterns import Steady, matching
from specwright.spec.pointer import deref, resolve
from specwright.spec.schemas import BadSchema, Schemas

_DEEP = 6
_TRIES = 100  # at a text that a pattern matches
BRANCHES = 3
# As many items, properties and characters as a sample may have.
MOST = 1000
STRINGS = {
    "date-time": "2025-01-15T10:00:00Z",
    "date": "2025-01-15",
    "time": "10:00:00Z",
    "duration": "PT30M",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "iri": "https://example.com/",
    "iri-reference": "/",
    "uri-template": "/{id}",
    "json-pointer": "/a",
    "relative-json-pointer": "0",
    "regex": "a",
    "byte": "YQ==",
}


class NoSample(Exception):
    """No value that obeys the schema was found."""


class Samples:
    """Values for the schemas of one contract."""

    def __init__(self, contract: Any, schemas: Schemas) -> None:
        self._contract, self._schemas = contract, schemas

    def of(self, pointer: str) -> Any:
        """Return a value for the schema at ``pointer``; raises NoSample."""
        return self.valid(pointer, self._candidates(resolve(self._contract, pointer)))

    def valid(self, pointer: str, candidates: Iterable[Any]) -> Any:
        """Return the first of ``candidates`` that obeys the schema at ``pointer``; raises NoSample."""
        try:
            validator = self._schemas.compile(pointer)
        except BadSchema as error:
            raise NoSample(str(error)) from None
        for value in candidates:
            if validator.is_valid(value):
                return value
        raise NoSample(f"no example at {pointer}, and none could be made from the schema: add one")

    def examples(self, pointer: str) -> Iterator[Any]:
        """Yield the examples that a media type, parameter or header object at ``pointer`` gives, in its order."""
        yield from self.named(resolve(self._contract, pointer)).values()

    def named(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        """Return the examples of ``holder``, which may have some, by name; that of ``example`` is ``default``."""
        items = {name: deref(self._contract, item) for name, item in (holder.get("examples") or {}).items()}
        named = {name: item["value"] for name, item in items.items() if "value" in item}
        return {"default": holder["example"], **named} if "example" in holder else named

    def _candidates(self, schema: Any) -> Iterator[Any]:
        """Yield values from the fullest to the least."""
        yield from given(schema)
        for taken in (given, fixed):
            for branch in range(BRANCHES):
                for depth in (_DEEP, 2, 0):
                    yield Maker(self._contract, depth, branch, taken).make(schema, 0)


class Maker:
    """Makes the plainest value of a schema; below ``depth`` levels it leaves out what is not required.

    Of alternatives it takes the one numbered ``branch``; ``taken`` says which values the schema itself gives.
    """

    def __init__(self, contract: Any, depth: int, branch: int, taken: Callable[[Any], Iterator[Any]]) -> None:
        self._contract, self._depth, self._branch, self._taken = contract, depth, branch, taken

    def make(self, schema: Any, level: int) -> Any:
        """Return a value, most often a valid one, of ``schema``, which is ``level`` levels down."""
        merged = self._merged(schema, level)
        merged.update({key: int(merged[key]) for key in _COUNTS if isinstance(merged.get(key), float)})
        values = list(self._taken(merged))
        if values:
            return self._choice(values)
        types = merged.get("type")
        names = types if isinstance(types, list) else [types] if types else [_implied(merged)]
        name = self._type(names, level)
        return getattr(self, f"_{name}")(merged, level) if name in _MADE else None

    def _choice(self, values: Sequence[Any]) -> Any:
        return values[0]

    def _type(self, names: Sequence[str], level: int) -> str:
        return "null" if level > self._depth and "null" in names else next((n for n in names if n != "null"), "null")

    def _alternative(self, branches: Sequence[Any], level: int) -> Sequence[Any]:
        """Return one of ``branches`` in a list, none if nothing but null is left; deep down it is null if it can be."""
        if level > self._depth and NULL in branches:
            return [NULL]
        some = [branch for branch in branches if branch != NULL]
        return some[min(self._branch, len(some) - 1) :][:1]

    def _merged(self, schema: Any, level: int) -> dict[str, Any]:
        """Return ``schema`` with its references, intersections and first alternative folded in."""
        if not isinstance(schema, dict) or level > 40:
            return {}
        if "$ref" in schema:
            target = resolve(self._contract, unquote(schema["$ref"][1:]))
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return self._merged(_both(target, beside) if isinstance(target, dict) else beside, level + 1)
        merged = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")}
        branches = list(schema.get("allOf", ()))
        for union in ("oneOf", "anyOf"):
            branches += self._alternative(schema.get(union, ()), level)
        if self._branch:
            branches += [schema[key] for key in (("then",), ("else",))[self._branch - 1] if key in schema]
        for branch in branches:
            merged = _both(merged, self._merged(branch, level + 1))
        return merged

    def _object(self, schema: dict[str, Any], level: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        extra = schema.get("additionalProperties", {})
        value = {
            name: self.make(properties.get(name, _patterned(schema, name, extra)), level + 1)
            for name in self._members(properties, required, level)
            if not _is_forbidden(properties.get(name))
        }
        for index in range(len(value), min(schema.get("minProperties", 0), MOST)):
            value[f"key{index}"] = self.make(extra, level + 1)
        return value

    def _array(self, schema: dict[str, Any], level: int) -> list[Any]:
        prefix = schema.get("prefixItems", [])
        least = schema.get("minItems", 0)
        count = self._length(least, schema.get("maxItems", 1 << 30), len(prefix), level)
        value = [self.make(item, level + 1) for item in prefix[:count]]
        items = schema.get("items", {})
        if items is False:
            return value
        if "contains" in schema:
            value += [self.make(schema["contains"], level + 1) for _ in range(schema.get("minContains", 1))]
        rest = [self.make(items, level + 1) for _ in range(min(count, MOST) - len(value))]
        if not schema.get("uniqueItems"):
            return value + rest
        return value + self._different(rest, items.get("enum", []) if isinstance(items, dict) else [])

    def _members(self, properties: Iterable[str], required: Iterable[str], level: int) -> Iterable[str]:
        """Return the names of the members that an object gets."""
        return required if level >= self._depth else dict.fromkeys([*properties, *required])

    def _length(self, least: int, most: int, prefix: int, level: int) -> int:
        """Return how many items an array gets, whose first ``prefix`` items have schemas of their own."""
        return max(least, min(prefix or (1 if level < self._depth else 0), most))

    def _different(self, values: list[Any], options: list[Any]) -> list[Any]:
        """Return as many values as ``values`` that differ, of ``options`` if there are any."""
        return options[: len(values)] or [_varied(value, index) for index, value in enumerate(values)]

    def _string(self, schema: dict[str, Any], _: int) -> str:
        if isinstance(schema.get("pattern"), str):
            return matching(
                schema["pattern"], schema.get("minLength", 0), schema.get("maxLength", MOST), Steady(0), _TRIES
            )
        text = STRINGS.get(str(schema.get("format")), "string")
        if len(text) < schema.get("minLength", 0):
            text += "x" * min(schema["minLength"] - len(text), 100_000)
        return text[: schema.get("maxLength", len(text))]

    def _integer(self, schema: dict[str, Any], level: int) -> int:
        return int(self._number(schema | {"multipleOf": schema.get("multipleOf", 1)}, level))

    def _number(self, schema: dict[str, Any], _: int) -> Any:
        step = schema.get("multipleOf", 1)
        lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
        highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
        if lows:
            value = -(-max(lows) // step) * step
            value += step if value <= schema.get("exclusiveMinimum", value - step) else 0
        else:
            value = min([1, *highs]) // step * step if highs else step
            value -= step if value >= schema.get("exclusiveMaximum", value + step) else 0
        past = highs and (value > min(highs) or value == schema.get("exclusiveMaximum"))
        if lows and past:
            value = (max(lows) + min(highs)) / 2
        return value

    def _boolean(self, _: dict[str, Any], __: int) -> bool:
        return True

    def _null(self, _: dict[str, Any], __: int) -> None:
        return None


# Limits that JSON Schema lets be spelled 2.0.
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains")
NULL = {"type": "null"}
_MADE = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})


def given(schema: Any) -> Iterator[Any]:
    """Yield the values that ``schema`` itself names, whether or not they are right."""
    if isinstance(schema, dict):
        if isinstance(schema.get("examples"), list):
            yield from schema["examples"]
        for key in ("const", "default"):
            if key in schema:
                yield schema[key]
        yield from schema.get("enum", ())


def fixed(schema: Any) -> Iterator[Any]:
    """Yield the values that ``schema`` leaves no other choice than."""
    yield from ([schema["const"]] if "const" in schema else schema.get("enum", ()))


def _is_forbidden(schema: Any) -> bool:
    return schema is False or (isinstance(schema, dict) and schema.get("not") in ({}, True))


def _patterned(schema: dict[str, Any], name: str, otherwise: Any) -> Any:
    found = schema.get("patternProperties", {})
    return next((item for pattern, item in found.items() if _matches(pattern, name)), otherwise)


def _matches(pattern: str, name: str) -> bool:
    try:
        return bool(re.search(pattern, name))
    except re.error:  # ECMA-262 has patterns that Python has not
        return False


def _implied(schema: dict[str, Any]) -> str:
    if schema.keys() & {"properties", "required", "additionalProperties", "minProperties"}:
        return "object"
    if schema.keys() & {"items", "prefixItems", "minItems"}:
        return "array"
    if schema.keys() & {"minimum", "maximum", "multipleOf"}:
        return "number"
    return "string" if schema.keys() & {"minLength", "maxLength", "pattern", "format"} else "null"


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what obeys ``one`` and ``other``, keyword by keyword; good enough for a candidate."""
    merged = {**one, **other}
    if "properties" in one and "properties" in other:
        names = {**one["properties"], **other["properties"]}
        merged["properties"] = {
            name: {"allOf": [part["properties"][name] for part in (one, other) if name in part["properties"]]}
            if name in one["properties"] and name in other["properties"]
            else schema
            for name, schema in names.items()
        }
    if "required" in one and "required" in other:
        merged["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    for key, pick in (("minimum", max), ("minLength", max), ("minItems", max), ("maximum", min), ("maxLength", min)):
        if key in one and key in other:
            merged[key] = pick(one[key], other[key])
    return merged


def _varied(value: Any, index: int) -> Any:
    if isinstance(value, dict):
        return {key: _varied(member, index) for key, member in value.items()}
    if isinstance(value, str):
        return f"{value}{index}"
    return value + index if type(value) in (int, float) else value
