"""What Connexion as it comes does not enforce shows in one run, each hole with its name."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BODY = "body application/json"
# Those that are known, of 3.0 documents and the libraries that are installed here.
KNOWN = [
    *(f"createFormats {BODY} /{name} format: accepted though wrong (200)" for name in ("date", "time", "uuid", "uri")),
    f"createFormats {BODY} /duration format: accepted though wrong (200)",
    "getFormat path /uuid format: accepted though wrong (200)",
    f"createNumbers {BODY} /int32 format: accepted though wrong (200)",
    f"createNumbers {BODY} /integer type: refused though right (400)",  # 1.0, which is an integer
    "listNumbers query /one enum: failed (500)",
    "listCompositions query /oneOf oneOf: failed (500)",
]


@pytest.fixture(scope="module")
def holes() -> list[str]:
    command = [sys.executable, "-m", "scripts.holes"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("hole", KNOWN)
def test_known_hole_is_named(holes: list[str], hole: str) -> None:
    assert hole in holes


def test_what_is_enforced_is_no_hole(holes: list[str]) -> None:
    assert not [line for line in holes if line.startswith(f"createNumbers {BODY} /integer m")]
    assert holes[-1] == f"{len(holes) - 1} holes in {holes[-1].split()[-2]} cases"
