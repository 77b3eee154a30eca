"""What several test modules share: an option, a workspace of text files, the same examples on every run."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from specwright.spec import read

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

GOLDEN = Path(__file__).parent / "golden"
MakeWorkspace = Callable[[Mapping[str, str]], Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files of tests/golden")


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Return a function that writes {path below specs/: text} and returns the workspace's root."""

    def make(files: Mapping[str, str]) -> Path:
        for path, text in files.items():
            file = tmp_path / "specs" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    return make


@cache
def golden_contracts() -> dict[str, Any]:
    """Return the contract, bundled and in OpenAPI 3.1, of every golden case that makes a package."""
    cases = sorted(generated.parents[1] for generated in GOLDEN.glob("*/expected/generated"))
    return {case.name: read(next(case.glob(f"specs/{case.name}/openapi.*")), case).value for case in cases}
