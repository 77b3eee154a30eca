"""Where the entries of journals are: in this process, or in a store that several processes share.

What nobody reads is never written: a process that is alone keeps each entry as what makes it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from specwright.mock.journal.entry import Entry, read
from specwright.mock.store import Owner, Store

_OWNER = "/journal"  # whose counter it is: no API has a slash in its name
_MOST_BYTES = 64 * 1024 * 1024  # of all namespaces together
_OVERHEAD = 2048  # bytes that an entry takes besides the request and the answer

# Returns the text of the entry of that number.
Make = Callable[[int], str]


@dataclass
class _Kept:
    """The newest entries of one namespace: number, size, what makes it."""

    last: int = 0
    entries: deque[tuple[int, int, Make]] = field(default_factory=deque)


class Journals:
    """The newest ``limit`` entries of each namespace."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store, self._limit = store, limit
        # The namespace that was written to last comes last.
        self._own: OrderedDict[int, _Kept] = OrderedDict()
        self._size = 0

    def add(self, namespace: int, size: int, make: Make) -> None:
        """Add the entry that ``make`` makes of ``size`` bytes of request and answer."""
        if self._store.is_shared:
            number = self._store.count(Owner(namespace, _OWNER), "entry")
            self._store.append(namespace, number, make(number), self._limit)
            return
        kept = self._own.get(namespace) or _Kept()
        self._own[namespace] = kept
        self._own.move_to_end(namespace)
        kept.last += 1
        kept.entries.append((kept.last, size + _OVERHEAD, make))
        self._size += size + _OVERHEAD
        if len(kept.entries) > self._limit:
            self._size -= kept.entries.popleft()[1]
        while self._size > _MOST_BYTES:
            self._forget_oldest()

    def entries(self, namespace: int) -> list[tuple[int, Entry]]:
        """Return (number, entry) of a namespace, oldest first."""
        if self._store.is_shared:
            return [(number, read(text)) for number, text in self._store.entries(namespace)[-self._limit :]]
        return [(number, read(make(number))) for number, _, make in self._kept(namespace).entries]

    def remove(self, namespace: int, numbers: Collection[int] | None = None) -> None:
        """Remove entries by number, or all."""
        if self._store.is_shared:
            self._store.remove_entries(namespace, numbers)
            return
        kept = self._kept(namespace)
        left = deque(item for item in kept.entries if numbers is not None and item[0] not in numbers)
        self._size -= sum(item[1] for item in kept.entries) - sum(item[1] for item in left)
        kept.entries = left

    def _kept(self, namespace: int) -> _Kept:
        return self._own.get(namespace, _Kept())

    def _forget_oldest(self) -> None:
        """Forget an entry of the namespace that was longest not written to."""
        namespace, kept = next(iter(self._own.items()))
        if kept.entries:
            self._size -= kept.entries.popleft()[1]
        else:
            del self._own[namespace]
