"""A baseline keeps known problems quiet, wherever their lines move, and says when they are gone."""

import json

import pytest
from gated import PATH, PETS, SAID, WRONG, Gated

GONE = "gone: write it anew with --write-baseline known.json"


@pytest.fixture
def known(gated: Gated) -> Gated:
    """Return a workspace with one problem, which its baseline knows."""
    gated.contract(WRONG)
    assert gated.run("validate", "--write-baseline", "known.json") == (0, "known.json knows 1 problem\n", [])
    return gated


def entries(gated: Gated) -> list[dict[str, object]]:
    return json.loads((gated.root / "known.json").read_text(encoding="utf-8"))["problems"]


def test_baseline_has_no_lines(known: Gated):
    pointer = "/paths/~1pets/get/responses/200/content/application~1json/schema/default"

    assert entries(known) == [
        {"path": PATH, "rule": "default", "pointer": pointer, "message": "5d140097ed28fad7", "count": 1}
    ]


def test_known_problems_are_not_told(known: Gated):
    assert known.run("validate", "--baseline", "known.json") == (0, "1 contract valid\n", [])
    assert known.run("validate", "--baseline", "known.json", "--fail-on", "warning")[0] == 0
    assert known.validate() == (0, [SAID])


def test_lines_may_move(known: Gated):
    known.write(PATH, "# A comment\n\n" + PETS.replace("SCHEMA", WRONG))

    assert known.validate("--baseline", "known.json") == (0, [])


@pytest.mark.parametrize("schema", ["{type: string, default: true}", "{title: x, items: {type: string, default: 3}}"])
def test_another_message_or_place_is_new(known: Gated, schema):
    known.contract(schema)

    status, lines = known.validate("--baseline", "known.json")
    assert status == 0
    assert lines[0] == f"specwright: 1 entry of known.json is {GONE}"
    assert lines[1].startswith(f"{PATH}:18:")


def test_second_problem_of_the_same_words_is_new(gated: Gated):
    gated.write(PATH, "a: 1\na: 2\n")
    gated.run("validate", "--write-baseline", "known.json")
    gated.write(PATH, "a: 1\na: 2\na: 3\n")

    assert gated.validate("--baseline", "known.json") == (1, [f"{PATH}:3:1: duplicate key 'a'"])


def test_errors_of_old_contracts_can_be_known_but_nothing_is_generated_from_them(gated: Gated):
    gated.contract('{type: string, pattern: "["}')
    gated.run("validate", "--write-baseline", "known.json")

    assert gated.validate("--baseline", "known.json") == (0, [])
    assert gated.run("generate")[0] == 1


def test_entries_that_are_gone_are_counted(known: Gated):
    known.contract()

    assert known.validate("--baseline", "known.json") == (0, [f"specwright: 1 entry of known.json is {GONE}"])
    assert known.validate("--baseline", "known.json", "--quiet") == (0, [])


def test_entries_of_contracts_that_were_not_asked_are_not_gone(known: Gated):
    known.contract(WRONG, "specs/dogs/openapi.yaml")
    known.run("validate", "--write-baseline", "known.json")

    assert known.validate(PATH, "--baseline", "known.json") == (0, [])
    known.contract()
    assert known.validate(PATH, "--baseline", "known.json") == (0, [f"specwright: 1 entry of known.json is {GONE}"])


def test_baseline_is_found_again_from_another_folder(known: Gated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(known.root / "specs" / "pets")

    assert known.validate("--baseline", "../../known.json") == (0, [])


def test_mistakes_of_the_configuration_are_never_known(gated: Gated):
    gated.write("pyproject.toml", "[tool.specwright]\nruels = 1\n")
    gated.run("validate", "--write-baseline", "known.json")

    assert entries(gated) == []


@pytest.mark.parametrize("text", ["", "[]", '{"problems": [3], "version": 1}', '{"problems": []}', "\0"])
def test_what_is_no_baseline_is_said(gated: Gated, text):
    gated.write("known.json", text)

    assert gated.validate("--baseline", "known.json") == (
        2,
        ["specwright: known.json is no baseline of Specwright: write one with --write-baseline known.json"],
    )


def test_baseline_of_another_version_is_said(gated: Gated):
    gated.write("known.json", '{"version": 2, "problems": []}')

    assert gated.validate("--baseline", "known.json") == (
        2,
        ["specwright: known.json is a baseline of version 2, not 1: write it anew"],
    )


def test_missing_baseline_is_said(gated: Gated):
    assert gated.validate("--baseline", "known.json") == (2, ["specwright: No such file or directory: known.json"])
