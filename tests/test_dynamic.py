"""Dynamic.of makes another value of a schema for another seed, the same for the same; ``jsonschema`` judges them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import test_samples
from conftest import GOLDEN, golden_contracts
from jsonschema import Draft202012Validator

from specwright.mock.contract.dynamic import Dynamic
from specwright.plan import build, view
from specwright.runtime.samples import NoSample, Samples
from specwright.spec.pointer import resolve
from specwright.spec.read import read
from specwright.spec.schemas import Schemas
from specwright.workspace import find

SEEDS = [str(number) for number in range(20)]
WORKSPACE = find(GOLDEN.parents[1])
PARTNERS = {source.name: read(source.contract, WORKSPACE.root).value for source in WORKSPACE.sources()}
CONTRACTS = {**{f"golden/{name}": contract for name, contract in golden_contracts().items()}, **PARTNERS}

PERSON = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "nick": {"type": "string"}, "born": {"format": "date"}},
}


def dynamic(contract: Any) -> Dynamic:
    return Dynamic(contract, Samples(contract, Schemas(contract)))


def values(schema: Any, seeds: list[str] = SEEDS) -> list[Any]:
    made = dynamic({"schema": schema})
    return [made.of("/schema", seed) for seed in seeds]


def distinct(found: list[Any]) -> int:
    return len({json.dumps(value) for value in found})


def pointers(name: str, contract: Any) -> Iterator[str]:
    """Yield the place of every response schema."""
    for operation in build(name, contract).operations:
        for response in operation.responses:
            yield from (media.pointer for media in response.media if media.pointer)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_response_schema_has_valid_values_for_every_seed(name):
    contract = view(CONTRACTS[name], "response")
    made, judge = dynamic(contract), Draft202012Validator(contract, format_checker=Draft202012Validator.FORMAT_CHECKER)

    for pointer in dict.fromkeys(pointers(name.rpartition("/")[2], CONTRACTS[name])):
        found = [made.of(pointer, seed) for seed in SEEDS]
        schema = judge.evolve(schema=resolve(contract, pointer))
        assert [value for value in found if not schema.is_valid(value)] == [], pointer


@pytest.mark.parametrize("name", PARTNERS)
def test_seeds_decide_the_answers_of_the_partners(name):
    first, second = dynamic(PARTNERS[name]), dynamic(PARTNERS[name])

    for pointer in pointers(name, PARTNERS[name]):
        found = [first.of(pointer, seed) for seed in SEEDS]
        assert [second.of(pointer, seed) for seed in SEEDS] == found
        assert distinct(found) > 10, pointer


@pytest.mark.parametrize("name", test_samples.SAMPLED)
def test_value_obeys_its_schema_for_every_seed(name):
    made = dynamic(test_samples.CONTRACT)

    for seed in SEEDS:
        value = made.of(f"/components/schemas/{name}", seed)
        assert test_samples.accepts(name, value), value


@pytest.mark.parametrize("name", test_samples.IMPOSSIBLE)
def test_schema_that_no_value_obeys_has_none(name):
    with pytest.raises(NoSample, match=r"^no example at /components/schemas/.*: add one$"):
        dynamic(test_samples.CONTRACT).of(f"/components/schemas/{name}", "a")


@pytest.mark.parametrize(
    ("schema", "least"),
    [
        ({"type": "string"}, 15),
        ({"type": "string", "minLength": 8, "maxLength": 8}, 5),
        ({"type": "integer"}, 15),
        ({"type": "integer", "minimum": -5, "maximum": 5}, 5),
        ({"type": "integer", "maximum": -1, "multipleOf": 5}, 10),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 10),
        ({"type": "number", "minimum": 0.001, "maximum": 0.002}, 10),
        ({"type": "boolean"}, 2),
        ({"enum": ["a", "b", "c"]}, 3),
        ({"type": ["string", "integer"]}, 15),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, 2),
        ({"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"}, 15),
        ({"type": "array", "items": {"const": 1}}, 3),
        ({"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 1}, 5),
        ({"type": "object", "additionalProperties": {"const": 1}}, 3),
        ({"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}}, 3),
        *(({"type": "string", "format": name}, 10) for name in ("date-time", "date", "time", "uuid", "email", "uri")),
        *(({"type": "string", "format": name}, 5) for name in ("duration", "hostname", "ipv4", "ipv6", "byte")),
    ],
)
def test_values_differ_between_seeds(schema, least):
    assert distinct(values(schema)) >= least


def test_optional_members_are_there_for_some_seeds_and_required_ones_for_all():
    found = values(PERSON)

    assert all("id" in value for value in found)
    assert {"nick" in value for value in found} == {True, False}
    assert {"born" in value for value in found} == {True, False}


def test_null_is_seldom():
    found = values({"type": ["string", "null"]}, [str(number) for number in range(100)])

    assert 0 < found.count(None) < 40


def test_recursion_ends():
    made = dynamic(test_samples.CONTRACT)

    assert max(len(json.dumps(made.of("/components/schemas/Tree", seed))) for seed in SEEDS) < 20_000


def test_what_chance_cannot_find_is_the_sample():
    schema = {"type": "string", "pattern": "^(?=.*z)[a-z]{40}$", "examples": ["z" * 40]}

    assert values(schema) == ["z" * 40] * len(SEEDS)


def test_one_hard_member_does_not_keep_the_others_from_differing():
    code = {"type": "string", "pattern": "^(?=.*z)[a-z]{40}$", "examples": ["z" * 40]}
    schema = {"type": "object", "required": ["code", "id"], "properties": {"code": code, "id": {"type": "integer"}}}

    assert distinct(values(schema)) > 10


def test_dates_are_plausible():
    assert {datetime.fromisoformat(value).year for value in values({"type": "string", "format": "date-time"})} == {
        2025,
        2026,
    }


def test_text_is_made_of_words():
    assert all(re.fullmatch(r"[A-Z][a-z]+( [a-z]+)*", value) for value in values({"type": "string"}))


@pytest.mark.parametrize(
    "maker", ["Samples(c, Schemas(c)).of('/s')", "Dynamic(c, Samples(c, Schemas(c))).of('/s', 'a')"]
)
def test_value_is_the_same_in_every_process(maker):
    schema = {
        "type": "object",
        "properties": {"a": {"pattern": "^[^/#]{9}$"}, "b": PERSON, "c": {"pattern": "^(x|y)$"}},
    }
    program = (
        "from specwright.runtime.samples import Samples; from specwright.spec.schemas import Schemas\n"
        f"from specwright.mock.contract.dynamic import Dynamic; c = {{'s': {schema}}}; print({maker})"
    )
    command = [sys.executable, "-c", program]
    found = {
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2", "3")
    }

    assert len(found) == 1
