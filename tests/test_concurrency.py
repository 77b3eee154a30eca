"""Several processes on one store: one slot is booked once, and what was acknowledged survives kill -9."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from multiprocessing.connection import Connection
from typing import Any, Protocol

import pytest
from served import Client, Served, served

from specwright.mock.calendar import Calendar, Period, Taken
from specwright.mock.store import Owner, Store, open_store

SPAWN = multiprocessing.get_context("spawn")
SHARED = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
ROUNDS, CREATES = 50, 200
HTTP_ROUNDS = int(os.environ.get("SLOT_ROUNDS", "3"))
ENOUGH = 200  # acknowledged bookings, before the kill
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


# --- over HTTP ------------------------------------------------------------------------------------------------

CLIENTS = 8
HEADERS = {"Authorization": "Bearer token", "Accept": "application/vnd.Nexhealth+json;version=2"}


def appointment(number: int) -> dict[str, Any]:
    start = (MONDAY + number * HOUR).isoformat()
    return {"appt": {"patient_id": 2897, "provider_id": 104, "start_time": start, "appointment_type_id": 27}}


def posted(client: Client, number: int) -> tuple[int, Any]:
    return client.post("/nexhealth/appointments?subdomain=happy-smiles&location_id=13", appointment(number), HEADERS)


@SHARED
@pytest.mark.parametrize("workers", [1, 4])
def test_one_slot_is_booked_once_over_http(store_url: str, workers: int) -> None:
    def create(mock: Served) -> Counter[int]:
        numbers = [number for number in range(HTTP_ROUNDS) for _ in range(CREATES // CLIENTS)]
        with mock.client() as client:
            return Counter(posted(client, number)[0] for number in numbers)

    with (
        served("nexhealth", "--store", store_url, "--workers", str(workers)) as mock,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        statuses = sum(threads.map(create, [mock] * CLIENTS), Counter())

    assert statuses == {201: HTTP_ROUNDS, 400: HTTP_ROUNDS * (CREATES - 1)}


@SHARED
def test_what_a_mock_acknowledged_survives_a_kill(store_url: str) -> None:
    acknowledged: list[int] = []

    def create(worker: int) -> None:
        with mock.client() as client, suppress(OSError, HTTPException):  # until the mock is killed
            for number in range(worker, 1_000_000, CLIENTS):
                acknowledged.append(posted(client, number)[1]["data"]["appt"]["id"])
                if len(acknowledged) >= ENOUGH:
                    mock.kill()

    with (
        served("nexhealth", "--store", store_url, "--workers", "4") as mock,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        list(threads.map(create, range(CLIENTS)))
    with served("nexhealth", "--store", store_url) as mock, mock.client() as client:
        state = client.get("/__admin/state")["apis"]["nexhealth"]

    kept = state["records"]["appointment"]
    assert len(acknowledged) >= ENOUGH
    assert {str(number) for number in acknowledged} <= set(kept)
    assert sorted(booking["key"] for booking in state["bookings"]) == sorted(kept)
