"""What a server of five APIs costs: ``specwright mock``, which serves all of specs/ in one process."""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.cases import BOOKING, Case
from scripts.bench.contenders import OURS
from scripts.bench.install import ROOT, Failed, say
from scripts.bench.process import Contender, started
from scripts.bench.rounds import Plan

_STARTS = 5
_COMMAND = (
    str(Path(sys.executable).with_name(OURS)),
    "--root",
    str(ROOT),
    "mock",
    "--port",
    "{port}",
    "--log-format",
    "off",
)


@dataclass(frozen=True)
class Five:
    """Median seconds from the command to the first good answer, and megabytes once one of them was under load."""

    seconds: float
    megabytes: float


def five(plan: Plan) -> Five | None:
    """Start the mock a few times, and put load on the last one; None when it failed."""
    say(f"{OURS} mock: starting it {_STARTS} times")
    try:
        return _measured(plan)
    except Failed as failure:
        say(f"{OURS} mock: {failure}")
        return None


def _measured(plan: Plan) -> Five:
    times = [_start(plan) for _ in range(_STARTS - 1)]
    with started(_mock(BOOKING), plan.cores) as server:
        times.append(server.seconds)
        plan.wrk.fire(server.port, _mock(BOOKING).requests["valid"], 1)
        return Five(statistics.median(times), server.megabytes())


def _start(plan: Plan) -> float:
    with started(_mock(BOOKING), plan.cores) as server:
        return server.seconds


def _mock(case: Case) -> Contender:
    return Contender(f"{OURS} mock", case, f"/{case.name}{case.base}", _COMMAND)
