"""What went wrong, in the places where error bodies say it; all else stays as in the contract's example."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

_MESSAGES = frozenset({"message", "detail", "details", "description", "error_description", "error_message", "reason"})
_TITLES = frozenset({"title", "error", "summary"})
_LISTS = frozenset({"errors", "error", "details", "messages", "violations", "modelstate"})
_STATUSES = frozenset({"status", "code", "statuscode", "status_code"})


class Said(NamedTuple):
    """What there is to say: a status, a sentence, and for every fault the part of the request, the pointer, the message."""

    status: int
    detail: str
    faults: Sequence[tuple[str, str, str]]


Wording = Callable[[Said], Any]


def worded(example: Any) -> Wording:
    """Return what makes an error body of the kind of ``example``."""
    if isinstance(example, str):
        return _detail
    changing = _members(example) if isinstance(example, dict) else []
    return lambda said: {**example, **{name: wording(said) for name, wording in changing}} if changing else example


def _members(example: dict[str, Any]) -> list[tuple[str, Wording]]:
    speaks = any(isinstance(value, str) and name.lower() in _MESSAGES for name, value in example.items())
    found = [(name, _member(name.lower(), value, speaks)) for name, value in example.items()]
    return [(name, wording) for name, wording in found if wording is not None]


def _member(name: str, value: Any, speaks: bool) -> Wording | None:
    if isinstance(value, str):
        return _detail if name in _MESSAGES or (name in _TITLES and not speaks) else None
    if name in _LISTS and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _list
    if name in _LISTS and isinstance(value, dict) and all(isinstance(item, list) for item in value.values()):
        return _by_field
    if name in _STATUSES and type(value) is int:
        return _status
    # Below the place that speaks there are other things, which have descriptions and messages of their own.
    return worded(value) if isinstance(value, dict) and not speaks else None


def _detail(said: Said) -> str:
    return said.detail


def _status(said: Said) -> int:
    return said.status


def _list(said: Said) -> list[str]:
    return [f"{f'{location} {pointer}'.rstrip()} {message}" for location, pointer, message in said.faults] or [
        said.detail
    ]


def _by_field(said: Said) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for location, pointer, message in said.faults:
        name = pointer.lstrip("/").replace("/", ".") or location
        fields.setdefault(name, []).append(f"{name} {message}")
    return fields or {"request": [said.detail]}
