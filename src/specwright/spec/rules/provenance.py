"""Rules of provenance marks: where a fact comes from."""

from collections.abc import Iterator
from typing import Any

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.near import did_you_mean
from specwright.spec.pointer import mapping, walk

_BASES = ("stated", "corrected", "inferred")


def marks_are_complete(document: Document) -> Iterator[Problem]:
    """Every x-provenance mark has a basis, a known source and a reason."""
    sources = mapping(document.value, "info", "x-sources")
    for pointer, node in walk(document.value):
        if isinstance(node, dict) and "x-provenance" in node:
            place = f"{pointer}/x-provenance"
            for message in _mark_faults(node["x-provenance"], sources):
                yield document.problem(place, message, "provenance")


def _mark_faults(mark: Any, sources: dict[str, Any]) -> Iterator[str]:
    if not isinstance(mark, dict):
        yield "x-provenance must be {basis, source, why}"
        return
    if mark.get("basis") not in _BASES:
        yield f"basis of the mark must be one of {', '.join(_BASES)}, not {mark.get('basis')!r}"
    if not isinstance(mark.get("source"), str) or mark["source"] not in sources:
        hint = did_you_mean(str(mark.get("source")), sources, ": add it to info.x-sources")
        yield f"source of the mark {mark.get('source')!r} is not known{hint}"
    if not isinstance(mark.get("why"), str) or not mark["why"].strip():
        yield "the mark gives no reason: say why in one sentence"
