"""The catalogue knows every rule that the code tells of, says all about it, and every rule has a golden case."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from conftest import GOLDEN

import specwright
from specwright.errors import Problem, SpecError
from specwright.plan.collisions import names_stay_apart
from specwright.spec.catalogue import CATALOGUE
from specwright.spec.check import check
from specwright.spec.load import load
from specwright.spec.read import problems_of
from specwright.spec.refs import bundle

SOURCES = Path(specwright.__file__).parent
TELLING = {"problem", "advice", "Problem", "_problem", "_without"}
# A golden case of 32 MiB would be no help; tests/test_load.py has one.
NOT_GOLDEN = {"size"}


def emitted() -> Iterator[str]:
    """Yield the rules that the code which reads contracts tells of: a last word that is no sentence."""
    for file in [*(SOURCES / "spec").rglob("*.py"), SOURCES / "plan/collisions.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in TELLING:
                words = [
                    item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)
                ]
                yield from (word for word in words if re.fullmatch(r"[a-z0-9-]{3,}", word))


def found(specs: Path) -> Iterator[Problem]:
    for contract in specs.glob("*/openapi.*"):
        yield from problems_of(contract, specs, (names_stay_apart,))
        try:
            yield from check(bundle(load(contract), specs))  # those of rules that are off too
        except SpecError:
            continue


@cache
def golden_problems() -> list[Problem]:
    return [problem for specs in GOLDEN.glob("*/specs") for problem in found(specs)]


def test_every_rule_that_is_told_of_is_in_the_catalogue() -> None:
    assert set(emitted()) == set(CATALOGUE)


def test_every_rule_has_a_golden_case_and_the_severity_that_it_is_told_with() -> None:
    told = {(problem.rule, problem.severity) for problem in golden_problems()}
    expected = {(name, entry.severity) for name, entry in CATALOGUE.items() if name not in NOT_GOLDEN}

    assert told == expected


def test_every_golden_problem_has_a_place() -> None:
    problems = golden_problems()

    assert len(problems) > 250
    assert [problem for problem in problems if not (problem.path and problem.line > 0 < problem.column)] == []


def test_there_are_many_broken_contracts() -> None:
    assert len([case for case in GOLDEN.glob("*/expected/stderr.txt") if case.read_text(encoding="utf-8")]) >= 80


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_explains(name: str) -> None:
    entry = CATALOGUE[name]

    assert entry.severity in ("error", "warning", "off")
    assert [text for text in (entry.asks, entry.why, entry.mend) if not text.endswith(".") or "\n" in text] == []
    assert entry.bad.strip() != entry.good.strip() != ""
