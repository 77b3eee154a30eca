"""What changed between two contracts, and for whom it matters."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a change does to those who use the contract, the worst first."""

    BREAKING = "breaking"
    UNDECIDED = "undecided"
    WARNING = "warning"
    COMPATIBLE = "non-breaking"
    DOCUMENTATION = "documentation"


# What a gate does not let pass: what it cannot judge might be a break.
FAILING = frozenset({Verdict.BREAKING, Verdict.UNDECIDED})


@dataclass(frozen=True)
class Change:
    """One change: ``new`` and ``old`` are JSON Pointers into the two contracts, of what is or was there.

    ``operations`` are like ``GET /pets`` (none: the whole contract), ``direction`` is ``request``, ``response`` or "".
    """

    rule: str
    verdict: Verdict
    message: str
    new: str
    old: str
    operations: tuple[str, ...] = ()
    direction: str = ""
