"""Read JSON: its values, the place of each, and what no contract may hold."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from specwright.errors import Problem, SpecError
from specwright.spec.document import Position
from specwright.spec.pointer import escape, unescape

MAX_DEPTH = 200
# In YAML an alias costs nothing to write and everything it stands for to read: the count is after expansion.
MAX_NODES = 500_000
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MAY_HALVE = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")
_JSON_TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)


def read_json(path: str, text: str) -> Any:
    """Return the value of ``text``; raises SpecError, its problems placed in ``path``."""
    # Every value but the first stands behind one of these, so that no honest contract is refused.
    if sum(map(text.count, ",[{")) > MAX_NODES:
        raise SpecError([Problem(path, 1, 1, f"the document has more than {MAX_NODES} values", "size")])
    duplicates: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            keys = [key for key, _ in pairs]
            duplicates.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return value

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=_no_constant, parse_float=finite)
    except json.JSONDecodeError as error:
        raise SpecError([_json_syntax(path, text, error)]) from None
    except RecursionError:
        raise SpecError([Problem(path, 1, 1, too_deep(), "depth")]) from None
    except ValueError:
        raise SpecError([_bad_number(path, text)]) from None
    if duplicates:
        raise SpecError(_duplicate_problems(path, text))
    if _depth(value) > MAX_DEPTH:
        raise SpecError([Problem(path, 1, 1, too_deep(), "depth")])
    if _MAY_HALVE.search(text) and (problems := list(_halves(path, text))):
        raise SpecError(problems)
    return value


def _halves(path: str, text: str) -> Iterator[Problem]:
    """Yield a problem for every string that no encoding can hold."""
    for match in _JSON_TOKEN.finditer(text):
        if match[1][0] == '"' and (half := _HALF.search(json.loads(match[1]))):
            message = f"\\u{ord(half[0]):04x} is half of a surrogate pair, no character: write both halves, or neither"
            yield Problem(path, *_place(text, match.start(1)), message, "syntax")


def _place(text: str, start: int) -> Position:
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _json_syntax(path: str, text: str, error: json.JSONDecodeError) -> Problem:
    """Return the syntax error in the words of orjson: those of the standard library change with Python's version."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as other:
        error = other
    reason = error.msg.partition(": line ")[0]
    return Problem(path, error.lineno, error.colno, f"not valid JSON: {reason}", "syntax")


def _bad_number(path: str, text: str) -> Problem:
    """Return the problem of the first number that the parser refused: its message has no place."""
    for match in _JSON_TOKEN.finditer(text):
        token = match[1]
        if token.lstrip("-") in ("NaN", "Infinity"):
            message = f"not valid JSON: {token} is not a JSON value"
        elif _is_too_large(token):
            message = too_large(token)
        else:
            continue
        return Problem(path, *_place(text, match.start(1)), message, "syntax")
    return Problem(path, 1, 1, "not valid JSON", "syntax")


def too_large(text: str) -> str:
    """Return what is said of a number that no implementation holds."""
    shown = text if len(text) <= 20 else f"{text[:17]}..."
    return f"the number {shown} is larger than any implementation can hold"


def _is_too_large(token: str) -> bool:
    if not FLOAT.fullmatch(token):
        return False
    try:
        finite(token) if any(char in token for char in ".eE") else int(token)
    except ValueError:
        return True
    return False


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def finite(text: str) -> float:
    """Return the number that ``text`` spells; raises ValueError when no float holds it."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth


def too_deep() -> str:
    """Return what is said of values below MAX_DEPTH levels."""
    return f"values nest deeper than {MAX_DEPTH} levels"


def _duplicate_problems(path: str, text: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for pointer, (line, column) in _json_places(text):
        if pointer in seen:
            key = unescape(pointer.rpartition("/")[2])
            yield Problem(path, line, column, f"duplicate key {key!r}", "duplicate-key", pointer)
        seen.add(pointer)


def json_positions(text: str) -> dict[str, Position]:
    """Return the line and column of every JSON Pointer of ``text``, which is valid JSON."""
    return dict(_json_places(text))


def _json_places(text: str) -> Iterator[tuple[str, Position]]:
    """Yield the pointer and place of every member and item; ``text`` is valid JSON already."""
    open_values: list[_Open] = []
    line, line_start, scanned = 1, 0, 0
    for match in _JSON_TOKEN.finditer(text):
        token, start = match[1], match.start(1)
        breaks = text.count("\n", scanned, start)
        if breaks:
            line, line_start = line + breaks, text.rfind("\n", scanned, start) + 1
        scanned = start
        inside = open_values[-1] if open_values else None
        if token in "}]":
            open_values.pop()
        elif token == "," and inside:
            inside.next_item()
        elif inside and inside.awaits_key:
            key = json.loads(token) if "\\" in token else token[1:-1]
            inside.child = f"{inside.pointer}/{escape(key)}"
            inside.awaits_key = False
            yield inside.child, (line, start - line_start + 1)
        elif token != ":":
            if inside is None or inside.index is not None:
                yield inside.child if inside else "", (line, start - line_start + 1)
            if token in "{[":
                open_values.append(_Open(inside.child if inside else "", token))


class _Open:
    """An object or array whose end is not reached: its pointer, and that of the child which comes next."""

    def __init__(self, pointer: str, bracket: str) -> None:
        self.pointer = pointer
        self.index = 0 if bracket == "[" else None
        self.awaits_key = bracket == "{"
        self.child = f"{pointer}/0"

    def next_item(self) -> None:
        if self.index is None:
            self.awaits_key = True
        else:
            self.index += 1
            self.child = f"{self.pointer}/{self.index}"
