"""Breaks that the author of a contract means: ``x-specwright-accepted``.

    x-specwright-accepted:
      - {break: request-required-added, why: every client was told in March}

It stands in the new contract at what breaks or above it; at the top, for what is gone, with an ``at`` that names a
pointer or an operation like ``GET /pets``. It lets one change pass: once that is on the branch that is compared with,
it has done its work.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from specwright.errors import Problem
from specwright.gate.breaking.change import Change, Verdict
from specwright.spec.document import Document
from specwright.spec.pointer import unescape
from specwright.spec.structure import METHODS

KEY = "x-specwright-accepted"
_ACCEPTABLE = frozenset({Verdict.BREAKING, Verdict.UNDECIDED, Verdict.WARNING})


@dataclass(frozen=True)
class Acceptance:
    """One break that is meant: the object that says so, the rule, what ``at`` narrows it to, why."""

    owner: str
    pointer: str
    rule: str
    at: str
    why: str

    def covers(self, change: Change) -> bool:
        """Tell whether ``change`` is meant, for every operation that it is about."""
        if change.rule != self.rule or change.verdict not in _ACCEPTABLE:
            return False
        if self.owner and not (_is_below(change.new, self.owner) or _is_only(change, _operation(self.owner))):
            return False
        places = (change.new, change.old)
        return not self.at or _is_only(change, self.at) or any(_is_below(place, self.at) for place in places)


def acceptances(document: Document) -> list[Acceptance]:
    """Return what ``document`` accepts; items that are not as they should be have an empty rule."""
    return [
        Acceptance(owner, f"{owner}/{KEY}/{index}", *_said(item))
        for owner, _, node in document.objects
        if KEY in node
        for index, item in enumerate(node[KEY] if isinstance(node[KEY], list) else [node[KEY]])
    ]


def problems(new: Document, old: Document, used: Iterable[Acceptance]) -> Iterator[Problem]:
    """Yield what is wrong with the acceptances of ``new``: no reason, no break, or one that was accepted before."""
    before, done = {_without_place(item) for item in acceptances(old)}, set(used)
    for item in acceptances(new):
        if not item.rule:
            text = f"an item of {KEY} is {{break: RULE, why: REASON}}, and may have at: POINTER or OPERATION"
        elif not item.why.strip():
            text = f"{item.rule} is accepted without a reason: say why"
        elif not item.owner and not item.at:
            text = f"{item.rule} is accepted for the whole contract: say at which pointer or operation"
        elif item in done:
            continue
        elif _without_place(item) in before:
            text = f"{item.rule} was accepted before, and is done: remove it"
            yield replace(new.problem(item.pointer, text, "accepted-done"), severity="warning")
            continue
        else:
            text = f"{item.rule} is accepted, but there is no such break here: remove it"
        yield new.problem(item.pointer, text, "accepted-nothing" if item.rule and item.why.strip() else "accepted")


def usable(new: Document, old: Document) -> list[Acceptance]:
    """Return the acceptances of ``new`` that count: they say why, and are not in ``old`` already."""
    before = {_without_place(item) for item in acceptances(old)}
    found = [item for item in acceptances(new) if item.rule and item.why.strip() and (item.owner or item.at)]
    return [item for item in found if _without_place(item) not in before]


def _said(item: Any) -> tuple[str, str, str]:
    fields = item if isinstance(item, dict) and item.keys() <= {"break", "at", "why"} else {}
    found = [fields.get(key, "") for key in ("break", "at", "why")]
    return (
        (str(found[0]), str(found[1]), str(found[2] or "")) if all(isinstance(x, str) for x in found) else ("", "", "")
    )


def _without_place(item: Acceptance) -> tuple[str, ...]:
    return item.owner, item.rule, item.at, item.why


def _is_below(place: str, owner: str) -> bool:
    return place == owner or place.startswith(f"{owner.rstrip('/')}/")


def _is_only(change: Change, operation: str) -> bool:
    return bool(operation) and set(change.operations) == {operation}


def _operation(pointer: str) -> str:
    tokens = [unescape(token) for token in pointer.split("/")[1:]]
    is_operation = len(tokens) == 3 and tokens[0] == "paths" and tokens[2] in METHODS
    return f"{tokens[2].upper()} {tokens[1]}" if is_operation else ""
