"""``specwright sources`` counts and lists the x-provenance marks of the contracts."""

import json
from pathlib import Path

import pytest
from gated import Gated

from specwright.cli import main

ROOT = Path(__file__).parents[1]
MARKED = """\
openapi: 3.1.0
info:
  title: Pets
  version: "1"
  x-sources:
    page: {title: The page, url: "https://pets.example"}
    P2: {title: Another page}
paths:
  /pets:
    get:
      parameters:
        - {$ref: "#/components/parameters/limit"}
      responses:
        "200":
          description: Pets.
          x-provenance: {basis: inferred, source: page, why: The page says nothing of a status.}
          content: {application/json: {schema: {$ref: pet.yaml}}}
components:
  parameters:
    limit:
      name: limit
      in: query
      x-provenance: {basis: stated, source: P2, why: "The other page
        has it."}
      schema: {type: integer}
"""
PET = """\
type: object
properties:
  name:
    type: string
    x-provenance: {basis: corrected, source: P2, why: The page calls it nmae.}
  age: {type: integer}
"""


@pytest.fixture
def marked(gated: Gated) -> Gated:
    gated.write("specs/pets/openapi.yaml", MARKED)
    gated.write("specs/pets/pet.yaml", PET)
    return gated


def test_marks_are_counted(marked: Gated):
    assert marked.run("sources")[1].splitlines() == [
        "API   parts  unmarked  stated  corrected  inferred  marks by source",
        "pets      7         4       1          1         1  page 1, P2 2",
    ]


def test_parts_are_what_may_carry_a_mark(marked: Gated):
    """Operation, parameter and its schema, response, the pet, its name and age: references are none."""
    assert json.loads(marked.run("sources", "--format", "json")[1])["apis"][0]["parts"] == 7


def test_marks_are_listed_where_they_stand(marked: Gated):
    assert marked.run("sources", "pets", "--list")[1].splitlines() == [
        "specs/pets/openapi.yaml:16:11: inferred (page): The page says nothing of a status.",
        "specs/pets/openapi.yaml:23:7: stated (P2): The other page has it.",
        "specs/pets/pet.yaml:5:5: corrected (P2): The page calls it nmae.",
    ]


def test_json_has_marks_and_what_labels_mean(marked: Gated):
    (api,) = json.loads(marked.run("sources", "--format", "json")[1])["apis"]

    assert api["bases"] == {"stated": 1, "corrected": 1, "inferred": 1}
    assert api["sources"]["P2"] == {"marks": 2, "says": {"title": "Another page"}}
    assert api["marks"][-1] == {
        "path": "specs/pets/pet.yaml",
        "line": 5,
        "column": 5,
        "pointer": "/properties/name",
        "basis": "corrected",
        "source": "P2",
        "why": "The page calls it nmae.",
    }


def test_contract_without_marks_is_stated_by_its_page(gated: Gated):
    assert gated.run("sources")[1].splitlines()[1].split() == ["pets", "5", "5", "0", "0", "0", "-"]


def test_mark_that_says_too_little_is_listed_all_the_same(marked: Gated):
    marked.write("specs/pets/pet.yaml", "type: string\nx-provenance: {why: 3}\n")

    assert marked.run("sources", "--list")[1].splitlines()[-1] == "specs/pets/pet.yaml:2:1:  (): 3"


def test_unknown_api_is_said(marked: Gated):
    status, _, (line,) = marked.run("sources", "dogs")

    assert (status, line.rpartition("/")[0]) == (2, f"specwright: no such API: dogs; {marked.root}")


def test_contract_that_cannot_be_read_is_said(marked: Gated):
    marked.write("specs/pets/openapi.yaml", "a: 1\na: 2\n")

    assert marked.run("sources") == (1, "", ["specs/pets/openapi.yaml:2:1: duplicate key 'a'"])


def test_every_guess_of_our_partners_has_a_place(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    main(["sources", "--list"])
    listed = capsys.readouterr().out.splitlines()
    main(["sources", "--format", "json"])
    apis = json.loads(capsys.readouterr().out)["apis"]

    assert {api["name"] for api in apis} == {"caspen", "drcare247", "lobbie", "nexhealth", "upvio"}
    assert len(listed) == sum(len(api["marks"]) for api in apis) > 100
    for api in apis:
        assert api["parts"] - api["unmarked"] == sum(api["bases"].values()) == len(api["marks"])
        assert (
            "x-provenance"
            in Path(api["marks"][0]["path"]).read_text(encoding="utf-8").splitlines()[api["marks"][0]["line"] - 1]
        )
