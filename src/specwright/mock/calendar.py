"""Who is busy when: bookings of resources (a practitioner, a room) for periods, of which no two may meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from specwright.mock.clock import instant, microseconds
from specwright.mock.store import Owner, Store, Taken

__all__ = ["Booking", "Calendar", "Period", "Taken"]


@dataclass(frozen=True)
class Period:
    """The time from ``start`` up to, not including, ``end``; both aware."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def overlap(self, other: "Period") -> timedelta:
        """Return how long both last at the same time."""
        return max(min(self.end, other.end) - max(self.start, other.start), timedelta(0))


@dataclass(frozen=True)
class Booking:
    """One resource held for one period by the record with the id ``key``."""

    resource: str
    period: Period
    key: str


class Calendar:
    """The bookings of one API in one namespace."""

    def __init__(self, store: Store, owner: Owner) -> None:
        self._store, self._owner = store, owner

    def is_free(self, resource: str, period: Period) -> bool:
        """Tell whether nothing that ``resource`` is booked for overlaps ``period``."""
        return not self._store.is_busy(self._owner, resource, _stored(period))

    def book(self, key: str, resources: Iterable[str], period: Period) -> None:
        """Hold every one of ``resources`` for ``period``, or none and raise Taken with the first that is busy."""
        self._store.hold(self._owner, sorted(set(resources)), _stored(period), key)

    def overbook(self, key: str, resources: Iterable[str], period: Period) -> None:
        """Hold every one of ``resources`` for ``period``, busy or not."""
        self._store.overhold(self._owner, sorted(set(resources)), _stored(period), key)

    def release(self, key: str) -> None:
        """Free all that ``key`` holds."""
        self._store.release(self._owner, key)

    def bookings(self, resource: str | None = None, within: Period | None = None) -> list[Booking]:
        """Return all bookings, those of one resource, or those that overlap a period, by resource and start."""
        found = self._store.bookings(self._owner, resource, _stored(within) if within else None)
        return [Booking(name, Period(instant(start), instant(end)), key) for name, start, end, key, _ in found]


def _stored(period: Period) -> tuple[int, int]:
    return microseconds(period.start), microseconds(period.end)
