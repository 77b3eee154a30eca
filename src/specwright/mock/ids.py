"""Ids that look random and are not: a function of a namespace's seed, a kind, and how many of it there were."""

import hashlib
from uuid import UUID

from specwright.mock.store import Owner, Store

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Ids:
    """Makes the ids of one API in one namespace; each call makes another."""

    def __init__(self, store: Store, owner: Owner, seed: str) -> None:
        self._store, self._owner, self._seed = store, owner, seed
        self._firsts: dict[str, int] = {}

    def number(self, kind: str) -> int:
        """Return a whole number of 6 to 7 digits, one more than the last of its kind."""
        if kind not in self._firsts:
            self._firsts[kind] = 100_000 + int.from_bytes(self._digest(kind, 0)[:4], "big") % 900_000
        return self._firsts[kind] + self._store.count(self._owner, kind)

    def uuid(self, kind: str) -> UUID:
        """Return a UUID of version 4."""
        return UUID(bytes=self._next(kind)[:16], version=4)

    def ulid(self, kind: str) -> str:
        """Return 26 characters in the alphabet of ULIDs; the time in it means nothing."""
        value = int.from_bytes(self._next(kind)[:16], "big") >> 1
        return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))

    def _next(self, kind: str) -> bytes:
        return self._digest(kind, self._store.count(self._owner, kind))

    def _digest(self, kind: str, number: int) -> bytes:
        return hashlib.sha256(f"{self._seed}\n{self._owner.api}\n{kind}\n{number}".encode()).digest()
