"""Arrays: which items a schema lets through that another refuses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specwright.gate.breaking.gaps import Gap
from specwright.gate.breaking.views import Part, View, item_parts

if TYPE_CHECKING:
    from specwright.gate.breaking.inclusion import Inclusion


def gaps(asked: "Inclusion", inner: View, part: Part) -> Iterator[Gap]:
    """Yield what ``part`` refuses in the arrays of ``inner``."""
    if "items" not in part.schema and "prefixItems" not in part.schema:
        return
    own = len(part.schema.get("prefixItems", ()))
    most = inner.most("maxItems")
    # The last one stands for all that follow.
    for index in range(max(own, inner.prefix) + 1):
        found = list(item_parts(asked.outer, part, index))
        if found and (most is None or index < most):
            yield from _item(asked, inner.item(index), asked.outer.view(found, found[0].place))


def _item(asked: "Inclusion", inner: View, outer: View) -> Iterator[Gap]:
    if not outer.atoms and inner.atoms:
        yield Gap("items", "more items", inner.place, outer.place)
    else:
        yield from asked.gaps(inner, outer)
