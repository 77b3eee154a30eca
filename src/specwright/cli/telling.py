"""Tell a report of the gate: text on the screen, other formats on standard output, any format in a file."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specwright.gate.report import Report


@dataclass(frozen=True)
class Telling:
    """How a report is told: in which format, into which file, how much of it; excerpts are for terminals unless asked."""

    format: str = "text"
    output: Path | None = None
    is_quiet: bool = False
    has_excerpts: bool | None = None


def tell(report: "Report", how: Telling) -> None:
    """Write ``report`` as ``how`` says; with a file the text goes to the screen besides."""
    from specwright.gate.formats import FORMATS

    if how.output:
        how.output.write_text(FORMATS[how.format](report), encoding="utf-8")
    elif how.format != "text":
        sys.stdout.write(FORMATS[how.format](report))
        return
    sys.stderr.write(_screen(_errors(report) if how.is_quiet else report, how))


def _errors(report: "Report") -> "Report":
    findings = {
        contract: tuple(problem for problem in problems if problem.severity == "error")
        for contract, problems in report.findings.items()
    }
    return replace(report, findings=findings)


def _screen(report: "Report", how: Telling) -> str:
    from specwright.gate.formats.text import as_text, coloured, excerpts, plain

    is_terminal = sys.stderr.isatty()
    if not (is_terminal if how.has_excerpts is None else how.has_excerpts):
        return as_text(report)
    # https://no-color.org: set to anything, but not to nothing.
    has_colours = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return excerpts(report, coloured if has_colours else plain)
