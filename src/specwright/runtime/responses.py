"""What a handler returns."""

import json
import os
from collections.abc import AsyncIterable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

import orjson

# What a body that is no JSON may be: the whole of it, a stream of it, the path of a file with it.
Content: TypeAlias = bytes | AsyncIterable[bytes] | os.PathLike[str]
Text: TypeAlias = str | AsyncIterable[str]


class Response:
    """One declared answer of an operation; generated subclasses fix its status, body and headers.

    ``status`` is fixed for a plain status code and a field for ranges and ``default``. ``body`` is there when the
    contract declares content.
    """

    __slots__ = ()

    media_types: ClassVar[tuple[str, ...]] = ()
    header_names: ClassVar[Mapping[str, str]] = {}


class Answer(NamedTuple):
    """An HTTP response, ready to be sent: its body at once, or as it comes."""

    status: int
    headers: Mapping[str, str]
    body: bytes | AsyncIterable[bytes]


def written(value: Any) -> bytes:
    """Return ``value`` as JSON."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
