"""Time ``specwright validate`` beside openapi-spec-validator's own command and Redocly's, on the same files."""

import argparse
import platform
import shlex
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from scripts.bench.goals import at_least, at_most, line
from scripts.bench.install import ROOT, Failed, install_node, say
from scripts.bench.process import divided, pin
from scripts.bench.table import table
from scripts.bench.tools import OURS, Command, Cost, run

PARTNERS = "specs/"
_REDOCLY = "@redocly/cli@2.77.0"
_TIMEOUT = 300.0
_OSV, _LINT = f"openapi-spec-validator {version('openapi-spec-validator')}", f"Redocly {_REDOCLY.rpartition('@')[2]}"


@dataclass
class _Row:
    """A tool on one set of files: what it took, or why it has nothing to show."""

    task: str
    tool: str
    command: tuple[str, ...]
    costs: list[Cost] = field(default_factory=list)
    failure: str = ""

    def median(self, quantity: str) -> float:
        return float(statistics.median(getattr(cost, quantity) for cost in self.costs)) if self.costs else 0.0


def main(arguments: Sequence[str]) -> int:
    """Install, measure by turns, print; the exit status is 1 when Specwright itself failed."""
    options = _options(arguments)
    pin(divided().client)
    tasks = {
        PARTNERS: sorted((ROOT / "specs").glob("*/openapi.yaml")),
        **{path.stem: [path] for path in options.documents},
    }
    redocly = install_node(_REDOCLY)
    rows = [row for name, files in tasks.items() for row in _rows(name, files, redocly)]
    for number in range(options.runs):
        for row in rows:
            _measure(row)
        say(f"round {number + 1} of {options.runs}")
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    print(f"Medians of {options.runs} runs on one core; {system}. Ratio: to Specwright's time.\n")
    print(table(("files", "tool", "s", "ratio", "peak MB", "note"), [_cells(row, rows) for row in rows]))
    print(table(("goal", "measured", "reached"), list(_verdicts(rows))))
    return 1 if any(row.failure for row in rows if row.tool == OURS) else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench validate", description=__doc__)
    parser.add_argument("documents", nargs="*", type=Path, metavar="DOCUMENT", help="OpenAPI files, besides specs/")
    parser.add_argument("--runs", type=int, default=3, help="medians of how many (default: %(default)s)")
    return parser.parse_args(arguments)


def _rows(task: str, files: Sequence[Path], redocly: Path | str) -> Iterator[_Row]:
    names = [str(path.resolve()) for path in files]
    programs = Path(sys.executable).parent
    yield _Row(task, OURS, (str(programs / OURS), "validate", "--quiet", *names))
    yield _Row(task, _OSV, (str(programs / "openapi-spec-validator"), *names))
    if isinstance(redocly, str):
        yield _Row(task, _LINT, (), failure=redocly)
    else:
        yield _Row(task, _LINT, (str(redocly / ".bin" / "redocly"), "lint", "--format", "summary", *names))


def _measure(row: _Row) -> None:
    if row.failure:
        return
    # A status of 1 says that something was found, which is no failure.
    command = ("sh", "-c", f"{shlex.join(row.command)} || [ $? -eq 1 ]")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            row.costs.append(run(Command(command, Path(folder)), _TIMEOUT)[0])
        except Failed as failure:
            row.failure = str(failure)


def _cells(row: _Row, rows: Sequence[_Row]) -> list[str]:
    if row.failure:
        return [row.task, row.tool, "", "", "", f"failed: {row.failure}"]
    ours = next(other for other in rows if other.task == row.task and other.tool == OURS)
    ratio = f"{row.median('seconds') / ours.median('seconds'):.1f}" if ours.costs else ""
    return [row.task, row.tool, f"{row.median('seconds'):.2f}", ratio, f"{row.median('megabytes'):.0f}", ""]


def _verdicts(rows: Sequence[_Row]) -> Iterator[list[str]]:
    by_tool: Mapping[str, dict[str, _Row]] = {
        tool: {row.task: row for row in rows if row.tool == tool} for tool in (OURS, _OSV, _LINT)
    }
    ours = by_tool[OURS]
    for tool, bound in ((_OSV, 2.0), (_LINT, 1.0)):
        peers = by_tool[tool]
        ratios = {
            task: peers[task].median("seconds") / row.median("seconds") if peers[task].costs and row.costs else None
            for task, row in ours.items()
        }
        yield line(f"at least {bound:g} times faster than {tool}", ratios, "{:.1f}", at_least(bound))
    partners = {PARTNERS: ours[PARTNERS].median("seconds") or None}
    yield line("the partners in at most 0.5 s", partners, "{:.2f} s", at_most(0.5))
    large = {task: row.median("seconds") or None for task, row in ours.items() if task != PARTNERS}
    if large:
        yield line("a document of 3 MB in at most 1.5 s", large, "{:.2f} s", at_most(1.5))
    memory = {task: row.median("megabytes") or None for task, row in ours.items()}
    yield line("at most 300 MB", memory, "{:.0f} MB", at_most(300))
