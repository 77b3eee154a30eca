"""Known problems of old contracts: kept in a file, not told again, counted when they are gone.

A problem is known by its file, rule, pointer and message: lines move with every edit.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from specwright.errors import Problem, UsageError
from specwright.gate.catalogue import CONFIGURATION

_VERSION = 1


class Entry(NamedTuple):
    """A known problem; ``path`` is relative to the folder of the baseline, ``message`` a hash of what is said."""

    path: str
    rule: str
    pointer: str
    message: str


@dataclass(frozen=True)
class Baseline:
    """The known problems in ``file``, each as often as it may be met."""

    file: Path
    entries: Counter[Entry]

    def unknown(self, problems: Iterable[Problem]) -> tuple[list[Problem], "Baseline"]:
        """Return the problems that are not known, and a baseline of the entries that were not met."""
        left = self.entries.copy()
        found = []
        for problem in problems:
            entry = _entry(self.file, problem)
            if left[entry] > 0:
                left[entry] -= 1
            else:
                found.append(problem)
        return found, Baseline(self.file, +left)

    def below(self, files: Iterable[str]) -> int:
        """Return how many entries are about ``files``."""
        paths = {_relative(self.file, path) for path in files}
        return sum(number for entry, number in self.entries.items() if entry.path in paths)


def read_baseline(file: Path) -> Baseline:
    """Return the baseline in ``file``; raises UsageError when it is none."""
    try:
        value = json.loads(file.read_bytes())
        entries = Counter({_known(item): int(item["count"]) for item in value["problems"]})
        version = value["version"]
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is no baseline of Specwright: write one with --write-baseline {file}"
        raise UsageError(message) from error
    if version != _VERSION:
        raise UsageError(f"{file} is a baseline of version {version!r}, not {_VERSION}: write it anew")
    return Baseline(file, entries)


def baseline_of(file: Path, problems: Sequence[Problem]) -> str:
    """Return the text of a baseline in ``file`` that knows ``problems``; those of the configuration are never known."""
    counted = Counter(_entry(file, problem) for problem in problems if problem.rule != CONFIGURATION)
    known = [{**entry._asdict(), "count": number} for entry, number in sorted(counted.items())]
    return json.dumps({"version": _VERSION, "problems": known}, indent=2, ensure_ascii=False) + "\n"


def _known(item: Any) -> Entry:
    return Entry(str(item["path"]), str(item["rule"]), str(item["pointer"]), str(item["message"]))


def _entry(file: Path, problem: Problem) -> Entry:
    said = sha256(problem.message.encode()).hexdigest()[:16]
    return Entry(_relative(file, problem.path), problem.rule, problem.pointer, said)


def _relative(file: Path, path: str) -> str:
    return path if "://" in path else Path(os.path.relpath(path, file.parent)).as_posix()
