"""WireMock's value matchers: ``{"equalTo": "x"}`` -> a predicate over a text, None where there is no value.

Source: WireMock's admin API, content-pattern schema; what holds of a missing value is as in WireMock 3.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import eq, gt, lt
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from specwright.mock.matching.patterns import BadPattern, Regex
from specwright.mock.matching.same import Same
from specwright.spec.schemas import schema_validator

if TYPE_CHECKING:
    from specwright.mock.matching.jsonpath import Path

Value: TypeAlias = str | None
Matches: TypeAlias = Callable[[Value], bool]
_Options: TypeAlias = Mapping[str, Any]
_MISSING: Any = object()


def value_matcher(document: Any) -> Matches:
    """Return the predicate that ``document`` describes; raises BadPattern, which says what is wrong with it."""
    if not isinstance(document, dict):
        raise BadPattern(f'a value is matched by an object such as {{"equalTo": "x"}}, not by {said(document)}')
    named = [key for key in document if key in _MATCHERS]
    if len(named) != 1:
        known = ", ".join(_MATCHERS)
        raise BadPattern(f'{said(document)} must have one matcher of {known}; combine several with "and"')
    make, options = _MATCHERS[named[0]]
    unknown = document.keys() - {*named, *options}
    if unknown:
        raise BadPattern(f"{named[0]} has no option {', '.join(sorted(unknown))}: it takes {_listed(options)}")
    return make(document[named[0]], document)


def said(value: Any) -> str:
    """Return the JSON of ``value``, short enough for a message."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= 200 else f"{text[:197]}..."


def _listed(options: Sequence[str]) -> str:
    return ", ".join(options) or "none"


# --- texts ----------------------------------------------------------------------------------------------------------------


def _equal_to(expected: Any, options: _Options) -> Matches:
    text = expected if isinstance(expected, str) else said(expected)
    if _flag(options, "caseInsensitive"):
        folded = text.casefold()
        return lambda value: value is not None and value.casefold() == folded
    return lambda value: value == text


def _contains(expected: Any, _: _Options) -> Matches:
    text = _string("contains", expected)
    return lambda value: value is not None and text in value


def _matches(expected: Any, _: _Options) -> Matches:
    regex = Regex(_string("matches", expected))
    return lambda value: value is not None and regex.fullmatch(value)


def _absent(expected: Any, _: _Options) -> Matches:
    return (lambda value: value is not None) if expected is False else (lambda value: value is None)


def _negated(make: Callable[[Any, _Options], Matches]) -> Callable[[Any, _Options], Matches]:
    """Return the opposite matcher: a missing value contains nothing and matches nothing."""

    def made(expected: Any, options: _Options) -> Matches:
        matches = make(expected, options)
        return lambda value: not matches(value)

    return made


def _equal_to_binary(_expected: Any, _: _Options) -> Matches:
    raise BadPattern("binaryEqualTo compares whole bodies: use it in bodyPatterns, not inside another matcher")


# --- JSON -----------------------------------------------------------------------------------------------------------------


def _equal_to_json(expected: Any, options: _Options) -> Matches:
    wanted = json_of(expected) if isinstance(expected, str) else expected
    if wanted is _MISSING:
        raise BadPattern(f"equalToJson is JSON or the text of JSON, not {said(expected)}")
    same = Same(wanted, any_order=_flag(options, "ignoreArrayOrder"), extra=_flag(options, "ignoreExtraElements"))

    def matches(value: Value) -> bool:
        found = json_of(value)
        return found is not _MISSING and same(found)

    return matches


def _matches_json_path(expected: Any, _: _Options) -> Matches:
    # Imported here because it is slow to load and most mocks are never asked with one.
    from specwright.mock.matching.jsonpath import Path

    if isinstance(expected, str):
        path = Path(expected)
        return lambda value: any(_is_something(found, path) for found in _found(path, value))
    if not isinstance(expected, dict) or not isinstance(expected.get("expression"), str):
        raise BadPattern('matchesJsonPath is a text or {"expression": "$.a", "equalTo": "x"}, not ' + said(expected))
    inner = {key: item for key, item in expected.items() if key != "expression"}
    if not inner:
        return _matches_json_path(expected["expression"], {})
    path, matches = Path(expected["expression"]), value_matcher(inner)
    is_whole = "equalToJson" in inner or "matchesJsonSchema" in inner
    return lambda value: any(map(matches, _texts(_found(path, value), path, is_whole=is_whole)))


def _matches_json_schema(expected: Any, _: _Options) -> Matches:
    schema = json_of(expected) if isinstance(expected, str) else expected
    try:
        validator = schema_validator(schema)
    except (ValueError, RecursionError) as error:
        raise BadPattern(f"matchesJsonSchema has no valid schema: {str(error).splitlines()[0]}") from None

    def matches(value: Value) -> bool:
        found = json_of(value)
        return found is not _MISSING and validator.is_valid(found)

    return matches


def json_of(text: Value) -> Any:
    """Return the JSON value of ``text``, a mark that equals nothing when it has none."""
    try:
        return _MISSING if text is None else orjson.loads(text)
    except ValueError:
        return _MISSING


def _found(path: "Path", value: Value) -> list[Any]:
    document = json_of(value)
    return [] if document is _MISSING else path.values(document)


def _is_something(found: Any, path: "Path") -> bool:
    """An empty object, array or null at a definite path is nothing to WireMock."""
    return not path.is_definite or (found is not None and found not in ({}, []))


def _texts(found: Sequence[Any], path: "Path", *, is_whole: bool) -> list[Value]:
    """Return what the inner matcher is asked about: items of an array one by one, nothing found as a missing value."""
    if is_whole:
        return [_written(found[0] if path.is_definite else found)] if found else [None]
    items = found[0] if len(found) == 1 and isinstance(found[0], list) else found
    return [_text(item) for item in items] or [None]


def _text(value: Any) -> Value:
    return value if value is None or isinstance(value, str) else _written(value)


def _written(value: Any) -> str:
    """Return the JSON of ``value``."""
    return orjson.dumps(value).decode()


# --- times ----------------------------------------------------------------------------------------------------------------


def _compared(holds: Callable[[datetime, datetime], bool]) -> Callable[[Any, _Options], Matches]:
    def made(expected: Any, _: _Options) -> Matches:
        wanted = instant(expected)
        if wanted is None:
            raise BadPattern(f"a time is ISO 8601 such as 2025-01-15T09:30:00Z, not {said(expected)}")

        def matches(value: Value) -> bool:
            found = instant(value)
            return found is not None and holds(found, wanted)

        return matches

    return made


def instant(text: Any) -> datetime | None:
    """Return the time that an ISO 8601 text says, in UTC where it has no offset; None when it says none."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# --- several --------------------------------------------------------------------------------------------------------------


def _all_of(expected: Any, _: _Options) -> Matches:
    inner = _several("and", expected)
    return lambda value: all(matches(value) for matches in inner)


def _any_of(expected: Any, _: _Options) -> Matches:
    inner = _several("or", expected)
    return lambda value: any(matches(value) for matches in inner)


def _inner(expected: Any, _: _Options) -> Matches:
    return value_matcher(expected)


def _several(name: str, expected: Any) -> list[Matches]:
    if not isinstance(expected, list) or not expected:
        raise BadPattern(f"{name} is a list of matchers, not {said(expected)}")
    return [value_matcher(item) for item in expected]


def _string(name: str, expected: Any) -> str:
    if not isinstance(expected, str):
        raise BadPattern(f"{name} is a text, not {said(expected)}")
    return expected


def _flag(options: _Options, name: str) -> bool:
    flag = options.get(name, False)
    if not isinstance(flag, bool):
        raise BadPattern(f"{name} is true or false, not {said(flag)}")
    return flag


_MATCHERS: Mapping[str, tuple[Callable[[Any, _Options], Matches], tuple[str, ...]]] = {
    "equalTo": (_equal_to, ("caseInsensitive",)),
    "contains": (_contains, ()),
    "doesNotContain": (_negated(_contains), ()),
    "matches": (_matches, ()),
    "doesNotMatch": (_negated(_matches), ()),
    "absent": (_absent, ()),
    "equalToJson": (_equal_to_json, ("ignoreArrayOrder", "ignoreExtraElements")),
    "matchesJsonPath": (_matches_json_path, ()),
    "matchesJsonSchema": (_matches_json_schema, ()),
    "before": (_compared(lt), ()),
    "after": (_compared(gt), ()),
    "equalToDateTime": (_compared(eq), ()),
    "binaryEqualTo": (_equal_to_binary, ()),
    "and": (_all_of, ()),
    "or": (_any_of, ()),
    "not": (_negated(_inner), ()),
}
