"""Generate from documents, check what comes out, and print a markdown table: documents x checks.

A document is a file, or a folder that holds one contract. Every check runs in a process of its own, so that one that
crashes or does not end is a cell too. A document that is refused with located problems is ``invalid``: that is an
answer, not a failure. Exit status: 0 when every cell is as wanted, 1 when not, 2 could not run.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 1800  # seconds that a check may take
SHOWN = 40  # findings of one check that are printed
_BOOT = """\
from pathlib import Path
from specwright.mock.server import load
from specwright.workspace import find
workspace = find(Path("."))
load(workspace, workspace.sources())
"""
_ROOT = re.compile(r"""^(?:\{?\s*["']openapi["']|openapi)\s*:""", re.MULTILINE)
_LOCATED = re.compile(r"\S.*:\d+:\d+: ")


@dataclass(frozen=True)
class Cell:
    """What a check found: its text in the table, whether that is wanted, what is to be said below the table."""

    text: str
    good: bool = True
    findings: tuple[str, ...] = ()


Done = subprocess.CompletedProcess[str]

# --- the checks: workspace -> cell ------------------------------------------------------------------------------------


def generated(root: Path) -> Cell:
    """The contract is generated from, or refused with located problems."""
    done = _python(root, "-m", "specwright", "--root", ".", "generate")
    lines = tuple(line for line in done.stderr.splitlines() if not line.startswith("generating "))
    if done.returncode == 0:
        return Cell("ok")
    if done.returncode == 1 and lines and all(_LOCATED.match(line) for line in lines):
        return Cell("invalid", findings=tuple(line for line in lines if ": warning: " not in line))
    return Cell("FAILED", good=False, findings=_last(lines))


def imported(root: Path) -> Cell:
    """The package can be imported, and nothing warns."""
    return _silent(_python(root, "-W", "error", "-c", "import generated.api"))


def typed(root: Path) -> Cell:
    """The package is strictly typed: the number of errors."""
    cache = f"--cache-dir={root.parent / 'mypy'}"
    return _counted(_python(root, "-m", "mypy", "--strict", "--config-file=", cache, "generated"), ": error:")


def linted(root: Path) -> Cell:
    """The package is as Ruff's default rules want it: the number of violations."""
    options = ("--isolated", "--no-cache", "--output-format=concise")
    return _counted(_python(root, "-m", "ruff", "check", *options, "generated"), "generated/")


def booted(root: Path) -> Cell:
    """The application that mocks the contract can be made."""
    return _silent(_python(root, "-c", _BOOT))


def answered(root: Path) -> Cell:
    """Every operation answers valid requests as the contract says: how many of how many that can have one."""
    done = _python(root, "-m", "scripts.corpus.answers")
    if done.returncode not in (0, 1) or not done.stdout:
        return Cell("FAILED", good=False, findings=_last(done.stderr.splitlines()))
    result = json.loads(done.stdout)
    faults: dict[str, list[str]] = result["faults"]
    findings = tuple(f"{name.removeprefix('api ')}: {fault}" for name, found in faults.items() for fault in found)
    impossible = f", {result['impossible']} impossible" if result["impossible"] else ""
    return Cell(f"{result['operations'] - len(faults)}/{result['operations']}{impossible}", not faults, findings)


CHECKS: dict[str, Callable[[Path], Cell]] = {
    "generate": generated,
    "import": imported,
    "mypy": typed,
    "ruff": linted,
    "create_app": booted,
    "operations": answered,
}


def _python(root: Path, *arguments: str) -> Done:
    command = [sys.executable, *arguments]
    project = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": project}
    try:
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Done(command, -1, "", f"no end after {LIMIT} seconds")


def _silent(done: Done) -> Cell:
    return Cell("ok") if done.returncode == 0 else Cell("FAILED", good=False, findings=_last(done.stderr.splitlines()))


def _counted(done: Done, mark: str) -> Cell:
    found = tuple(line for line in done.stdout.splitlines() if mark in line)
    if done.returncode and not found:
        return Cell("FAILED", good=False, findings=_last((done.stdout + done.stderr).splitlines()))
    return Cell(str(len(found)), not found, found)


def _last(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(lines[-12:]) or ("it said nothing",)


# --- a workspace for each document ------------------------------------------------------------------------------------


def contract_of(document: Path) -> Path:
    """Return the contract that ``document`` is or holds; raises ValueError."""
    if document.is_file():
        return document
    files = sorted(file for file in document.rglob("*") if file.suffix in (".yaml", ".yml", ".json"))
    found = [file for file in files if _ROOT.search(file.read_text(encoding="utf-8-sig", errors="replace"))]
    found = [file for file in found if file.stem == "openapi"] or found
    if len(found) != 1:
        raise ValueError(f"{document} is no file and holds {len(found)} contracts")
    return found[0]


def settle(document: Path, root: Path) -> int:
    """Make ``root`` a workspace with this document alone, and return its size in bytes."""
    contract = contract_of(document)
    folder = contract.parent
    files = [contract] if document.is_file() else [file for file in folder.rglob("*") if file.is_file()]
    for file in files:
        name = f"openapi{file.suffix}" if file == contract else file.relative_to(folder)
        copy = root / "specs" / "api" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    return sum(file.stat().st_size for file in files)


# --- the table --------------------------------------------------------------------------------------------------------


def row(name: str, size: int, root: Path) -> dict[str, Cell]:
    """Run every check of one document; nothing more after one without which there is no package."""
    cells: dict[str, Cell] = {}
    seconds = []
    for check, run in CHECKS.items():
        start = time.perf_counter()
        if cells.keys() and not (root / "generated").is_dir():
            cells[check] = Cell("-")
        else:
            cells[check] = run(root)
            seconds.append(time.perf_counter() - start)
    each = " + ".join(f"{spent:.1f}" for spent in seconds)
    first = {"document": Cell(name), "KiB": Cell(f"{size / 1024:.0f}"), "schemas": Cell(_schemas(root))}
    return {**first, **cells, f"seconds ({' + '.join(CHECKS)})": Cell(f"{each} = {sum(seconds):.1f}")}


def _schemas(root: Path) -> str:
    bundled = root / "generated" / "api" / "openapi.json"
    if not bundled.is_file():
        return "-"
    return str(len(json.loads(bundled.read_bytes()).get("components", {}).get("schemas", {})))


def line(texts: Sequence[str]) -> str:
    """Return one row in markdown."""
    return f"| {' | '.join(texts)} |"


def table(documents: Sequence[Path], folder: Path) -> list[dict[str, Cell]]:
    """Print every row as it is ready."""
    common = os.path.commonpath([document.resolve().parent for document in documents])
    rows: list[dict[str, Cell]] = []
    for index, document in enumerate(documents):
        root = folder / str(index)
        cells = row(os.path.relpath(document.resolve(), common), settle(document, root), root)
        if not rows:
            print(line(list(cells)), line(["---"] * len(cells)), sep="\n")
        print(line([cell.text for cell in cells.values()]), flush=True)
        rows.append(cells)
    return rows


def details(rows: Sequence[dict[str, Cell]]) -> None:
    """Print what the checks found, so far as it is short."""
    for cells in rows:
        for check, cell in cells.items():
            if cell.findings:
                print(f"\n## {cells['document'].text}: {check} {cell.text}\n")
                print("\n".join(f"- {finding}" for finding in cell.findings[:SHOWN]))
            if len(cell.findings) > SHOWN:
                print(f"- and {len(cell.findings) - SHOWN} more")


def main() -> int:
    """Check the documents that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="+", type=Path, metavar="DOCUMENT")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder to leave the workspaces in, by number")
    options = parser.parse_args()
    try:
        if options.keep:
            options.keep.mkdir(parents=True)
        for document in options.documents:
            contract_of(document)
    except (OSError, ValueError) as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        rows = table(options.documents, (options.keep or Path(temporary)).resolve())
    details(rows)
    return int(not all(cell.good for cells in rows for cell in cells.values()))


if __name__ == "__main__":
    sys.exit(main())
