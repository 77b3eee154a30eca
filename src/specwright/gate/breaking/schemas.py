"""Changes of schemas, in the two directions that values are sent in."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
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

    def of(self, old: str, new: str, direction: str, name: str = "body") -> Iterator[Change]:
        """Yield what changed from the schema at ``old`` to the one at ``new``, of ``name`` sent in ``direction``."""
        asked = self._asked[direction]
        before, after = asked.inner.at(old), asked.outer.at(new)
        narrowed = asked.gaps(before, after)
        widened = [gap for gap in asked.back.gaps(after, before) if gap.kind not in TEXTS]
        said = partial(_where, {old: name, new: name})
        for gap in narrowed:
            if direction == "request" or not _is_among(gap, widened):
                yield _narrowed(gap, direction, said(gap.inner))
        for gap in widened:
            if direction == "response" or not _is_among(gap, narrowed):
                yield _widened(gap, direction, said(gap.inner))

    def known_types(self, pointer: str) -> frozenset[str]:
        """Return the types that the new schema at ``pointer`` lets through."""
        return self._asked["request"].outer.at(pointer).atoms


def _is_among(gap: Gap, others: Iterable[Gap]) -> bool:
    """Tell whether what cannot be told is among ``others``, which are of the other way round, already."""
    return not gap.certain and any(
        other.kind == gap.kind and (other.inner, other.outer) == (gap.outer, gap.inner) for other in others
    )


def _narrowed(gap: Gap, direction: str, where: str) -> Change:
    """Say what is refused now."""
    is_request = direction == "request"
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


def _widened(gap: Gap, direction: str, where: str) -> Change:
    """Say what is let through now."""
    kind = {**MEMBERS, **KINDS}[gap.kind]
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


def _where(roots: Mapping[str, str], pointer: str) -> str:
    """Return what readers call the schema at ``pointer``: ``Pet.owner.name``, ``body.tags[]``; ``roots`` have names."""
    root = next((root for root in roots if pointer == root or pointer.startswith(f"{root}/")), "")
    rest = [unescape(token) for token in pointer[len(root) :].split("/")[1:]]
    name = roots.get(root, "")
    if not root and rest[:2] == ["components", "schemas"]:
        name, rest = rest[2], rest[3:]
    while rest:
        key, *rest = rest
        if key in ("properties", "patternProperties") and rest:
            name, rest = f"{name}.{rest[0]}", rest[1:]
        elif key in ("items", "prefixItems", "contains"):
            name, rest = f"{name}[]", rest[1:] if key == "prefixItems" else rest
        elif key in ("additionalProperties", "unevaluatedProperties"):
            name = f"{name}.*"
    return name or "body"
