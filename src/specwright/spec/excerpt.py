"""Short versions of JSON values, to be repeated in a refusal or a log: as much as fits, marked where it is cut."""

import json
from typing import Any

MOST = 200  # characters of JSON
ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
CUT = "..."


def excerpt(value: Any, most: int = MOST, hidden: frozenset[str] = frozenset()) -> Any:
    """Return ``value`` when its JSON has at most about ``most`` characters, else as much of it, ``...`` where it is cut.

    Members whose names are ``hidden`` are cut, too. However large ``value`` is, no more of it is looked at than is returned.
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return value if len(value) + 2 <= most and value.isprintable() else _text(value, most)
    if isinstance(value, dict):
        return _members(value, most, hidden)
    if isinstance(value, list):
        return _items(value, most, hidden)
    if isinstance(value, bytes):  # of a file; as text, for it has no JSON
        return _text(value[: most + 1].decode(errors="replace"), most)
    written = str(value)
    return value if len(written) <= most else _text(written, most)


def _text(value: str, room: int) -> str:
    short = value[: max(room, 0)]
    while (size := _size(short)) > max(room, 2 + len(CUT)):
        short = short[: len(short) * room // size] if room > 0 else ""
    return short if len(short) == len(value) else short[: max(len(short) - len(CUT), 0)] + CUT


def _items(value: list[Any], room: int, hidden: frozenset[str]) -> list[Any]:
    short: list[Any] = []
    room -= len("[]")
    for item in value:
        if room <= 0:
            return [*short, CUT]
        short.append(excerpt(item, room, hidden))
        room -= _size(short[-1]) + len(", ")
    return short


def _members(value: dict[str, Any], room: int, hidden: frozenset[str]) -> dict[str, Any]:
    short: dict[str, Any] = {}
    room -= len("{}")
    for name, item in value.items():
        room -= len(name) + len('"": ')
        if room <= 0:
            return {**short, CUT: CUT}
        short[name] = CUT if name in hidden else excerpt(item, room, hidden)
        room -= _size(short[name]) + len(", ")
    return short


def _size(short: Any) -> int:
    if isinstance(short, str) and short.isprintable():
        return len(short) + len('""')  # near enough, and what most values are
    return len(json.dumps(short, ensure_ascii=False))
