"""Changes of schemas, in the two directions that values are sent in."""

from collections.abc import Iterable, Iterator
from typing import Any

from specwright.gate.breaking.change import Change, Verdict
from specwright.gate.breaking.gaps import Gap
from specwright.gate.breaking.inclusion import Inclusion
from specwright.gate.breaking.kinds import KINDS, MEMBERS, TEXTS
from specwright.gate.breaking.views import HIDDEN, Side
from specwright.spec.pointer import unescape


class SchemaChanges:
    """Compares schemas of the contract ``old`` with those of ``new``."""

    def __init__(self, old: Any, new: Any) -> None:
        self._asked = {
            direction: Inclusion(Side(old, direction), Side(new, direction)) for direction in HIDDEN
        }

    def of(self, old: str, new: str, direction: str) -> Iterator[Change]:
        """Yield what changed from the schema at ``old`` to the schema at ``new`` for what is sent in ``direction``."""
        asked = self._asked[direction]
        before, after = asked.inner.at(old), asked.outer.at(new)
        narrowed = asked.gaps(before, after)
        widened = [gap for gap in asked.back.gaps(after, before) if gap.kind not in TEXTS]
        for gap in narrowed:
            if direction == "request" or not _is_among(gap, widened):
                yield _narrowed(gap, direction)
        for gap in widened:
            if direction == "response" or not _is_among(gap, narrowed):
                yield _widened(gap, direction)

    def known_types(self, pointer: str) -> frozenset[str]:
        """Return the types that the new schema at ``pointer`` lets through."""
        return self._asked["request"].outer.at(pointer).atoms


def _is_among(gap: Gap, others: Iterable[Gap]) -> bool:
    """Tell whether what cannot be told is among ``others``, which are of the other way round, already."""
    return not gap.certain and any(
        other.kind == gap.kind and (other.inner, other.outer) == (gap.outer, gap.inner) for other in others
    )


def _narrowed(gap: Gap, direction: str) -> Change:
    where = place_in_words(gap.inner)
    if gap.kind in TEXTS:
        kind = TEXTS[gap.kind]
        verdict = kind.request if direction == "request" else kind.response
        return _change(gap, direction, kind.narrowed, verdict, f"{where} had {gap.what}", is_new_inner=False)
    if gap.kind in MEMBERS:
        kind = MEMBERS[gap.kind]
        who = "what clients send of it may be ignored" if direction == "request" else "clients may look for it"
        verdict = kind.request if direction == "request" else kind.response
        how = "is gone" if gap.kind == "property" else f"is {HIDDEN[direction]} now"
        return _change(gap, direction, kind.narrowed, verdict, f"{where} {how}: {who}", is_new_inner=False)
    kind = KINDS[gap.kind]
    if direction == "response":
        text = f"{where}: {gap.what} are not answered any more"
        return _change(gap, direction, kind.narrowed, Verdict.COMPATIBLE, text, is_new_inner=False)
    text = f"{where}: clients that send {gap.what} are refused now"
    return _judged(gap, direction, kind.narrowed, kind.request, text, is_new_inner=False)


def _widened(gap: Gap, direction: str) -> Change:
    where = place_in_words(gap.inner)
    if gap.kind in MEMBERS:
        text = f"{where} is new: clients may ignore it"
        return _change(gap, direction, MEMBERS[gap.kind].widened, Verdict.COMPATIBLE, text, is_new_inner=True)
    kind = KINDS[gap.kind]
    if direction == "request":
        text = f"{where}: clients may send {gap.what} now"
        return _change(gap, direction, kind.widened, Verdict.COMPATIBLE, text, is_new_inner=True)
    text = f"{where}: clients may be answered {gap.what}, which they do not know"
    return _judged(gap, direction, kind.widened, kind.response, text, is_new_inner=True)


def _judged(gap: Gap, direction: str, name: str, verdict: Verdict, text: str, *, is_new_inner: bool) -> Change:
    if not gap.certain:
        verdict = Verdict.UNDECIDED if verdict is Verdict.BREAKING else verdict
        text += " (it cannot be told from the schemas whether there are any)"
    return _change(gap, direction, name, verdict, text, is_new_inner=is_new_inner)


def _change(gap: Gap, direction: str, name: str, verdict: Verdict, text: str, *, is_new_inner: bool) -> Change:
    new, old = (gap.inner, gap.outer) if is_new_inner else (gap.outer, gap.inner)
    return Change(f"{direction}-{name}", verdict, text, new, old, (), direction)


def place_in_words(pointer: str) -> str:
    """Return what readers call the schema at ``pointer``: ``Pet.owner.name``, ``body.tags[]``, ``parameter``."""
    tokens = [unescape(token) for token in pointer.split("/")[1:]]
    name, rest = _root(tokens)
    while rest:
        key, *rest = rest
        if key in ("properties", "patternProperties") and rest:
            name, rest = f"{name}.{rest[0]}", rest[1:]
        elif key in ("items", "prefixItems", "contains"):
            name, rest = f"{name}[]", rest[1:] if key == "prefixItems" else rest
        elif key in ("additionalProperties", "unevaluatedProperties"):
            name = f"{name}.*"
    return name


def _root(tokens: list[str]) -> tuple[str, list[str]]:
    if tokens[:2] == ["components", "schemas"] and len(tokens) > 2:
        return tokens[2], tokens[3:]
    at = tokens.index("schema") if "schema" in tokens else len(tokens)
    before = tokens[:at]
    for key, name in (("headers", "header "), ("parameters", "parameter"), ("content", "body")):
        if key in before:
            own = before[before.index(key) + 1] if key == "headers" and len(before) > before.index(key) + 1 else ""
            return name + own, tokens[at + 1 :]
    return "body", tokens[at + 1 :]
