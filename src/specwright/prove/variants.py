"""A schema -> the values that must be refused and those that must be accepted, one for every keyword at every place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from specwright.prove.sites import Site, Sites, at, put
from specwright.prove.spelling import Unspellable
from specwright.prove.values import breaking, edging, mistakes
from specwright.prove.witness import Error, Witness
from specwright.spec.pointer import escape, resolve

# Of these every value that is allowed is tried, not one at the edge.
_ALL_VALUES = frozenset({"enum", "const", "type", "format"})
_MOST_VALUES = 40
_BASES = 3
_TOO_FEW = frozenset({"contains", "minContains"})
# What a reader makes of a value once it is written; raises Unspellable.
Meaning = Callable[[Any], Any]


@dataclass(frozen=True)
class Variant:
    """One value of a whole message part; ``value`` is None where there is none, and ``reason`` says why."""

    site: Site
    pointer: str
    is_valid: bool
    what: str
    value: Any = None
    reason: str = ""


class Variants:
    """The variants of the schemas of one contract, in one direction; what they are, the witness says."""

    def __init__(self, witness: Witness, sites: Sites) -> None:
        self._witness, self._sites = witness, sites

    def of(self, root: str, starts: Sequence[Any], meaning: Meaning) -> Iterator[Variant]:
        """Yield the variants of the schema at ``root``, made of the valid values ``starts``."""
        for site in self._sites.of(root):
            bases = list(islice(self._sites.bases(root, site, starts), _BASES))
            schema = resolve(self._witness.contract, site.pointer)
            if not bases:
                reason = "no valid value has this place: give the contract an example that has it"
                yield Variant(site, site.pointer_in_value, is_valid=False, what="", reason=reason)
                continue
            if isinstance(schema, dict) and site.keyword == "required":
                yield from self._lacking(root, site, schema["required"], bases, meaning)
            else:
                yield from self._broken(root, site, schema, bases, meaning)
            yield from self._accepted(root, site, schema, bases, meaning)

    # --- refused ----------------------------------------------------------------------------------------------

    def _lacking(
        self, root: str, site: Site, names: Sequence[str], bases: Sequence[Any], meaning: Meaning
    ) -> Iterator[Variant]:
        for name in names:
            pointer = f"{site.pointer_in_value}/{escape(name)}"
            values = [
                put(base, site.place, {key: item for key, item in at(base, site.place).items() if key != name})
                for base in bases
                if isinstance(at(base, site.place), dict)
            ]
            yield self._least(root, site, pointer, values, meaning)

    def _broken(self, root: str, site: Site, schema: Any, bases: Sequence[Any], meaning: Meaning) -> Iterator[Variant]:
        values = [
            put(base, site.place, other)
            for base in bases
            for other in (
                breaking(schema, site.keyword, at(base, site.place)) if isinstance(schema, dict) else (1, "text", True)
            )
        ]
        least = self._least(root, site, site.pointer_in_value, values, meaning)
        yield least
        for what, other in mistakes(schema, site.keyword) if isinstance(schema, dict) and not least.reason else ():
            values = [put(base, site.place, other) for base in bases]
            mistaken = self._least(root, site, site.pointer_in_value, values, meaning)
            if not mistaken.reason and not _is_same(mistaken.value, least.value):
                yield replace(mistaken, what=what)

    def _least(self, root: str, site: Site, pointer: str, values: Sequence[Any], meaning: Meaning) -> Variant:
        """Return the variant that breaks the keyword of ``site`` and as little besides as can be."""
        best: tuple[tuple[int, int], Any] | None = None
        reason = _whynot(site, resolve(self._witness.contract, site.pointer))
        for value in values:
            try:
                errors = self._witness.errors(root, meaning(value))
            except Unspellable as error:
                reason = _untold(site, str(error))
                continue
            faults = sum(not error.nested for error in errors), len(errors)
            is_it = any(_is_of(error, site) for error in errors)
            if is_it and (best is None or faults < best[0]):
                best = faults, value
            if best and best[0] == (1, 1):
                break
        if best is None:
            return Variant(site, pointer, is_valid=False, what="", reason=reason)
        return Variant(site, pointer, is_valid=False, what="violated", value=best[1])

    # --- accepted ---------------------------------------------------------------------------------------------

    def _accepted(
        self, root: str, site: Site, schema: Any, bases: Sequence[Any], meaning: Meaning
    ) -> Iterator[Variant]:
        found: list[Any] = []
        reason = "no valid value was found at the edge: what else the schema says forbids it"
        wanted = _MOST_VALUES if site.keyword in _ALL_VALUES else 1
        for value in self._edges(site, schema, bases):
            try:
                is_valid = self._witness.is_valid(root, meaning(value))
            except Unspellable as error:
                reason = str(error)
                continue
            if is_valid and not any(_is_same(at(value, site.place), at(other, site.place)) for other in found):
                found.append(value)
            if len(found) >= wanted:
                break
        for number, value in enumerate(found):
            what = "at the edge" if wanted == 1 else f"value {number + 1}"
            yield Variant(site, site.pointer_in_value, is_valid=True, what=what, value=value)
        if not found:
            yield Variant(site, site.pointer_in_value, is_valid=True, what="", reason=reason)

    def _edges(self, site: Site, schema: Any, bases: Sequence[Any]) -> Iterator[Any]:
        for base in bases:
            if isinstance(schema, dict):
                yield from (put(base, site.place, edge) for edge in edging(schema, site.keyword, at(base, site.place)))
            else:
                yield base


def _is_of(error: Error, site: Site) -> bool:
    if error.keyword == "None":  # the schema false, which the library reports where its holder is
        return error.place in (site.place, site.place[:-1])
    if error.place != site.place:
        return False
    if error.keyword in _TOO_FEW and site.keyword in _TOO_FEW:
        return True
    return error.keyword == site.keyword or site.keyword in error.via & {"propertyNames"}


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _whynot(site: Site, schema: Any) -> str:
    """Return why no value may be found that breaks the keyword of ``site``."""
    said = schema.get(site.keyword) if isinstance(schema, dict) else False
    if site.keyword in ("minLength", "minItems", "minProperties") and said == 0:
        return "nothing has fewer than 0"
    if site.keyword == "format":
        return f"no value is known that is not {said}"
    if site.is_optional:
        return "every value that was found obeys another alternative"
    return "every value that was found obeys this"


def _untold(site: Site, reason: str) -> str:
    return f"here every text is what is asked for; {reason}" if site.keyword == "type" else reason
