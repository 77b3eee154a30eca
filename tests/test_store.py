"""Everything the store promises, on each database: a temporary SQLite, an SQLite file, PostgreSQL."""

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specwright.errors import UsageError
from specwright.mock.store import Owner, Store, Taken, open_store

SHARED = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
NUMBERS = count()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with closing(open_store(store_url)) as store:
        yield store


def owner(store: Store, api: str = "clinic") -> Owner:
    """Return an API in a namespace that is new."""
    name = f"n{next(NUMBERS)}"
    store.add_namespace(name, "{}", 0)
    row = store.namespace(name)
    assert row is not None
    return Owner(row[0], api)


def fill(store: Store, owner: Owner) -> None:
    store.put_record(owner, "pet", "1", "Rex")
    store.count(owner, "pet")
    store.hold(owner, ["room"], (0, 10), "1")
    store.overhold(owner, ["room"], (5, 15), "2")
    store.append(owner.namespace, 1, "said", 100)


def state(store: Store, owner: Owner) -> tuple[object, ...]:
    return (
        store.all_records(owner),
        store.counters(owner),
        store.bookings(owner),
        store.entries(owner.namespace),
    )


EMPTY = ([], {}, [], [])
FULL = (
    [("pet", "1", "Rex")],
    {"pet": 1},
    [("room", 0, 10, "1", True), ("room", 5, 15, "2", False)],
    [(1, "said")],
)


def rows(url: str) -> int:
    """Return how many rows the tables of a database have, seen from outside."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as server:
            schema = "SELECT 'specwright.' || tablename FROM pg_tables WHERE schemaname = 'specwright'"
            tables = [row[0] for row in server.execute(schema).fetchall()]
            counted = [server.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in tables]  # noqa: S608
    else:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            schema = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            tables = [row[0] for row in file.execute(schema).fetchall()]
            counted = [file.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]  # noqa: S608
    assert len(tables) == 6
    return sum(row[0] for row in counted if row)


# --- transactions ---------------------------------------------------------------------------------------------


def test_what_a_failed_transaction_did_is_undone(store: Store) -> None:
    mine = owner(store)

    with pytest.raises(ZeroDivisionError), store.transaction(mine.namespace):  # noqa: PT012
        fill(store, mine)
        store.set_control(mine.namespace, "[]")
        assert state(store, mine) == FULL
        raise ZeroDivisionError

    assert state(store, mine) == EMPTY
    assert "{}" in {control for _, control in filter(None, map(store.namespace, store.namespaces()))}
    fill(store, mine)
    assert state(store, mine) == FULL


def test_a_transaction_in_another_is_part_of_it(store: Store) -> None:
    mine = owner(store)

    with pytest.raises(ZeroDivisionError), store.transaction(mine.namespace):  # noqa: PT012
        with store.transaction(mine.namespace):
            fill(store, mine)
        raise ZeroDivisionError

    assert state(store, mine) == EMPTY


def test_a_transaction_goes_on_after_a_resource_was_taken(store: Store) -> None:
    mine = owner(store)
    store.hold(mine, ["chair"], (0, 10), "1")

    with store.transaction(mine.namespace):
        with pytest.raises(Taken, match="chair is taken"):
            store.hold(mine, ["bed", "chair", "lamp"], (5, 6), "2")
        store.hold(mine, ["lamp"], (5, 6), "2")

    assert store.bookings(mine) == [("chair", 0, 10, "1", True), ("lamp", 5, 6, "2", True)]


@SHARED
def test_half_of_a_transaction_never_shows(store: Store, store_url: str) -> None:
    mine = owner(store)

    with closing(open_store(store_url)) as other:
        with store.transaction(mine.namespace):
            fill(store, mine)
            assert state(other, mine) == EMPTY
            assert not other.is_busy(mine, "room", (0, 10))
        assert state(other, mine) == FULL
        assert other.is_busy(mine, "room", (0, 10))


@SHARED
def test_what_was_committed_is_there_when_the_store_is_opened_again(store: Store, store_url: str) -> None:
    mine = owner(store)
    fill(store, mine)
    store.close()

    with closing(open_store(store_url)) as again:
        assert state(again, mine) == FULL


@SHARED
def test_each_process_learns_that_another_wrote(store: Store, store_url: str) -> None:
    store.has_changed()

    with closing(open_store(store_url)) as other:
        owner(other)

    assert store.has_changed()


def test_nobody_else_writes_to_a_temporary_store() -> None:
    with closing(open_store("sqlite://")) as store:
        owner(store)

        assert not store.has_changed()


def test_a_file_that_nobody_else_wrote_to_has_not_changed(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
        store.has_changed()
        owner(store)

        assert not store.has_changed()


# --- namespaces -----------------------------------------------------------------------------------------------


def test_a_namespace_is_made_once(store: Store) -> None:
    store.add_namespace("a", "first", 1)
    store.add_namespace("a", "second", 2)
    store.add_namespace("b", "third", 3)

    assert store.namespaces() == ["a", "b"]
    assert (store.namespace("a") or ())[1] == "first"
    assert store.namespace("c") is None


def test_unused_namespaces_are_those_not_touched_since(store: Store) -> None:
    for name in "abc":
        store.add_namespace(name, "", 10)
    touched = store.namespace("b")
    assert touched is not None
    store.touch(touched[0], 20)

    assert store.namespaces(unused_since=20) == ["a", "c"]
    assert store.namespaces(unused_since=10) == []


def test_namespaces_and_their_apis_share_nothing(store: Store) -> None:
    mine, others = owner(store), owner(store)
    fill(store, mine)

    assert state(store, others) == EMPTY
    assert state(store, Owner(mine.namespace, "other")) == ([], {}, [], FULL[3])
    fill(store, others)
    store.release(mine, "1")
    assert state(store, others) == FULL


def test_a_cleared_api_is_as_new(store: Store) -> None:
    mine, others = owner(store), owner(store)
    fill(store, mine)
    fill(store, others)
    store.clear(mine)

    assert state(store, mine) == ([], {}, [], FULL[3])
    assert not store.is_busy(mine, "room", (0, 20))
    assert state(store, others) == FULL


def test_a_dropped_namespace_is_forgotten_and_its_id_not_given_again(store: Store) -> None:
    mine = owner(store)
    fill(store, mine)
    store.drop(mine.namespace)

    assert state(store, mine) == EMPTY
    assert store.namespaces() == []
    assert owner(store).namespace > mine.namespace


@SHARED
def test_a_dropped_namespace_leaves_no_row(store: Store, store_url: str) -> None:
    mine = owner(store)
    fill(store, mine)
    assert rows(store_url) == 7

    store.drop(mine.namespace)
    assert rows(store_url) == 0


# --- records, counters, journals ------------------------------------------------------------------------------


def test_records_keep_their_order_and_a_replaced_one_its_place(store: Store) -> None:
    mine = owner(store)
    for key in "cab":
        store.put_record(mine, "pet", key, key)
    store.put_record(mine, "toy", "a", "ball")
    store.put_record(mine, "pet", "a", "new")

    assert store.record(mine, "pet", "a") == "new"
    assert store.records(mine, "pet") == [("c", "c"), ("a", "new"), ("b", "b")]
    assert store.all_records(mine) == [
        ("pet", "c", "c"),
        ("pet", "a", "new"),
        ("pet", "b", "b"),
        ("toy", "a", "ball"),
    ]


def test_a_removed_record_is_gone(store: Store) -> None:
    mine = owner(store)
    store.put_record(mine, "pet", "1", "Rex")

    assert store.remove_record(mine, "pet", "1")
    assert not store.remove_record(mine, "pet", "1")
    assert store.record(mine, "pet", "1") is None


@pytest.mark.parametrize("text", ["", " ", "%s ? {}", "'; DROP TABLE record; --", "é", "\N{PILE OF POO}", "x" * 2000])
def test_any_text_is_a_key_and_a_body(store: Store, text: str) -> None:
    mine = owner(store)
    store.put_record(mine, text, text, text)

    assert store.all_records(mine) == [(text, text, text)]


def test_a_key_with_a_nul_is_no_error(store: Store) -> None:
    assert store.record(owner(store), "pet", "\0") is None


def test_names_are_in_the_order_of_their_characters(store: Store) -> None:
    mine = owner(store)
    names = ["B", "Z", "_", "a", "b", "é"]
    for name in reversed(names):
        store.count(mine, name)
        store.hold(mine, [name], (0, 1), "1")

    assert list(store.counters(mine)) == names
    assert [resource for resource, *_ in store.bookings(mine)] == names


def test_counters_count_from_where_they_begin(store: Store) -> None:
    mine = owner(store)

    assert [store.count(mine, "a"), store.count(mine, "a"), store.count(mine, "b", start=100)] == [1, 2, 101]
    store.set_counter(mine, "a", 40)
    store.set_counter(mine, "c", 7)
    assert [store.count(mine, "a"), store.count(mine, "c"), store.count(mine, "b", start=100)] == [41, 8, 102]
    assert store.counters(mine) == {"a": 41, "b": 102, "c": 8}


def test_a_journal_keeps_the_newest_entries(store: Store) -> None:
    namespace = owner(store).namespace
    for number in range(1, 301):
        store.append(namespace, number, f"entry {number}", limit=50)

    entries = store.entries(namespace)
    assert entries == [(number, f"entry {number}") for number in range(entries[0][0], 301)]
    assert 50 <= len(entries) < 50 + 64


def test_entries_of_a_journal_are_removed_by_number(store: Store) -> None:
    namespace = owner(store).namespace
    for number, text in enumerate("abcd", start=1):
        store.append(namespace, number, text, limit=50)

    store.remove_entries(namespace, [2, 4, 9])
    assert store.entries(namespace) == [(1, "a"), (3, "c")]
    store.remove_entries(namespace)
    assert store.entries(namespace) == []


# --- who is busy when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", [(10, 20), (9, 11), (19, 21), (12, 13), (0, 30)])
def test_what_overlaps_a_booking_is_taken(store: Store, period: tuple[int, int]) -> None:
    mine = owner(store)
    store.hold(mine, ["room"], (10, 20), "1")

    assert store.is_busy(mine, "room", period)
    with pytest.raises(Taken, match="room is taken") as caught:
        store.hold(mine, ["room"], period, "2")
    assert caught.value.resource == "room"
    assert store.bookings(mine) == [("room", 10, 20, "1", True)]


@pytest.mark.parametrize("period", [(0, 10), (20, 30), (-(10**17), -1), (10**17, 2 * 10**17)])
def test_what_only_touches_a_booking_is_free(store: Store, period: tuple[int, int]) -> None:
    mine = owner(store)
    store.hold(mine, ["room"], (10, 20), "1")

    assert not store.is_busy(mine, "room", period)
    store.hold(mine, ["room"], period, "2")
    assert store.bookings(mine, within=period) == [("room", *period, "2", True)]


def test_who_overbooks_makes_busy_as_long_as_it_lasts(store: Store) -> None:
    mine = owner(store)
    store.overhold(mine, ["room"], (0, 1000), "long")
    for start in range(100, 900, 100):
        store.overhold(mine, ["room"], (start, start + 1), "short")

    assert store.is_busy(mine, "room", (999, 1001))
    assert not store.is_busy(mine, "room", (1000, 1001))
    store.release(mine, "long")
    assert not store.is_busy(mine, "room", (999, 1001))
    assert store.is_busy(mine, "room", (800, 801))


def test_a_booking_may_hold_the_same_twice_over(store: Store) -> None:
    mine = owner(store)
    store.overhold(mine, ["room"], (0, 10), "1")
    store.overhold(mine, ["room"], (0, 10), "1")
    store.overhold(mine, ["room"], (0, 20), "1")

    assert store.bookings(mine) == [("room", 0, 10, "1", False), ("room", 0, 20, "1", False)]


@pytest.mark.parametrize("period", [(5, 5), (6, 5)])
def test_a_period_without_length_holds_nothing(store: Store, period: tuple[int, int]) -> None:
    mine = owner(store)
    store.hold(mine, ["room"], (0, 10), "1")
    store.hold(mine, ["room"], period, "2")
    store.overhold(mine, ["room"], period, "3")

    assert store.bookings(mine) == [("room", 0, 10, "1", True)]


RESOURCES, KEYS = st.sampled_from(["chair", "room"]), st.sampled_from(["1", "2", "3"])
PERIODS = st.tuples(st.integers(0, 30), st.integers(0, 12)).map(lambda drawn: (drawn[0], sum(drawn)))
STEPS = st.lists(st.tuples(st.sampled_from(["hold", "hold", "overhold", "release"]), RESOURCES, PERIODS, KEYS))


@given(steps=STEPS, asked=st.lists(st.tuples(RESOURCES, PERIODS.filter(lambda period: period[0] < period[1]))))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_store_agrees_with_a_plain_list(
    store: Store,
    steps: list[tuple[str, str, tuple[int, int], str]],
    asked: list[tuple[str, tuple[int, int]]],
) -> None:
    mine = owner(store)
    held: set[tuple[str, int, int, str, bool]] = set()

    def is_busy(resource: str, period: tuple[int, int]) -> bool:
        return any(name == resource and start < period[1] and period[0] < end for name, start, end, _, _ in held)

    for verb, resource, period, key in steps:
        if verb == "release":
            store.release(mine, key)
            held = {booking for booking in held if booking[3] != key}
        elif verb == "overhold":
            store.overhold(mine, [resource], period, key)
            held |= {(resource, *period, key, False)} if period[0] < period[1] else set()
        elif period[0] < period[1] and is_busy(resource, period):
            with pytest.raises(Taken):
                store.hold(mine, [resource], period, key)
        else:
            store.hold(mine, [resource], period, key)
            held |= {(resource, *period, key, True)} if period[0] < period[1] else set()

    assert sorted(store.bookings(mine)) == sorted(held)
    assert [store.is_busy(mine, *some) for some in asked] == [is_busy(*some) for some in asked]


# --- what cannot be opened ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "mysql://localhost/x",
            "mysql://localhost/x is no store: use sqlite:///FILE or postgresql://USER@HOST/DATABASE",
        ),
        ("sqlite:///", "sqlite:/// is no store: use sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
        (
            "sqlite:////nowhere/a.db",
            (
                "cannot use sqlite:////nowhere/a.db: unable to open database file; "
                "name a new file or one of a mock, in a folder that exists"
            ),
        ),
        (
            "postgresql://me:secret@127.0.0.1:1/clinic",
            (
                'cannot use the store in PostgreSQL: connection failed: connection to server at "127.0.0.1", '
                "port 1 failed: Connection refused"
            ),
        ),
        (
            "postgresql://me:se%cret@localhost/clinic",
            "the URL of the store is malformed: use postgresql://USER@HOST/DATABASE",
        ),
    ],
)
def test_a_store_that_cannot_be_used_says_why(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        open_store(url)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("/postgres?", "/nowhere?", 'database "nowhere" does not exist'),
        ("//tests@", "//stranger@", 'role "stranger" does not exist'),
    ],
)
def test_a_database_that_refuses_says_why(postgresql_server: str, before: str, after: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^cannot use the store in PostgreSQL: .*{message}$"):
        open_store(postgresql_server.replace(before, after))


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database" * 100, encoding="utf-8")

    with pytest.raises(UsageError, match="file is not a database"):
        open_store(f"sqlite:///{file}")
    assert file.read_text(encoding="utf-8") == "not a database" * 100


def test_without_psycopg_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "specwright.mock.store.postgres", raising=False)

    with pytest.raises(UsageError, match=re.escape("pip install 'specwright[postgresql]'")):
        open_store("postgresql://localhost/clinic")
