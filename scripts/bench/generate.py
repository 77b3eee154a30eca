"""Time ``specwright generate`` against its peers: wall clock, processor time, peak memory; pinned to one core.

The peers are no dependencies of the project: each is installed, pinned, into an environment of its own below .bench/.
A peer that cannot be installed, or fails on a document, is a row that says why.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from scripts.bench.install import install, say
from scripts.bench.table import table
from scripts.bench.tasks import PARTNERS, Bench, Row
from scripts.bench.tools import FASTAPI, MODELS, OURS, SERVERS


@dataclass(frozen=True)
class Goal:
    """For every task like ``task``: at most ``bound`` seconds, or ``bound`` times faster than the fastest ``peer``."""

    task: str
    bound: float
    peer: str = ""


GOALS = (
    Goal("document github", 2.0),
    Goal("document stripe", 4.0),
    Goal("document *", 2.0, "OpenAPI Generator"),
    Goal("document *", 2.0, "datamodel-code-generator, default"),
    Goal(PARTNERS, 1.2),
    Goal(PARTNERS, 5.0, "OpenAPI Generator"),
    Goal("nothing changed: *", 0.15),
)
MEGABYTES = 600.0


def main(arguments: Sequence[str]) -> int:
    """Install, measure, print; the exit status is 1 when Specwright itself failed at a task."""
    options = _options(arguments)
    documents = {_name(path): path.resolve() for path in options.documents}
    peers = {requirement: install(requirement) for requirement in (MODELS, SERVERS, FASTAPI)}
    _pin(options.cores)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        bench = Bench(Path(scratch), peers, options.cores, options.timeout)
        rows = [row for group in bench.groups(documents) for row in bench.measured(group, options.runs)]
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    print(f"Medians of {options.runs} runs on {options.cores} core(s); {system}. Ratio: to Specwright's time.\n")
    print(table(("task", "tool", "s", "CPU s", "ratio", "peak MB", "note"), [_cells(row, rows) for row in rows]))
    print(table(("goal", "measured", "verdict"), list(_verdicts(rows))))
    return 1 if any(row.tool == OURS and row.failure for row in rows) else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench generate", description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("documents", nargs="*", type=Path, metavar="DOCUMENT", help="OpenAPI files, besides specs/")
    parser.add_argument("--runs", type=int, default=3, help="medians of how many (default: %(default)s)")
    parser.add_argument("--cores", type=int, default=1, help="how many cores a tool may use (default: %(default)s)")
    parser.add_argument(
        "--timeout", type=float, default=300.0, help="seconds a command may take (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    for path in options.documents:
        if not path.is_file():
            parser.error(f"no such file: {path}")
    names = [_name(path) for path in options.documents]
    if len(set(names)) < len(names):
        parser.error(f"two documents have one name: {', '.join(sorted(names))}")
    if options.runs < 1 or options.cores < 1:
        parser.error("--runs and --cores start at 1")
    return options


def _name(document: Path) -> str:
    path = document.resolve()
    return path.parent.name if path.stem == "openapi" else path.stem


def _pin(cores: int) -> None:
    """Let this process, and so all that it starts, use the last ``cores`` cores only, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    else:
        say("this system cannot pin processes to cores")


def _cells(row: Row, rows: list[Row]) -> list[str]:
    if row.failure:
        return [row.task, row.tool, "", "", "", "", f"failed: {row.failure}"]
    ours = _fastest(rows, row.task, OURS)
    ratio = f"{row.median('seconds') / ours.median('seconds'):.1f}" if ours else ""
    figures = [f"{row.median('seconds'):.2f}", f"{row.median('processor'):.2f}", ratio]
    return [row.task, row.tool, *figures, f"{row.median('megabytes'):.0f}", _disturbed(row)]


def _disturbed(row: Row) -> str:
    """Say so when a tool waited, for other programs or the disk: its wall clock then tells little of it."""
    share = row.median("processor") / row.median("seconds")
    return f"had a core {share:.0%} of the time" if share < 0.9 else ""


def _fastest(rows: list[Row], task: str, tool: str) -> Row | None:
    """Return the fastest row of the task whose tool's name starts so; None when none got to the end."""
    done = [row for row in rows if row.task == task and row.tool.startswith(tool) and not row.failure]
    return min(done, key=lambda row: row.median("seconds"), default=None)


def _verdicts(rows: list[Row]) -> Iterator[list[str]]:
    for goal in GOALS:
        tasks = list(dict.fromkeys(row.task for row in rows if fnmatchcase(row.task, goal.task)))
        yield from (_verdict(goal, task, rows) for task in tasks)
        if not tasks:
            yield [_wording(goal, goal.task), "not measured", ""]
    peaks = [row.median("megabytes") for row in rows if row.tool == OURS and not row.failure]
    peak = max(peaks, default=0.0)
    yield [f"at most {MEGABYTES:.0f} MB at any task", f"{peak:.0f} MB", _met(peak <= MEGABYTES)]


def _verdict(goal: Goal, task: str, rows: list[Row]) -> list[str]:
    wording, ours = _wording(goal, task), _fastest(rows, task, OURS)
    if not ours:
        return [wording, f"{OURS} failed", _met(False)]
    seconds = ours.median("seconds")
    if not goal.peer:
        return [wording, f"{seconds:.2f} s", _met(seconds <= goal.bound)]
    peer = _fastest(rows, task, goal.peer)
    if not peer:
        return [wording, "the peer failed", ""]
    ratio = peer.median("seconds") / seconds
    return [wording, f"{ratio:.1f} times ({peer.tool})", _met(ratio >= goal.bound)]


def _wording(goal: Goal, task: str) -> str:
    bound = f"{goal.bound:g} times faster than {goal.peer}" if goal.peer else f"at most {goal.bound:g} s"
    return f"{task}: {bound}"


def _met(met: bool) -> str:
    return "met" if met else "not met"
