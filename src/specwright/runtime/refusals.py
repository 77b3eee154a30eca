"""A request that cannot be served, and how that is said: in the contract's own error schema, or as RFC 9457."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from specwright.plan import Operation, Response
from specwright.runtime.responses import Answer, written
from specwright.runtime.samples import NoSample, Samples
from specwright.runtime.wording import Said, Wording, worded
from specwright.spec.excerpt import ABSENT
from specwright.spec.schemas import Schemas, Validator
from specwright.spec.violations import Violation

PROBLEM = "application/problem+json"
_LONGEST = 1000
_REGISTERED = frozenset(HTTPStatus)


class Breach(NamedTuple):
    """One violation and the part of the request it is in: body, path, query, header or cookie."""

    location: str
    violation: Violation

    @property
    def pointer(self) -> str:
        """JSON Pointer into that part of the request: ``/name`` of a parameter or of a member of the body."""
        return self.violation.pointer

    @property
    def keyword(self) -> str:
        """The keyword of JSON Schema that is broken, or another word for what is wrong: ``unknown``, ``style``."""
        return self.violation.keyword

    @property
    def message(self) -> str:
        """What is wrong, to be read after the name of the value: ``is required``."""
        return self.violation.message

    def __str__(self) -> str:
        place = f"{self.location} {_short(self.violation.pointer)}".rstrip()
        return f"{place} {self.violation.message}"


@dataclass
class Refusal(Exception):
    """The request is answered with ``status``: before a handler sees it, or because one raises this."""

    status: int
    detail: str
    breaches: tuple[Breach, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Cut what repeats a request at length."""
        self.detail = _short(self.detail)


@dataclass(frozen=True)
class _Shape:
    """How a declared error looks: media type, required headers, a valid body, the way to say another, its check."""

    media_type: str
    headers: Mapping[str, str]
    example: Any
    wording: Wording
    validator: Validator


class Refusals:
    """Says refusals in the words of one contract."""

    def __init__(self, contract: Any, schemas: Schemas) -> None:
        self._schemas, self._samples = schemas, Samples(contract, schemas)
        self._shapes: dict[tuple[str, int], tuple[int, _Shape | None]] = {}

    def answer(self, operation: Operation | None, refusal: Refusal) -> Answer:
        """Return the answer: the declared error body filled in, ``application/problem+json`` where none is declared."""
        status, shape = self._declared(operation, refusal.status) if operation else (refusal.status, None)
        if shape is None:
            return _answer(status, PROBLEM, _problem(status, refusal), refusal.headers)
        faults = [(breach.location, _short(breach.pointer), breach.message) for breach in refusal.breaches]
        filled = shape.wording(Said(status, refusal.detail, faults))
        body = filled if shape.validator.is_valid(filled) else shape.example
        headers = {**unsaid(shape.headers, refusal.headers), **refusal.headers} if shape.headers else refusal.headers
        return _answer(status, shape.media_type, body, headers)

    def _declared(self, operation: Operation, status: int) -> "tuple[int, _Shape | None]":
        """Return the status that ``operation`` has for ``status``, and how it says it."""
        key = operation.operation_id, status
        if key not in self._shapes:
            status = declared_status(operation, status)
            response = _response(operation, status)
            self._shapes[key] = status, self._shape_of(response) if response else None
        return self._shapes[key]

    def _shape_of(self, response: Response) -> "_Shape | None":
        said = sorted(response.media, key=lambda media: "json" not in media.media_type)
        for media in said:
            if media.pointer and ("json" in media.media_type or media.media_type.startswith("text/")):
                validator = self._schemas.compile(media.pointer)
                for example in self._examples(media.pointer):
                    if validator.is_valid(example):
                        return _Shape(media.media_type, self._headers(response), example, worded(example), validator)
        return None

    def _examples(self, pointer: str) -> list[Any]:
        found = list(self._samples.examples(pointer.rpartition("/")[0]))
        with suppress(NoSample):
            found.append(self._samples.of(pointer))
        return found

    def _headers(self, response: Response) -> Mapping[str, str]:
        required = [header for header in response.headers if header.required and header.pointer]
        return {header.name: _text(self._samples.of(str(header.pointer))) for header in required}


def phrase(status: int) -> str:
    """Return the reason phrase of ``status``; "Error" for one that is not registered."""
    return HTTPStatus(status).phrase if status in _REGISTERED else "Error"


def unsaid(headers: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """Return those of ``headers`` that ``said`` has not, in whatever case."""
    names = {name.lower() for name in said}
    return {name: text for name, text in headers.items() if name.lower() not in names}


def declared_status(operation: Operation, status: int) -> int:
    """Return the status of a refusal: a broken request is 400, or 422 if the contract declares that and not 400."""
    statuses = {response.status for response in operation.responses}
    return 422 if status == 400 and "400" not in statuses and "422" in statuses else status


def _response(operation: Operation, status: int) -> Response | None:
    by_status = {response.status.upper(): response for response in reversed(operation.responses)}
    return by_status.get(str(status)) or by_status.get(f"{status // 100}XX") or by_status.get("DEFAULT")


def _problem(status: int, refusal: Refusal) -> dict[str, Any]:
    """Return the members of RFC 9457, with every violation under ``errors``."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "detail": refusal.detail,
    }
    if refusal.breaches:
        body["errors"] = [_error(breach.location, breach.violation) for breach in refusal.breaches]
    return body


def _error(location: str, violation: Violation) -> dict[str, Any]:
    error = {
        "in": location,
        "pointer": _short(violation.pointer),
        "keyword": violation.keyword,
        "detail": violation.message,
        "expected": violation.expected,
        "received": violation.received,
    }
    return {name: value for name, value in error.items() if value is not ABSENT}


def _answer(status: int, media_type: str, body: Any, headers: Mapping[str, str]) -> Answer:
    text = isinstance(body, str) and "json" not in media_type
    return Answer(status, {"content-type": media_type, **headers}, body.encode() if text else written(body))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
