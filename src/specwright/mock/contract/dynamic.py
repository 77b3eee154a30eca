"""A schema and a seed -> a value that obeys the schema: the same for the same seed in every process, else another.

``random.Random(text)`` hashes the text with SHA-512, so that it does not depend on the process.
"""

import math
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from specwright.runtime.patterns import Steady, matching
from specwright.runtime.samples import BRANCHES, MOST, NULL, STRINGS, Maker, NoSample, Samples, fixed, given
from specwright.spec.pointer import resolve

# From free values in full depth to what the schema itself names, and to what it must have.
_TRIES = [*[(fixed, 3)] * 6, *[(given, 3)] * 6, *[(fixed, 0)] * 4, *[(given, 0)] * 4]
# How likely a member that need not be there is, on the first level; likewise a value that is not null.
_LIKELY = 0.85
_MORE = 2  # more items than there must be, at most, and more names in a map
_WIDTH = 10_000  # of a range of numbers that has one end, or none
_NARROW = {"int8": 100, "uint8": 200}
_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_WORDS = ("amber", "birch", "cedar", "coral", "delta", "ember", "fern", "heron", "ivory", "maple", "ocean", "pearl")


class Dynamic:
    """Varied values for the schemas of one contract."""

    def __init__(self, contract: Any, samples: Samples) -> None:
        self._contract, self._samples = contract, samples

    def of(self, pointer: str, seed: str) -> Any:
        """Return a value for the schema at ``pointer``, its sample if no other is found; raises NoSample."""
        try:
            return self._samples.valid(pointer, self._candidates(pointer, Steady(f"{seed} {pointer}")))
        except NoSample:
            return self._samples.of(pointer)

    def _candidates(self, pointer: str, source: Steady) -> Iterator[Any]:
        schema = resolve(self._contract, pointer)
        for taken, depth in _TRIES:
            yield _Varied(self._contract, depth, taken, source).make(schema, 0)


class _Varied(Maker):
    """Makes one value, by chance where the schema leaves a choice."""

    def __init__(self, contract: Any, depth: int, taken: Callable[[Any], Iterator[Any]], source: Steady) -> None:
        super().__init__(contract, depth, source.randrange(BRANCHES), taken)
        self._source = source

    def _choice(self, values: Sequence[Any]) -> Any:
        return values[self._source.randrange(len(values))]

    def _type(self, names: Sequence[str], level: int) -> str:
        return str(self._other_than("null", names, level))

    def _alternative(self, branches: Sequence[Any], level: int) -> Sequence[Any]:
        return [self._other_than(NULL, branches, level)] if branches else []

    def _other_than(self, null: Any, options: Sequence[Any], level: int) -> Any:
        """Return one of ``options``, seldom ``null``, and always where the value is deep enough."""
        some = [option for option in options if option != null]
        wants_null = level > self._depth or self._source.random() > _LIKELY
        return null if not some or (null in options and wants_null) else self._choice(some)

    def _members(self, properties: Iterable[str], required: Iterable[str], level: int) -> Iterable[str]:
        likely = _LIKELY ** (level + 1) if level < self._depth else 0
        names = dict.fromkeys([*properties, *required])
        return [name for name in names if name in required or self._source.random() < likely]

    def _object(self, schema: dict[str, Any], level: int) -> dict[str, Any]:
        """Make an object; one that is a map of free names has some."""
        is_map = isinstance(schema.get("additionalProperties"), dict) and not schema.get("properties")
        if is_map and level < self._depth:
            schema = {**schema, "minProperties": max(schema.get("minProperties", 0), self._source.randint(0, _MORE))}
        return super()._object(schema, level)

    def _length(self, least: int, most: int, prefix: int, level: int) -> int:
        least = max(least, min(prefix, most))
        return self._source.randint(least, max(least, min(least + _MORE, most))) if level < self._depth else least

    def _different(self, values: list[Any], options: list[Any]) -> list[Any]:
        if options:
            return self._source.sample(options, min(len(values), len(options)))
        return [value for index, value in enumerate(values) if value not in values[:index]]

    def _string(self, schema: dict[str, Any], level: int) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength", MOST)
        if isinstance(schema.get("pattern"), str):
            return matching(schema["pattern"], least, most, self._source, 10)
        name = str(schema.get("format"))
        if name in _FORMATS:
            return _FORMATS[name](self._source)
        return super()._string(schema, level) if name in STRINGS else _text(self._source, least, most)

    def _number(self, schema: dict[str, Any], _: int) -> Any:
        step = Fraction(str(schema.get("multipleOf", "0.01")))
        low, high = _range(schema, step)
        first, last = math.ceil(low / step), math.floor(high / step)
        first += first * step == low and schema.get("exclusiveMinimum") == low
        last -= last * step == high and schema.get("exclusiveMaximum") == high
        if first > last:
            return self._source.uniform(float(low), float(high))
        value = step * self._source.randint(first, last)
        return int(value) if value.denominator == 1 else float(value)

    def _boolean(self, _: dict[str, Any], __: int) -> bool:
        return self._source.random() < 0.5


def _range(schema: Mapping[str, Any], step: Fraction) -> tuple[Fraction, Fraction]:
    """Return the least and the greatest number that ``schema`` allows; where it says nothing, they are near."""
    lows = [Fraction(str(schema[key])) for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [Fraction(str(schema[key])) for key in ("maximum", "exclusiveMaximum") if key in schema]
    width = max(Fraction(_NARROW.get(str(schema.get("format")), _WIDTH)), step)
    if lows:
        return max(lows), min([*highs, max(lows) + width])
    high = min([*highs, width])
    return (Fraction(0) if high > 0 else high - width), high


def _text(source: Random, least: int, most: int) -> str:
    words = [_word(source) for _ in range(source.randint(1, 3))]
    while sum(map(len, words)) < min(least, MOST):
        words.append(_word(source))
    text = " ".join(words).capitalize()
    return text[:most].ljust(least, "x")


def _word(source: Random) -> str:
    return _WORDS[source.randrange(len(_WORDS))]


def _moment(source: Random) -> datetime:
    """Return a quarter of an hour in the first two years."""
    return _FIRST + timedelta(minutes=15 * source.randrange(2 * 365 * 24 * 4))


def _email(source: Random) -> str:
    return f"{_word(source)}.{_word(source)}@example.com"


def _url(source: Random) -> str:
    return f"https://{_word(source)}.example.com/{_word(source)}/{source.randint(1, 999)}"


# Names and addresses are those that are kept for documentation (RFC 2606, RFC 5737, RFC 3849).
_FORMATS: Mapping[str, Callable[[Random], str]] = {
    "date-time": lambda source: _moment(source).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda source: _moment(source).strftime("%Y-%m-%d"),
    "time": lambda source: _moment(source).strftime("%H:%M:%SZ"),
    "duration": lambda source: f"PT{5 * source.randint(1, 24)}M",
    "uuid": lambda source: str(UUID(int=source.getrandbits(128), version=4)),
    "email": _email,
    "idn-email": _email,
    "hostname": lambda source: f"{_word(source)}.example.com",
    "idn-hostname": lambda source: f"{_word(source)}.example.com",
    "ipv4": lambda source: f"192.0.2.{source.randint(1, 254)}",
    "ipv6": lambda source: f"2001:db8::{source.randint(1, 0xFFFF):x}",
    "uri": _url,
    "iri": _url,
    "uri-reference": lambda source: f"/{_word(source)}/{source.randint(1, 999)}",
    "iri-reference": lambda source: f"/{_word(source)}/{source.randint(1, 999)}",
    "byte": lambda source: b64encode(source.randbytes(source.randint(3, 12))).decode(),
}
