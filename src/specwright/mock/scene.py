"""One API in one namespace: all that a partner stands on."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import orjson

from specwright.mock.calendar import Calendar
from specwright.mock.clock import Clock
from specwright.mock.ids import Ids
from specwright.mock.store import Owner, Store
from specwright.mock.world import World

W_co = TypeVar("W_co", bound=World, covariant=True)


class Records:
    """JSON objects of one kind by their key, in the order they were added."""

    def __init__(self, store: Store, owner: Owner, kind: str) -> None:
        self._store, self._owner, self._kind = store, owner, kind

    def get(self, key: str) -> Any:
        """Return the record, None when there is none."""
        text = self._store.record(self._owner, self._kind, key)
        return None if text is None else json.loads(text)

    def put(self, key: str, record: Any) -> None:
        """Add a record or replace the one of that key."""
        self._store.put_record(self._owner, self._kind, key, _text(record))

    def put_json(self, key: str, text: str) -> None:
        """Add a record that is JSON already, or replace the one of that key."""
        self._store.put_record(self._owner, self._kind, key, text)

    def remove(self, key: str) -> bool:
        """Remove a record and tell whether there was one."""
        return self._store.remove_record(self._owner, self._kind, key)

    def all(self) -> dict[str, Any]:
        """Return every record by its key."""
        return {key: json.loads(text) for key, text in self._store.records(self._owner, self._kind)}


def _text(record: Any) -> str:
    try:
        return orjson.dumps(record).decode()
    except TypeError:  # an integer beyond 64 bits, which orjson would also read back as another number
        return json.dumps(record)


@dataclass(frozen=True)
class Scene(Generic[W_co]):
    """The world of one API in one namespace, and its state; made anew whenever the namespace is changed."""

    store: Store
    owner: Owner
    namespace: str
    seed: str
    clock: Clock
    world: W_co
    # The state of every switch of the partner.
    switches: Mapping[str, str]
    # The ids of the tokens that are not genuine any more.
    revoked: frozenset[str]

    @cached_property
    def calendar(self) -> Calendar:
        """Who is busy when."""
        return Calendar(self.store, self.owner)

    @cached_property
    def ids(self) -> Ids:
        """Makes ids."""
        return Ids(self.store, self.owner, self.seed)

    def records(self, kind: str) -> Records:
        """Return the records of ``kind``."""
        return Records(self.store, self.owner, kind)

    def count(self, name: str) -> int:
        """Return the next number of the counter ``name``: 1, 2, 3."""
        return self.store.count(self.owner, name)

    def transaction(self) -> AbstractContextManager[None]:
        """Make what is done in this block happen as a whole or not at all; nothing may be awaited in it."""
        return self.store.transaction(self.owner.namespace)
