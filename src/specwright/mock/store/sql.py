"""The one store: SQL that SQLite and PostgreSQL both understand, on one connection a process.

Everything belongs to a namespace. Calls are synchronous and short; what must hold together is in one ``transaction``, in
which nothing is awaited. Instants are microseconds since 1970-01-01 UTC.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from specwright.mock.store.database import Database, Overlap

_REMEMBERED = 10_000  # lanes whose ids are not asked for again
_TRIMMED = 64  # appended entries after which a journal is cut to its limit

_IS_BUSY = """
SELECT COALESCE(
  (SELECT ends FROM busy WHERE lane = ? AND exclusive = 1 AND starts < ? ORDER BY starts DESC LIMIT 1) > ?, FALSE
) OR EXISTS (
  SELECT 1 FROM busy WHERE lane = ? AND exclusive = 0 AND starts < ? AND starts > ? - (SELECT longest FROM lane WHERE id = ?)
  AND ends > ?
)
"""
_BOOK = "INSERT INTO busy (lane, exclusive, starts, ends, booking) VALUES (?, ?, ?, ?, ?)"

# [starts, ends) in microseconds since 1970-01-01 UTC.
Period = tuple[int, int]


class Owner(NamedTuple):
    """Whose state: one API in the namespace of that id."""

    namespace: int
    api: str


class Taken(Exception):
    """A resource is busy in that period."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"{resource} is taken")
        self.resource = resource


class Store:
    """Records, bookings, counters and journals of every namespace, in one database."""

    def __init__(self, database: Database) -> None:
        self._database, self._execute = database, database.execute
        self._is_open = False
        self._lanes: dict[tuple[int, str, str], int] = {}
        self.is_shared, self.has_changed, self.close = database.is_shared, database.has_changed, database.close

    def transaction(self, namespace: int) -> AbstractContextManager[None]:
        """Make what is done in a namespace happen as a whole or not at all; inside another block it is part of that."""
        return _PART if self._is_open else _Transaction(self, namespace)

    def begin(self, namespace: int) -> None:
        """Begin a transaction; ``transaction`` is what ends it, too."""
        self._database.begin(namespace)
        self._is_open = True

    def end(self, *, is_good: bool) -> None:
        """Commit what was begun, or undo it."""
        self._is_open = False
        try:
            if is_good:
                self._database.commit()
        except BaseException:
            is_good = False
            raise
        finally:
            if not is_good:
                self._lanes.clear()  # some of them may have been made by what is now undone
                self._database.rollback()

    # --- namespaces -------------------------------------------------------------------------------------------

    def namespace(self, name: str) -> tuple[int, str] | None:
        """Return the id and the control of a namespace, None when there is none of that name."""
        row = self._execute("SELECT id, control FROM namespace WHERE name = ?", (name,)).fetchone()
        return (row[0], row[1]) if row else None

    def add_namespace(self, name: str, control: str, now: int) -> None:
        """Make a namespace unless there is one of that name."""
        sql = "INSERT INTO namespace (name, control, used) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        self._execute(sql, (name, control, now))

    def set_control(self, namespace: int, control: str) -> None:
        """Replace the control of a namespace."""
        self._execute("UPDATE namespace SET control = ? WHERE id = ?", (control, namespace))

    def touch(self, namespace: int, now: int) -> None:
        """Note that a namespace was used."""
        self._execute("UPDATE namespace SET used = ? WHERE id = ?", (now, namespace))

    def namespaces(self, unused_since: int | None = None) -> list[str]:
        """Return the names of all namespaces, or of those that were not used since an instant."""
        if unused_since is None:
            rows = self._execute("SELECT name FROM namespace ORDER BY id")
        else:
            rows = self._execute("SELECT name FROM namespace WHERE used < ? ORDER BY id", (unused_since,))
        return [row[0] for row in rows.fetchall()]

    def clear(self, owner: Owner) -> None:
        """Forget the records, counters and bookings of one API in a namespace."""
        with self.transaction(owner.namespace):
            lanes = "lane IN (SELECT id FROM lane WHERE namespace = ? AND api = ?)"
            self._execute(f"DELETE FROM busy WHERE {lanes}", owner)  # noqa: S608 - no value is part of it
            # Lanes stay: other processes remember them.
            self._execute("UPDATE lane SET longest = 0 WHERE namespace = ? AND api = ?", owner)
            self._execute("DELETE FROM record WHERE namespace = ? AND api = ?", owner)
            self._execute("DELETE FROM counter WHERE namespace = ? AND api = ?", owner)

    def drop(self, namespace: int) -> None:
        """Forget a namespace and all it has."""
        with self.transaction(namespace):
            self._execute("DELETE FROM busy WHERE lane IN (SELECT id FROM lane WHERE namespace = ?)", (namespace,))
            for table in ("lane", "record", "counter", "journal"):
                self._execute(f"DELETE FROM {table} WHERE namespace = ?", (namespace,))  # noqa: S608 - a name from above
            self._execute("DELETE FROM namespace WHERE id = ?", (namespace,))
            # What is remembered of its lanes stays, for no id is given twice and searching would take long.

    # --- records and counters ---------------------------------------------------------------------------------

    def record(self, owner: Owner, kind: str, key: str) -> str | None:
        """Return the text of one record, None when there is none."""
        sql = "SELECT body FROM record WHERE namespace = ? AND api = ? AND kind = ? AND key = ?"
        row = self._execute(sql, (*owner, kind, key)).fetchone()
        return row[0] if row else None

    def put_record(self, owner: Owner, kind: str, key: str, body: str) -> None:
        """Add a record, or replace the one of that key, which keeps its place in the order."""
        self._execute(
            "INSERT INTO record (namespace, api, kind, key, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (namespace, api, kind, key) DO UPDATE SET body = excluded.body",
            (*owner, kind, key, body),
        )

    def remove_record(self, owner: Owner, kind: str, key: str) -> bool:
        """Remove a record and tell whether there was one."""
        sql = "DELETE FROM record WHERE namespace = ? AND api = ? AND kind = ? AND key = ?"
        return bool(self._execute(sql, (*owner, kind, key)).rowcount)

    def records(self, owner: Owner, kind: str) -> list[tuple[str, str]]:
        """Return (key, text) of the records of a kind in the order they were added."""
        sql = "SELECT key, body FROM record WHERE namespace = ? AND api = ? AND kind = ? ORDER BY id"
        return [(row[0], row[1]) for row in self._execute(sql, (*owner, kind)).fetchall()]

    def all_records(self, owner: Owner) -> list[tuple[str, str, str]]:
        """Return (kind, key, text) of the records of an API in the order they were added."""
        sql = "SELECT kind, key, body FROM record WHERE namespace = ? AND api = ? ORDER BY id"
        return [(row[0], row[1], row[2]) for row in self._execute(sql, owner).fetchall()]

    def count(self, owner: Owner, name: str, start: int = 0) -> int:
        """Return the next number of a counter that begins after ``start``."""
        row = self._execute(
            "INSERT INTO counter (namespace, api, name, value) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (namespace, api, name) DO UPDATE SET value = counter.value + 1 RETURNING value",
            (*owner, name, start + 1),
        ).fetchone()
        return int(row[0])

    def counters(self, owner: Owner) -> dict[str, int]:
        """Return the counters of an API by name."""
        sql = "SELECT name, value FROM counter WHERE namespace = ? AND api = ? ORDER BY name"
        return {row[0]: int(row[1]) for row in self._execute(sql, owner).fetchall()}

    def set_counter(self, owner: Owner, name: str, value: int) -> None:
        """Set a counter to the last number that was given."""
        self._execute(
            "INSERT INTO counter (namespace, api, name, value) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (namespace, api, name) DO UPDATE SET value = excluded.value",
            (*owner, name, value),
        )

    # --- who is busy when -------------------------------------------------------------------------------------
    # A lane is one resource of one API. Its exclusive periods never overlap each other, so that the last one that begins
    # before a period ends is the only one that can overlap it; the others are searched as far back as the longest lasts.

    def is_busy(self, owner: Owner, resource: str, period: Period) -> bool:
        """Tell whether a resource has a booking that overlaps [starts, ends)."""
        starts, ends = period
        lane = self._known_lane(owner, resource)
        if lane is None:
            return False
        values = (lane, ends, starts, lane, ends, starts, lane, starts)
        return bool(self._execute(_IS_BUSY, values).fetchone()[0])

    def hold(self, owner: Owner, resources: Collection[str], period: Period, booking: str) -> None:
        """Book resources for [starts, ends), or none and raise Taken with the first that is busy.

        A period without length holds nothing.
        """
        if period[0] >= period[1]:
            return
        with self.transaction(owner.namespace):
            for resource in resources:
                if self.is_busy(owner, resource, period):
                    raise Taken(resource)
            for resource in resources:
                self._hold(owner, resource, period, booking)

    def overhold(self, owner: Owner, resources: Collection[str], period: Period, booking: str) -> None:
        """Book resources for [starts, ends), busy or not."""
        if period[0] >= period[1]:
            return
        length = period[1] - period[0]
        with self.transaction(owner.namespace):
            for resource in resources:
                lane = self._lane(owner, resource)
                # A booking may hold the same twice over, which is to hold it.
                self._execute(f"{_BOOK} ON CONFLICT DO NOTHING", (lane, 0, *period, booking))
                self._execute("UPDATE lane SET longest = ? WHERE id = ? AND longest < ?", (length, lane, length))

    def release(self, owner: Owner, booking: str) -> None:
        """Free what a booking holds."""
        sql = "DELETE FROM busy WHERE booking = ? AND lane IN (SELECT id FROM lane WHERE namespace = ? AND api = ?)"
        self._execute(sql, (booking, *owner))

    def bookings(
        self, owner: Owner, resource: str | None = None, within: Period | None = None
    ) -> list[tuple[str, int, int, str, bool]]:
        """Return (resource, starts, ends, booking, exclusive) of an API, or of one resource, or of what overlaps a period."""
        sql = (
            "SELECT resource, starts, ends, booking, exclusive FROM busy JOIN lane ON lane.id = busy.lane "
            "WHERE namespace = ? AND api = ?"
        )
        values: list[Any] = list(owner)
        if resource is not None:
            sql, values = f"{sql} AND resource = ?", [*values, resource]
        if within is not None:
            sql, values = f"{sql} AND starts < ? AND ends > ?", [*values, within[1], within[0]]
        rows = self._execute(f"{sql} ORDER BY resource, starts, booking", values).fetchall()
        return [(row[0], int(row[1]), int(row[2]), row[3], bool(row[4])) for row in rows]

    def _hold(self, owner: Owner, resource: str, period: Period, booking: str) -> None:
        try:
            self._execute(_BOOK, (self._lane(owner, resource), 1, *period, booking))
        except Overlap:
            raise Taken(resource) from None

    def _lane(self, owner: Owner, resource: str) -> int:
        lane = self._known_lane(owner, resource)
        if lane is None:
            sql = "INSERT INTO lane (namespace, api, resource) VALUES (?, ?, ?) RETURNING id"
            lane = self._lanes[(*owner, resource)] = int(self._execute(sql, (*owner, resource)).fetchone()[0])
        return lane

    def _known_lane(self, owner: Owner, resource: str) -> int | None:
        key = (*owner, resource)
        if key not in self._lanes:
            sql = "SELECT id FROM lane WHERE namespace = ? AND api = ? AND resource = ?"
            row = self._execute(sql, key).fetchone()
            if row is None:
                return None
            if len(self._lanes) >= _REMEMBERED:
                self._lanes.clear()
            self._lanes[key] = int(row[0])
        return self._lanes[key]

    # --- journals ---------------------------------------------------------------------------------------------

    def append(self, namespace: int, number: int, entry: str, limit: int) -> None:
        """Add the entry ``number`` to the journal of a namespace, of which about the newest ``limit`` are kept."""
        sql = "INSERT INTO journal (namespace, number, entry) VALUES (?, ?, ?)"
        self._execute(sql, (namespace, number, entry))
        if number % _TRIMMED == 0:
            self._execute("DELETE FROM journal WHERE namespace = ? AND number <= ?", (namespace, number - limit))

    def entries(self, namespace: int) -> list[tuple[int, str]]:
        """Return (number, entry) of a journal, oldest first."""
        sql = "SELECT number, entry FROM journal WHERE namespace = ? ORDER BY number"
        return [(int(row[0]), row[1]) for row in self._execute(sql, (namespace,)).fetchall()]

    def remove_entries(self, namespace: int, numbers: Collection[int] | None = None) -> None:
        """Remove entries of a journal by number, or all."""
        if numbers is None:
            self._execute("DELETE FROM journal WHERE namespace = ?", (namespace,))
            return
        with self.transaction(namespace):
            for number in numbers:
                self._execute("DELETE FROM journal WHERE namespace = ? AND number = ?", (namespace, number))


class _Transaction:
    """A transaction of a store: a context manager of few steps, for every booking is one."""

    __slots__ = ("_namespace", "_store")

    def __init__(self, store: Store, namespace: int) -> None:
        self._store, self._namespace = store, namespace

    def __enter__(self) -> None:
        self._store.begin(self._namespace)

    def __exit__(self, kind: object, *_: object) -> None:
        self._store.end(is_good=kind is None)


_PART: AbstractContextManager[None] = nullcontext()
