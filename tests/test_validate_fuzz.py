"""Whatever becomes of a contract, ``validate`` says what is wrong with it: at once, at a place, without a traceback.

``VALIDATE_FUZZ=10000`` tries so many mutants of the golden contracts and the partners; ``VALIDATE_SEED`` others.
"""

import copy
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import GOLDEN

from specwright.spec.load import load
from specwright.spec.pointer import walk
from specwright.spec.read import problems_of

EXAMPLES = int(os.environ.get("VALIDATE_FUZZ", "300"))
SEED = int(os.environ.get("VALIDATE_SEED", "1"))
CHUNKS = 6
# Far more than any mutant takes on a busy machine: what takes longer hangs.
PATIENCE = 10
PARTNERS = Path(__file__).parents[1] / "specs"

REFERENCES = [
    "#/components/schemas/Nothing",
    "#/components/schemas/Pet",
    "#/components",
    "#",
    "",
    "#/paths/~1pets",
    "gone.yaml",
    "../../../etc/passwd",
    "/etc/hosts",
    "https://example.com/a.json",
    "openapi.json",
    "openapi.json#/components/schemas/Pet",
    "#/a%zz",
    "http://[",
    "\0",
    "#/" + "a/" * 300,
]
SCALARS: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, 10**4000, 1e308, "", "\u202e", "\ud800", "a\0b", "é" * 300, "(", "^(a+)+$",
    "[z-a]", "\\", "string", "object", "3.1.0", "{id}", "/{a}/{a}", "x-a", "$ref", "~1", [], {}, [[]], [None], {"": {}},
]  # fmt: skip
KEYWORDS: list[dict[str, Any]] = [
    {"allOf": [{"type": "string"}, {"type": "array"}]},
    {"enum": [1, "a", None, [], {}]},
    {"required": [1, "a"], "properties": {"b": 5}},
    {"minLength": 5, "maxLength": "x", "minimum": 3, "maximum": 2},
    {"discriminator": {"propertyName": 5, "mapping": {"a": 5, "b": "#/x"}}, "oneOf": [{"$ref": "#/x"}, 5]},
    {"security": [{"a": "b"}, 5, {"c": [5]}]},
    {"patternProperties": {"(": 5}, "pattern": 5},
    {"x-provenance": 5},
    {"default": {}, "examples": 5, "example": []},
    {"anyOf": 5, "not": {"$ref": "#/components/schemas/A"}, "if": True},
    {"$id": "http://[", "$anchor": 5, "$dynamicRef": "#a", "$schema": "x"},
    {"parameters": [5, {"name": 5, "in": "path"}], "responses": 5, "content": {"a/b": 5}},
    {"properties": [], "required": "a", "type": ["string", 5], "const": 1},
]


class Mutation:
    """Changes a contract in place, the same for the same seed."""

    def __init__(self, value: Any, random: Random) -> None:
        self.value, self.random = value, random

    def holder(self) -> Any:
        """Return some object or list that is not empty."""
        return self.random.choice([node for _, node in walk(self.value) if isinstance(node, dict | list) and node])

    def member(self) -> tuple[Any, Any]:
        holder = self.holder()
        return holder, self.random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))

    def delete(self) -> None:
        holder, key = self.member()
        del holder[key]

    def duplicate(self) -> None:
        self.put(copy.deepcopy(self.some()))

    def retype(self) -> None:
        self.put(copy.deepcopy(self.random.choice(SCALARS)))

    def rename(self) -> None:
        holder, key = self.member()
        other = self.random.choice([*map(str, SCALARS), str(self.member()[1]), f"{key}x"])
        if isinstance(holder, dict):
            holder[other] = holder.pop(key)

    def swap(self) -> None:
        (one, key), (other, place) = self.member(), self.member()
        one[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(one[key])

    def nest(self) -> None:
        value = copy.deepcopy(self.some())
        for _ in range(self.random.choice([1, 2, 20, 100])):
            value = self.random.choice([[value], {"items": value}, {"allOf": [value]}])
        self.put(value)

    def refer(self) -> None:
        pointers = [f"#{pointer}" for pointer, _ in walk(self.value)]
        self.put({"$ref": self.random.choice([*REFERENCES, *self.random.sample(pointers, min(20, len(pointers)))])})

    def add(self) -> None:
        holder = self.holder()
        if isinstance(holder, dict):
            holder.update(copy.deepcopy(self.random.choice(KEYWORDS)))

    def some(self) -> Any:
        holder, key = self.member()
        return holder[key]

    def put(self, value: Any) -> None:
        holder, key = self.member()
        holder[key] = value


STEPS: list[Callable[[Mutation], None]] = [
    Mutation.delete,
    Mutation.duplicate,
    Mutation.retype,
    Mutation.rename,
    Mutation.swap,
    Mutation.nest,
    Mutation.refer,
    Mutation.add,
]


@cache
def originals() -> tuple[Any, ...]:
    golden = [case for case in GOLDEN.iterdir() if (case / "expected/generated").exists()]
    files = sorted(
        [*(file for case in golden for file in case.glob("specs/*/openapi.*")), *PARTNERS.glob("*/openapi.yaml")]
    )
    return tuple(load(file).value for file in files)


def mutant(number: int) -> str:
    random = Random(f"{SEED}/{number}")  # noqa: S311 - repeatable, not secret
    mutation = Mutation(copy.deepcopy(random.choice(originals())), random)
    for _ in range(random.randint(1, 4)):
        if isinstance(mutation.value, dict) and mutation.value:
            random.choice(STEPS)(mutation)
    return json.dumps(mutation.value)


@contextmanager
def impatient() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise TimeoutError(f"took longer than {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fault(text: str, file: Path) -> str | None:
    """Return what is wrong with how ``validate`` takes the contract ``text``."""
    file.write_text(text, encoding="utf-8")
    try:
        with impatient():
            problems = problems_of(file, file.parent)
    except Exception as error:  # noqa: BLE001 - whatever it is, a user would see a traceback
        return repr(error)
    lost = [str(problem) for problem in problems if not (problem.line > 0 < problem.column and problem.message)]
    untold = [str(problem) for problem in problems if "\n" in str(problem) or not problem.rule]
    return f"no place, or no line: {lost + untold}" if lost or untold else None


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutant_is_told_about(chunk: int, tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    faults = {number: found for number in range(chunk, EXAMPLES, CHUNKS) if (found := fault(mutant(number), file))}

    assert faults == {}, f"VALIDATE_SEED={SEED}"


def test_mutants_are_broken_in_many_ways(tmp_path: Path) -> None:
    file, rules = tmp_path / "openapi.json", set()
    for number in range(100):
        file.write_text(mutant(number), encoding="utf-8")
        rules |= {problem.rule for problem in problems_of(file, tmp_path)}

    assert len(rules) > 12
