"""``specwright validate``: say everything that is wrong with the contracts."""

import argparse
import gc
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from specwright.cli.arguments import Verbs
from specwright.cli.contracts import Asked, asked_contracts
from specwright.cli.screen import count
from specwright.cli.telling import Telling, tell

if TYPE_CHECKING:
    from specwright.gate.configuration import Configuration
    from specwright.gate.report import Report

_EXAMPLES = """\
examples:
  specwright validate                                    every contract in specs/
  specwright validate api/openapi.yaml --excerpt         one of them, with the lines at fault
  specwright validate --format github                    annotations in a pull request
  specwright validate --format sarif --output gate.sarif the same for code scanning
  specwright validate --write-baseline known.json        adopt the gate on an old contract,
  specwright validate --baseline known.json              then hear of what is new only
"""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    validate = verbs.add_parser(
        "validate",
        help="say everything that is wrong with the contracts",
        description="Say everything that is wrong with the contracts. Exit 0: nothing fails, 1: problems, 2: could not run.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    validate.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="contracts or folders (default: specs/)")
    told = validate.add_argument_group("how it is told")
    told.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github", "junit"),
        default="text",
        help="text goes to standard error, the others to standard output (default: %(default)s)",
    )
    told.add_argument("--output", type=Path, metavar="FILE", help="write the format there, and the text to the screen")
    told.add_argument(
        "--excerpt",
        action=argparse.BooleanOptionalAction,
        help="show the line at fault, a caret below its column (default: on a terminal)",
    )
    told.add_argument("--quiet", action="store_true", help="tell errors only: no warnings, no summary")
    what = validate.add_argument_group("what fails")
    what.add_argument(
        "--fail-on", choices=("error", "warning"), default="error", help="from which severity (default: %(default)s)"
    )
    known = what.add_mutually_exclusive_group()
    known.add_argument("--baseline", type=Path, metavar="FILE", help="say nothing of the problems that it knows")
    known.add_argument("--write-baseline", type=Path, metavar="FILE", help="make all problems of now known")
    what.add_argument(
        "--allow-remote",
        action="append",
        default=[],
        metavar="HOST",
        help="follow https references to this host[:port]; may be given again",
    )
    validate.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from specwright.gate.configuration import configured

    gc.disable()  # what is read stays until the end: a collection would only take its time
    asked = asked_contracts(options.root, options.paths)
    report = _judged(options, asked, configured(asked.home))
    if options.write_baseline:
        from specwright.gate.baseline import baseline_of

        text = baseline_of(options.write_baseline, report.problems)
        options.write_baseline.write_text(text, encoding="utf-8")
        print(f"{options.write_baseline} knows {count(len(report.problems), 'problem')}")
        return 0
    if options.baseline:
        report = _without_known(options, asked, report)
    tell(report, Telling(options.format, options.output, is_quiet=options.quiet, has_excerpts=options.excerpt))
    if not options.quiet and (options.output or options.format == "text"):
        print(_summary(asked, report))
    return 1 if report.failures else 0


def _judged(options: argparse.Namespace, asked: Asked, configuration: "Configuration") -> "Report":
    from specwright.gate.judge import Gate
    from specwright.gate.report import Report, once
    from specwright.spec.load import display

    gate = Gate(configuration, frozenset(map(str.lower, options.allow_remote)))
    found = {configuration.path: list(configuration.problems)} if configuration.problems else {}
    found |= {display(path): gate.judge(path, root) for path, root in {**asked.contracts, **asked.shared}.items()}
    return Report(once(found), configuration.rules, options.fail_on)


def _without_known(options: argparse.Namespace, asked: Asked, report: "Report") -> "Report":
    """Return ``report`` without the problems that the baseline knows; say how many of those are gone."""
    from specwright.gate.baseline import read_baseline
    from specwright.spec.load import display

    left = read_baseline(options.baseline)
    findings = {}
    for contract, problems in report.findings.items():
        found, left = left.unknown(problems)
        findings[contract] = tuple(found)
    gone = left.below(map(display, asked.contracts)) if options.paths else left.entries.total()
    if gone and not options.quiet:
        are = "is" if gone == 1 else "are"
        said = f"{count(gone, 'entry', 'entries')} of {options.baseline} {are} gone"
        print(f"specwright: {said}: write it anew with --write-baseline {options.baseline}", file=sys.stderr)
    return replace(report, findings=findings)


def _summary(asked: Asked, report: "Report") -> str:
    errors = sum(problem.severity == "error" for problem in report.problems)
    warnings = len(report.problems) - errors
    numbers = [count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    if report.failures:
        return f"{' and '.join(numbers)} in {count(len(asked.contracts), 'contract')}"
    return ", ".join([f"{count(len(asked.contracts), 'contract')} valid", *numbers])
