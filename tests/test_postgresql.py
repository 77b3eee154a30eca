"""What only PostgreSQL does: it waits, it refuses, its connections are lost. The rest is in test_store.py."""

from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from urllib.parse import urlsplit

import psycopg
import pytest

from specwright.errors import UsageError
from specwright.mock.store import Owner, Store, Taken, open_store

LOST = "the connection to the store was lost, try again: terminating connection due to administrator command"


@pytest.fixture
def url(store_url: str) -> str:
    return store_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as store:
        yield store


@pytest.fixture
def clinic(store: Store) -> Owner:
    store.add_namespace("default", "{}", 0)
    row = store.namespace("default")
    assert row is not None
    return Owner(row[0], "clinic")


pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


def wait_for_lock(url: str, thread: Thread) -> None:
    """Return when somebody waits for a lock of the database."""
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(url, autocommit=True) as watcher:
        while thread.is_alive() and not watcher.execute(waits).fetchone():
            pass


def end_connections(url: str) -> None:
    """End every connection to a database but our own."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_the_database_itself_refuses_to_book_twice(store: Store, clinic: Owner, url: str) -> None:
    store.hold(clinic, ["room"], (0, 1), "1")
    store.hold(clinic, ["chair"], (10, 20), "1")  # another lane is another matter
    refused: list[str] = []

    def hold() -> None:
        try:
            store.hold(clinic, ["room"], (15, 25), "2")
        except Taken as taken:
            refused.append(taken.resource)

    with psycopg.connect(url) as careless:  # of our locks
        careless.execute(
            "INSERT INTO specwright.busy (lane, exclusive, starts, ends, booking) "
            "SELECT id, 1, 10, 20, 'careless' FROM specwright.lane WHERE resource = 'room'"
        )
        thread = Thread(target=hold)
        thread.start()
        wait_for_lock(url, thread)
        careless.commit()
        thread.join()

    assert refused == ["room"]
    assert store.bookings(clinic, "room") == [("room", 0, 1, "1", True), ("room", 10, 20, "careless", True)]


def test_a_transaction_that_goes_on_after_such_a_refusal_is_not_committed(
    store: Store, clinic: Owner, url: str
) -> None:
    store.hold(clinic, ["room"], (0, 1), "1")
    undone: list[str] = []

    def hold() -> None:
        try:
            with store.transaction(clinic.namespace):
                store.put_record(clinic, "pet", "1", "Rex")
                with pytest.raises(Taken):
                    store.hold(clinic, ["room"], (15, 25), "2")
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be one
            undone.append(str(error))

    with psycopg.connect(url) as careless:
        careless.execute("INSERT INTO specwright.busy SELECT id, 1, 10, 20, 'careless' FROM specwright.lane")
        thread = Thread(target=hold)
        thread.start()
        wait_for_lock(url, thread)
        careless.commit()
        thread.join()

    assert len(undone) == 1
    assert store.record(clinic, "pet", "1") is None


def test_transactions_that_do_the_same_in_another_order_do_not_wait_for_each_other(
    store: Store, clinic: Owner, url: str
) -> None:
    with closing(open_store(url)) as other:

        def count() -> None:
            with other.transaction(clinic.namespace):
                other.count(clinic, "second")
                other.count(clinic, "first")

        thread = Thread(target=count)
        with store.transaction(clinic.namespace):
            store.count(clinic, "first")
            thread.start()
            wait_for_lock(url, thread)
            store.count(clinic, "second")
        thread.join()

    assert store.counters(clinic) == {"first": 2, "second": 2}


def test_transactions_in_two_namespaces_go_on_beside_each_other(store: Store, clinic: Owner, url: str) -> None:
    with closing(open_store(url)) as other, store.transaction(clinic.namespace):
        store.count(clinic, "visits")
        with other.transaction(clinic.namespace + 1):
            other.count(Owner(clinic.namespace + 1, "clinic"), "visits")

        assert other.counters(Owner(clinic.namespace + 1, "clinic")) == {"visits": 1}


def test_a_lost_connection_is_one_error_and_then_there_is_a_new_one(store: Store, clinic: Owner, url: str) -> None:
    end_connections(url)

    with pytest.raises(ConnectionError, match=LOST):
        store.count(clinic, "visits")
    assert store.count(clinic, "visits") == 1


def test_a_connection_lost_in_a_transaction_leaves_nothing_of_it(store: Store, clinic: Owner, url: str) -> None:
    def interrupted() -> None:
        with store.transaction(clinic.namespace):
            store.hold(clinic, ["room"], (0, 1), "1")
            end_connections(url)

    with pytest.raises(ConnectionError, match=LOST):
        interrupted()
    assert store.bookings(clinic) == []


def test_a_database_that_is_gone_is_said_to_be(store: Store, clinic: Owner, url: str, postgresql_server: str) -> None:
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    for _ in range(2):
        with pytest.raises(UsageError, match=r"cannot use the store in PostgreSQL: .* does not exist"):
            store.count(clinic, "visits")
        with pytest.raises(UsageError, match="does not exist"), store.transaction(clinic.namespace):
            pass
