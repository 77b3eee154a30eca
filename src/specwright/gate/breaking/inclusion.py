"""Whether every value of one schema is a value of another, and which values are not.

Schemas are made of themselves: a pair that is being compared is taken to be fine until it is known not to be.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from specwright.gate.breaking import arrays, objects, unions
from specwright.gate.breaking.disjoint import are_disjoint
from specwright.gate.breaking.gaps import UNKNOWN, Gap
from specwright.gate.breaking.sameness import Sameness
from specwright.gate.breaking.scalars import scalar_gaps
from specwright.gate.breaking.texts import text_gaps
from specwright.gate.breaking.views import UNIONS, Part, Side, View

_Key = tuple[tuple[str, ...], tuple[str, ...]]
# Keywords that are the same or not: whether one follows from another is too hard to tell.
_OPAQUE = {
    "not": "not",
    "if": "condition",
    "then": "condition",
    "else": "condition",
    "contains": "contains",
    "minContains": "contains",
    "maxContains": "contains",
    "dependentSchemas": "dependency",
    "unevaluatedProperties": "unevaluated",
    "unevaluatedItems": "unevaluated",
    "contentSchema": "content",
}
_TOGETHER = {
    **dict.fromkeys(("if", "then", "else"), ("if", "then", "else")),
    **dict.fromkeys(("contains", "minContains", "maxContains"), ("contains", "minContains", "maxContains")),
}
_MOST_PIECES = 64
# Pairs of schemas that are looked at, however often: unions of unions have more than there is time for.
_MOST_PAIRS = 20_000


class Inclusion:
    """Compares schemas of ``inner``, one contract, with schemas of ``outer``, the other one."""

    def __init__(self, inner: Side, outer: Side) -> None:
        self.inner, self.outer = inner, outer
        self._equal = Sameness(inner.contract, outer.contract, literal=True)
        self._alike = Sameness(inner.contract, outer.contract, literal=False)
        self._known: dict[_Key, tuple[Gap, ...]] = {}
        self._open: dict[_Key, int] = {}
        self._lowest: list[int] = []
        self._tried: list[list[_Key]] = []
        self._left = _MOST_PAIRS
        self._back: Inclusion | None = None

    @property
    def back(self) -> "Inclusion":
        """The same question the other way round."""
        if self._back is None:
            self._back = Inclusion(self.outer, self.inner)
            self._back._back = self  # noqa: SLF001 - of the same class
        return self._back

    def gaps(self, inner: View, outer: View) -> tuple[Gap, ...]:
        """Return the values of ``inner`` that ``outer`` refuses, none when it is certain that there are none."""
        if self._is_same(inner, outer):
            return ()
        key = (inner.key, outer.key)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            self._lowest[-1] = min(self._lowest[-1], self._open[key])
            return ()
        self._left -= 1
        if self._left < 0:
            return (Gap("effort", "values that were not looked at", inner.place, outer.place, certain=False),)
        return self._compared(key, inner, outer)

    def covers(self, inner: View, outer: View) -> bool:
        """Tell whether ``outer`` certainly has every value of ``inner``, members included that it does not know."""
        if _is_refused(inner, outer):
            return False
        self._tried.append([])
        found = [gap for gap in self.gaps(inner, outer) if not gap.mild and gap.kind not in UNKNOWN]
        tried = self._tried.pop()
        if found:
            # What was only fine as long as this was, is not known to be fine.
            for key in tried:
                self._known.pop(key, None)
        elif self._tried:
            self._tried[-1] += tried
        return not found

    def _compared(self, key: _Key, inner: View, outer: View) -> tuple[Gap, ...]:
        depth = self._open[key] = len(self._open)
        self._lowest.append(depth + 1)
        found = tuple(dict.fromkeys(self._gaps(inner, outer)))
        lowest = self._lowest.pop()
        del self._open[key]
        if self._lowest:
            self._lowest[-1] = min(self._lowest[-1], lowest)
        if self._tried and lowest < depth:
            self._tried[-1].append(key)
        self._known[key] = found
        return found

    def _is_same(self, inner: View, outer: View) -> bool:
        return len(inner.roots) == len(outer.roots) and all(
            self._equal.nodes(mine.schema, other.schema) for mine, other in zip(inner.roots, outer.roots, strict=True)
        )

    def _gaps(self, inner: View, outer: View) -> Iterator[Gap]:
        yield from text_gaps(inner, outer)
        if not inner.atoms:
            return
        for part in outer.parts:
            found = list(self._of_part(inner, outer, part))
            serious = [gap for gap in found if not gap.mild]
            pieces = self.alternatives(inner) if serious and inner.unions else []
            if 0 < len(pieces) <= _MOST_PIECES:
                # What alternatives do not have in common, each of them may have.
                mild = [gap for gap in found if gap.mild]
                found = mild + [gap for piece in pieces for gap in self._of_piece(inner, piece, outer, part)]
            yield from found
            for union in UNIONS:
                if union in part.schema:
                    yield from unions.gaps(self, inner, outer, part, union)
        if "object" in inner.atoms:
            yield from objects.named_gaps(inner, outer)

    def alternatives(self, inner: View) -> list[View]:
        """Return ``inner`` for each branch of each of its unions."""
        found, done = [inner], list[View]()
        while found and len(found) + len(done) <= _MOST_PIECES:
            view = found.pop()
            if not view.unions:
                done.append(view)
                continue
            # Branches that are made of themselves would be taken apart for ever.
            part, union = view.unions[0]
            found += view.alternatives(part, union)
        return [] if found else done

    def _of_part(self, inner: View, outer: View, part: Part) -> Iterator[Gap]:
        for kind, what, certain in scalar_gaps(inner, part.schema):
            yield Gap(kind, what, inner.place, part.place, certain)
        if "object" in inner.atoms:
            yield from objects.gaps(self, inner, outer, part)
        if "array" in inner.atoms:
            yield from arrays.gaps(self, inner, part)
        yield from self._of_opaque(inner, part)

    def _of_piece(self, inner: View, piece: View, outer: View, part: Part) -> Iterator[Gap]:
        """Yield what ``part`` refuses in one alternative of ``inner``, told once for all of them."""
        for gap in self._of_part(piece, outer, part) if piece.atoms else ():
            yield replace(gap, inner=inner.place) if gap.inner == piece.place else gap

    def _of_opaque(self, inner: View, part: Part) -> Iterator[Gap]:
        kinds = {_OPAQUE[keyword]: keyword for keyword in _OPAQUE if keyword in part.schema}
        for kind, keyword in kinds.items():
            if not self._is_known(inner, part, keyword):
                yield Gap(kind, f"values that {keyword} rules out", inner.place, part.place, certain=False)

    def _is_known(self, inner: View, part: Part, keyword: str) -> bool:
        if keyword.startswith("unevaluated"):
            return False  # what is evaluated depends on everything around: only the same schema says the same
        keywords = _TOGETHER.get(keyword, (keyword,))
        return any(self.agree(mine, part, keywords) for mine in inner.parts)

    def agree(self, mine: Part, part: Part, keywords: Iterable[str]) -> bool:
        """Tell whether two parts say the same by each of ``keywords``."""
        return all(self._alike.keyword(mine, part, keyword) for keyword in keywords)


def _is_refused(inner: View, outer: View) -> bool:
    """Tell whether it is plain to see that some value of ``inner`` is refused: most branches are not each other's."""
    is_object = inner.atoms == {"object"} and not inner.unions
    return (is_object and not outer.required <= inner.required) or (bool(inner.atoms) and are_disjoint(inner, outer))
