"""``specwright sources``: how much of the contracts is stated, corrected, inferred, and by what source."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from specwright.cli.arguments import Verbs, sources_of
from specwright.errors import one_line
from specwright.workspace import find

if TYPE_CHECKING:
    from specwright.gate.provenance import Mark, Provenance

_HEADS = ("API", "parts", "unmarked", "stated", "corrected", "inferred", "marks by source")


def add(verbs: Verbs) -> None:
    """Add the verb."""
    sources = verbs.add_parser(
        "sources",
        help="say how much of the contracts is stated, corrected or inferred, and by what source",
        description="Count the x-provenance marks. Parts are operations, parameters, bodies, responses, headers, "
        "schemas and security schemes; the unmarked ones are stated by the page that the contract was written from.",
    )
    sources.add_argument("apis", nargs="*", metavar="API", help="names of folders in specs/ (default: all)")
    sources.add_argument("--list", action="store_true", help="list every mark with its place")
    sources.add_argument("--format", choices=("text", "json"), default="text", help="(default: %(default)s)")
    sources.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from specwright.gate.provenance import provenance
    from specwright.spec.read import bundled

    workspace = find(options.root)
    sources_of(workspace)
    found = [
        provenance(source.name, bundled(source.contract, workspace.root)) for source in workspace.sources(options.apis)
    ]
    if options.format == "json":
        print(json.dumps({"version": 1, "apis": [_as_json(api) for api in found]}, indent=2, ensure_ascii=False))
    elif options.list:
        print("\n".join(_listed(mark) for api in found for mark in api.marks))
    else:
        print(_table(found))
    return 0


def _as_json(api: "Provenance") -> dict[str, Any]:
    return {
        "name": api.name,
        "parts": api.parts,
        "unmarked": api.unmarked,
        "bases": api.bases,
        "sources": {label: {"marks": number, "says": api.labels.get(label)} for label, number in api.sources.items()},
        "marks": [vars(mark) for mark in api.marks],
    }


def _listed(mark: "Mark") -> str:
    said = f"{mark.path}:{mark.line}:{mark.column}: {mark.basis} ({mark.source}): {' '.join(mark.why.split())}"
    return one_line(said)


def _table(found: "Sequence[Provenance]") -> str:
    rows = [_HEADS, *(_row(api) for api in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    return "\n".join(_aligned(row, widths) for row in rows)


def _row(api: "Provenance") -> tuple[str, ...]:
    bases = [api.bases[basis] for basis in ("stated", "corrected", "inferred")]
    named = ", ".join(f"{label} {number}" for label, number in api.sources.items() if number)
    return api.name, *(str(number) for number in (api.parts, api.unmarked, *bases)), one_line(named) or "-"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return a row with its numbers to the right and its texts to the left."""
    numbers = [f"{text:>{width}}" for text, width in zip(row[1:-1], widths[1:-1], strict=True)]
    return "  ".join([f"{row[0]:<{widths[0]}}", *numbers, row[-1]])
