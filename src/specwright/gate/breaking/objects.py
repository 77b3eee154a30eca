"""Objects: which members a schema lets through that another refuses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specwright.gate.breaking.gaps import Gap
from specwright.gate.breaking.views import (
    Part,
    View,
    member_parts,
    named_by,
    rest_of,
    rest_parts,
    rest_patterns,
)
from specwright.spec.pointer import escape
from specwright.spec.schemas import schema_validator

if TYPE_CHECKING:
    from specwright.gate.breaking.inclusion import Inclusion


def gaps(asked: "Inclusion", inner: View, outer: View, part: Part) -> Iterator[Gap]:
    """Yield what ``part`` of ``outer`` refuses in the objects of ``inner``."""
    yield from _required(inner, outer, part)
    for name in part.schema.get("properties", {}):
        yield from _member(asked, inner, outer, part, name)
    yield from _patterns(asked, inner, outer, part)
    yield from _rest(asked, inner, outer, part)
    yield from _names(asked, inner, part)
    yield from _dependencies(inner, part)


def named_gaps(inner: View, outer: View) -> Iterator[Gap]:
    """Yield the members that one of two schemas knows and the other does not, though it may let them through."""
    for name in inner.names:
        if name in outer.unsent:
            yield Gap("unsent", f"'{name}'", inner.member(name).place, outer.member(name).place)
        elif name not in outer.names and not outer.speaks_of(name):
            yield Gap("property", f"'{name}'", inner.member(name).place, outer.place)


def _required(inner: View, outer: View, part: Part) -> Iterator[Gap]:
    for name in part.schema.get("required", ()):
        if name not in inner.required and name not in outer.unsent:
            yield Gap("required", f"objects without '{name}'", inner.place, part.place)


def _member(asked: "Inclusion", inner: View, outer: View, part: Part, name: str) -> Iterator[Gap]:
    # What a schema is silent about, nobody sends.
    if name not in inner.unsent and name not in outer.unsent and inner.speaks_of(name):
        parts = list(member_parts(asked.outer, part, name))
        yield from asked.gaps(inner.member(name), asked.outer.view(parts, parts[0].place))


def _patterns(asked: "Inclusion", inner: View, outer: View, part: Part) -> Iterator[Gap]:
    own = part.schema.get("properties", {})
    for pattern in part.schema.get("patternProperties", {}):
        target = asked.outer.at(f"{part.place}/patternProperties/{escape(pattern)}")
        for name in inner.names:
            if name not in own and any(root in target.roots for root in outer.member(name).roots):
                yield from _member(asked, inner, outer, part, name)
        if pattern in inner.patterns:
            yield from asked.gaps(inner.pattern(pattern), target)
        elif inner.patterns or not inner.is_closed:
            found = asked.gaps(inner.rest, target)
            if any(not gap.mild for gap in found) or inner.patterns:
                yield Gap("pattern-property", f"members that match {pattern}", inner.place, target.place, certain=False)


def _rest(asked: "Inclusion", inner: View, outer: View, part: Part) -> Iterator[Gap]:
    if rest_of(part.schema) in (None, True, {}):
        return
    parts = list(rest_parts(asked.outer, part))
    target = asked.outer.view(parts, parts[0].place)
    for name in inner.names:
        if not named_by(part.schema, name) and name not in outer.unsent:
            yield from _other(asked, inner, outer, name, target)
    for pattern in inner.patterns:
        if pattern not in rest_patterns(part.schema):
            yield from _through(asked, inner.pattern(pattern), target, f"members that match {pattern}")
    if not inner.is_closed:
        yield from _through(asked, inner.rest, target, "members that the schema does not name")


def _other(asked: "Inclusion", inner: View, outer: View, name: str, target: View) -> Iterator[Gap]:
    member = inner.member(name)
    if not target.atoms and member.atoms:
        yield Gap("closed-property", f"'{name}'", member.place, outer.place)
    else:
        yield from asked.gaps(member, target)


def _through(asked: "Inclusion", inner: View, target: View, what: str) -> Iterator[Gap]:
    if not target.atoms and inner.atoms:
        yield Gap("closed", what, inner.place, target.place)
    elif inner.parts:
        yield from asked.gaps(inner, target)
    elif not asked.covers(inner, target):
        yield Gap("closed", f"{what} with any value", inner.place, target.place)


def _names(asked: "Inclusion", inner: View, part: Part) -> Iterator[Gap]:
    if "propertyNames" not in part.schema:
        return
    place = f"{part.place}/propertyNames"
    mine = [asked.inner.part(f"{each.place}/propertyNames") for each in inner.parts if "propertyNames" in each.schema]
    if mine:
        yield from asked.gaps(asked.inner.view(mine, mine[0].place), asked.outer.at(place))
    elif not inner.is_closed or inner.patterns or not _all_named(inner, part):
        yield Gap("property-names", "members whose names propertyNames rules out", inner.place, place)


def _all_named(inner: View, part: Part) -> bool:
    names = part.schema["propertyNames"]
    if "$ref" in str(names):
        return False
    validator = schema_validator(names)
    return all(validator.is_valid(name) for name in inner.names)


def _dependencies(inner: View, part: Part) -> Iterator[Gap]:
    for name, needed in part.schema.get("dependentRequired", {}).items():
        known = {other for known in inner.said("dependentRequired") for other in known.get(name, ())}
        missing = [other for other in needed if other not in known | inner.required]
        if missing and (name in inner.names or not inner.is_closed):
            yield Gap("dependency", f"objects with '{name}' but without '{missing[0]}'", inner.place, part.place)
