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
        self._asked = {direction: Inclusion(Side(old, direction), Side(new, direction)) for direction in HIDDEN}

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
    """Say what is refused now."""
    where, is_request = place_in_words(gap.inner), direction == "request"
    kind = {**TEXTS, **MEMBERS, **KINDS}[gap.kind]
    verdict = kind.request if is_request else kind.response
    if gap.kind in TEXTS:
        text = f"{where} had {gap.what}"
    elif gap.kind in MEMBERS:
        how = "is gone" if gap.kind == "property" else f"is {HIDDEN[direction]} now"
        who = "what clients send of it may be ignored" if is_request else "clients may look for it"
        text = f"{where} {how}: {who}"
    elif is_request:
        verdict, text = _judged(gap, verdict, f"{where}: clients that send {gap.what} are refused now")
    else:
        verdict, text = Verdict.COMPATIBLE, f"{where}: no more answers with {gap.what}"
    return Change(f"{direction}-{kind.narrowed}", verdict, text, gap.outer, gap.inner, (), direction)


def _widened(gap: Gap, direction: str) -> Change:
    """Say what is let through now."""
    where, kind = place_in_words(gap.inner), {**MEMBERS, **KINDS}[gap.kind]
    if gap.kind in MEMBERS:
        verdict, text = Verdict.COMPATIBLE, f"{where} is new: clients may ignore it"
    elif direction == "request":
        verdict, text = Verdict.COMPATIBLE, f"{where}: clients may send {gap.what} now"
    else:
        said = f"{where}: clients may be answered {gap.what}, which they do not know"
        verdict, text = _judged(gap, kind.response, said)
    return Change(f"{direction}-{kind.widened}", verdict, text, gap.inner, gap.outer, (), direction)


def _judged(gap: Gap, verdict: Verdict, text: str) -> tuple[Verdict, str]:
    if gap.certain:
        return verdict, text
    verdict = Verdict.UNDECIDED if verdict is Verdict.BREAKING else verdict
    return verdict, f"{text} (the schemas do not tell whether there are any)"


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
