"""What the store asks of a database."""

from collections.abc import Sequence
from typing import Any, Protocol


class Overlap(Exception):
    """The database itself refused a booking, which another process made at the same time."""


class Database(Protocol):
    """What the two databases differ in; ``is_shared`` tells whether other processes may use it too."""

    is_shared: bool

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement and return its cursor; raises Overlap when a constraint against double booking holds."""

    def begin(self, namespace: int) -> None:
        """Begin a transaction, beside which no other one writes in ``namespace``."""

    def commit(self) -> None:
        """End the transaction; what it did survives the end of the process."""

    def rollback(self) -> None:
        """End the transaction as if it had not begun."""

    def has_changed(self) -> bool:
        """Tell whether another process may have written since this was last asked."""

    def close(self) -> None:
        """Give the connection back."""
