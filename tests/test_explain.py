"""``specwright explain`` says of every rule what it asks, why, and how to mend what breaks it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gated import Gated

from specwright import spec
from specwright.gate.catalogue import GATE
from specwright.gate.configuration import Configuration

RULES = Configuration().rules
SOURCES = sorted(Path(spec.__file__).parent.rglob("*.py"))


def test_all_rules_are_listed_with_what_they_ask(gated: Gated):
    status, said, _ = gated.run("explain")
    lines = said.splitlines()

    assert status == 0
    assert [line.split()[0] for line in lines] == sorted(RULES)
    (line,) = [line for line in lines if line.startswith("ignore-unused ")]
    assert line.split(maxsplit=2)[1:] == ["warning", "Every x-specwright-ignore silences something."]


def test_rule_is_explained(gated: Gated):
    assert gated.run("explain", "ignore-unused") == (
        0,
        """\
ignore-unused (warning)

Every x-specwright-ignore silences something.

One that silences nothing any more hides the next problem of that rule.

To mend it: Remove it.

Wrong:

    x-specwright-ignore: [{rule: example, why: It was wrong once.}]
    type: string
    example: right

Right:

    type: string
    example: right
""",
        [],
    )


@pytest.mark.parametrize("name", RULES)
def test_rule_has_every_part(gated: Gated, name):
    said = gated.run("explain", name)[1]

    assert said.startswith(f"{name} ({RULES[name].severity})\n\n")
    assert RULES[name].asks.rstrip().endswith(".")
    assert RULES[name].why
    assert RULES[name].mend


def test_unknown_rule_is_said(gated: Gated):
    assert gated.run("explain", "ignroe") == (2, "", ["specwright: there is no rule 'ignroe'; did you mean 'ignore'?"])
    assert gated.run("explain", "zzz") == (
        2,
        "",
        ["specwright: there is no rule 'zzz': `specwright explain` lists them"],
    )


def test_reader_that_has_enough_is_no_error():
    ours, theirs = os.pipe()
    os.close(ours)
    ran = subprocess.run(
        [sys.executable, "-m", "specwright", "explain"], stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)

    assert (ran.returncode, ran.stderr) == (141, b"")


def test_examples_name_rules_that_there_are():
    assert {entry.severity for entry in RULES.values()} <= {"error", "warning", "off"}
    assert all(name in RULES for name in GATE)


def test_every_rule_that_finds_problems_is_in_the_catalogue():
    """The last argument of what makes problems is the id of a rule."""
    found = set()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            makes = isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", ""))
            if makes in ("problem", "advice", "Problem") and isinstance(node.args[-1], ast.Constant):
                found.add(node.args[-1].value)

    assert len(found) > 20
    assert found - RULES.keys() == set()
