"""A folder of tests/golden is a test: its specs/ make what its expected/ holds.

``expected/stderr.txt`` is what ``validate`` complains about: ``generate`` refuses with the same, but for the warnings.
``expected/generated`` holds the files worth reading of those that ``generate`` makes. After a change on purpose run
``make golden`` and read the diff.
"""

import shutil
from pathlib import Path

import pytest
from conftest import GOLDEN

from specwright.cli import main

CASES = sorted(specs.parent for specs in GOLDEN.glob("*/specs"))
MODULES = ("__init__.py", "handlers.py", "models.py", "server.py")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_specs_make_what_is_expected(
    case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    expected, updating = case / "expected", pytestconfig.getoption("update_golden")
    shutil.copytree(case / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)

    valid = main(["--root", ".", "validate"])
    complaints = capsys.readouterr().err
    assert updating or complaints == text(expected / "stderr.txt")

    generated = main(["--root", ".", "generate"])
    refusal = capsys.readouterr().err
    if updating:
        update(expected, complaints, tmp_path / "generated")

    assert (generated == 0) == (valid == 0)
    if generated == 0:
        assert {path: text(tmp_path / path) for path in paths(expected)} == {
            path: text(expected / path) for path in paths(expected)
        }
    else:
        assert refusal == "".join(line for line in complaints.splitlines(True) if ": warning: " not in line)
        assert not (tmp_path / "generated").exists()


def update(expected: Path, complaints: str, generated: Path) -> None:
    """Rewrite ``expected``: of the generated files those that are there already, or all modules of a new case.

    A case that shows complaints needs no generated files.
    """
    kept = paths(expected)
    shutil.rmtree(expected, ignore_errors=True)
    expected.mkdir()
    if complaints:
        (expected / "stderr.txt").write_text(complaints, encoding="utf-8")
    for file in generated.glob("*/*.py"):
        path = file.relative_to(generated.parent)
        if path in kept or (not kept and not complaints and file.name in MODULES):
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, expected / path)


def paths(expected: Path) -> list[Path]:
    return sorted(path.relative_to(expected) for path in expected.glob("generated/*/*.py"))


def text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
