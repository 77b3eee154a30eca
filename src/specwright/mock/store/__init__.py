"""State that several requests, and several processes, share: records, bookings, counters, journals, by namespace."""

from specwright.mock.store.open import open_store
from specwright.mock.store.sql import Owner, Store, Taken

__all__ = ["Owner", "Store", "Taken", "open_store"]
