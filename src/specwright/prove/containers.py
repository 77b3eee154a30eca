"""Lists and objects that break a keyword as little as can be, and such at its edge; as ``values`` has them of the rest."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specwright.prove.sites import UNHEARD_OF

# (schema, value at the place) -> candidates; which of them are what they should be, the witness says.
Candidates = Callable[[Any, Any], Iterator[Any]]
LARGEST = 100_000  # characters, items and members that a request may reasonably have

# --- lists ------------------------------------------------------------------------------------------------------------


def _items(length: int, value: Any) -> Iterator[Any]:
    """Yield lists of ``length`` items: those there are, one of them repeated, and such that differ."""
    if not isinstance(value, list) or not 0 <= length <= LARGEST:
        return
    yield value[:length] if len(value) >= length else value + (value[-1:] or [1]) * (length - len(value))
    yield value[:1] * length
    yield from ((value + [filler] * length)[:length] for filler in (0, True, "text"))
    numbers = [item for item in value if type(item) is int]
    first = numbers[0] if numbers else 0
    yield [first + index for index in range(length)]
    yield [f"{value[0] if value and isinstance(value[0], str) else 'x'}{index}" for index in range(length)]
    if value and isinstance(value[0], dict):
        yield [
            {key: f"{item}{index}" if isinstance(item, str) else item for key, item in value[0].items()}
            for index in range(length)
        ]


def _more_items(schema: Any, value: Any) -> Iterator[Any]:
    yield from _items(int(schema["maxItems"]) + 1, value)


def _fewer_items(schema: Any, value: Any) -> Iterator[Any]:
    yield from _items(int(schema["minItems"]) - 1, value)


def _most_items(schema: Any, value: Any) -> Iterator[Any]:
    yield from _items(int(schema["maxItems"]), value)


def _least_items(schema: Any, value: Any) -> Iterator[Any]:
    yield from _items(int(schema["minItems"]), value)


def _repeated(_: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        item = value[:1] or [1]
        yield from (item * 2, value + item, [item[0], item[0], *value[2:]])


def _different(_: Any, value: Any) -> Iterator[Any]:
    yield value
    yield from (found for length in (2, 3) for found in _items(length, value))


def _lists(_: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from ([], value[:1], value + value[:1], value * 2, value * 3)
        yield from ([number] * count for count in (1, 2, 3) for number in (0, 5, -1))
        yield from ([0, 5], [5, 5, 5], ["text"], [None])


def _extended(_: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from ([*value, extra] for extra in (1, "text", True, None))


# --- objects ----------------------------------------------------------------------------------------------------------


def _less(_: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from ({key: item for key, item in value.items() if key != name} for name in value)
        yield {}


def _only_required(schema: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        wanted = set(schema["required"])
        yield {key: item for key, item in value.items() if key in wanted}
        yield value


def _with_unknown(_: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from ({**value, UNHEARD_OF: extra} for extra in ("text", 1, True))


def _forbidden_name(_: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        member = next(iter(value.values()), 1)
        yield from ({**value, name: extra} for name in ("!", "A", "0", "x" * 300, "") for extra in (member, 1, "text"))


def _count(length: int, value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and 0 <= length <= LARGEST:
        names = list(value)[:length]
        base = {name: value[name] for name in names}
        member = next(iter(value.values()), 1)
        for extra in (member, 1, "text"):
            for prefix in ("key", "n_", "k_"):
                letters = (f"{prefix}{chr(97 + index % 26) * (1 + index // 26)}" for index in range(length))
                yield {**base, **{name: extra for name, _ in zip(letters, range(length - len(base)), strict=False)}}


def _more_members(schema: Any, value: Any) -> Iterator[Any]:
    yield from _count(int(schema["maxProperties"]) + 1, value)


def _fewer_members(schema: Any, value: Any) -> Iterator[Any]:
    yield from _count(int(schema["minProperties"]) - 1, value)


def _most_members(schema: Any, value: Any) -> Iterator[Any]:
    yield from _count(int(schema["maxProperties"]), value)


def _least_members(schema: Any, value: Any) -> Iterator[Any]:
    yield from _count(int(schema["minProperties"]), value)


def _dependent(schema: Any, value: Any) -> Iterator[Any]:
    """Yield objects that have a member without one that it asks for."""
    if isinstance(value, dict):
        for name, others in schema["dependentRequired"].items():
            for other in others:
                whole = {**value, name: value.get(name, 1)}
                yield {key: item for key, item in whole.items() if key != other}


def _dependents(schema: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, others in schema["dependentRequired"].items():
            member = value.get(name, 1)
            yield {**value, name: member, **{other: value.get(other, member) for other in others}}
    yield value


BREAKING: Mapping[str, Candidates] = {
    "maxItems": _more_items,
    "minItems": _fewer_items,
    "uniqueItems": _repeated,
    "contains": _lists,
    "minContains": _lists,
    "maxContains": _lists,
    "items": _extended,
    "unevaluatedItems": _extended,
    "maxProperties": _more_members,
    "minProperties": _fewer_members,
    "required": _less,
    "dependentRequired": _dependent,
    "propertyNames": _forbidden_name,
    "additionalProperties": _with_unknown,
    "unevaluatedProperties": _with_unknown,
}
EDGING: Mapping[str, Candidates] = {
    "maxItems": _most_items,
    "minItems": _least_items,
    "uniqueItems": _different,
    "contains": _lists,
    "minContains": _lists,
    "maxContains": _lists,
    "maxProperties": _most_members,
    "minProperties": _least_members,
    "required": _only_required,
    "dependentRequired": _dependents,
}
