"""Unions: which alternatives a schema lets through that another refuses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specwright.gate.breaking.disjoint import are_disjoint
from specwright.gate.breaking.gaps import UNKNOWN, Gap, told
from specwright.gate.breaking.matching import is_named_alike, name_of, values_of
from specwright.gate.breaking.views import Part, View

if TYPE_CHECKING:
    from specwright.gate.breaking.inclusion import Inclusion


@dataclass(frozen=True)
class _Union:
    """One union: the part that has it, the keyword, its branches."""

    part: Part
    keyword: str
    branches: tuple[View, ...]

    @property
    def property_name(self) -> Any:
        """What its discriminator is called, None without one."""
        found = self.part.schema.get("discriminator")
        return found.get("propertyName") if isinstance(found, dict) else None


def gaps(asked: "Inclusion", inner: View, around: View, part: Part, keyword: str) -> Iterator[Gap]:
    """Yield the values of ``inner`` that no branch (of ``oneOf``: not exactly one) of ``part`` lets through.

    Members that ``around``, which has the part, knows are no news.
    """
    outer = _Union(part, keyword, tuple(asked.outer.branches(part, keyword)))
    unions = [_Union(own, name, tuple(inner.branches(own, name))) for own, name in inner.unions]
    mine = max(unions, key=lambda union: _likeness(union, outer), default=None)
    if mine is None:
        yield from _without_known(_of_plain(asked, inner, outer), outer, around.names)
    elif asked.agree(mine.part, part, (keyword,)):
        for branch, other in zip(mine.branches, outer.branches, strict=True):
            yield from _of_values(mine, branch, outer, other)
            yield from asked.gaps(branch, other)
    else:
        rest = set(inner.names) - {name for branch in mine.branches for name in branch.names}
        yield from _without_known(_Unions(asked, inner, mine, outer).gaps(), outer, {*rest, *around.names})


def _without_known(found: Iterable[Gap], outer: _Union, names: Iterable[str]) -> Iterator[Gap]:
    known, places = {f"'{name}'" for name in names}, {branch.place for branch in outer.branches}
    places |= {part.place for branch in outer.branches for part in branch.parts}
    for gap in found:
        if not (gap.kind == "property" and gap.what in known and gap.outer in places):
            yield gap


def _likeness(union: _Union, outer: _Union) -> tuple[int, bool]:
    names = {name_of(branch) for branch in outer.branches}
    return sum(name_of(branch) in names for branch in union.branches), union.keyword == outer.keyword


class _Unions:
    """Two unions, the alternatives of the one and what has become of each of its branches in the other."""

    def __init__(self, asked: "Inclusion", inner: View, mine: _Union, outer: _Union) -> None:
        self.asked, self.mine, self.outer = asked, mine, outer
        self.alternatives = inner.alternatives(mine.part, mine.keyword)
        self.matches = [self._match(index) for index in range(len(mine.branches))]

    def gaps(self) -> Iterator[Gap]:
        for index, alternative in enumerate(self.alternatives):
            if alternative.atoms:
                yield from self._of_alternative(index, alternative)

    def _of_alternative(self, index: int, alternative: View) -> Iterator[Gap]:
        branch, match = self.mine.branches[index], self.matches[index]
        fitting = self._fitting(index, alternative)
        if fitting is None and _fits_in_pieces(self.asked, alternative, self.outer):
            return
        if fitting is None and match is None:
            yield Gap("alternative", _told(branch), branch.place, f"{self.outer.part.place}/{self.outer.keyword}")
            return
        at = match if fitting is None else fitting
        assert at is not None  # noqa: S101 - one of the two is there
        yield from _of_values(self.mine, branch, self.outer, self.outer.branches[at])
        yield from self.asked.gaps(alternative, self.outer.branches[at]) if at == match else ()
        yield from self._overlaps(index, alternative, at)

    def _match(self, index: int) -> int | None:
        """Return what became of a branch: what is called alike, else what is alike, else what stands in its place."""
        branch, others = self.mine.branches[index], self.outer.branches
        named = [place for place, other in enumerate(others) if is_named_alike(branch, other)]
        if named:
            return named[0]
        free = [
            place
            for place, other in enumerate(others)
            if not any(is_named_alike(each, other) for each in self.mine.branches)
        ]
        alike = [place for place in free if self._fits(index, branch, others[place])]
        alike = alike or [place for place in free if not are_disjoint(branch, others[place])]
        if len(alike) == 1 or (alike and index not in alike and len(others) != len(self.mine.branches)):
            return alike[0]
        return index if index in alike else None

    def _fitting(self, index: int, alternative: View) -> int | None:
        match, others = self.matches[index], self.outer.branches
        # Not tried but asked: unless another branch fits, what is refused here is what is told.
        if match is not None and not _serious(self.asked.gaps(alternative, others[match])):
            return match
        places = (place for place in range(len(others)) if place != match)
        return next((place for place in places if self._fits(index, alternative, others[place])), None)

    def _fits(self, index: int, alternative: View, other: View) -> bool:
        """Tell whether ``other`` lets an alternative through and knows all that its branch knows."""
        names = self.mine.branches[index].names
        return all(name in other.names or other.speaks_of(name) for name in names) and self.asked.covers(
            alternative, other
        )

    def _overlaps(self, index: int, alternative: View, fitting: int) -> Iterator[Gap]:
        """``oneOf`` refuses what several branches accept, unless a discriminator tells them apart."""
        if self.outer.keyword != "oneOf" or (
            self.outer.property_name and self.outer.property_name == self.mine.property_name
        ):
            return
        for place, other in enumerate(self.outer.branches):
            if place != fitting and not are_disjoint(alternative, other) and not self._is_excluded(index, place):
                yield _overlap(alternative, other)

    def _is_excluded(self, index: int, place: int) -> bool:
        """Tell whether what the branch at ``place`` accepts, another branch than the one at ``index`` did before."""
        former = [at for at, match in enumerate(self.matches) if match == place and at != index]
        return (
            self.mine.keyword == "oneOf"
            and bool(former)
            and self.asked.back.covers(self.outer.branches[place], self.mine.branches[former[0]])
        )


def _fits_in_pieces(asked: "Inclusion", view: View, outer: _Union) -> bool:
    """Tell whether each value or type of ``view``, or each of its own alternatives, fits in some branch."""
    pieces = asked.alternatives(view) if view.unions else view.pieces()
    return len(pieces) > 1 and not any(
        gap for piece in pieces if piece.atoms for gap in _of_piece(asked, piece, outer) if _serious((gap,))
    )


def _of_plain(asked: "Inclusion", inner: View, outer: _Union) -> Iterator[Gap]:
    """Of a schema that is no union, all or each value or type must fit in a branch."""
    pieces = inner.pieces()
    is_one = len(pieces) < 2 or any(asked.covers(inner, other) for other in outer.branches)
    for piece in [inner] if is_one else pieces:
        yield from _of_piece(asked, piece, outer) if piece.atoms else ()


def _of_piece(asked: "Inclusion", piece: View, outer: _Union) -> Iterator[Gap]:
    near = [other for other in outer.branches if not are_disjoint(piece, other)]
    fitting = near if len(near) == 1 else [other for other in near if asked.covers(piece, other)]
    if not fitting:
        what = "what fits no alternative" if near else _told(piece)
        yield Gap("alternative", what, piece.place, f"{outer.part.place}/{outer.keyword}")
    else:
        yield from (gap for gap in asked.gaps(piece, fitting[0]) if not gap.mild)
        for other in near if outer.keyword == "oneOf" else ():
            if other is not fitting[0]:
                yield _overlap(piece, other)


def _overlap(alternative: View, other: View) -> Gap:
    return Gap("overlap", f"what {_told(other)} accepts, too", alternative.place, other.place, certain=False)


def _of_values(mine: _Union, branch: View, outer: _Union, other: View) -> Iterator[Gap]:
    """The names that a discriminator has for a branch are sent: one without a mapping is what its component is called."""
    if mine.property_name is None or mine.property_name != outer.property_name:
        return
    missing = values_of(mine.part, branch) - values_of(outer.part, other)
    if missing:
        what = f"{told(sorted(missing))} as '{mine.property_name}'"
        yield Gap("discriminator-value", what, branch.place, other.place)


def _told(branch: View) -> str:
    name = name_of(branch)
    return f"'{name}'" if name else " or ".join(sorted(branch.atoms - {"fraction"} or {"number"}))


def _serious(found: tuple[Gap, ...]) -> list[Gap]:
    """Return the gaps that keep a branch from letting everything through."""
    return [gap for gap in found if not gap.mild and gap.kind not in UNKNOWN]
