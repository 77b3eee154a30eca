"""Bodies: bytes -> JSON values by Content-Type, and the choice of a media type by Accept; forms have their own module.

Strict where JSON is loose elsewhere: invalid UTF-8, NaN, lone surrogates and bottomless nesting are refused.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import unquote

import orjson

from specwright.plan import Media
from specwright.runtime.refusals import Breach, Refusal
from specwright.spec.violations import Violation

_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1"}
# Values nest through validators, models and writers, which all have limits of their own (about 255) and bodies around.
_MAX_DEPTH = 100
_CACHED = 200  # headers longer than this are not kept for the next request
_CLEARER = {
    "depth limit exceeded": f"it nests deeper than {_MAX_DEPTH} levels",
    "number is infinity": "a number in it is larger than a double can hold",
}
# orjson is strict, and makes floats of integers beyond 64 bits: those are read once more, exactly.
_LARGE_INTEGER = re.compile(rb"[0-9]{19}")


def essence(media_type: str) -> str:
    """Return ``type/subtype`` in lower case, parameters aside."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Tell whether ``media_type`` is JSON: application/json, text/json, anything +json."""
    return essence(media_type).endswith(("/json", "+json"))


def matching(content_type: str, declared: tuple[str, ...]) -> str | None:
    """Return the declared media type (or range) that a Content-Type falls under, the most specific first."""
    matched = _matching if len(content_type) <= _CACHED else _matching.__wrapped__
    return matched(content_type, declared)


@lru_cache(maxsize=1024)
def _matching(content_type: str, declared: tuple[str, ...]) -> str | None:
    kind = essence(content_type)
    exact = [name for name in declared if essence(name) == kind]
    if exact:
        wanted = _parameters(content_type)
        return max(exact, key=lambda name: len(_parameters(name).items() & wanted.items()))
    ranges = (f"{kind.partition('/')[0]}/*", "*/*")
    return next((name for wanted in ranges for name in declared if essence(name) == wanted), None)


def negotiated(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the offered media type that an Accept header prefers; None when it takes none of them (RFC 9110, 12.5.1)."""
    preferred = _preferred if len(accept) <= _CACHED else _preferred.__wrapped__
    return preferred(accept, offered)


@lru_cache(maxsize=1024)
def _preferred(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = [_accepted(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda name: _quality(name, ranges))
    return best if _quality(best, ranges) > 0 else None


def _accepted(part: str) -> tuple[str, float]:
    kind, _, rest = part.partition(";")
    quality = 1.0
    for item in rest.split(";"):
        key, _, value = item.partition("=")
        if key.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 1.0
    return kind.strip().lower(), quality


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    kind = essence(media_type)
    wanted = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    found = [(wanted.index(name), -quality) for name, quality in ranges if name in wanted]
    return -min(found)[1] if found else 0.0


def _parameters(media_type: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in media_type.split(";")[1:])
    return {key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs}


def parse(content_type: str, data: bytes) -> Any:
    """Return the value of a body that is no form; raises Refusal when it is malformed."""
    if is_json(content_type):
        return _json(content_type, data)
    return text_of(content_type, data) if essence(content_type).startswith("text/") else data


def _json(content_type: str, data: bytes) -> Any:
    charset = _parameters(content_type).get("charset", "utf-8")
    if _CHARSETS.get(charset) not in ("utf-8", "ascii"):
        raise Refusal(415, f"JSON is UTF-8, not {charset}")
    try:
        return json_value(data)
    except BadJson as error:
        breach = Breach("body", Violation("", "json", f"is not valid JSON: {error}"))
        raise Refusal(400, f"the body is not valid JSON: {error}", (breach,)) from None


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
    return json.loads(data) if _LARGE_INTEGER.search(data) else value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        inner = chain.from_iterable(node.values() if isinstance(node, dict) else node for node in level)
        level = [node for node in inner if isinstance(node, dict | list)]
    return bool(level)


def text_of(content_type: str, data: bytes) -> str:
    charset = _parameters(content_type).get("charset", "utf-8")
    if charset not in _CHARSETS:
        raise Refusal(415, f"the charset {charset} is not supported: use utf-8")
    try:
        return data.decode(_CHARSETS[charset])
    except UnicodeDecodeError:
        breach = Breach("body", Violation("", "charset", f"is not valid {charset}"))
        raise Refusal(400, f"the body is not valid {charset}", (breach,)) from None


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, still encoded value) of a query string or form; raises Refusal when a name is no UTF-8."""
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            try:
                yield unquote(name.replace("+", " "), errors="strict"), value
            except UnicodeDecodeError:
                raise Refusal(400, "a parameter name is not valid UTF-8") from None


def offered(media: Sequence[Media]) -> tuple[str, ...]:
    """Return the media types of ``media`` as a tuple, for negotiation."""
    return tuple(item.media_type for item in media)
