"""Measure servers of two contracts under load: requests a second, p99, start, memory; ours beside its peers.

One server process on one core, wrk with 16 connections on another; by turns. Set BENCH_ROUNDS and BENCH_SECONDS, or the
options of the same names, for a longer run.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scripts.bench.cases import CASES
from scripts.bench.contenders import OURS, contenders
from scripts.bench.five import Five, five
from scripts.bench.flat import pair
from scripts.bench.goals import HEAD, verdicts
from scripts.bench.install import CACHE, Failed, say
from scripts.bench.process import divided, pin
from scripts.bench.rounds import Plan, Row, measured
from scripts.bench.table import table
from scripts.bench.wrk import CONNECTIONS, find

REPORT = CACHE / "serving.md"
_HEAD = ("API", "server", "req/s", "ours / it", "p99 ms", "invalid req/s", "ours / it", "start s", "MB", "note")


def main(arguments: Sequence[str]) -> int:
    """Install, measure, print, write the report; the exit status is 1 when Specwright itself failed."""
    options = _options(arguments)
    CACHE.mkdir(exist_ok=True)
    wrk = find()
    if isinstance(wrk, str):
        print(f"The serving benchmark is left out: {wrk}.")
        return 0
    groups = [contenders(case) for case in CASES]
    plan = Plan(wrk, divided(), options.rounds, options.seconds)
    pin(plan.cores.client)
    cases = [measured(group, plan, ("valid", "invalid")) for group in groups]
    report = _report(plan, cases, _flat(plan), five(plan))
    REPORT.write_text(report, encoding="utf-8")
    print(report)
    return 1 if any(row.failure for rows in cases for row in rows if row.contender.name == OURS) else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench serve", description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=os.environ.get("BENCH_ROUNDS", "3"), help="medians of how many")
    parser.add_argument("--seconds", type=int, default=os.environ.get("BENCH_SECONDS", "2"), help="of load a round")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds start at 1")
    return options


def _flat(plan: Plan) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        try:
            return measured(pair(Path(scratch)), plan, ("valid",))
        except Failed as failure:
            say(f"the contract of many operations is left out: {failure}")
            return []


def _report(plan: Plan, cases: Sequence[Sequence[Row]], flat: Sequence[Row], served: Five | None) -> str:
    groups = [{row.contender.name: row for row in rows} for rows in (*cases, flat)]
    body = [_cells(row, rows) for rows in groups for row in rows.values()]
    named = {rows[OURS].contender.case.title: rows for rows in groups if OURS in rows}
    goals = table(HEAD, list(verdicts(named, flat, served)))
    return "\n".join((_preamble(plan), table(_HEAD, body), goals))


def _preamble(plan: Plan) -> str:
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    shared = "" if plan.cores.server != plan.cores.client else " They share one core, or could not be pinned."
    return (
        f"Medians of {plan.rounds} rounds of {plan.seconds} s, {CONNECTIONS} connections, one server process on one "
        f"core, wrk on another; {system}.{shared}\n`ours / it`: our rate divided by that of the row. Five APIs: "
        "`specwright mock`. By processor time: the ratio of requests a second of processor time, which other "
        "programs on the machine disturb less.\n"
    )


def _cells(row: Row, rows: Mapping[str, Row]) -> list[str]:
    names = [row.contender.case.title, row.contender.name]
    if row.failure:
        return [*names, *[""] * 7, f"left out: {row.failure}"]
    rates = [cell for kind in ("valid", "invalid") for cell in _rates(row, rows.get(OURS), kind)]
    figures = [*rates[:2], f"{row.p99():.1f}", *rates[2:], f"{row.start:.2f}", f"{row.megabytes:.0f}"]
    return [*names, *figures, "; ".join([*row.notes, *_disturbed(row)])]


def _rates(row: Row, ours: Row | None, kind: str) -> tuple[str, str]:
    rate = row.rate(kind)
    if not rate:
        return "", ""
    ratio = ours.rate(kind) / rate if ours else 0
    return f"{rate:,.0f}", f"{ratio:.2f}" if ratio else ""


def _disturbed(row: Row) -> Iterator[str]:
    """Say so when a server waited for other programs, or for the client: the figures then tell little of it."""
    if 0 < row.share() < 0.85:
        yield f"had its core {row.share():.0%} of a turn"
