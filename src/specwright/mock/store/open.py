"""URL -> store."""

from pathlib import Path

from specwright.errors import UsageError
from specwright.mock.store.sql import Store

_FILE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")


def open_store(url: str) -> Store:
    """Return the store at ``url``: ``sqlite://`` (this process alone), ``sqlite:///FILE`` or ``postgresql://…``.

    As in other tools, ``sqlite:///a.db`` is below the current folder and ``sqlite:////a.db`` is absolute.
    """
    if url.startswith(_POSTGRESQL):
        # Imported here because psycopg may not be installed.
        from specwright.mock.store.postgres import Postgres

        return Store(Postgres(url))
    # Imported here because a mock needs one of them.
    import sqlite3

    from specwright.mock.store.sqlite import Sqlite

    if url == "sqlite://":
        return Store(Sqlite(None))
    if url.startswith(_FILE) and url != _FILE:
        try:
            return Store(Sqlite(Path(url.removeprefix(_FILE))))
        except sqlite3.Error as error:
            raise UsageError(
                f"cannot use {url}: {error}; name a new file or one of a mock, in a folder that exists"
            ) from None
    raise UsageError(f"{url} is no store: use sqlite:///FILE or postgresql://USER@HOST/DATABASE")
