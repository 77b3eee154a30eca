"""``specwright prove``: what keeps its contract is proved, what does not is named; the evidence is what it says it is."""

import json
import logging
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from conftest import generated

from specwright.prove.documents import document, junit, schema, written
from specwright.prove.evidence import Evidence, Fuzz, Mutant, Mutants, Reply, Request, Witnessed
from specwright.prove.page import page
from specwright.prove.run import Proof, Settings, prove
from specwright.prove.subject import (
    Subject,
    behaving,
    contractual,
    package_of,
    subject_from,
    subject_of,
)
from specwright.prove.target import InProcess
from specwright.runtime.app import serve
from specwright.spec.load import load
from specwright.workspace import find

WORKSPACE = find(Path(__file__).parents[1])
PARTNERS = [source.name for source in WORKSPACE.sources()]
CONTRACTS = Path(__file__).with_name("contracts")
FOREVER = Settings("in process", 1, time.monotonic() + 3600)


def silent(_: Any) -> None:
    """Take no note of progress."""


def failures(evidence: Evidence) -> list[str]:
    return [f"{verdict.case}: {verdict.detail}" for verdict in evidence.failures]


def subject_named(package: ModuleType, name: str) -> Subject:
    contract = Path(str(package.__file__)).with_name("openapi.json").read_text(encoding="utf-8")
    return subject_from(name, contract)


# --- what keeps its contract --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARTNERS)
def test_server_of_a_contract_is_proved(name: str) -> None:
    (source,) = WORKSPACE.sources([name])
    subject, package = subject_of(WORKSPACE, source), package_of(WORKSPACE, source)
    with contractual(subject.api, package) as target:
        evidence = prove(subject, target, package, FOREVER, silent).evidence

    assert failures(evidence) == []
    assert evidence.witnessed.disagreements == ()
    assert evidence.holds
    assert {verdict.case.suite for verdict in evidence.verdicts} >= {"matrix", "answers", "rules"}
    assert [item for item in evidence.unproved if not item.reason] == []


@pytest.mark.parametrize("name", PARTNERS)
def test_partner_that_behaves_is_proved(name: str) -> None:
    (source,) = WORKSPACE.sources([name])
    subject = subject_of(WORKSPACE, source)
    with behaving(WORKSPACE, source, subject.api) as target:
        evidence = prove(subject, target, None, FOREVER, silent).evidence

    assert failures(evidence) == []
    assert evidence.witnessed.disagreements == ()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModuleType]:
    """Return a function that generates a contract of tests/contracts."""

    @cache
    def make(name: str) -> ModuleType:
        return generated(tmp_path_factory.mktemp(name), name, load(CONTRACTS / name / "openapi.yaml").value)

    return make


@pytest.mark.parametrize("name", ["zoo", "shop"])
def test_every_keyword_is_proved(name: str, made: Callable[[str], ModuleType]) -> None:
    package = made(name)
    subject = subject_named(package, name)
    with contractual(subject.api, package) as target:
        evidence = prove(subject, target, package, FOREVER, silent).evidence

    assert failures(evidence) == []
    assert evidence.witnessed.disagreements == ()


ASSERTIONS = {
    "additionalProperties", "anyOf", "const", "contains", "dependentRequired", "enum", "exclusiveMaximum",
    "exclusiveMinimum", "format", "items", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum",
    "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern",
    "propertyNames", "required", "type", "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
}  # fmt: skip


def test_every_assertion_of_json_schema_is_refused_and_accepted_in_bodies(made: Callable[[str], ModuleType]) -> None:
    package = made("zoo")
    subject = subject_named(package, "zoo")
    with contractual(subject.api, package) as target:
        verdicts = prove(subject, target, None, FOREVER, silent).evidence.verdicts
    tried = {(item.case.kind, item.case.keyword) for item in verdicts if item.case.location == "body application/json"}

    assert [word for word in sorted(ASSERTIONS) for kind in ("refused", "accepted") if (kind, word) not in tried] == []


# --- servers that are broken in one way ---------------------------------------------------------------------------------

SOUND: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Rooms", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/rooms/{room}": {
            "post": {
                "operationId": "bookRoom",
                "security": [{"key": ["book"]}],
                "parameters": [
                    {"name": "room", "in": "path", "required": True, "schema": {"type": "integer", "maximum": 9}},
                    {"name": "X-Team", "in": "header", "required": True, "schema": {"type": "string", "minLength": 2}},
                    {"name": "mode", "in": "query", "schema": {"enum": ["day", "hour"]}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["start", "guests"],
                                "additionalProperties": False,
                                "properties": {
                                    "start": {"type": "string", "format": "date-time"},
                                    "guests": {"type": "array", "maxItems": 3, "items": {"type": "string"}},
                                    "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
                                },
                            }
                        }
                    },
                },
                "responses": {
                    "201": {
                        "description": "Booked.",
                        "headers": {"X-Left": {"required": True, "schema": {"type": "integer", "minimum": 0}}},
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}
                            }
                        },
                    }
                },
            }
        }
    },
    "components": {
        "securitySchemes": {
            "key": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://example.com/token", "scopes": {"book": "Book."}}},
            }
        }
    },
}
BODY = ("paths", "/rooms/{room}", "post", "requestBody", "content", "application/json", "schema")
OPERATION = ("paths", "/rooms/{room}", "post")
GONE = object()


def changed(contract: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return ``contract`` with another value at ``place``, or without it."""
    head, *rest = place
    if isinstance(contract, list):
        return [changed(item, tuple(rest), value) if index == head else item for index, item in enumerate(contract)]
    if rest:
        return {**contract, head: changed(contract[head], tuple(rest), value)}
    return {key: item for key, item in {**contract, head: value}.items() if item is not GONE}


# What the server takes the contract to be -> a case that must fail.
BROKEN: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "a bound is one too high": (
        (*OPERATION, "parameters", 0, "schema", "maximum"), 10, "bookRoom path /room maximum: refused",
    ),
    "a bound is one too low": (
        (*OPERATION, "parameters", 0, "schema", "maximum"), 8, "bookRoom path /room maximum: accepted",
    ),
    "a header may be absent": ((*OPERATION, "parameters", 1, "required"), False, "bookRoom header /X-Team required: refused"),
    "a header may be short": (
        (*OPERATION, "parameters", 1, "schema", "minLength"), GONE, "bookRoom header /X-Team minLength: refused",
    ),
    "a choice has gone": ((*OPERATION, "parameters", 2, "schema", "enum"), ["day"], "bookRoom query /mode enum: accepted"),
    "a member may be absent": (
        (*BODY, "required"), ["guests"], "bookRoom body application/json /start required: refused",
    ),
    "a format is not asserted": (
        (*BODY, "properties", "start", "format"), GONE, "bookRoom body application/json /start format: refused",
    ),
    "a list may be long": (
        (*BODY, "properties", "guests", "maxItems"), GONE, "bookRoom body application/json /guests maxItems: refused",
    ),
    "unknown members are let in": (
        (*BODY, "additionalProperties"), GONE, "bookRoom body application/json additionalProperties: refused",
    ),
    "the edge is let in": (
        (*BODY, "properties", "price", "exclusiveMinimum"), -1,
        "bookRoom body application/json /price exclusiveMinimum: refused",
    ),
    "steps are not asked for": (
        (*BODY, "properties", "price", "multipleOf"), GONE, "bookRoom body application/json /price multipleOf: refused",
    ),
    "items may be anything": (
        (*BODY, "properties", "guests", "items"), GONE, "bookRoom body application/json /guests/0 type: refused",
    ),
    "nobody has to log in": ((*OPERATION, "security"), [], "bookRoom credential security: unauthorized"),
    "scopes are not asked for": (
        (*OPERATION, "security"), [{"key": []}], "bookRoom credential /key security: forbidden",
    ),
    "an answer may be anything": (
        (*OPERATION, "responses", "201", "content", "application/json", "schema", "properties"), {},
        "bookRoom response 201 application/json /id type: answer caught",
    ),
    "a header of an answer may be absent": (
        (*OPERATION, "responses", "201", "headers", "X-Left", "required"), False,
        "bookRoom response 201 header X-Left required: answer caught",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return generated(tmp_path_factory.mktemp("rooms"), "rooms", SOUND)


@pytest.fixture
def deviant(rooms: ModuleType, tmp_path: Path) -> Callable[[Any], Any]:
    """Return a package whose server takes its contract to be another."""

    class Deviant:
        handlers = rooms.handlers

        def __init__(self, contract: Any) -> None:
            self._path = tmp_path / "openapi.json"
            self._path.write_text(json.dumps(contract), encoding="utf-8")

        def create_app(self, functions: Any, **options: Any) -> Any:
            return serve(self._path, functions, rooms.server.OPERATIONS, **options)

    return Deviant


def test_sound_server_is_proved(rooms: ModuleType) -> None:
    subject = subject_named(rooms, "rooms")
    with contractual(subject.api, rooms) as target:
        evidence = prove(subject, target, rooms, FOREVER, silent).evidence

    assert failures(evidence) == []


@pytest.mark.parametrize("what", BROKEN)
def test_broken_server_is_named(rooms: ModuleType, deviant: Callable[[Any], Any], what: str) -> None:
    place, value, expected = BROKEN[what]
    subject = subject_named(rooms, "rooms")
    package = deviant(changed(SOUND, place, value))
    with contractual(subject.api, package) as target:
        evidence = prove(subject, target, package, FOREVER, silent).evidence
    found = [str(verdict.case) for verdict in evidence.failures]

    assert [case for case in found if case.startswith(expected)], found
    assert len(found) <= 8, found  # it is that and what hangs together with it, not everything


# --- servers that are no servers of ours --------------------------------------------------------------------------------


class Foreign:
    """A server that answers as a function says, in the name of the contract of rooms."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.url, self._answer = "http://127.0.0.1", answer

    def send(self, request: Request) -> Reply:
        return self._answer(request)


JSON = ("content-type", "application/json")
FINE = Reply(201, (JSON, ("x-left", "1")), b'{"id": 1}')


def foreign(rooms: ModuleType, answer: Callable[[Request], Reply]) -> Evidence:
    return prove(subject_named(rooms, "rooms"), Foreign(answer), None, FOREVER, silent).evidence


def test_server_that_takes_everything_fails_wherever_something_is_wrong(rooms: ModuleType) -> None:
    evidence = foreign(rooms, lambda _: FINE)
    refused = [verdict for verdict in evidence.verdicts if verdict.case.kind == "refused"]

    assert refused
    assert [verdict.case for verdict in refused if verdict.passed] == []
    assert "must be refused with 4xx" in refused[0].detail
    assert refused[0].curl.startswith("curl -i --path-as-is -X POST ")


def test_server_that_refuses_everything_proves_nothing(rooms: ModuleType) -> None:
    evidence = foreign(rooms, lambda _: Reply(422, (), b""))
    matrix = [verdict for verdict in evidence.verdicts if verdict.case.suite == "matrix"]

    assert matrix == []
    assert any("the sound request is refused with 422" in item.reason for item in evidence.unproved)


WRONG = {
    "401 without a challenge": (Reply(401, (), b""), "401 has no WWW-Authenticate"),
    "405 without Allow": (Reply(405, (), b""), "Allow says nothing, must name POST"),
    "204 with a body": (Reply(204, (), b"text"), "204 has a body"),
    "a traceback": (Reply(400, (), b"Traceback (most recent call last)"), "the body leaks Traceback"),
    "a path": (Reply(404, (), b"no such file: /home/ada/app/rooms.py"), "the body leaks /home/ada/"),
    "a failure": (Reply(500, (), b""), "must not fail"),
}


@pytest.mark.parametrize("what", WRONG)
def test_rule_of_http_is_named(rooms: ModuleType, what: str) -> None:
    reply, expected = WRONG[what]
    evidence = foreign(rooms, lambda _: reply)

    assert [verdict for verdict in evidence.failures if expected in verdict.detail]


LIES = {
    "a body of another type": (Reply(201, (JSON, ("x-left", "1")), b"[]"), "is not of type 'object'"),
    "a body that is no JSON": (Reply(201, (JSON, ("x-left", "1")), b"{"), "has a body that is no JSON"),
    "a header too few": (Reply(201, (JSON,), b"{}"), "has no header X-Left"),
    "a header out of bounds": (Reply(201, (JSON, ("x-left", "-1")), b"{}"), "has the header X-Left: -1"),
    "another media type": (Reply(201, (("content-type", "text/html"), ("x-left", "1")), b"{}"), "is text/html"),
    "another status": (Reply(202, (), b""), "has a status that is not declared"),
}


@pytest.mark.parametrize("what", LIES)
def test_witness_names_an_answer_that_is_not_declared(rooms: ModuleType, what: str) -> None:
    reply, expected = LIES[what]
    evidence = foreign(rooms, lambda _: reply)

    assert [text for text in evidence.witnessed.disagreements if expected in text]
    assert not evidence.holds


def test_witness_disagrees_with_a_server_that_lets_through_what_is_wrong(rooms: ModuleType) -> None:
    reached = Reply(201, FINE.headers, FINE.body, reached=True)
    evidence = foreign(rooms, lambda _: reached)

    assert [text for text in evidence.witnessed.disagreements if "lets through what is wrong" in text]


def test_failure_of_an_application_is_a_reply(rooms: ModuleType) -> None:
    async def app(*_: Any) -> None:
        raise RuntimeError("no database")

    with InProcess(app) as target:
        assert target.send(Request("GET", "/")) == Reply(599, (), b"the application raised RuntimeError: no database")


def test_time_that_is_over_leaves_cases_unproved(rooms: ModuleType) -> None:
    over = Settings("in process", 1, time.monotonic() - 1)
    evidence = prove(subject_named(rooms, "rooms"), Foreign(lambda _: FINE), None, over, silent).evidence

    assert evidence.verdicts == ()
    assert {item.reason for item in evidence.unproved} >= {"there was no time left"}


def test_logs_are_as_loud_after_a_run_as_before(rooms: ModuleType) -> None:
    before = logging.root.manager.disable
    foreign(rooms, lambda _: FINE)

    assert logging.root.manager.disable == before


# --- evidence -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proof(rooms: ModuleType) -> Proof:
    """Return a proof with everything in it: what holds, what fails, what chance found."""
    subject = subject_named(rooms, "rooms")
    found = prove(subject, Foreign(lambda _: FINE), None, FOREVER, silent)
    mutants = Mutants(1, (Mutant("drop", "bookRoom", "/a", "case"), Mutant("keep", "bookRoom", "<b>", "", "equal")))
    evidence = Evidence(
        **{
            **vars(found.evidence),
            "fuzz": Fuzz((1, 2), 10, ()),
            "mutants": mutants,
            "witnessed": Witnessed(4, 1, ("<script>",)),
        }
    )
    return Proof(evidence, found.seconds)


def test_evidence_is_what_its_schema_says(proof: Proof) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())

    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(json.loads(written(proof.evidence)))) == []
    assert document(proof.evidence)["mutants"]["score"] == 0.5


def test_evidence_is_the_same_to_the_byte(rooms: ModuleType) -> None:
    subject = subject_named(rooms, "rooms")
    texts = set()
    for _ in range(2):
        with contractual(subject.api, rooms) as target:
            texts.add(written(prove(subject, target, rooms, FOREVER, silent).evidence))

    assert len(texts) == 1


def test_junit_counts_what_failed(proof: Proof) -> None:
    suites = {suite.get("name"): suite for suite in ET.fromstring(junit([proof]))}  # noqa: S314 - our own
    failed = [verdict for verdict in proof.evidence.failures if verdict.case.suite == "matrix"]

    assert suites["rooms matrix"].get("failures") == str(len(failed))
    assert len(suites["rooms matrix"].findall("testcase/failure")) == len(failed)
    assert suites["rooms not provable"].get("skipped") == str(len(proof.evidence.unproved))


def test_page_stands_alone_and_shows_what_is_not_well(proof: Proof) -> None:
    html = page([proof])

    assert re.findall(r"<(?:script|link|img|iframe)\b|\bsrc=|url\(|@import", html) == []
    assert "Not kept: rooms" in html
    assert "&lt;script&gt;" in html
    assert "1 of 2 noticed (50.0%)" in html
    assert "keep: bookRoom &lt;b&gt;" in html
    assert 'class="some"' in html
