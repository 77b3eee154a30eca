"""Several processes on one store: one slot is booked once, and what was acknowledged survives kill -9."""

import multiprocessing
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any, Protocol

import pytest

from specwright.mock.calendar import Calendar, Period, Taken
from specwright.mock.store import Owner, Store, open_store

SPAWN = multiprocessing.get_context("spawn")
SHARED = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
ROUNDS, CREATES = 50, 200
MONDAY = datetime(2030, 4, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
STUCK = 60  # seconds after which a process that waits for the others gives up


class Barrier(Protocol):
    def wait(self) -> int: ...


def clinic(url: str) -> tuple[Store, Owner]:
    """Return a store and the one API in it, which every process may be the first to ask for."""
    store = open_store(url)
    store.add_namespace("default", "{}", 0)
    row = store.namespace("default")
    assert row is not None
    return store, Owner(row[0], "clinic")


def create(store: Store, owner: Owner, resources: list[str], period: Period) -> str:
    """Book as a partner does."""
    with store.transaction(owner.namespace):
        key = str(store.count(owner, "id"))
        Calendar(store, owner).book(key, resources, period)
        store.put_record(owner, "appointment", key, "x" * 800)
    return key


def compete(said: Connection, url: str, start: Barrier, creates: int) -> None:
    """Create in every round the same appointment again and again; say how often that was a success and a conflict."""
    start.wait()  # for all to open the store, which is empty, at once
    store, owner = clinic(url)
    for number in range(ROUNDS):
        period = Period(MONDAY + number * HOUR, MONDAY + (number + 1) * HOUR)
        start.wait()
        success = conflicts = 0
        for _ in range(creates):
            try:
                create(store, owner, ["provider:1", "room:2"], period)
                success += 1
            except Taken:
                conflicts += 1
        said.send((success, conflicts))
    store.close()


def work(said: Connection, url: str, start: Barrier, worker: int) -> None:
    """Create appointments until killed, and say which were acknowledged."""
    store, owner = clinic(url)
    start.wait()
    for number in range(1_000_000):
        period = Period(MONDAY + number * HOUR, MONDAY + (number + 1) * HOUR)
        said.send(create(store, owner, [f"provider:{worker}", f"room:{worker}"], period))


def started(target: Callable[..., None], url: str, start: Barrier, values: list[int]) -> list[tuple[Any, Connection]]:
    """Start one process for each of ``values`` and return each with the connection it speaks on."""
    processes = []
    for value in values:
        ours, theirs = SPAWN.Pipe(duplex=False)
        process = SPAWN.Process(target=target, args=(theirs, url, start, value), daemon=True)
        process.start()
        theirs.close()
        processes.append((process, ours))
    return processes


def heard(said: Connection) -> list[str]:
    """Return all that a process, which is no more, has said."""
    messages = []
    try:
        while True:
            messages.append(said.recv())
    except (EOFError, OSError):  # OSError: it was killed while it spoke
        return messages


@SHARED
@pytest.mark.parametrize("workers", [1, 4])
def test_one_slot_is_booked_once(store_url: str, workers: int) -> None:
    start = SPAWN.Barrier(workers, timeout=STUCK)
    processes = started(compete, store_url, start, [CREATES // workers] * workers)

    rounds = [[said.recv() for _, said in processes] for _ in range(ROUNDS)]
    for process, _ in processes:
        process.join()

    assert [[sum(column) for column in zip(*some, strict=True)] for some in rounds] == [[1, CREATES - 1]] * ROUNDS
    store, owner = clinic(store_url)
    with closing(store):
        assert len(store.bookings(owner)) == 2 * ROUNDS
        assert len(store.records(owner, "appointment")) == ROUNDS
        assert store.counters(owner) == {"id": ROUNDS}


@SHARED
def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half_written(store_url: str) -> None:
    start = SPAWN.Barrier(4, timeout=STUCK)
    processes = started(work, store_url, start, [1, 2, 3, 4])
    acknowledged = [said.recv() for _ in range(50) for _, said in processes]
    for process, _ in processes:
        process.kill()
    for process, said in processes:
        process.join()
        acknowledged += heard(said)

    store, owner = clinic(store_url)
    with closing(store):
        kept = [key for key, _ in store.records(owner, "appointment")]
        assert len(set(acknowledged)) == len(acknowledged)
        assert set(acknowledged) <= set(kept)
        assert sorted(key for _, _, _, key, _ in store.bookings(owner)) == sorted([*kept, *kept])
        assert store.counters(owner) == {"id": len(kept)}
