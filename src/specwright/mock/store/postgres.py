"""The store's database when several hosts share it: PostgreSQL, spoken to with psycopg."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from specwright.errors import UsageError
from specwright.mock.store.database import Overlap

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.types.numeric import Int8Dumper
    from psycopg.types.string import StrDumper
except ImportError:
    raise UsageError("a store in PostgreSQL needs psycopg: pip install 'specwright[postgresql]'") from None

# Text is ordered and compared by its bytes, as SQLite does, whatever the language of the database.
#
# The constraint against double booking uses a class of operators that every server has: "lane WITH =" needs the extension
# btree_gist. So each lane has a stretch of the numbers for itself, longer than there are microseconds in 9999 years.
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS specwright;
SET search_path TO specwright;
CREATE TABLE IF NOT EXISTS namespace (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT COLLATE "C" UNIQUE NOT NULL, control TEXT NOT NULL, used BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS record (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, namespace BIGINT NOT NULL,
  api TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, body TEXT NOT NULL,
  UNIQUE (namespace, api, kind, key));
CREATE TABLE IF NOT EXISTS counter (namespace BIGINT, api TEXT COLLATE "C", name TEXT COLLATE "C", value BIGINT NOT NULL,
  PRIMARY KEY (namespace, api, name));
CREATE TABLE IF NOT EXISTS lane (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, namespace BIGINT NOT NULL,
  api TEXT COLLATE "C" NOT NULL, resource TEXT COLLATE "C" NOT NULL, longest BIGINT NOT NULL DEFAULT 0,
  UNIQUE (namespace, api, resource));
CREATE TABLE IF NOT EXISTS busy (lane BIGINT, exclusive SMALLINT, starts BIGINT, ends BIGINT, booking TEXT COLLATE "C",
  PRIMARY KEY (lane, exclusive, starts, booking, ends),
  EXCLUDE USING gist (numrange(lane * 1e18 + starts, lane * 1e18 + ends) WITH &&) WHERE (exclusive = 1));
CREATE INDEX IF NOT EXISTS busy_booking ON busy (booking, lane);
CREATE TABLE IF NOT EXISTS journal (namespace BIGINT, number BIGINT, entry TEXT NOT NULL, PRIMARY KEY (namespace, number));
"""
# The first of the two numbers of our advisory locks, so that they are not those of another program. The second is the
# namespace that is written, or 0 (no namespace has that id) for the schema.
_LOCKS = 1_936_745_831


class Postgres:
    """One connection to a database that processes on several hosts may share.

    A writing transaction locks its namespace. It waits for no other lock, so that no two transactions wait for each other,
    which the constraint alone would let two bookings of one period do.
    """

    is_shared = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = _connected(url)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement; raises Overlap, or ConnectionError when the connection was lost, after which there is a new one."""
        return self._execute(_translated(sql), values)

    def begin(self, namespace: int) -> None:
        """Begin a transaction that no other one writes beside in ``namespace``."""
        # Two statements in one message, which cannot be prepared.
        self._execute(b"BEGIN; SELECT pg_advisory_xact_lock(%d, %d)" % (_LOCKS, namespace), prepare=False)

    def commit(self) -> None:
        """End the transaction for good."""
        if self._execute(b"COMMIT").statusmessage != "COMMIT":  # how PostgreSQL ends one of which a statement failed
            raise Overlap

    def rollback(self) -> None:
        """End the transaction as if it had not begun; on a new connection there is none, which is as good."""
        # Past psycopg, which would forget its prepared statements, for a transaction may make tables; ours do not.
        if not self._connection.closed:
            self._connection.pgconn.exec_(b"ROLLBACK")

    def has_changed(self) -> bool:
        """Tell that another process may have written: nobody says whether one did."""
        return True

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _execute(self, sql: bytes, values: Sequence[Any] | None = None, *, prepare: bool | None = None) -> Any:
        try:
            return self._connection.execute(sql, values, prepare=prepare)
        except psycopg.errors.ExclusionViolation:
            raise Overlap from None
        except psycopg.OperationalError as error:
            if not self._connection.closed:
                raise
            self._connection = _connected(self._url)
            raise ConnectionError(f"the connection to the store was lost, try again: {_first_line(error)}") from None


def _connected(url: str) -> psycopg.Connection[Any]:
    try:
        said: dict[str, Any] = {"connect_timeout": 10, "application_name": "specwright", **conninfo_to_dict(url)}
    except psycopg.ProgrammingError:  # its message may quote the password
        raise UsageError("the URL of the store is malformed: use postgresql://USER@HOST/DATABASE") from None
    try:
        # Every statement comes again, so each is prepared the first time. All transactions are begun explicitly.
        connection = psycopg.connect(**said, autocommit=True, prepare_threshold=0)
        connection.adapters.register_dumper(int, Int8Dumper)  # else one statement for each size of number
        connection.adapters.register_dumper(str, _Text)
        # Several processes may start at once, and each makes the schema.
        connection.execute(f"SELECT pg_advisory_xact_lock({_LOCKS}, 0); {_SCHEMA}".encode(), prepare=False)
    except psycopg.Error as error:
        raise UsageError(f"cannot use the store in PostgreSQL: {_first_line(error)}") from None
    return connection


class _Text(StrDumper):
    """Text of PostgreSQL, which cannot have a NUL; one in a path or a query is part of no key."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


@cache
def _translated(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().split("\n", 1)[0]
