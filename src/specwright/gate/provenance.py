"""Where the facts of a contract come from: what its x-provenance marks say, counted and listed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from specwright.gate.ignores import problem_at
from specwright.spec.document import Document
from specwright.spec.pointer import walk

KEY = "x-provenance"
BASES = ("stated", "corrected", "inferred")
# What a mark may stand on; more is counted where it carries one.
_PARTS = ("operation", "parameter", "requestBody", "response", "header", "schema", "securityScheme")


@dataclass(frozen=True, order=True)
class Mark:
    """One x-provenance mark: where it stands, and what it says."""

    path: str
    line: int
    column: int
    pointer: str
    basis: str
    source: str
    why: str


@dataclass(frozen=True)
class Provenance:
    """What the marks of one contract say: of its ``parts``, the ``unmarked`` ones are stated by the page."""

    name: str
    parts: int
    marks: tuple[Mark, ...]
    # Label -> what info.x-sources says of it.
    labels: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unmarked(self) -> int:
        """How many parts carry no mark."""
        return self.parts - len(self.marks)

    @property
    def bases(self) -> Mapping[str, int]:
        """How many marks have each basis."""
        counted = Counter(mark.basis for mark in self.marks)
        return {basis: counted[basis] for basis in (*BASES, *sorted(counted.keys() - set(BASES)))}

    @property
    def sources(self) -> Mapping[str, int]:
        """How many marks name each source: those of info.x-sources in its order, then others."""
        counted = Counter(mark.source for mark in self.marks)
        return {label: counted[label] for label in dict.fromkeys((*self.labels, *sorted(counted)))}


def provenance(name: str, document: Document) -> Provenance:
    """Return what the marks of the bundled ``document`` say, each counted once however often it is referred to."""
    marks = {(mark.path, mark.pointer): mark for mark in _marks(document)}
    origins = (document.origin(pointer) for pointer, kind, node in document.objects if _is_part(kind, node))
    parts = {(origin.path, pointer) for origin, pointer in origins}
    return Provenance(name, len(parts | marks.keys()), tuple(sorted(marks.values())), _labels(document.value))


def _marks(document: Document) -> Iterator[Mark]:
    for pointer, node in walk(document.value):
        if isinstance(node, dict) and KEY in node:
            mark = node[KEY] if isinstance(node[KEY], dict) else {}
            place = problem_at(document, f"{pointer}/{KEY}", "", "")
            said = (str(mark.get(key, "")) for key in ("basis", "source", "why"))
            yield Mark(place.path, place.line, place.column, place.pointer.removesuffix(f"/{KEY}"), *said)


def _is_part(kind: str, node: dict[str, Any]) -> bool:
    return kind in _PARTS and set(node) != {"$ref"}


def _labels(value: Any) -> Mapping[str, Any]:
    info = value.get("info") if isinstance(value, dict) else None
    labels = info.get("x-sources") if isinstance(info, dict) else None
    return labels if isinstance(labels, dict) else {}
