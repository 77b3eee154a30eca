"""The proof has teeth: servers that are wrong in one way are noticed. MUTANTS says how many of each contract are tried."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import imported
from conversations import WORKSPACE, stage

from specwright.errors import SpecError
from specwright.plan import planned
from specwright.prove.behaviour import FILE, behaviour_of, held
from specwright.prove.mutants import Laboratory
from specwright.prove.mutations import Mutation, chosen, mutations
from specwright.prove.partner_mutants import broken_partners, killed
from specwright.prove.run import quiet
from specwright.prove.subject import Subject, package_of, subject_of
from specwright.prove.teeth import Api, mutants

ZOO = Path(__file__).with_name("contracts") / "zoo"
PARTNERS = [source.name for source in WORKSPACE.sources()]
COUNT = int(os.environ.get("MUTANTS", "6"))
STEP = 1 if "MUTANTS" in os.environ else 8  # every how manieth mutant of a partner is tried
CLINIC: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Clinic", "version": "1"},
    "paths": {
        "/rooms": {
            "get": {
                "operationId": "rooms",
                "security": [{"key": []}],
                "parameters": [{"name": "most", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
                "responses": {
                    "200": {
                        "description": "All.",
                        "content": {"application/json": {"schema": {"type": "array", "items": {"enum": ["a", "b"]}}}},
                    }
                },
            }
        }
    },
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
}


def named(found: Iterator[Mutation]) -> list[str]:
    return [f"{mutation.name} at {mutation.place}" for mutation in found]


def explained(survivors: Any) -> list[str]:
    """Return the survivors that nobody explains."""
    return [f"{mutant.name} at {mutant.place}" for mutant in survivors if not mutant.reason]


# --- which mutants there are ------------------------------------------------------------------------------------------


def test_every_constraint_of_a_contract_is_changed() -> None:
    place = "/paths/~1rooms/get"
    items = f"{place}/responses/200/content/application~1json/schema/items"

    assert set(named(mutations(CLINIC))) == {
        f'loosen a type: ["number"] at {place}/parameters/0/schema/type',
        f"drop type at {place}/parameters/0/schema/type",
        f"raise a bound by one: 2 at {place}/parameters/0/schema/minimum",
        f"lower a bound by one: 0 at {place}/parameters/0/schema/minimum",
        f"drop minimum at {place}/parameters/0/schema/minimum",
        f"send another media type at {place}/responses/200/content",
        f"do not check the body at {place}/responses/200/content/application~1json/schema",
        f'loosen a type: ["array", "null"] at {place}/responses/200/content/application~1json/schema/type',
        f"drop type at {place}/responses/200/content/application~1json/schema/type",
        f"drop items at {place}/responses/200/content/application~1json/schema/items",
        f'add a value to an enum: ["a", "b", "A"] at {items}/enum',
        f'drop a value of an enum: ["a"] at {items}/enum',
        f"drop enum at {items}/enum",
        f"do not declare 200 at {place}/responses",
        f"answer 205 for 200 at {place}/responses",
        f"drop the auth check at {place}/security",
        f"make authentication optional at {place}/security",
    }


def test_mutation_changes_one_thing_and_leaves_the_contract_as_it_is() -> None:
    before = json.dumps(CLINIC)
    dropped = next(found for found in mutations(CLINIC) if found.name == "drop minimum")
    changed = dropped.applied(CLINIC)

    assert json.dumps(CLINIC) == before
    assert changed["paths"]["/rooms"]["get"]["parameters"][0]["schema"] == {"type": "integer"}


def test_same_seed_chooses_the_same_mutants() -> None:
    assert chosen(mutations(CLINIC), 5, seed=1) == chosen(mutations(CLINIC), 5, seed=1)
    assert chosen(mutations(CLINIC), 5, seed=1) != chosen(mutations(CLINIC), 5, seed=2)


# --- what becomes of them ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    root = tmp_path_factory.mktemp("mutants")
    shutil.copytree(ZOO, root / "specs" / "zoo")
    package = imported(root, "zoo")
    text = (root / "generated" / "zoo" / "openapi.json").read_text(encoding="utf-8")
    with quiet(), Laboratory(Subject("zoo", planned(text), text, {}), package) as laboratory:
        yield laboratory


def test_mutants_of_the_zoo_are_killed_or_explained(zoo: Laboratory) -> None:
    found = [zoo.killed(mutation) for mutation in chosen(mutations(zoo.contract), COUNT * 6, seed=1)]

    assert len(found) == COUNT * 6
    assert sum(bool(mutant.killed_by) for mutant in found) >= 0.95 * len(found)
    assert explained(mutant for mutant in found if not mutant.killed_by) == []


def test_what_kills_a_mutant_names_the_constraint(zoo: Laboratory) -> None:
    dropped = next(found for found in mutations(zoo.contract) if found.place.endswith("Formats/properties/uuid/format"))

    mutant = zoo.killed(dropped)

    assert mutant.killed_by.startswith(
        f"{mutant.operation} response 200 application/json /uuid format: answer caught: "
    )


def test_mutant_that_nobody_can_tell_apart_is_explained(zoo: Laboratory) -> None:
    dropped = next(found for found in mutations(zoo.contract) if found.place.endswith("contains/minContains"))

    mutant = zoo.killed(dropped)

    assert (mutant.killed_by, mutant.reason) == ("", "no value that was tried is judged differently")


def test_proof_without_cases_kills_nothing(zoo: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "probes", [])
    dropped = next(found for found in mutations(zoo.contract) if found.place.endswith("Formats/properties/uuid/format"))

    mutant = zoo.killed(dropped)

    assert (mutant.killed_by, mutant.reason) == ("", "")


@pytest.mark.parametrize("name", PARTNERS)
def test_mutants_of_a_contract_are_killed_or_explained(name: str) -> None:
    (source,) = WORKSPACE.sources([name])
    subject = subject_of(WORKSPACE, source)
    with Laboratory(subject, package_of(WORKSPACE, source)) as laboratory:
        found = [laboratory.killed(mutation) for mutation in chosen(mutations(subject.api.contract), COUNT, seed=1)]

    assert explained(mutant for mutant in found if not mutant.killed_by) == []


# --- what partners do -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARTNERS)
def test_partner_behaves_as_its_file_says(name: str) -> None:
    partner = stage(name)
    held_with = {
        item.what: held(partner.mock, name, partner.behaviour, item) for item in partner.behaviour.conversations
    }

    assert {what: wrong for what, wrong in held_with.items() if wrong} == {}


@pytest.mark.parametrize("name", PARTNERS)
def test_mutants_of_a_partner_are_killed_or_explained(name: str) -> None:
    partner = stage(name)
    broken = list(broken_partners(partner.file, partner.partner))[::STEP]
    with quiet():
        found = [killed(partner.mock, name, partner.served, partner.behaviour, some) for some in broken]

    assert found
    assert explained(mutant for mutant in found if not mutant.killed_by) == []


def test_partner_that_books_twice_is_named() -> None:
    partner = stage("nexhealth")
    blind = next(
        some for some in broken_partners(partner.file, partner.partner) if some.name == "no booking is a conflict"
    )

    mutant = killed(partner.mock, "nexhealth", partner.served, partner.behaviour, blind)

    assert mutant.killed_by.startswith("a provider is not booked twice: step 2: answered 201, not 400: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clock: soon\nrequest: {path: /a}\nconversations: []\n", ":1:1: Input should be a valid datetime"),
        (
            'clock: "2030-01-07T08:00:00Z"\nrequest: {path: /a}\nconversations:\n- {what: it is, steps: [{says: a}]}\n',
            ":4:25: Field required",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")

    with pytest.raises(SpecError) as caught:
        behaviour_of(tmp_path / FILE)

    assert message in str(caught.value.problems[0])


# --- all of one API, in processes of their own ------------------------------------------------------------------------


def test_mutants_are_the_same_however_many_processes_try_them() -> None:
    (source,) = WORKSPACE.sources(["drcare247"])
    several = mutants(Api(WORKSPACE, source), seed=3, count=4, workers=2)

    assert several == mutants(Api(WORKSPACE, source), seed=3, count=4, workers=1)
    assert several.survivors == ()
    assert several.score == 1
