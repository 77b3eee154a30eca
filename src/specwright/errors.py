"""Problems with a place, and the one exception that carries them to the command line."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in something the user wrote.

    ``line`` and ``column`` count from 1; ``pointer`` is an RFC 6901 JSON Pointer into the file;
    ``rule`` is the name of the check that found it; ``severity`` is ``error``, ``warning``, or ``off`` for what is told only where it is asked for.
    """

    path: str
    line: int
    column: int
    message: str
    rule: str = ""
    pointer: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else f"{self.severity}: "
        return one_line(f"{self.path}:{self.line}:{self.column}: {mark}{self.message}")


def one_line(text: str) -> str:
    """Return ``text`` with what a terminal would obey spelled out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class SpecError(Exception):
    """What the user wrote cannot be used; ``problems`` says why, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(Exception):
    """The command cannot run at all: a missing folder, an unknown API, a port in use."""
