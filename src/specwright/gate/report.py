"""What the gate found in every contract, as every format tells it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from specwright.errors import Problem
from specwright.spec.catalogue import Entry


@dataclass(frozen=True)
class Report:
    """``findings`` are the problems of each contract, by its path: those of a file that several refer to once.

    ``rules`` are all rules by their ids; ``fail_on`` is the severity from which problems fail the gate.
    """

    findings: Mapping[str, tuple[Problem, ...]]
    rules: Mapping[str, Entry]
    fail_on: str = "error"

    @property
    def problems(self) -> list[Problem]:
        """Every problem, contract by contract."""
        return [problem for problems in self.findings.values() for problem in problems]

    def fails(self, problem: Problem) -> bool:
        """Tell whether ``problem`` fails the gate."""
        return problem.severity == "error" or self.fail_on == "warning"

    @property
    def failures(self) -> list[Problem]:
        """The problems that fail the gate."""
        return [problem for problem in self.problems if self.fails(problem)]


Format = Callable[[Report], str]


def once(found: Mapping[str, list[Problem]]) -> dict[str, tuple[Problem, ...]]:
    """Return the problems of each contract without those that were told of a contract before it."""
    seen: set[Problem] = set()
    findings = {}
    for contract, problems in found.items():
        findings[contract] = tuple(problem for problem in problems if problem not in seen)
        seen.update(problems)
    return findings
