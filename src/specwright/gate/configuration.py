"""What ``[tool.specwright]`` of pyproject.toml asks of the gate: levels of rules, and rules of the user."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from specwright.errors import Problem, UsageError
from specwright.gate.catalogue import CONFIGURATION, GATE, IGNORE
from specwright.gate.own import OwnRule, rules_in
from specwright.spec.catalogue import CATALOGUE, Entry
from specwright.spec.load import display
from specwright.spec.near import did_you_mean

LEVELS = ("error", "warning", "off")
_RULES, _OWN = "rules", "own-rules"
_FIXED = (CONFIGURATION, IGNORE)
_AT_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)")


@dataclass(frozen=True)
class Configuration:
    """What the gate is asked: the ``levels`` of rules that are not at their own, the user's ``own`` rules.

    ``problems`` says what in the file at ``path`` cannot be meant.
    """

    path: str = "pyproject.toml"
    levels: Mapping[str, str] = field(default_factory=dict)
    own: tuple[OwnRule, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: str = field(default="", repr=False)

    @cached_property
    def rules(self) -> Mapping[str, Entry]:
        """Every rule there is, by its id."""
        return {**CATALOGUE, **GATE, **{rule.name: rule.entry for rule in self.own}}

    def problem(self, key: str, message: str) -> Problem:
        """Return a problem at the place of ``key``."""
        return Problem(self.path, *_place(self.text, key), message, CONFIGURATION, f"/tool/specwright/{key}")


def configured(folder: Path) -> Configuration:
    """Return what ``folder``/pyproject.toml asks, its mistakes among the problems; raises UsageError for own rules
    that cannot be read.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        return Configuration(display(file))
    plain = Configuration(display(file), text=file.read_text(encoding="utf-8", errors="replace"))
    try:
        tables = tomllib.loads(plain.text)
    except tomllib.TOMLDecodeError as error:
        return replace(plain, problems=(_syntax(plain, str(error)),))
    asked = tables.get("tool", {}).get("specwright", {}) if isinstance(tables.get("tool", {}), dict) else {}
    if not isinstance(asked, dict):
        return replace(plain, problems=(plain.problem("specwright", "[tool.specwright] must be a table"),))
    own = replace(plain, own=tuple(_own(folder, plain, asked.get(_OWN, []))))
    levels = asked.get(_RULES, {})
    return replace(own, levels=_levels(levels), problems=tuple(_mistakes(own, asked)))


def _levels(said: Any) -> dict[str, str]:
    named = said.items() if isinstance(said, dict) else ()
    return {name: level for name, level in named if level in LEVELS and name not in _FIXED}


def _own(folder: Path, plain: Configuration, files: Any) -> Iterator[OwnRule]:
    seen: dict[str, str] = dict.fromkeys((*CATALOGUE, *GATE), "one of ours")
    for name in files if isinstance(files, list) else ():
        file = folder / str(name)
        line = _place(plain.text, _OWN)[0]
        if not file.is_file():
            raise UsageError(f"{plain.path}:{line}: {_OWN}: there is no file {display(file)}")
        for rule in rules_in(file):
            if rule.name in seen:
                raise UsageError(f"{display(file)}: the rule {rule.name!r} is {seen[rule.name]}: call it otherwise")
            seen[rule.name] = f"in {display(file)} already"
            yield rule


def _mistakes(own: Configuration, asked: Mapping[str, Any]) -> Iterator[Problem]:
    for key in asked:
        if key not in (_RULES, _OWN):
            yield own.problem(key, f"[tool.specwright] has no key {key!r}{did_you_mean(key, (_RULES, _OWN))}")
    if not isinstance(asked.get(_OWN, []), list):
        yield own.problem(_OWN, f"{_OWN} must be a list of Python files")
    levels = asked.get(_RULES, {})
    if not isinstance(levels, dict):
        yield own.problem(_RULES, f'{_RULES} must be a table: {_RULES} = {{example = "off"}}')
        return
    for name, level in levels.items():
        if name not in own.rules:
            otherwise = ": `specwright explain` lists them"
            yield own.problem(name, f"there is no rule {name!r}{did_you_mean(name, own.rules, otherwise)}")
        elif level not in LEVELS:
            yield own.problem(name, f"the level of {name} must be one of {', '.join(LEVELS)}, not {level!r}")
        elif name in _FIXED:
            yield own.problem(name, f"{name} is always an error: the gate could not be relied on otherwise")


def _syntax(plain: Configuration, message: str) -> Problem:
    """Return the mistake that the TOML reader names; before Python 3.14 its place is in the text alone."""
    found = _AT_PLACE.fullmatch(message)
    end = plain.text.count("\n") + 1, len(plain.text) - plain.text.rfind("\n")
    line, column = (int(found[2]), int(found[3])) if found and found[2] else end
    return Problem(plain.path, line, column, f"not valid TOML: {found[1] if found else message}", CONFIGURATION)


def _place(text: str, key: str) -> tuple[int, int]:
    """Return line and column of ``key`` below [tool.specwright]: the TOML reader tells no places."""
    table = re.search(r"^[ \t]*\[tool\.specwright\b", text, re.MULTILINE)
    start = table.start() if table else 0
    named = rf"""^[^#\n]*?(?<![\w-])(["']?{re.escape(key)}["']?\s*=)"""
    header = rf"^[ \t]*\[tool\.specwright\.({re.escape(key)})\]"
    found = re.compile(f"{named}|{header}", re.MULTILINE).search(text, start)
    where = found.start(found.lastindex or 0) if found else start
    return text.count("\n", 0, where) + 1, where - text.rfind("\n", 0, where)
