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
        yield from _without_known(_of_union(asked, inner, mine, outer), outer, {*rest, *around.names})


def _without_known(found: Iterable[Gap], outer: _Union, names: Iterable[str]) -> Iterator[Gap]:
    known, places = {f"'{name}'" for name in names}, {branch.place for branch in outer.branches}
    places |= {part.place for branch in outer.branches for part in branch.parts}
    for gap in found:
        if not (gap.kind == "property" and gap.what in known and gap.outer in places):
            yield gap


def _likeness(union: _Union, outer: _Union) -> tuple[int, bool]:
    names = {name_of(branch) for branch in outer.branches}
    return sum(name_of(branch) in names for branch in union.branches), union.keyword == outer.keyword


def _of_union(asked: "Inclusion", inner: View, mine: _Union, outer: _Union) -> Iterator[Gap]:
    matches = [_match(asked, branch, index, mine, outer) for index, branch in enumerate(mine.branches)]
    for index, alternative in enumerate(inner.alternatives(mine.part, mine.keyword)):
        if not alternative.atoms:
            continue
        branch, match = mine.branches[index], matches[index]
        fitting = _fitting(asked, alternative, branch, outer, match)
        if fitting is not None:
            yield from _of_values(mine, branch, outer, outer.branches[fitting])
            yield from asked.gaps(alternative, outer.branches[fitting]) if fitting == match else ()
            yield from _overlaps(asked, alternative, index, mine, matches, outer, fitting)
        elif not _fits_in_pieces(asked, alternative, outer):
            yield from _unfitting(asked, alternative, branch, mine, outer, match)
            if match is not None:
                yield from _overlaps(asked, alternative, index, mine, matches, outer, match)


def _match(asked: "Inclusion", branch: View, index: int, mine: _Union, outer: _Union) -> int | None:
    """Return which branch of ``outer`` is what became of ``branch``, or what it was: by name, by what it is, by place."""
    named = [place for place, other in enumerate(outer.branches) if is_named_alike(branch, other)]
    if named:
        return named[0]
    taken = {place for place, other in enumerate(outer.branches) for each in mine.branches if is_named_alike(each, other)}
    free = [place for place in range(len(outer.branches)) if place not in taken]
    alike = [place for place in free if _fits(asked, branch, branch, outer.branches[place])]
    alike = alike or [place for place in free if not are_disjoint(branch, outer.branches[place])]
    if len(alike) == 1 or (alike and index not in alike and len(outer.branches) != len(mine.branches)):
        return alike[0]
    return index if index in alike else None


def _fitting(asked: "Inclusion", alternative: View, branch: View, outer: _Union, match: int | None) -> int | None:
    # Not tried but asked: unless another branch fits, what is refused here is what is told.
    if match is not None and not serious(asked.gaps(alternative, outer.branches[match])):
        return match
    others = ((place, other) for place, other in enumerate(outer.branches) if place != match)
    return next((place for place, other in others if _fits(asked, alternative, branch, other)), None)


def _fits(asked: "Inclusion", alternative: View, branch: View, other: View) -> bool:
    """Tell whether ``other`` lets an alternative through and knows all that its branch knows."""
    knows = all(name in other.names or other.speaks_of(name) for name in branch.names)
    return knows and asked.covers(alternative, other)


def _unfitting(
    asked: "Inclusion", alternative: View, branch: View, mine: _Union, outer: _Union, match: int | None
) -> Iterator[Gap]:
    if match is None:
        yield Gap("alternative", _told(branch), branch.place, f"{outer.part.place}/{outer.keyword}")
    else:
        yield from _of_values(mine, branch, outer, outer.branches[match])
        yield from asked.gaps(alternative, outer.branches[match])


def _fits_in_pieces(asked: "Inclusion", view: View, outer: _Union) -> bool:
    """Tell whether each value or type of ``view``, or each of its own alternatives, fits in some branch."""
    pieces = asked.alternatives(view) if view.unions else view.pieces()
    return len(pieces) > 1 and all(
        any(asked.covers(piece, other) for other in outer.branches) for piece in pieces if piece.atoms
    )


def _of_values(mine: _Union, branch: View, outer: _Union, other: View) -> Iterator[Gap]:
    """The names that a discriminator has for a branch are sent: one without a mapping is what its component is called."""
    if mine.property_name is None or mine.property_name != outer.property_name:
        return
    missing = values_of(mine.part, branch) - values_of(outer.part, other)
    if missing:
        what = f"{told(sorted(missing))} as '{mine.property_name}'"
        yield Gap("discriminator-value", what, branch.place, other.place)


def _overlaps(
    asked: "Inclusion",
    alternative: View,
    index: int,
    mine: _Union,
    matches: list[int | None],
    outer: _Union,
    fitting: int,
) -> Iterator[Gap]:
    """``oneOf`` refuses what several branches accept."""
    if outer.keyword != "oneOf" or (outer.property_name and outer.property_name == mine.property_name):
        return
    for place, other in enumerate(outer.branches):
        is_told = place < fitting and place in matches  # for the other one
        if place == fitting or is_told or are_disjoint(alternative, other):
            continue
        former = next((at for at, match in enumerate(matches) if match == place and at != index), None)
        known = mine.keyword == "oneOf" and former is not None
        if known and former is not None and asked.back.covers(other, mine.branches[former]):
            continue
        yield Gap("overlap", f"what {_told(other)} accepts, too", alternative.place, other.place, certain=False)


def _of_plain(asked: "Inclusion", inner: View, outer: _Union) -> Iterator[Gap]:
    fitting = next((at for at, other in enumerate(outer.branches) if asked.covers(inner, other)), None)
    if fitting is not None:
        yield from (gap for gap in asked.gaps(inner, outer.branches[fitting]) if not gap.mild)
        yield from _only(inner, outer, fitting)
        return
    if all(_piece_fits(asked, piece, outer) for piece in inner.pieces() if piece.atoms) and len(inner.pieces()) > 1:
        return
    near = [other for other in outer.branches if not are_disjoint(inner, other)]
    if len(near) == 1:
        rest = inner.atoms - near[0].atoms
        yield from (gap for gap in asked.gaps(inner, near[0]) if not (gap.kind in ("null", "type") and _else(rest, outer)))
    else:
        yield Gap("alternative", "what fits no alternative", inner.place, f"{outer.part.place}/{outer.keyword}")


def _else(rest: frozenset[str], outer: _Union) -> bool:
    """Tell whether the branches have values of the types ``rest``."""
    return bool(rest) and rest <= frozenset().union(*(branch.atoms for branch in outer.branches))


def _piece_fits(asked: "Inclusion", piece: View, outer: _Union) -> bool:
    fitting = [other for other in outer.branches if asked.covers(piece, other)]
    others = [other for other in outer.branches if other not in fitting[:1]]
    return bool(fitting) and (outer.keyword == "anyOf" or all(are_disjoint(piece, other) for other in others))


def _only(inner: View, outer: _Union, fitting: int) -> Iterator[Gap]:
    for place, other in enumerate(outer.branches) if outer.keyword == "oneOf" else ():
        if place != fitting and not are_disjoint(inner, other):
            yield Gap("overlap", f"what {_told(other)} accepts, too", inner.place, other.place, certain=False)


def _told(branch: View) -> str:
    name = name_of(branch)
    return f"'{name}'" if name else " or ".join(sorted(branch.atoms - {"fraction"} or {"number"}))


def serious(found: tuple[Gap, ...]) -> list[Gap]:
    """Return the gaps that keep a branch from letting everything through."""
    return [gap for gap in found if not gap.mild and gap.kind not in UNKNOWN]
