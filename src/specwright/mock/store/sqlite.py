"""The store's database when no other is asked for: SQLite, in memory as long as it is small, or in a file."""

import sqlite3
import time
from pathlib import Path

# WITHOUT ROWID where the key is what rows are searched by; AUTOINCREMENT where an id may not be given twice.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS namespace (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL,
  control TEXT NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, api TEXT NOT NULL,
  kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (namespace, api, kind, key));
CREATE TABLE IF NOT EXISTS counter (namespace INTEGER, api TEXT, name TEXT, value INTEGER NOT NULL,
  PRIMARY KEY (namespace, api, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lane (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace INTEGER NOT NULL, api TEXT NOT NULL,
  resource TEXT NOT NULL, longest INTEGER NOT NULL DEFAULT 0, UNIQUE (namespace, api, resource));
CREATE TABLE IF NOT EXISTS busy (lane INTEGER, exclusive INTEGER, starts INTEGER, ends INTEGER, booking TEXT,
  PRIMARY KEY (lane, exclusive, starts, booking, ends)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS busy_booking ON busy (booking, lane);
CREATE TABLE IF NOT EXISTS journal (namespace INTEGER, number INTEGER, entry TEXT NOT NULL,
  PRIMARY KEY (namespace, number)) WITHOUT ROWID;
"""
_PATIENCE = 30.0  # seconds to wait for another process to end its transaction


class Sqlite:
    """One connection: to a file that other processes may share, or to a private database that spills to disk when it grows.

    A writing transaction locks the database, so that between its check and its booking nobody books. In a file, commits
    survive the end of the process (WAL); a power cut may cost the last of them, never the file.
    """

    def __init__(self, file: Path | None) -> None:
        # "" is SQLite's name for a database in memory that may use a temporary file.
        self._connection = sqlite3.connect(file or "", timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        self.execute = self._connection.execute
        self.is_shared = file is not None
        self._version = -1
        if file is not None:
            self._use_wal()
            self.execute("PRAGMA synchronous = NORMAL")
        else:
            # The cache stays as small as SQLite makes it: until the first page is spilled, every transaction walks all of it.
            self.execute("PRAGMA journal_mode = MEMORY")
            self.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        self.close = self._connection.close

    def begin(self, namespace: int) -> None:  # noqa: ARG002 - the lock is on all namespaces
        """Begin a transaction that no other one writes beside."""
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """End the transaction for good."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """End the transaction as if it had not begun."""
        self.execute("ROLLBACK")

    def has_changed(self) -> bool:
        """Tell whether another connection has written to the file since this was last asked."""
        if not self.is_shared:
            return False
        before, self._version = self._version, self.execute("PRAGMA data_version").fetchone()[0]
        return before != self._version

    def _use_wal(self) -> None:
        # Of several processes that open a new file at once all but one may be refused: SQLite does not wait here.
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return
