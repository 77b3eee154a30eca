"""Judge a contract: what its rules find, at the levels that the workspace asks for, less what it ignores."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from specwright.errors import Problem, SpecError
from specwright.gate.catalogue import IGNORE
from specwright.gate.configuration import Configuration
from specwright.gate.ignores import Ignore, problem_at, read_ignores, silencing, unused
from specwright.plan.collisions import names_stay_apart
from specwright.spec.check import check, usable
from specwright.spec.document import Document
from specwright.spec.read import bundled
from specwright.spec.upgrade import upgrade

_USELESS = "nothing can be generated from a contract that breaks it"
# Tells whether a problem keeps the contract from being used.
IsNeeded = Callable[[Problem], bool]


@dataclass(frozen=True)
class Gate:
    """Judges contracts by one configuration; references may lead to files below ``root`` and to the hosts ``remote``."""

    configuration: Configuration
    remote: frozenset[str] = frozenset()

    def judge(self, contract: Path, root: Path) -> list[Problem]:
        """Return every problem of ``contract`` that is to be told, in the order of files and lines."""
        try:
            document = bundled(contract, root, self.remote)
        except SpecError as error:
            return list(error.problems)
        found = check(document, (names_stay_apart,))
        own = [] if _has_errors(found) else self._own(document)
        is_needed = _needed(document)
        told = self._not_ignored(document, [*found, *own], is_needed, are_own_asked=not _has_errors(found))
        return sorted(set(self._levelled(told, is_needed)))

    def _own(self, document: Document) -> list[Problem]:
        """Return what the user's rules find: they are asked of contracts that can be used, and need not be wary."""
        if not self.configuration.own:
            return []
        native = upgrade(document)
        return [problem for rule in self.configuration.own for problem in rule.problems(native)]

    def _not_ignored(
        self, document: Document, found: list[Problem], is_needed: IsNeeded, *, are_own_asked: bool
    ) -> Iterator[Problem]:
        ignores, faults = read_ignores(document, self.configuration.rules)
        yield from faults
        used: set[Ignore] = set()
        for problem in found:
            silent = silencing(document, ignores, problem)
            used.update(silent)
            if not silent or is_needed(problem):
                message = f"{problem.rule!r} cannot be ignored here: {_USELESS}"
                yield from (problem_at(document, ignore.place, message, IGNORE) for ignore in silent)
                yield problem
        unasked: set[str] = set() if are_own_asked else {rule.name for rule in self.configuration.own}
        yield from (unused(document, ignore) for ignore in ignores if ignore not in used and ignore.rule not in unasked)

    def _levelled(self, found: Iterator[Problem], is_needed: IsNeeded) -> Iterator[Problem]:
        levels = self.configuration.levels
        for problem in found:
            level = levels.get(problem.rule, problem.severity)
            if level != "error" and problem.severity == "error" and is_needed(problem):
                yield self.configuration.problem(problem.rule, f"{problem.rule} cannot be {level}: {_USELESS}")
                yield problem
            elif level != "off":
                yield replace(problem, severity=level)


def _needed(document: Document) -> IsNeeded:
    """Return what tells whether a problem of ``document`` keeps it from being used, which is found out when asked."""

    @cache
    def refusals() -> frozenset[Problem]:
        try:
            usable(document)
        except SpecError as error:
            return frozenset(error.problems)
        return frozenset()

    return lambda problem: problem.severity == "error" and problem in refusals()


def _has_errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)
