"""The peers are no dependencies of the project: each is installed, pinned, into a folder of its own below .bench/."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".bench"
_LOG = "A complete log of this run"  # npm says last where it is


class Failed(Exception):
    """Why a tool has nothing to show."""


def install(*requirements: str) -> Path | str:
    """Return the folder of the programs of Python packages, or why there is none; the first names the folder."""
    folder = CACHE / requirements[0].replace("==", "-")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = ([sys.executable, "-m", "venv", "--clear", str(folder)], [*pip, *requirements])
    return _made(folder, requirements, steps) or folder / "bin"


def install_node(package: str) -> Path | str:
    """Return the folder that npm put a package and what it needs into, or why there is none."""
    folder = CACHE / package.replace("/", "-")
    npm = shutil.which("npm")
    if npm is None:
        return "not installed: npm is not on PATH"
    step = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel", "error", package]
    return _made(folder, (package,), (step,)) or folder / "node_modules"


def _made(folder: Path, requirements: Sequence[str], steps: Sequence[Sequence[str]]) -> str:
    """Take the steps unless they were taken for the same requirements; return what went wrong, empty if nothing did."""
    ready, wanted = folder / "ready", "\n".join(requirements)
    if ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
        return ""
    say(f"installing {requirements[0]}")
    shutil.rmtree(folder, ignore_errors=True)
    for step in steps:
        done = subprocess.run(step, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            return f"not installed: {reason(done.stdout + done.stderr, folder)}"
    ready.write_text(wanted, encoding="utf-8")
    return ""


def reason(output: str, folder: Path) -> str:
    """Return the last line that is no part of a traceback: Python, Java, pip and npm all end with the cause."""
    lines = [line for line in output.splitlines() if line.strip() and not line[0].isspace() and _LOG not in line]
    text = lines[-1].replace(f"{folder}/", "").replace("|", "/") if lines else "without a word"
    return text if len(text) <= 120 else f"{text[:117]}..."


def say(progress: str) -> None:
    """Tell whoever waits."""
    print(f"bench: {progress}", file=sys.stderr, flush=True)
