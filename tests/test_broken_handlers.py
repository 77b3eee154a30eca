"""Servers broken in ten ways: what a proof says of each names it. Nine are of a server that was not made here, one of a partner."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conversations import stage
from jsonschema import Draft202012Validator

from specwright.plan import build
from specwright.prove.partner_mutants import broken_partners, killed
from specwright.prove.requests import Requests
from specwright.prove.run import probes, run
from specwright.prove.subject import Subject
from specwright.prove.target import InProcess

BOOK = {
    "type": "object",
    "required": ["id", "title"],
    "additionalProperties": False,
    "properties": {"id": {"type": "string"}, "title": {"type": "string", "maxLength": 9, "examples": ["Emma"]}},
}
NEW = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string", "maxLength": 9, "examples": ["Emma"]}},
}
ERROR = {
    "description": "No.",
    "content": {"application/json": {"schema": {"type": "object", "required": ["detail"]}}},
}
CONTRACT: Any = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "paths": {
        "/books": {
            "post": {
                "operationId": "addBook",
                "requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}},
                "responses": {
                    "201": {
                        "description": "Added.",
                        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": BOOK}},
                    },
                    "400": ERROR,
                },
            }
        },
        "/books/{id}": {
            "get": {
                "operationId": "readBook",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 9}}
                ],
                "responses": {
                    "200": {"description": "It.", "content": {"application/json": {"schema": BOOK}}},
                    "400": ERROR,
                    "404": ERROR,
                },
            }
        },
    },
}
TRACE = 'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in add\nKeyError'
# What is broken -> what the proof says: of which operation, and what is wrong.
BROKEN = {
    "wrong status": ("addBook", "has a status that is not declared"),
    "wrong type": ("addBook", r"body \['title'\] 7 is not of type 'string'"),
    "missing required member": ("addBook", "'id' is a required property"),
    "extra member": ("addBook", r"Additional properties are not allowed \('shelf' was unexpected\)"),
    "wrong media type": ("addBook", "is text/plain, which is not declared"),
    "missing header": ("addBook", "has no header Location"),
    "leaked traceback": ("addBook", "the body leaks Traceback"),
    "state not written": ("addBook", "Location resolves: "),
    "no validation": ("addBook body application/json /title maxLength: refused", "must be refused"),
}


class Library:
    """Keeps its contract, unless it is ``broken`` in some way."""

    def __init__(self, broken: str = "") -> None:
        self.broken, self.books = broken, {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, said, document = self.answer(scope["method"], scope["path"], headers, body)
        kind = "text/plain" if self.broken == "wrong media type" and status == 201 else "application/json"
        sent = {"content-type": kind, **said}
        raw = [(name.encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, Any]:
        found = re.fullmatch("/books(/[^/]+)?", path)
        if not found:
            return 404, {}, {"detail": "nothing here"}
        if method != ("GET" if found[1] else "POST"):
            return 405, {"allow": "GET" if found[1] else "POST"}, {"detail": "no such method"}
        if headers.get("accept", "*/*") not in ("*/*", "application/json"):
            return 406, {}, {"detail": "only JSON"}
        if found[1]:
            return self.read(found[1][1:])
        if headers.get("content-type") != "application/json":
            return (415 if body else 400), {}, {"detail": "only JSON"}
        return self.add(body)

    def read(self, key: str) -> tuple[int, Any, Any]:
        if len(key) > 9:
            return 400, {}, {"detail": "the id is too long"}
        if key not in self.books:
            return 404, {}, {"detail": "no such book"}
        return 200, {}, self.books[key]

    def add(self, body: bytes) -> tuple[int, Any, Any]:
        try:
            document = json.loads(body)
            fault = next(Draft202012Validator(NEW).iter_errors(document), None)
        except ValueError:
            document, fault = {}, "no JSON"
        if fault and self.broken != "no validation":
            return 400, {}, {"detail": TRACE if self.broken == "leaked traceback" else "the body is wrong"}
        key = str(len(self.books) + 1)
        title = document.get("title", "") if isinstance(document, dict) else ""
        book = {"id": key, "title": title if isinstance(title, str) else ""}
        if self.broken != "state not written":
            self.books[key] = book
        return self.told(key, book)

    def told(self, key: str, book: Any) -> tuple[int, Any, Any]:
        """Say that a book was added."""
        status = 202 if self.broken == "wrong status" else 201
        headers = {} if self.broken == "missing header" else {"location": f"/books/{key}"}
        changes = {"wrong type": {"title": 7}, "extra member": {"shelf": 1}, "missing required member": {"id": None}}
        sent = {**book, **changes.get(self.broken, {})}
        return status, headers, {name: value for name, value in sent.items() if value is not None}


def complaints(library: Library) -> Iterator[str]:
    """Yield what the proof has against a server."""
    api = build("", CONTRACT)
    subject = Subject("library", api, json.dumps(CONTRACT), {})
    with InProcess(library) as target:
        ledger = run(subject, target, probes(Requests(subject), target, None), time.monotonic() + 60, lambda _: None)
    yield from (f"{verdict.case}: {verdict.detail}" for verdict in ledger.verdicts if not verdict.passed)
    yield from ledger.disagreements


def test_server_that_keeps_its_contract_is_proved() -> None:
    assert list(complaints(Library())) == []


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_handler_is_caught_and_named(broken: str) -> None:
    operation, what = BROKEN[broken]
    found = list(complaints(Library(broken)))

    assert [line for line in found if line.startswith(operation) and re.search(what, line)], "\n".join(found)


def test_partner_that_answers_for_an_unknown_id_is_caught_and_named() -> None:
    upvio = stage("upvio")
    unknown = next(some for some in broken_partners(upvio.file, upvio.partner) if "raise Denied(404" in some.name)

    mutant = killed(upvio.mock, "upvio", upvio.served, upvio.behaviour, unknown)

    assert re.match(r"a \w+ must be known: answered 500|a \w+ must be known: step 1: ", mutant.killed_by)
