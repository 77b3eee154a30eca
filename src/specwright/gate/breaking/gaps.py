"""What one schema lets through that another does not."""

import json
from dataclasses import dataclass
from typing import Any

from specwright.spec.excerpt import excerpt

# Kinds of members that one of two schemas does not know, but lets through.
UNKNOWN = frozenset({"property", "unsent"})


@dataclass(frozen=True)
class Gap:
    """Values of one schema that another refuses: ``what`` names them; unless it is ``certain``, there may be none.

    ``inner`` is where the values come from, ``outer`` where they are refused: pointers into the two contracts.
    What is ``mild`` is no gap between sets of values, but said at the same places.
    """

    kind: str
    what: str
    inner: str
    outer: str
    certain: bool = True
    mild: bool = False


def told(values: Any) -> str:
    """Return a few JSON values as text."""
    shown = [_json(value) for value in values[:4]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _json(value: Any) -> str:
    return json.dumps(excerpt(value, 60), ensure_ascii=False)
