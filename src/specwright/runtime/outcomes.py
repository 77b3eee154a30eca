"""What a handler returned -> the checked answer, or everything that the contract does not allow in it."""

import os
from collections.abc import AsyncIterable, AsyncIterator
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

import anyio
from pydantic_core import PydanticSerializationError

from specwright.plan import Header
from specwright.plan import Response as Declared
from specwright.runtime.media import matching, negotiated, offered
from specwright.runtime.responses import Answer, written
from specwright.runtime.types import adapter
from specwright.spec.media import concrete, is_json, is_media_type, is_range, with_charset
from specwright.spec.schemas import Schemas, Validator

_CHUNK = 64 * 1024


class Outcome:
    """One response class of an operation: how its instances are checked and written."""

    def __init__(self, declared: Declared, cls: type, schemas: Schemas) -> None:
        self._declared, self._offers = declared, offered(declared.media)
        self._fixed = int(declared.status) if declared.status.isdigit() else None
        hints = get_type_hints(cls, include_extras=True)
        is_typed = declared.annotation and declared.annotation not in ("Content", "Text")
        self._writer = adapter(hints["body"]).serializer if is_typed else None
        self._is_text = declared.annotation == "Text"
        self._has_range = any(is_range(name) for name in self._offers)
        self._headers = [(header, adapter(hints[header.identifier]).serializer) for header in declared.headers]
        self._schemas = schemas

    @cached_property
    def _body_checks(self) -> dict[str, Validator | None]:
        """The checks of the body by declared media type."""
        return {media.media_type: self._check(media.pointer) for media in self._declared.media}

    @cached_property
    def _header_checks(self) -> list[tuple[Header, Any, Validator | None]]:
        """The headers, what writes each, and its check."""
        return [(header, writer, self._check(header.pointer)) for header, writer in self._headers]

    def _check(self, pointer: str | None) -> Validator | None:
        return self._schemas.compile(pointer) if pointer else None

    def answer(self, response: Any, accept: str) -> Answer | list[str]:
        """Return ``response`` as bytes, in the media type that ``accept`` prefers, or what is wrong with it."""
        status = response.status
        found = [] if status == self._fixed or self._has_status(status) else [f"status {status} is not declared"]
        headers: dict[str, str] = {}
        if self._headers:
            found += self._add_headers(response, headers)
        content: bytes | AsyncIterable[bytes] = b""
        if self._offers:
            declared, media_type = self._media_type(response, accept)
            if declared is None:
                return [*found, f"media type {media_type} is not declared"]
            headers["content-type"] = with_charset(media_type) if self._is_text else media_type
            try:
                content = self._content(response.body, declared, media_type, headers, found)
            except (PydanticSerializationError, ValueError, OSError) as error:
                found.append(f"body cannot be written: {error}")
        return found or Answer(status, headers, content)

    def _media_type(self, response: Any, accept: str) -> tuple[str | None, str]:
        """Return the declared media type (or range) of ``response``, None when what it says is none, and what to send."""
        if self._declared.choice and response.media_type is not None:
            said = response.media_type
            return matching(said, self._offers) if is_media_type(said) else None, said
        first = self._offers[0]
        name = first if accept == "*/*" or accept == first else negotiated(accept, self._offers) or first  # noqa: PLR1714
        if not self._has_range or not is_range(name):
            return name, name
        as_json = self._writer is not None and not isinstance(response.body, bytes)
        return name, "application/json" if as_json else str(concrete(name))

    def _add_headers(self, response: Any, headers: dict[str, str]) -> list[str]:
        """Add the declared headers to ``headers`` and return what is wrong with them."""
        found = []
        for header, writer, check in self._header_checks:
            given = getattr(response, header.identifier)
            if given is None:
                found += [f"header {header.name} is required"] if header.required else []
                continue
            try:
                value = writer.to_python(given, mode="json")
            except (PydanticSerializationError, ValueError) as error:
                found.append(f"header {header.name} cannot be written: {error}")
                continue
            text = headers[header.name] = _header_text(value)
            faults = check.violations(value) if check else []
            found += [f"header {header.name}{v.pointer} {v.message} ({v.keyword})" for v in faults]
            found += [] if text.isprintable() else [f"header {header.name} has control characters"]
        return found

    def _has_status(self, status: int) -> bool:
        if self._fixed is not None:
            return status == self._fixed
        wanted = self._declared.status.upper()
        return 200 <= status <= 599 and (wanted == "DEFAULT" or wanted[0] == str(status)[0])

    def _content(
        self, body: Any, declared: str, media_type: str, headers: dict[str, str], found: list[str]
    ) -> bytes | AsyncIterable[bytes]:
        """Return ``body`` as it is sent and add to ``found`` what is wrong with it."""
        if isinstance(body, bytes):
            return body
        if self._writer is not None:
            value = self._writer.to_python(body, mode="json", by_alias=True, exclude_unset=True)
        elif isinstance(body, os.PathLike):
            path = _existing(Path(body))
            headers["content-length"] = str(path.stat().st_size)
            return _file(path)
        elif isinstance(body, AsyncIterable):
            return _octets(body)
        else:
            value = body
        validator = self._body_checks.get(declared)
        if validator is not None and not validator.is_valid(value):
            found += [f"body {violation} ({violation.keyword})" for violation in validator.violations(value)]
        return value.encode() if isinstance(value, str) and not is_json(media_type) else written(value)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return path


async def _octets(stream: AsyncIterable[Any]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield chunk.encode() if isinstance(chunk, str) else chunk


async def _file(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            yield chunk


def _header_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_header_text(item) for item in value)
    return written(value).decode()
