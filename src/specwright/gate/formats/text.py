"""Problems for people: a line each, and on request the line of the source with a caret under the column."""

import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

from specwright.errors import Problem
from specwright.gate.report import Report

_WIDTH = 100  # characters of a source line that are shown
_BEFORE = 60  # of them before the column, where the line is longer
_COLOURS = {"error": "31", "warning": "33"}
Paint = Callable[[str, str], str]


def as_text(report: Report) -> str:
    """Return a line for every problem."""
    return "".join(f"{problem}\n" for problem in report.problems)


def excerpts(report: Report, paint: Paint) -> str:
    """Return every problem with the line it is at, a caret below its column and the id of its rule."""
    lines_of = cache(_lines_of)
    return "".join(_with_excerpt(problem, lines_of(problem.path), paint) for problem in report.problems)


def coloured(said: str, style: str) -> str:
    """Return ``said`` in the colour of a terminal that ``style`` names."""
    return f"\033[{style}m{said}\033[0m"


def plain(said: str, _style: str) -> str:
    """Return ``said`` as it is."""
    return said


def _with_excerpt(problem: Problem, lines: list[str], paint: Paint) -> str:
    place, _, said = str(problem).partition(": ")
    head = f"{paint(place, '1')}: {paint(said, _COLOURS[problem.severity])}\n"
    if problem.line > len(lines):
        return head
    shown, at = _window(lines[problem.line - 1], problem.column - 1)
    number = f"{problem.line:>6}"
    pad = " " * sum(map(_columns, shown[:at]))
    gutter, bar = paint(f"{number} |", "2"), paint(f"{'':>6} |", "2")
    return f"{head}{gutter} {shown}\n{bar} {pad}{paint(f'^ {problem.rule}', _COLOURS[problem.severity])}\n"


def _lines_of(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, ValueError):
        return []  # it was fetched, or is no text


def _window(line: str, at: int) -> tuple[str, int]:
    """Return what is shown of ``line``, whose column ``at`` is then at the index that is returned too."""
    start = max(0, at - _BEFORE) if len(line) > _WIDTH else 0
    shown = "".join(char if char.isprintable() else " " for char in line[start : start + _WIDTH])
    return shown, at - start


def _columns(char: str) -> int:
    return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
