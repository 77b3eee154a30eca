"""A keyword and a valid value -> values that break the keyword as little as can be, and valid ones at its edge."""

from collections.abc import Iterator, Mapping
from typing import Any

from specwright.prove import containers
from specwright.prove.containers import LARGEST, Candidates
from specwright.prove.sites import UNHEARD_OF
from specwright.runtime.patterns import Steady, matching

PLAIN: Mapping[str, Any] = {
    "string": "text",
    "integer": 7,
    "number": 1.5,
    "boolean": True,
    "null": None,
    "array": [],
    "object": {},
}
_NEAR = 25  # steps from a limit at which the next valid number is sought
_UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
GOOD: Mapping[str, tuple[Any, ...]] = {
    "uuid": (_UUID, _UUID.upper()),
    "date-time": ("2030-01-15T10:00:00Z", "2030-01-15T10:00:00.123456+05:30", "2030-01-15t10:00:00z"),
    "date": ("2028-02-29", "1900-01-01"),
    "time": ("10:00:00Z", "23:59:59.5+05:30"),
    "duration": ("PT30M", "P1Y2M3DT4H5M6S"),
    "email": ("ada@example.com",),
    "idn-email": ("ada@example.com",),
    "hostname": ("example.com", "a"),
    "idn-hostname": ("example.com",),
    "ipv4": ("192.0.2.1", "0.0.0.0"),  # noqa: S104 - an address as a value
    "ipv6": ("2001:db8::1", "::"),
    "uri": ("https://example.com/a?b#c", "urn:a:b"),
    "uri-reference": ("/a", "https://example.com/"),
    "uri-template": ("/{id}", "/a"),
    "iri": ("https://example.com/",),
    "iri-reference": ("/a",),
    "json-pointer": ("/a", "/a~1b"),
    "relative-json-pointer": ("0", "1/a"),
    "regex": ("a", "^[a-z]+$"),
    "byte": ("YQ==", "YWJj"),
}
BAD: Mapping[str, tuple[Any, ...]] = {
    "uuid": (_UUID[:-1], _UUID.replace("-", ""), "not-a-uuid"),
    "date-time": ("2030-02-30T10:00:00Z", "2030-01-15T10:00:00", "2030-01-15"),
    "date": ("2027-02-29", "15.01.2030"),
    "time": ("24:00:00Z", "10:00"),
    "duration": ("P", "30M"),
    "email": ("ada at example.com",),
    "idn-email": ("ada at example.com",),
    "hostname": ("-example.com", "a b"),
    "idn-hostname": ("-example.com", "a b"),
    "ipv4": ("192.0.2.256", "192.0.2"),
    "ipv6": ("2001:db8:::1", "192.0.2.1"),
    "uri": ("/a", "a b"),
    "uri-reference": ("a b", "\\a"),
    "uri-template": ("/{id", "{"),
    "iri": ("/a", "a b"),
    "iri-reference": ("a b", "\\a"),
    "json-pointer": ("a", "/~2"),
    "relative-json-pointer": ("/a", "-1"),
    "regex": ("(", "["),
    "byte": ("YQ", "a b="),
}
_BITS = (8, 16, 32, 64)
RANGES = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in _BITS},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in _BITS},
    "double-int": (-(2**53) + 1, 2**53 - 1),
}


def breaking(schema: Mapping[str, Any], keyword: str, value: Any) -> Iterator[Any]:
    """Yield values that may break ``keyword`` of ``schema``, made of the valid ``value``, the smallest change first."""
    yield from _BREAKING.get(keyword, lambda *_: iter(()))(schema, value)


def edging(schema: Mapping[str, Any], keyword: str, value: Any) -> Iterator[Any]:
    """Yield values at the edge of what ``keyword`` of ``schema`` allows, made of the valid ``value``."""
    yield from _EDGING.get(keyword, lambda _, same: iter((same,)))(schema, value)


def mistakes(schema: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, Any]]:
    """Yield (what, value) of what servers often take though ``keyword`` of ``schema`` does not."""
    if keyword == "type":
        yield from (("null", None), ("an integer", 7), ("a fraction", 1.5), ("an empty list", []))
    for option in schema["enum"][:2] if keyword == "enum" else ():
        if isinstance(option, str):
            yield f"{option} in another case", option.swapcase()
    numbers = [option for option in schema["enum"] if type(option) in (int, float)] if keyword == "enum" else []
    if numbers:
        yield "one more", max(numbers) + 1
    if keyword == "enum":
        yield "another value", UNHEARD_OF


# --- numbers ----------------------------------------------------------------------------------------------------------


def _steps(schema: Mapping[str, Any]) -> list[Any]:
    step = schema.get("multipleOf", 1)
    # Of what else a number breaks, the witness tells, and the one that breaks least is taken.
    return [step, 0.001, 1, 0.5] if "multipleOf" in schema else [0.001, 1, 0.5]


def _past(keyword: str, sign: int, *, exclusive: bool) -> Candidates:
    def candidates(schema: Any, _: Any) -> Iterator[Any]:
        limit = schema[keyword]
        if exclusive:
            yield limit
        yield from (limit + sign * step for step in _steps(schema))
        yield limit + sign * abs(limit) / 50  # what is too large for a step of 1 to show

    return candidates


def _multiples(schema: Any, value: Any) -> Iterator[Any]:
    step = schema["multipleOf"]
    start = value if isinstance(value, int | float) else 0
    yield from (start + step, start - step, start, step, step * 3, 0)


def _between(schema: Any, value: Any) -> Iterator[Any]:
    step = schema["multipleOf"]
    start = value if isinstance(value, int | float) else 0
    yield from (start + 1, start - 1, start + step / 2, start - step / 2, step * 1.5, 1)


# --- texts ------------------------------------------------------------------------------------------------------------


def _texts(length: int, schema: Any, value: Any) -> Iterator[str]:
    """Yield texts of exactly ``length`` characters that may obey the rest of ``schema``."""
    if not 0 <= length <= LARGEST:
        return
    text = value if isinstance(value, str) else ""
    if isinstance(schema.get("pattern"), str):
        yield matching(schema["pattern"], length, length, Steady(0), 50)
    yield (text + "x" * length)[:length]
    yield from ((char * length)[:length] for char in ("x", "1", "a", "A", "\N{SLICE OF PIZZA}"))
    if text:
        yield (text[0] * max(0, length - len(text)) + text)[:length]
        yield (text + text[-1] * length)[:length]


def _longer(schema: Any, value: Any) -> Iterator[Any]:
    yield from _texts(int(schema["maxLength"]) + 1, schema, value)


def _shorter(schema: Any, value: Any) -> Iterator[Any]:
    yield from _texts(int(schema["minLength"]) - 1, schema, value)


def _long(schema: Any, value: Any) -> Iterator[Any]:
    yield from _texts(int(schema["maxLength"]), schema, value)


def _short(schema: Any, value: Any) -> Iterator[Any]:
    yield from _texts(int(schema["minLength"]), schema, value)


def _mismatches(_: Any, value: Any) -> Iterator[Any]:
    text = value if isinstance(value, str) else "x"
    yield from (f"{text}!", f"!{text}", text.swapcase(), text[:-1], text[1:], f"{text} ", "!", "x", "0", "", "~~~")


def _matches(schema: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield value
    if isinstance(schema.get("pattern"), str):
        yield matching(schema["pattern"], 0, 1000, Steady(1), 50)
    yield value


def _bad_formats(schema: Any, value: Any) -> Iterator[Any]:
    name = str(schema["format"])
    yield from BAD.get(name, ())
    if name in RANGES:
        low, high = RANGES[name]
        yield from (high + 1, low - 1)
    if name == "float":
        yield from (3.5e38, -3.5e38)
    if name == "byte" and isinstance(value, str):
        yield f"{value}="


def _good_formats(schema: Any, value: Any) -> Iterator[Any]:
    name = str(schema["format"])
    yield from RANGES.get(name, ())
    yield from GOOD.get(name, ())
    yield value


# --- types and choices ------------------------------------------------------------------------------------------------


def _other_types(_: Any, value: Any) -> Iterator[Any]:
    yield from (other for other in PLAIN.values() if type(other) is not type(value))
    yield from ("", 1.0, "7", "unheard of", 0.5, [None], {"unheard_of": None})


def _own_types(schema: Any, value: Any) -> Iterator[Any]:
    yield value
    named = schema.get("type", ())
    for name in [named] if isinstance(named, str) else named:
        yield PLAIN.get(name)
        if name == "string" and isinstance(schema.get("pattern"), str):
            yield matching(schema["pattern"], 0, 1000, Steady(1), 50)
        if name == "integer":
            yield 1.0


def _unlisted(schema: Any, _: Any) -> Iterator[Any]:
    options = schema["enum"] if "enum" in schema else [schema["const"]]
    for option in options[:3]:
        if isinstance(option, str):
            yield from (f"{option}?", option.swapcase(), f"{option}{option}")
        elif isinstance(option, int | float) and not isinstance(option, bool):
            yield from (option + 1, option - 1, option + 1000)
        elif isinstance(option, bool):
            yield not option
        elif isinstance(option, list):
            yield [*option, UNHEARD_OF]
        elif isinstance(option, dict):
            yield {**option, UNHEARD_OF: 1}
    yield from ("unheard of", 987654, True, False)


def _listed(schema: Any, _: Any) -> Iterator[Any]:
    yield from (schema["enum"] if "enum" in schema else [schema["const"]])


def _anything(_: Any, value: Any) -> Iterator[Any]:
    yield from PLAIN.values()
    yield from (UNHEARD_OF, "", 0, 1, 2, 3, 4, 6, 7, -1, 41, 99, 12345, 0.5, [1], [None], {UNHEARD_OF: 1})
    if isinstance(value, dict):
        yield {**value, UNHEARD_OF: 1}
        yield from ({key: item for key, item in value.items() if key != name} for name in value)
        yield from ({**value, name: other} for name in value for other in (UNHEARD_OF, 7, None))


_BREAKING: Mapping[str, Candidates] = {
    **containers.BREAKING,
    "type": _other_types,
    "enum": _unlisted,
    "const": _unlisted,
    "multipleOf": _between,
    "maximum": _past("maximum", 1, exclusive=False),
    "minimum": _past("minimum", -1, exclusive=False),
    "exclusiveMaximum": _past("exclusiveMaximum", 1, exclusive=True),
    "exclusiveMinimum": _past("exclusiveMinimum", -1, exclusive=True),
    "maxLength": _longer,
    "minLength": _shorter,
    "pattern": _mismatches,
    "format": _bad_formats,
    "not": _anything,
    "anyOf": _anything,
    "oneOf": _anything,
}
_EDGING: Mapping[str, Candidates] = {
    **containers.EDGING,
    "type": _own_types,
    "enum": _listed,
    "const": _listed,
    "multipleOf": _multiples,
    "maximum": lambda schema, _: (schema["maximum"] - step for step in range(_NEAR)),
    "minimum": lambda schema, _: (schema["minimum"] + step for step in range(_NEAR)),
    "exclusiveMaximum": _past("exclusiveMaximum", -1, exclusive=False),
    "exclusiveMinimum": _past("exclusiveMinimum", 1, exclusive=False),
    "maxLength": _long,
    "minLength": _short,
    "pattern": _matches,
    "format": _good_formats,
}
