"""What happened: one entry a request, as WireMock's request journal has it, and what is asked of many of them.

An entry is plain JSON. What WireMock has not: ``api``, ``operation``, and ``refused``, which says why.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote_plus

import orjson

from specwright.mock.journal.redact import Keeping
from specwright.mock.matching.matchers import instant
from specwright.mock.matching.patterns import BadPattern
from specwright.mock.matching.requests import Matcher
from specwright.spec.violations import Violation

# Clients choose the names in them.
_LONGEST_POINTER = 1000
Entry: TypeAlias = Mapping[str, Any]
Headers: TypeAlias = Sequence[tuple[str, str]]


class Reason(NamedTuple):
    """Why a request was refused, by its contract or by its partner; ``violations`` as ``violation`` returns them."""

    status: int
    detail: str
    violations: Sequence[Mapping[str, str]] = ()


class Record(NamedTuple):
    """One request and its answer.

    ``url`` starts at the root of the mock, which ``origin`` leads to: with the prefix of a namespace if there was one.
    Names of headers are in lower case, as ASGI has them.
    ``logged`` is in milliseconds since 1970 by the clock of the namespace, ``elapsed`` in milliseconds by our own, but 0
    where that clock stands still.
    ``was_matched`` is false when no operation was reached or the contract refused the request.
    """

    id: str
    method: str
    url: str
    origin: str
    client_ip: str
    headers: Headers
    body: bytes
    logged: int
    status: int
    response_headers: Headers
    response_body: bytes
    elapsed: int
    was_matched: bool
    api: str | None = None
    operation: str | None = None
    refused: Reason | None = None


def entry_id(seed: str, number: int) -> str:
    """Return the UUID of the entry ``number`` in a namespace of ``seed``: always the same."""
    digits = blake2b(f"{seed}\0{number}".encode(), digest_size=16).hexdigest()
    # The version 8 (RFC 9562, section 5.8) is for what is made in a way of one's own; a is its variant.
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def violation(location: str, found: Violation) -> dict[str, str]:
    """Return what an entry says of a violation; whoever reads the entry adds where in the contract its keyword stands."""
    return {
        "in": location,
        "pointer": found.pointer[:_LONGEST_POINTER],
        "keyword": found.keyword,
        "detail": found.message,
    }


def written(record: Record, keeping: Keeping) -> str:
    """Return the JSON text of the entry for ``record``: what ``keeping`` lets through, and no more."""
    headers = _fields(record.headers, keeping)
    url = keeping.url(record.url)
    entry = {
        "id": record.id,
        "request": {
            "url": url,
            "absoluteUrl": record.origin + url,
            "method": record.method,
            "clientIp": record.client_ip,
            "headers": headers,
            "cookies": _cookies(record.headers, keeping) if "cookie" in headers else {},
            "queryParams": _query(url) if "?" in url else {},
            "loggedDate": record.logged,
            "loggedDateString": _iso(record.logged),
            **_body(keeping.body(_media_type(record.headers), record.body)),
        },
        "responseDefinition": {"status": record.status},
        "response": {
            "status": record.status,
            "headers": _fields(record.response_headers, keeping),
            **_body(keeping.body(_media_type(record.response_headers), record.response_body)),
        },
        "wasMatched": record.was_matched,
        "timing": {"serveTime": record.elapsed, "totalTime": record.elapsed},
        "api": record.api,
        "operation": record.operation,
        "refused": record.refused._asdict() if record.refused else None,
    }
    return orjson.dumps(entry).decode()


def read(text: str) -> Entry:
    """Return the entry that ``written`` wrote."""
    entry: Entry = orjson.loads(text)
    return entry


# --- what is asked of entries, which are given as they happened ---------------------------------------------------------


def listed(
    entries: Iterable[Entry], since: str | None = None, limit: int | None = None, *, unmatched: bool = False
) -> dict[str, Any]:
    """Return the newest ``limit`` entries, newest first, and how many there are; raises BadPattern.

    ``since`` is a time in ISO 8601: entries after it; ``unmatched`` leaves out those that an operation took.
    """
    if limit is not None and limit < 0:
        raise BadPattern(f"limit is a number of entries, not {limit}")
    after = _milliseconds(since) if since else None
    found = [
        entry
        for entry in entries
        if (after is None or entry["request"]["loggedDate"] > after) and not (unmatched and entry["wasMatched"])
    ]
    newest = found[::-1]
    return {"requests": newest[:limit], "meta": {"total": len(found)}, "requestJournalDisabled": False}


def matching(entries: Iterable[Entry], matcher: Matcher) -> list[Entry]:
    """Return those of ``entries`` whose request matches; raises BadPattern when that takes too long."""
    return [entry for entry in entries if matcher(entry["request"])]


def counted(entries: Iterable[Entry], matcher: Matcher) -> dict[str, Any]:
    """Return how many of ``entries`` match."""
    return {"count": len(matching(entries, matcher)), "requestJournalDisabled": False}


def found(entries: Iterable[Entry], matcher: Matcher) -> dict[str, Any]:
    """Return the requests of those of ``entries`` that match."""
    return _requests(matching(entries, matcher))


def unmatched(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return the requests of those of ``entries`` that no operation took."""
    return _requests(entry for entry in entries if not entry["wasMatched"])


def removed(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what is said when ``entries`` have been removed."""
    return {"serveEvents": [*entries]}


def _requests(entries: Iterable[Entry]) -> dict[str, Any]:
    return {"requests": [entry["request"] for entry in entries], "requestJournalDisabled": False}


def _milliseconds(since: str) -> float:
    time = instant(since)
    if time is None:
        raise BadPattern(f"since is a time in ISO 8601 such as 2025-01-15T09:30:00Z, not {since!r}")
    return time.timestamp() * 1000


# --- parts of an entry ----------------------------------------------------------------------------------------------------


def _fields(headers: Headers, keeping: Keeping) -> dict[str, Any]:
    """Return values by name; a list where a name comes more than once."""
    fields: dict[str, Any] = {}
    for name, value in headers:
        kept = keeping.header(name, value)
        if name in fields:
            before = fields[name]
            kept_values = before if isinstance(before, list) else [before]
            fields[name] = [*kept_values, kept]
        else:
            fields[name] = kept
    return fields


def _cookies(headers: Headers, keeping: Keeping) -> dict[str, str]:
    sent = [part.partition("=") for name, value in headers if name == "cookie" for part in value.split(";")]
    return {name.strip(): keeping.header("cookie", value.strip()) for name, equals, value in sent if equals}


def _query(url: str) -> dict[str, Any]:
    params: dict[str, Any] = {}
    query = url.partition("?")[2].partition("#")[0]
    decoded = unquote_plus if "%" in query or "+" in query else str
    for pair in query.split("&"):
        name, _, value = map(decoded, pair.partition("="))
        if name in params:
            params[name]["values"].append(value)
        elif pair:
            params[name] = {"key": name, "values": [value]}
    return params


def _body(kept: str | bytes) -> dict[str, str]:
    if isinstance(kept, str):
        return {"body": kept}
    return {"body": "", "bodyAsBase64": b64encode(kept).decode()}


def _media_type(headers: Headers) -> str:
    return next((value for name, value in headers if name == "content-type"), "")


def _iso(milliseconds: int) -> str:
    time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{time.isoformat(timespec='milliseconds')[:-6]}Z"
