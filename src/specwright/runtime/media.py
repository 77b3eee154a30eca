"""Bodies: bytes -> JSON values by Content-Type, and the choice of a media type by Accept; forms have their own module.

Strict where JSON is loose elsewhere: invalid UTF-8, NaN, lone surrogates and bottomless nesting are refused.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Any, TypeVar, TypeVarTuple
from urllib.parse import unquote_plus

import orjson

from specwright.plan import Media
from specwright.runtime.refusals import Breach, Refusal
from specwright.spec.excerpt import MOST, excerpt
from specwright.spec.media import essence, is_json, is_media_type, is_range, is_text
from specwright.spec.violations import Violation

_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1"}
# Values nest through validators, models and writers, which all have limits of their own (about 255) and bodies around.
_MAX_DEPTH = 100
_USUAL = 200  # characters of a header
_CLEARER = {
    "depth limit exceeded": f"it nests deeper than {_MAX_DEPTH} levels",
    "number is infinity": "a number in it is larger than a double can hold",
}
# orjson is strict, and makes floats of integers beyond 64 bits: those are read once more, exactly.
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LARGE_INTEGER = b"0" * 19


_Arguments = TypeVarTuple("_Arguments")
_Found = TypeVar("_Found")


def remembered(function: Callable[[str, *_Arguments], _Found]) -> Callable[[str, *_Arguments], _Found]:
    """Return ``function`` with a memory for what it found out about headers of usual length."""
    known = lru_cache(maxsize=1024)(function)

    def found(header: str, /, *arguments: *_Arguments) -> _Found:
        return (known if len(header) <= _USUAL else function)(header, *arguments)

    return found


@remembered
def matching(content_type: str, declared: tuple[str, ...]) -> str | None:
    """Return the declared media type (or range) that a Content-Type falls under, the most specific first."""
    kind = essence(content_type)
    exact = [name for name in declared if essence(name) == kind]
    if is_range(kind) or not is_media_type(content_type):
        return None
    if exact:
        wanted = _parameters(content_type)
        return max(exact, key=lambda name: len(_parameters(name).items() & wanted.items()))
    ranges = (f"{kind.partition('/')[0]}/*", "*/*")
    return next((name for wanted in ranges for name in declared if essence(name) == wanted), None)


@remembered
def negotiated(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the offered media type that an Accept header prefers; None when it takes none of them (RFC 9110, 12.5.1)."""
    ranges = [_accepted(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda name: _quality(name, ranges))
    return best if _quality(best, ranges) > 0 else None


def _accepted(part: str) -> tuple[str, dict[str, str], float]:
    parameters = _parameters(part)
    parameters.pop("charset", None)  # answers are UTF-8, whatever a client would like better
    text = parameters.pop("q", "1")
    try:
        quality = min(max(float(text), 0.0), 1.0)
    except ValueError:
        quality = 1.0
    return essence(part), parameters, quality


def _quality(media_type: str, ranges: list[tuple[str, dict[str, str], float]]) -> float:
    """Return the quality that the most specific range gives, 0 when none speaks of ``media_type``."""
    own = _parameters(media_type)
    found = []
    for name, parameters, quality in ranges:
        # What the offer does not say it is no reason to refuse it for.
        if _overlap(name, essence(media_type)) and all(own.get(key, text) == text for key, text in parameters.items()):
            found.append((name == "*/*", name.endswith("/*"), -len(parameters.items() & own.items()), -quality))
    return -min(found)[-1] if found else 0.0


def _overlap(one: str, other: str) -> bool:
    """Tell whether two media types or ranges have one in common."""
    kinds, others = one.partition("/")[::2], other.partition("/")[::2]
    return "" not in kinds and all(a == b or "*" in (a, b) for a, b in zip(kinds, others, strict=True))


def _parameters(media_type: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in media_type.split(";")[1:])
    return {key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs}


# Makes a value of the bytes of a body; raises Refusal when they are malformed.
Decoder = Callable[[bytes], Any]


def decoder(content_type: str) -> Decoder:
    """Return what reads a body that is no form; raises Refusal 415 when its charset is none of JSON's."""
    if is_json(content_type):
        charset = _parameters(content_type).get("charset", "utf-8")
        if _CHARSETS.get(charset) not in ("utf-8", "ascii"):
            raise Refusal(415, f"JSON is UTF-8, not {charset}")
        return _json
    return partial(text_of, content_type) if is_text(content_type) else bytes


def _json(data: bytes) -> Any:
    try:
        return json_value(data)
    except BadJson as error:
        raise _malformed(data, "json", f"is not valid JSON: {error}", "application/json") from None


class BadJson(ValueError):
    """A text is no JSON, or more than a server takes; the argument says why."""


def json_value(data: bytes) -> Any:
    """Return the value that JSON spells; raises BadJson."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        said = str(error)
        raise BadJson(next((clear for start, clear in _CLEARER.items() if said.startswith(start)), said)) from None
    # Counting brackets is cheap and nearly always enough.
    if data.count(b"[") + data.count(b"{") > _MAX_DEPTH and _is_deep(value):
        raise BadJson(_CLEARER["depth limit exceeded"])
    return json.loads(data) if _LARGE_INTEGER in data.translate(_ZEROS) else value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        inner = chain.from_iterable(node.values() if isinstance(node, dict) else node for node in level)
        level = [node for node in inner if isinstance(node, dict | list)]
    return bool(level)


def text_of(content_type: str, data: bytes) -> str:
    """Return the text of a body; raises Refusal when its charset is unknown or it is none of that charset."""
    charset = _parameters(content_type).get("charset", "utf-8")
    if charset not in _CHARSETS:
        raise Refusal(415, f"the charset {charset} is not supported: use utf-8")
    try:
        return data.decode(_CHARSETS[charset])
    except UnicodeDecodeError:
        raise _malformed(data, "charset", f"is not valid {charset}", charset) from None


def _malformed(data: bytes, keyword: str, message: str, expected: str) -> Refusal:
    received = excerpt(data[:MOST].decode(errors="replace"))
    return Refusal(400, f"the body {message}", (Breach("body", Violation("", keyword, message, expected, received)),))


def pairs(text: str) -> Iterable[tuple[str, str]]:
    """Return (name, still encoded value) of a query string or form; raises Refusal when a name is no UTF-8."""
    found = [(name, value) for name, _, value in [part.partition("=") for part in text.split("&") if part]]
    return found if "%" not in text and "+" not in text else [(_name(name), value) for name, value in found]


def _name(encoded: str) -> str:
    try:
        return unquote_plus(encoded, errors="strict")
    except UnicodeDecodeError:
        raise Refusal(400, "a parameter name is not valid UTF-8") from None


def offered(media: Sequence[Media]) -> tuple[str, ...]:
    """Return the media types of ``media`` as a tuple, for negotiation."""
    return tuple(item.media_type for item in media)
