"""``specwright breaking``: say which changes of the contracts break those who use them."""

import argparse
import json
import sys
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from specwright.cli.arguments import Verbs, sources_of
from specwright.cli.screen import complain, count
from specwright.workspace import find

if TYPE_CHECKING:
    from specwright.gate.breaking.gate import Finding, Outcome

_EXAMPLES = """\
examples:
  specwright breaking                           against the main branch
  specwright breaking nexhealth --against v1.2  one API, against a tag
  specwright breaking --against ../released     against the contracts in a folder
  specwright breaking --all --format json       what breaks nothing, too
"""
_FORMATS = ("text", "json", "sarif", "github", "junit")
_SHOWN = 3  # operations of one change


def add(verbs: Verbs) -> None:
    """Add the verb."""
    breaking = verbs.add_parser(
        "breaking",
        help="say which changes of the contracts break clients",
        description="Compare contracts with what they were; exit 1 when a change breaks clients, or may.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    breaking.add_argument("apis", nargs="*", metavar="API", help="names of folders in specs/ (default: all)")
    breaking.add_argument("--against", metavar="REF|DIR", help="a git ref or a folder (default: the main branch)")
    breaking.add_argument("--all", action="store_true", help="tell changes that break nothing, and documentation, too")
    breaking.add_argument("--format", choices=_FORMATS, default="text", help="(default: %(default)s)")
    breaking.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from specwright.gate.breaking.gate import outcomes
    from specwright.gate.breaking.revision import revision

    workspace = find(options.root)
    sources_of(workspace)
    with revision(workspace, options.against) as before:
        found = list(outcomes(workspace, workspace.sources(options.apis), before))
        _print(found, options, before.name)
    return int(any(outcome.fails for outcome in found))


def _print(found: "list[Outcome]", options: argparse.Namespace, against: str) -> None:
    from specwright.gate.breaking.gate import as_json, report, shown
    from specwright.gate.formats import FORMATS

    told = [outcome if options.all else shown(outcome) for outcome in found]
    if options.format == "text":
        _print_text(told, against)
    elif options.format == "json":
        print(json.dumps({"against": against, "apis": [as_json(outcome) for outcome in told]}, indent=2))
    else:
        sys.stdout.write(FORMATS[options.format](report(found)))


def _print_text(found: "list[Outcome]", against: str) -> None:
    for outcome in found:
        for verdict, findings in groupby(outcome.findings, key=_heading):
            print(f"{outcome.api}: {verdict}")
            for finding in findings:
                _print_finding(finding)
        complain(outcome.problems)
    total = Counter(_heading(finding) for outcome in found for finding in outcome.findings)
    told = ", ".join(f"{number} {verdict}" for verdict, number in total.items())
    print(f"{count(len(found), 'API')} against {against}: {told or 'nothing breaks'}")


def _heading(finding: "Finding") -> str:
    return "accepted" if finding.accepted else finding.change.verdict.value


def _print_finding(finding: "Finding") -> None:
    change, new, old = finding.change, finding.new, finding.old
    print(f"  {new.path}:{new.line}:{new.column}: {change.message} [{change.rule}]")
    operations = ", ".join(change.operations[:_SHOWN])
    more = len(change.operations) - _SHOWN
    where = operations + (f" and {more} more" if more > 0 else "")
    print(f"      {f'{where}; ' if where else ''}was {old.path}:{old.line}:{old.column}")
    if finding.accepted:
        print(f"      accepted: {finding.accepted}")
