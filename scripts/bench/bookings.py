"""Measure the state of the mock: what a booking costs as bookings grow, the memory they take, making and dropping a namespace."""

import argparse
import math
import resource
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from scripts.bench.table import table
from specwright.mock.calendar import Calendar, Period
from specwright.mock.ids import Ids
from specwright.mock.namespaces import Namespaces
from specwright.mock.store import Owner, Store, open_store

_SMALLEST = 1000
_BATCH, _BATCHES = 20, 200
_NAMESPACES = 2000
_RECORD = "x" * 800
_PROVIDERS = 100
_FROM = datetime(2030, 1, 1, tzinfo=UTC)
_SLOT = timedelta(minutes=15)
_MEGABYTES, _MILLISECONDS = 50, 5


@dataclass(frozen=True)
class Held:
    """A store of its own with so many bookings."""

    size: int
    clinic: "Clinic"
    megabytes: float  # that the process grew by while the last 99.9 % of them were made


class Clinic:
    """One API in one namespace, which books as a partner does: an id, a provider and a room, a record."""

    def __init__(self, store: Store, owner: Owner) -> None:
        self._store, self._owner, self._numbers = store, owner, count()
        self._calendar, self._ids = Calendar(store, owner), Ids(store, owner, "bench")

    def book(self, times: int) -> None:
        """Make so many appointments, none of which meets another."""
        for _ in range(times):
            slot, provider = divmod(next(self._numbers), _PROVIDERS)
            period = Period(_FROM + slot * _SLOT, _FROM + (slot + 1) * _SLOT)
            with self._store.transaction(self._owner.namespace):
                key = str(self._ids.number("appointment"))
                self._calendar.book(key, [f"provider:{provider}", f"room:{provider}"], period)
                self._store.put_record(self._owner, "appointment", key, _RECORD)


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit status is 1 when a goal was missed."""
    largest = _options(arguments).bookings
    sizes = [_SMALLEST * 10**power for power in range(int(math.log10(largest / _SMALLEST)) + 1)]
    held = [_held(size) for size in reversed(sizes)][::-1]  # the largest first, as if it were alone
    costs = _costs(held)
    ratios = [cost / costs[0] for cost in costs]
    logarithms = [math.log(size) / math.log(_SMALLEST) for size in sizes]
    middle, slow = _namespaces()
    rows = zip(held, costs, ratios, logarithms, strict=True)
    head = ("bookings held", "µs a booking", "ratio", "ratio of logarithms", "MB more")
    print(table(head, [_cells(*row) for row in rows]))
    print(table(("create and drop a namespace", "ms"), [("median", f"{middle:.2f}"), ("p99", f"{slow:.2f}")]))
    grows = ratios[-1] > logarithms[-1]
    return int(grows or held[-1].megabytes > _MEGABYTES or slow > _MILLISECONDS)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench bookings", description=__doc__)
    parser.add_argument("--bookings", type=int, default=1_000_000, help="how many to reach (default: %(default)s)")
    return parser.parse_args(arguments)


def _held(size: int) -> Held:
    store = open_store("sqlite://")
    store.add_namespace("bench", "{}", 0)
    row = store.namespace("bench")
    assert row is not None  # noqa: S101 - it was just made
    clinic = Clinic(store, Owner(row[0], "clinic"))
    clinic.book(_SMALLEST)
    before = _peak()
    clinic.book(size - _SMALLEST)
    return Held(size, clinic, _peak() - before)


def _costs(held: Sequence[Held]) -> list[float]:
    """Return the median of microseconds of processor time a booking at each size, taken by turns."""
    batches = [[_seconds(some.clinic) for some in held] for _ in range(_BATCHES)]
    return [statistics.median(batch) / _BATCH * 1e6 for batch in zip(*batches, strict=True)]


def _seconds(clinic: Clinic) -> float:
    began = time.process_time()
    clinic.book(_BATCH)
    return time.process_time() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _namespaces() -> tuple[float, float]:
    """Return median and 99th percentile of the milliseconds to make a namespace and drop it with what it has."""
    costs = []
    with closing(open_store("sqlite://")) as store:
        namespaces = Namespaces(store, {}, 3600)
        for number in range(_NAMESPACES):
            began = time.perf_counter()
            owner = Owner(namespaces.get(f"n{number}").id, "clinic")
            Clinic(store, owner).book(1)
            store.append(owner.namespace, 1, _RECORD, 1000)
            namespaces.drop(f"n{number}")
            costs.append((time.perf_counter() - began) * 1e3)
    cuts = statistics.quantiles(costs, n=100)
    return cuts[49], cuts[98]


def _cells(held: Held, cost: float, ratio: float, logarithms: float) -> tuple[str, ...]:
    return f"{held.size:,}", f"{cost:.1f}", f"{ratio:.2f}", f"{logarithms:.2f}", f"{held.megabytes:.0f}"
