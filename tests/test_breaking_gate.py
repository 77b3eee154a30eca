"""``specwright breaking``: what it compares with, what may be accepted, how it is told."""

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from specwright.cli import main
from specwright.gate.breaking.kinds import KINDS, MEMBERS, TEXTS
from specwright.gate.breaking.rules import RULES

CONTRACT = """\
openapi: 3.1.0
info: {title: pets, version: "1"}
paths:
  /pets:
    get:
      operationId: pets
      parameters:
      - {in: query, name: limit, schema: {$ref: "limit.yaml"}}
      responses:
        "200": {description: pets}
    post:
      operationId: add
      responses:
        "201": {description: added}
"""
LIMIT = "type: integer\nmaximum: 100\n"
ADDED = '      - {in: query, name: q, required: true, schema: {type: string}}\n      responses:\n        "200"'
REFUSED = "clients that do not send the new query parameter 'q' are refused"


def write(folder: Path, contract: str = CONTRACT, limit: str = LIMIT) -> Path:
    (folder / "specs/pets").mkdir(parents=True, exist_ok=True)
    (folder / "specs/pets/openapi.yaml").write_text(contract)
    (folder / "specs/pets/limit.yaml").write_text(limit)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def pets(tmp_path, monkeypatch):
    """A workspace whose contract is on the main branch."""
    folder = write(tmp_path / "work")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "pets")
    monkeypatch.chdir(folder)
    return folder


def test_nothing_changed_since_the_main_branch(pets, capsys):
    assert main(["breaking"]) == 0
    assert capsys.readouterr().out == "1 API against main: nothing breaks\n"


def test_a_break_is_told_with_both_places(pets, capsys):
    write(pets, CONTRACT.replace('      responses:\n        "200"', ADDED, 1))

    assert main(["breaking"]) == 1
    assert capsys.readouterr().out == (
        "pets: breaking\n"
        f"  specs/pets/openapi.yaml:9:9: {REFUSED} [parameter-required-added]\n"
        "      GET /pets; was main:specs/pets/openapi.yaml:5:5\n"
        "1 API against main: 1 breaking\n"
    )


def test_a_break_in_another_file_is_told_there(pets, capsys):
    write(pets, limit="type: integer\nmaximum: 50\n")

    assert main(["breaking", "pets", "--against", "HEAD"]) == 1
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "  specs/pets/limit.yaml:1:1: limit: clients that send numbers above 50 are refused now [request-bound-tightened]",
        "      GET /pets; was HEAD:specs/pets/limit.yaml:1:1",
    ]


def test_what_is_committed_is_compared_with_an_older_revision(pets):
    write(pets, limit="type: integer\nmaximum: 50\n")
    git(pets, "commit", "-qam", "less")

    assert main(["breaking"]) == 0
    assert main(["breaking", "--against", "HEAD~1"]) == 1


@pytest.mark.parametrize("below", ["", "specs", "specs/pets/openapi.yaml"])
def test_a_folder_or_a_file_is_compared_with(pets, tmp_path, below):
    former = write(tmp_path / "former")

    assert main(["breaking", "--against", str(former / below)]) == 0
    write(former, CONTRACT.replace('"201"', '"202"'))
    assert main(["breaking", "--against", str(former / below)]) == 1


def test_a_workspace_in_a_folder_of_a_repository(pets, monkeypatch):
    git(pets, "rm", "-rq", "specs")
    write(pets / "inner")
    git(pets, "add", ".")
    git(pets, "commit", "-qm", "moved")
    monkeypatch.chdir(pets / "inner")
    write(pets / "inner", limit="type: string\n")

    assert main(["breaking"]) == 1


def test_an_api_that_is_gone_breaks(pets, capsys):
    (pets / "specs/pets").rename(pets / "specs/animals")

    assert main(["breaking", "--all"]) == 1
    assert "the API pets is gone: clients that call it get no answer [api-removed]" in capsys.readouterr().out


def test_an_api_that_is_new_breaks_nothing(pets, tmp_path, capsys):
    (tmp_path / "empty/specs").mkdir(parents=True)

    assert main(["breaking", "--all", "--against", str(tmp_path / "empty")]) == 0
    assert "the API pets is new [api-added]" in capsys.readouterr().out


def test_a_contract_that_was_not_valid_cannot_be_compared_with(pets, tmp_path, capsys):
    former = write(tmp_path / "former", CONTRACT.replace("responses", "answers"))

    assert main(["breaking", "--against", str(former)]) == 1
    told = capsys.readouterr().out
    assert told.startswith("pets: undecided\n")
    assert "[contract-unreadable]" in told


def test_an_unknown_ref_is_no_traceback(pets, capsys):
    assert main(["breaking", "--against", "v9"]) == 2
    assert capsys.readouterr().err == (
        "specwright: no such git ref or folder: v9; name one with --against REF, or a folder with --against DIR\n"
    )


def test_a_ref_cannot_be_an_option(pets, capsys):
    assert main(["breaking", "--against=--help"]) == 2
    assert "no such git ref or folder: --help" in capsys.readouterr().err


def test_a_shallow_clone_is_told_what_to_fetch(pets, tmp_path, monkeypatch, capsys):
    git(pets, "commit", "-q", "--allow-empty", "-m", "another")
    git(pets, "branch", "-m", "topic")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{pets}", "clone")
    monkeypatch.chdir(tmp_path / "clone")

    assert main(["breaking"]) == 2
    assert capsys.readouterr().err == (
        "specwright: none of origin/main, main, origin/master, master is here; this clone is shallow: "
        "git fetch --depth=1 origin main:refs/remotes/origin/main\n"
    )


def test_no_repository(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(write(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert main(["breaking"]) == 2
    assert "is in no git repository: name a folder to compare with, --against DIR" in capsys.readouterr().err


def test_no_git(pets, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")

    assert main(["breaking"]) == 2
    assert capsys.readouterr().err == (
        "specwright: git is not installed: name a folder to compare with, --against DIR\n"
    )


# --- what is accepted ---------------------------------------------------------------------------------------------------

GONE = CONTRACT[: CONTRACT.index("    post:")]


def accepting(contract: str, item: str) -> str:
    return contract.replace("paths:", f"x-specwright-accepted: [{item}]\npaths:", 1)


@pytest.mark.parametrize("at", ["POST /pets", "/paths/~1pets/post", "/paths/~1pets"])
def test_a_break_that_is_meant_passes_and_is_told(pets, capsys, at):
    write(pets, accepting(GONE, f"{{break: operation-removed, at: {at}, why: nobody called it}}"))

    assert main(["breaking"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("pets: accepted\n")
    assert "      accepted: nobody called it\n" in told


def test_a_break_is_accepted_where_it_is(pets):
    mark = "    get:\n      x-specwright-accepted: [{break: parameter-required-added, why: they all know}]\n"
    changed = CONTRACT.replace('      responses:\n        "200"', ADDED, 1).replace("    get:\n", mark)
    write(pets, changed)

    assert main(["breaking"]) == 0


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{break: operation-removed, at: POST /pets}", "operation-removed is accepted without a reason: say why"),
        ("{break: operation-removed, at: POST /pets, why: ' '}", "operation-removed is accepted without a reason"),
        ("{break: operation-removed, why: so}", "accepted for the whole contract: say at which pointer or operation"),
        ("{break: operation-removed, at: GET /pets, why: so}", "operation-removed is accepted, but there is no such"),
        ("{break: parameter-removed, at: POST /pets, why: so}", "parameter-removed is accepted, but there is no such"),
        ("operation-removed", "an item of x-specwright-accepted is {break: RULE, why: REASON}"),
        ("{break: operation-removed, why: so, path: /pets}", "an item of x-specwright-accepted is {break: RULE"),
    ],
)
def test_what_accepts_nothing_is_a_problem(pets, capsys, item, said):
    write(pets, accepting(GONE, item))

    assert main(["breaking"]) == 1
    told = capsys.readouterr()
    assert "pets: breaking\n" in told.out
    assert "specs/pets/openapi.yaml:3:" in told.err
    assert said in told.err


def test_what_was_accepted_before_has_done_its_work(pets, capsys):
    write(pets, accepting(GONE, "{break: operation-removed, at: POST /pets, why: nobody called it}"))
    git(pets, "commit", "-qam", "gone")

    assert main(["breaking"]) == 0
    assert "warning: operation-removed was accepted before, and is done: remove it" in capsys.readouterr().err


def test_what_was_accepted_before_accepts_no_other_break(pets):
    item = "{break: operation-removed, at: /paths/~1pets, why: nobody called it}"
    write(pets, accepting(GONE, item))
    git(pets, "commit", "-qam", "gone")
    write(pets, accepting(GONE.replace("get:", "put:"), item))

    assert main(["breaking"]) == 1


# --- how it is told -----------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(pets):
    write(pets, CONTRACT.replace('      responses:\n        "200"', ADDED, 1).replace('version: "1"', 'version: "2"'))
    return pets


def test_documentation_is_told_on_request(broken, capsys):
    main(["breaking"])
    assert "documentation" not in capsys.readouterr().out

    assert main(["breaking", "--all"]) == 1
    assert "pets: documentation\n" in capsys.readouterr().out


def test_json(broken, capsys):
    assert main(["breaking", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)

    assert told["against"] == "main"
    assert told["apis"][0]["changes"] == [
        {
            "rule": "parameter-required-added",
            "verdict": "breaking",
            "message": REFUSED,
            "operations": ["GET /pets"],
            "direction": None,
            "accepted": None,
            "new": {
                "path": "specs/pets/openapi.yaml",
                "line": 9,
                "column": 9,
                "pointer": "/paths/~1pets/get/parameters/1",
            },
            "old": {"path": "main:specs/pets/openapi.yaml", "line": 5, "column": 5, "pointer": "/paths/~1pets/get"},
        }
    ]


def test_annotations(broken, capsys):
    assert main(["breaking", "--format", "github"]) == 1
    assert capsys.readouterr().out == (
        "::error file=specs/pets/openapi.yaml,line=9,col=9,title=specwright parameter-required-added::"
        f"{REFUSED} (was main:specs/pets/openapi.yaml:5:5)\n"
    )


def test_sarif(broken, capsys):
    assert main(["breaking", "--format", "sarif"]) == 1
    run = json.loads(capsys.readouterr().out)["runs"][0]

    assert [(item["ruleId"], item["level"]) for item in run["results"]] == [("parameter-required-added", "error")]
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "parameter-required-added"


def test_junit(broken, capsys):
    assert main(["breaking", "--format", "junit"]) == 1
    assert ET.fromstring(capsys.readouterr().out).get("failures") == "1"  # noqa: S314 - our own


def test_every_rule_has_a_row():
    told = "".join(file.read_text() for file in (Path(__file__).with_name("breaking")).glob("*.yaml"))
    told += Path(__file__).read_text()
    names = {name for table in (KINDS, MEMBERS, TEXTS) for kind in table.values() for name in kind[:2] if name}

    assert [name for name in {*names, *RULES} if name not in told] == []


def test_what_there_is_no_time_for_is_undecided(pets, monkeypatch, capsys):
    monkeypatch.setattr("specwright.gate.breaking.inclusion._MOST_PAIRS", 0)
    write(pets, limit="type: integer\nmaximum: 200\n")

    assert main(["breaking"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("pets: undecided\n")
    assert "[request-schema-too-complex]" in told


def test_schemas_may_lead_far(pets):
    chain = "".join(
        f"    S{n}: {{type: object, properties: {{n: {{$ref: '#/components/schemas/S{n + 1}'}}}}}}\n"
        for n in range(400)
    )
    limit = (
        CONTRACT.replace('{$ref: "limit.yaml"}', "{$ref: '#/components/schemas/S0'}")
        + f"components:\n  schemas:\n{chain}"
    )
    write(pets, f"{limit}    S400: {{type: string}}\n")
    git(pets, "commit", "-qam", "far")
    write(pets, f"{limit}    S400: {{type: integer}}\n")

    assert main(["breaking"]) == 1
