"""What a handler returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


class Response:
    """One declared answer of an operation; generated subclasses fix its status, body and headers.

    ``status`` is fixed for a plain status code and a field for ranges and ``default``. ``body`` is there when the
    contract declares content.
    """

    __slots__ = ()

    media_types: ClassVar[tuple[str, ...]] = ()
    header_names: ClassVar[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, ready to be sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
