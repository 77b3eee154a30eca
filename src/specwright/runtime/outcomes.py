"""What a handler returned -> the checked answer, or everything that the contract does not allow in it."""

import json
import os
from collections.abc import AsyncIterable, AsyncIterator
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

import anyio
import orjson
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from specwright.plan import Response as Declared
from specwright.runtime.media import is_json, negotiated, offered
from specwright.runtime.responses import Answer
from specwright.spec.violations import Schemas, Validator

_CHUNK = 64 * 1024


class Outcome:
    """One response class of an operation: how its instances are checked and written."""

    def __init__(self, declared: Declared, cls: type, schemas: Schemas) -> None:
        self._declared, self._offers = declared, offered(declared.media)
        self._fixed = int(declared.status) if declared.status.isdigit() else None
        hints = get_type_hints(cls, include_extras=True)
        self._is_raw = declared.annotation in ("Content", "Text")
        self._body = TypeAdapter(hints["body"]) if declared.annotation and not self._is_raw else None
        self._headers = [(header, TypeAdapter(hints[header.identifier])) for header in declared.headers]
        self._schemas = schemas

    @cached_property
    def _validators(self) -> tuple[Validator | None, list[Validator | None]]:
        pointer = self._declared.media[0].pointer if self._declared.media else None
        headers = [self._schemas.compile(header.pointer) if header.pointer else None for header, _ in self._headers]
        return self._schemas.compile(pointer) if pointer else None, headers

    def answer(self, response: Any, accept: str) -> Answer | list[str]:
        """Return ``response`` as bytes, in the media type that ``accept`` prefers, or what is wrong with it."""
        validator, header_validators = self._validators
        found = [] if self._has_status(response.status) else [f"status {response.status} is not declared"]
        headers = {}
        for (header, adapter), check in zip(self._headers, header_validators, strict=True):
            value = adapter.dump_python(getattr(response, header.identifier), mode="json")
            if value is not None:
                headers[header.name] = _header_text(value)
                found += [f"header {header.name} {v.message}" for v in check.few_violations(value)] if check else []
                found += [] if headers[header.name].isprintable() else [f"header {header.name} has control characters"]
            elif header.required:
                found.append(f"header {header.name} is required")
        try:
            body = self._plain(response)
        except (PydanticSerializationError, ValueError, OSError) as error:
            return [*found, f"body cannot be written: {error}"]
        if validator is not None and _is_json(body) and not validator.is_valid(body):
            found += [f"body {violation} ({violation.keyword})" for violation in validator.few_violations(body)]
        return found or self._written(response.status, headers, body, accept)

    def _written(self, status: int, headers: dict[str, str], body: Any, accept: str) -> Answer:
        if self._declared.annotation is None:
            return Answer(status, headers, b"")
        media_type = self._offers[0] if accept == "*/*" else negotiated(accept, self._offers) or self._offers[0]
        headers["content-type"] = media_type
        if isinstance(body, Path):
            headers["content-length"] = str(body.stat().st_size)
            return Answer(status, headers, _file(body))
        if not _is_json(body):
            return Answer(status, headers, body)
        as_text = isinstance(body, str) and not is_json(media_type)
        return Answer(status, headers, body.encode() if as_text else _json(body))

    def _has_status(self, status: int) -> bool:
        if self._fixed is not None:
            return status == self._fixed
        wanted = self._declared.status.upper()
        return 100 <= status <= 599 and (wanted == "DEFAULT" or wanted[0] == str(status)[0])

    def _plain(self, response: Any) -> Any:
        """Return the body as a JSON value, as bytes, as a stream of bytes or as the path of a file that is there."""
        if self._declared.annotation is None:
            return None
        if self._body is not None and not isinstance(response.body, bytes):
            return self._body.dump_python(response.body, mode="json", by_alias=True, exclude_unset=True)
        if isinstance(response.body, os.PathLike):
            return _existing(Path(response.body))
        return _octets(response.body) if isinstance(response.body, AsyncIterable) else response.body


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    return path


def _is_json(body: Any) -> bool:
    return not isinstance(body, bytes | Path | AsyncIterable)


async def _octets(stream: AsyncIterable[Any]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield chunk.encode() if isinstance(chunk, str) else chunk


async def _file(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            yield chunk


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _header_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_header_text(item) for item in value)
    return orjson.dumps(value).decode()
