"""What several test modules share: an option, a workspace of text files, the same examples on every run."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import postgresql
import pytest
from gated import Gated
from hypothesis import settings

from specwright.cli import main
from specwright.spec.read import read

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

GOLDEN = Path(__file__).parent / "golden"
MakeWorkspace = Callable[[Mapping[str, str]], Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected files of tests/golden")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Return the URL of a PostgreSQL server that the tests started."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgresql.server())
        except postgresql.NoServer as error:
            pytest.skip(str(error))
        yield url


@pytest.fixture(params=["temporary", "sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty store; tests of several processes parametrize it with those they can share."""
    if request.param == "temporary":
        yield "sqlite://"
    elif request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
    else:
        with postgresql.database(request.getfixturevalue("postgresql_server")) as url:
            yield url


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


@pytest.fixture
def gated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gated:
    """Return a workspace with one contract, in which nothing is wrong yet."""
    monkeypatch.chdir(tmp_path)
    workspace = Gated(tmp_path, capsys)
    workspace.contract()
    return workspace


@cache
def golden_contracts() -> dict[str, Any]:
    """Return the contract, bundled and in OpenAPI 3.1, of every golden case that makes a package."""
    cases = sorted(generated.parents[1] for generated in GOLDEN.glob("*/expected/generated"))
    return {case.name: read(next(case.glob(f"specs/{case.name}/openapi.*")), case).value for case in cases}


def generated(root: Path, name: str, contract: Any) -> ModuleType:
    """Return the package that is generated from ``contract`` in the empty folder ``root``, imported as ``name``."""
    (root / "specs" / name).mkdir(parents=True)
    (root / "specs" / name / "openapi.json").write_text(json.dumps(contract), encoding="utf-8")
    return imported(root, name)


def imported(root: Path, name: str) -> ModuleType:
    """Return the package ``name`` that is generated from the contract in the workspace ``root``, imported as ``name``."""
    assert main(["--root", str(root), "generate"]) == 0
    for known in [known for known in sys.modules if known.startswith(f"{name}.")]:
        del sys.modules[known]  # of another package of that name
    spec = importlib.util.spec_from_file_location(name, root / "generated" / name / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    package = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package
