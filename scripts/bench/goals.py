"""What the server must reach, and whether it did in this run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scripts.bench.contenders import CONNEXION, FASTAPI, LIMIT, OURS, PRISM
from scripts.bench.five import Five
from scripts.bench.rounds import Row

Rows = Mapping[str, Row]  # of one case, by the name of the server
Measured = Mapping[str, float | None]  # by what it was measured on; None: it was not

HEAD = ("goal", "measured", "reached", "by processor time")


@dataclass(frozen=True)
class Ratio:
    """Ours must have at least ``bound`` times the rate of a peer."""

    wording: str
    peer: str
    bound: float
    kind: str = "valid"

    def of(self, rows: Rows, rate: Callable[[Row, str], float]) -> float | None:
        """Return the ratio of rates, None where one of the two has none."""
        ours, theirs = rate(rows[OURS], self.kind), rate(rows[self.peer], self.kind)
        return ours / theirs if ours and theirs else None


RATIOS = (
    Ratio("at least 0.5 times the rate of the limit", LIMIT, 0.5),
    Ratio("at least 12 times stock Connexion", CONNEXION, 12),
    Ratio("at least 2.5 times Prism", PRISM, 2.5),
    Ratio("at least 2 times FastAPI", FASTAPI, 2),
    Ratio("invalid: at least 0.5 times the limit", LIMIT, 0.5, "invalid"),
)
P99, START, MEGABYTES, FLAT = 3.0, 0.8, 90.0, 0.85


def verdicts(cases: Mapping[str, Rows], flat: Sequence[Row], served: Five | None) -> Iterator[list[str]]:
    """Yield a line of the table for every goal."""
    for goal in RATIOS:
        ratios = {title: goal.of(rows, Row.rate) for title, rows in cases.items()}
        undisturbed = {title: goal.of(rows, Row.rate_of_a_core) for title, rows in cases.items()}
        yield [*line(goal.wording, ratios, "{:.2f}", at_least(goal.bound)), _said(undisturbed, "{:.2f}")]
    for other in _others(cases, flat, served):
        yield [*other, ""]


def _others(cases: Mapping[str, Rows], flat: Sequence[Row], served: Five | None) -> Iterator[list[str]]:
    p99s: Measured = {title: rows[OURS].p99() or None for title, rows in cases.items()}
    yield line(f"p99 of at most {P99:g} ms", p99s, "{:.1f} ms", at_most(P99))
    start = {"five APIs": served.seconds if served else None}
    yield line(f"first answer at most {START:g} s after the start", start, "{:.2f} s", at_most(START))
    memory: Measured = {title: rows[OURS].megabytes or None for title, rows in cases.items()}
    memory = {**memory, "five APIs": served.megabytes if served else None}
    yield line(f"at most {MEGABYTES:g} MB resident", memory, "{:.0f} MB", at_most(MEGABYTES))
    alone, among = [row.rate("valid") for row in flat] or [0.0, 0.0]
    ratio = among / alone if alone and among else None
    yield line("1,000 operations: at most 15 % slower", {"rate to that of one": ratio}, "{:.2f}", at_least(FLAT))


def line(wording: str, measured: Measured, form: str, reached: Callable[[float], bool]) -> list[str]:
    """Return a goal, what was measured and whether that reaches it."""
    verdict = [None if value is None else reached(value) for value in measured.values()]
    word = "no" if False in verdict else "not measured" if None in verdict else "yes"
    return [wording, _said(measured, form), word]


def _said(measured: Measured, form: str) -> str:
    return ", ".join(f"{name} {form.format(value) if value else '?'}" for name, value in measured.items())


def at_least(bound: float) -> Callable[[float], bool]:
    """Return what tells whether a figure is ``bound`` or more."""
    return lambda value: value >= bound


def at_most(bound: float) -> Callable[[float], bool]:
    """Return what tells whether a figure is ``bound`` or less."""
    return lambda value: value <= bound
