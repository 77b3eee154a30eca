"""What is said on the screen: problems and progress on standard error, results on standard output."""

import sys
from collections.abc import Sequence

from specwright.errors import Problem


def complain(problems: Sequence[Problem]) -> None:
    """Print problems, a line each."""
    for problem in problems:
        print(problem, file=sys.stderr)


def progress(line: str) -> None:
    """Say what goes on."""
    print(line, file=sys.stderr, flush=True)


def count(number: int, noun: str, nouns: str = "") -> str:
    """Return ``1 contract``, ``2 contracts``; ``nouns`` is a plural that has more than an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or f'{noun}s'}"
