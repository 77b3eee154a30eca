"""Measure the mock that behaves: NexHealth's create with a token, both checks, the conflict check, the booking, the journal.

Beside it the same operation from our own stateless server and from Prism, which keeps nothing; by turns, each time for another slot.
"""

import argparse
import http.client
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.bench.cases import BOOKING
from scripts.bench.contenders import OURS, PRISM, contender, uvicorn
from scripts.bench.five import five
from scripts.bench.goals import Measured, at_least, at_most, line
from scripts.bench.install import CACHE, ROOT, Failed, say
from scripts.bench.process import Contender, Running, divided, pin, started
from scripts.bench.rounds import Plan, Row, measured
from scripts.bench.table import table
from scripts.bench.wrk import find

REPORT = CACHE / "mock.md"
_MOCK, _STATELESS = "specwright mock", "specwright, stateless"
_PAIRS = 1000
_ENDURANCE = 10  # seconds of load between two looks


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write the report; the exit status is 1 when the mock itself failed."""
    options = _options(arguments)
    CACHE.mkdir(exist_ok=True)
    wrk = find()
    if isinstance(wrk, str):
        print(f"The benchmark of the mock is left out: {wrk}.")
        return 0
    plan = Plan(wrk, divided(), options.rounds, options.seconds)
    pin(plan.cores.client)
    found = measured([_ours(), _stateless(), contender(PRISM, BOOKING)], plan, ("valid",))
    rows = {row.contender.name: row for row in found}
    goals = table(_GOALS, list(_verdicts(rows, plan, options.requests)))
    report = f"{table(_HEAD, [_cells(row, rows[_MOCK]) for row in found])}\n{goals}"
    REPORT.write_text(report, encoding="utf-8")
    print(report)
    return 1 if rows[_MOCK].failure else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench mock", description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3, help="medians of how many (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="of load a round (default: %(default)s)")
    parser.add_argument(
        "--requests", type=int, default=100_000, help="during which memory is watched (default: %(default)s)"
    )
    return parser.parse_args(arguments)


def _ours() -> Contender:
    program = str(Path(sys.executable).with_name(OURS))
    arguments = (program, "--root", str(ROOT), "mock", BOOKING.name, "--port", "{port}", "--log-format", "off")
    return Contender(_MOCK, BOOKING, f"/{BOOKING.name}", arguments)


def _stateless() -> Contender:
    return Contender(_STATELESS, BOOKING, "", uvicorn(f"scripts.bench.servers.ours.{BOOKING.name}:create"))


_HEAD = ("server", "req/s", "mock / it", "p99 ms", "start s", "MB", "note")
_GOALS = ("goal", "measured", "reached")


def _cells(row: Row, mock: Row) -> list[str]:
    if row.failure:
        return [row.contender.name, "", "", "", "", "", row.failure]
    rate = row.rate("valid")
    ratio = f"{mock.rate('valid') / rate:.2f}" if rate else ""
    figures = [f"{rate:,.0f}", ratio, f"{row.p99():.1f}", f"{row.start:.2f}", f"{row.megabytes:.0f}"]
    return [row.contender.name, *figures, "; ".join(row.notes)]


def _verdicts(rows: dict[str, Row], plan: Plan, requests: int) -> Iterator[list[str]]:
    ours = rows[_MOCK]
    for name, bound in ((PRISM, 1.25), (_STATELESS, 0.5)):
        ratio = ours.rate("valid") / rows[name].rate("valid") if rows[name].rate("valid") else None
        yield line(f"at least {bound:g} times {name}", {"rate": ratio}, "{:.2f}", at_least(bound))
    yield line("p99 of at most 10 ms with 16 connections", {"p99": ours.p99() or None}, "{:.1f} ms", at_most(10))
    try:
        with started(_ours(), plan.cores) as server:
            pairs: Measured = {"p99": _namespaces(server.port)}
            grown: Measured = {f"{requests:,} requests": _grown(server, plan, requests)}
    except (Failed, OSError) as failure:
        say(f"{_MOCK}: {failure}")
        pairs, grown = {"p99": None}, {"": None}
    yield line("a namespace made and dropped in less than 5 ms", pairs, "{:.1f} ms", at_most(5))
    yield line("memory grows by less than 50 MB", grown, "{:.0f} MB", at_most(50))
    served = five(plan)
    yield line(
        "five partners start within 1 s", {"first answer": served.seconds if served else None}, "{:.2f} s", at_most(1)
    )


def _namespaces(port: int) -> float:
    """Return the p99, in milliseconds, of making a namespace and dropping it again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    times = []
    for number in range(_PAIRS):
        began = time.perf_counter()
        for method in ("PUT", "DELETE"):
            connection.request(method, f"/__admin/namespaces/bench-{number}")
            connection.getresponse().read()
        times.append((time.perf_counter() - began) * 1000)
    connection.close()
    return statistics.quantiles(times, n=100)[-1]


def _grown(server: Running, plan: Plan, requests: int) -> float:
    """Return the megabytes by which the server grows under so many requests, once it is warm."""
    plan.wrk.fire(server.port, _ours().requests["valid"], plan.seconds)
    before, sent = server.megabytes(), 0
    while sent < requests:
        sent += plan.wrk.fire(server.port, _ours().requests["valid"], _ENDURANCE).requests
        say(f"{sent:,} of {requests:,} requests, {server.megabytes() - before:.0f} MB more")
    return max(server.megabytes() - before, 0.01)
