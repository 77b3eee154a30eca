"""Measure servers in turn, so that a busy moment of the machine hits all of them."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from scripts.bench.checks import LENIENT, faults
from scripts.bench.install import Failed, say
from scripts.bench.process import Contender, Cores, Running, started
from scripts.bench.wrk import Volley, Wrk


@dataclass(frozen=True)
class Turn:
    """What a server did while it was the client's target, and which share of its core it had meanwhile."""

    volley: Volley
    share: float


@dataclass(frozen=True)
class Plan:
    """How to measure."""

    wrk: Wrk
    cores: Cores
    rounds: int
    seconds: int


@dataclass
class Row:
    """What one server showed: its turns by kind of request, its start, its memory, its faults."""

    contender: Contender
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    start: float = 0.0
    megabytes: float = 0.0
    notes: list[str] = field(default_factory=list)
    failure: str = ""

    def rate(self, kind: str) -> float:
        """Return the median of requests a second; 0 when there is none."""
        return statistics.median([turn.volley.rate for turn in self.turns.get(kind, ())] or [0.0])

    def rate_of_a_core(self, kind: str) -> float:
        """Return the median of requests a second of processor time, which other programs disturb less."""
        return statistics.median(
            [turn.volley.rate / turn.share for turn in self.turns.get(kind, ()) if turn.share] or [0.0]
        )

    def p99(self) -> float:
        """Return the median p99 of good requests, in milliseconds."""
        return statistics.median([turn.volley.p99 for turn in self.turns.get("valid", ())] or [0.0])

    def share(self) -> float:
        """Return the smallest share of its core that the server had in a turn; 0 where the system does not say."""
        return min([turn.share for turns in self.turns.values() for turn in turns] or [0.0])


def measured(contenders: Sequence[Contender], plan: Plan, kinds: Sequence[str]) -> list[Row]:
    """Start all, check all, then measure them by turns; one that fails is a row that says why."""
    rows = [Row(contender) for contender in contenders]
    with ExitStack() as stack:
        servers = {id(row): server for row in rows if (server := _entered(row, plan, stack))}
        turns = [(row, servers[id(row)], kind) for kind in kinds for row in rows if id(row) in servers]
        for row, server, kind in turns:
            _attempt(row, server, kind, row.contender.warm_up, plan)
        for row in rows:  # that was the warm-up
            row.turns = {}
        for number in range(plan.rounds):
            say(f"{contenders[0].case.title}: round {number + 1} of {plan.rounds}")
            for row, server, kind in turns:
                _attempt(row, server, kind, plan.seconds, plan)
    return rows


def _entered(row: Row, plan: Plan, stack: ExitStack) -> Running | None:
    """Return the server, checked and paused; None when it failed."""
    say(f"{row.contender.case.title}: starting {row.contender.name}")
    try:
        server = stack.enter_context(started(row.contender, plan.cores))
        row.start, row.notes = server.seconds, faults(row.contender, server)
    except (Failed, OSError) as failure:
        row.failure = str(failure)
        return None
    server.pause()
    return server


def _attempt(row: Row, server: Running, kind: str, seconds: int, plan: Plan) -> None:
    """Add one turn to the row, unless it failed or this kind of request would show nothing."""
    if row.failure or (kind == "invalid" and LENIENT in row.notes):
        return
    server.resume()
    began, before = time.perf_counter(), server.processor()
    try:
        volley = plan.wrk.fire(server.port, row.contender.requests[kind], seconds)
        share = (server.processor() - before) / (time.perf_counter() - began)
        row.turns.setdefault(kind, []).append(Turn(volley, share))
        row.megabytes = max(row.megabytes, server.megabytes())
        row.notes += [note for note in _oddities(volley, kind) if note not in row.notes]
    except Failed as failure:
        row.failure = str(failure)
    finally:
        server.pause()


def _oddities(volley: Volley, kind: str) -> Iterator[str]:
    right = volley.refused if kind == "invalid" else volley.requests - volley.refused
    if right < volley.requests:
        yield f"answers some {kind} requests wrong under load"
    if volley.broken:
        yield f"leaves some {kind} requests without an answer"
