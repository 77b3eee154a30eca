"""readOnly and writeOnly through a generated server, and answers that break the contract in every way they can.

OpenAPI 3.0.4 section 4.7.24.1: what is readOnly SHOULD NOT be sent in a request, and is required of responses only;
what is writeOnly SHOULD NOT be sent in a response, and is required of requests only. JSON Schema validation section
9.4: what is sent of a readOnly value is ignored or rejected.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from conftest import generated

from specwright.mock.contract.answer import handlers as mock_handlers
from specwright.plan import build

ADDRESS = {
    "type": "object",
    "required": ["city", "checked"],
    "properties": {"city": {"type": "string"}, "checked": {"type": "boolean", "readOnly": True}},
}
USER = {
    "type": "object",
    "required": ["id", "name", "password"],
    "properties": {
        "id": {"$ref": "#/components/schemas/Id"},
        "name": {"type": "string"},
        "password": {"type": "string", "minLength": 8, "writeOnly": True},
        "address": {"$ref": "#/components/schemas/Address"},
        "others": {"type": "array", "items": {"$ref": "#/components/schemas/Address"}},
        "pet": {
            "oneOf": [
                {"type": "object", "required": ["cat"], "properties": {"cat": {"type": "integer", "readOnly": True}}},
                {"type": "object", "required": ["dog"], "properties": {"dog": {"type": "string"}}},
            ]
        },
    },
}
CLOSED = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
}
USERS = {
    name: {"schema": {"$ref": "#/components/schemas/User"}} for name in ("application/json", "multipart/form-data")
}
FORM = {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Closed"}}}
HEADERS = {
    "X-Count": {"required": True, "schema": {"type": "integer", "minimum": 0}},
    "X-Tags": {"schema": {"type": "array", "items": {"type": "string", "maxLength": 3}}},
}
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Directions", "version": "1"},
    "paths": {
        "/users": {
            "post": {
                "operationId": "createUser",
                "requestBody": {"required": True, "content": USERS},
                "responses": {
                    "201": {
                        "description": "The user.",
                        "headers": HEADERS,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}},
                    },
                    "204": {"description": "Nothing to say."},
                },
            }
        },
        "/closed": {
            "post": {
                "operationId": "createClosed",
                "requestBody": {"required": True, "content": FORM},
                "responses": {
                    "200": {
                        "description": "It.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Closed"}}},
                    }
                },
            }
        },
        "/text": {
            "get": {
                "operationId": "getText",
                "responses": {
                    "200": {
                        "description": "Text.",
                        "content": {"text/plain": {"schema": {"type": "string", "maxLength": 3}}},
                    },
                    "4XX": {"description": "No."},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "User": USER,
            "Address": ADDRESS,
            "Closed": CLOSED,
            "Id": {"type": "integer", "minimum": 1, "readOnly": True},
        }
    },
}
SECRET = "hunter2-secret"
NEW = {"name": "Ada", "password": "longenough"}
OLD = {"id": 1, "name": "Ada"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return generated(tmp_path_factory.mktemp("directions"), "directions", CONTRACT)


Post = Callable[..., httpx.Response]


@pytest.fixture
def served(package: Any) -> tuple[Post, list[Any], dict[str, Any]]:
    """Return (what sends a request, the bodies that handlers got, what they answer by the name of the operation)."""
    got: list[Any] = []
    answers: dict[str, Any] = {}

    def handler(name: str) -> Any:
        async def answer(body: Any = None) -> Any:
            got.append(body)
            return answers[name]

        return answer

    names = ("create_user", "create_closed", "get_text")
    app = package.create_app(SimpleNamespace(**{name: handler(name) for name in names}))

    def send(method: str, path: str, **request: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
                return await client.request(method, path, **request)

        return asyncio.run(sent())

    return send, got, answers


# --- readOnly in requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (NEW, NEW),
        ({**NEW, "id": 5}, NEW),
        ({**NEW, "address": {"city": "Rome"}}, {**NEW, "address": {"city": "Rome"}}),
        ({**NEW, "address": {"city": "Rome", "checked": True}}, {**NEW, "address": {"city": "Rome"}}),
        ({**NEW, "id": 5, "others": [{"city": "a", "checked": True}]}, {**NEW, "others": [{"city": "a"}]}),
        ({**NEW, "pet": {"cat": 3}}, {**NEW, "pet": {}}),
        ({**NEW, "pet": {"dog": "Rex", "cat": "x"}}, {**NEW, "pet": {"dog": "Rex", "cat": "x"}}),
        ({**NEW, "checked": True}, {**NEW, "checked": True}),
    ],
    ids=["none", "at the top", "not there", "below", "in a list", "of an alternative", "of another", "of no schema"],
)
def test_read_only_member_of_a_request_is_ignored(package, served, sent, received):
    send, got, answers = served
    answers["create_user"] = package.handlers.CreateUser204()

    assert send("POST", "/users", json=sent).status_code == 204
    assert got[0].model_dump(mode="json") == received


def test_read_only_member_of_a_form_is_ignored(package, served):
    send, got, answers = served
    answers["create_user"] = package.handlers.CreateUser204()
    fields = {name: (None, str(value)) for name, value in {**NEW, "id": 5}.items()}
    answers["create_closed"] = package.handlers.CreateClosed200(package.models.Closed())

    assert send("POST", "/users", files=fields).status_code == 204
    assert send("POST", "/closed", data={"id": "5", "secret": "a"}).status_code == 200
    assert [body.model_dump(mode="json") for body in got] == [NEW, {"secret": "a"}]


@pytest.mark.parametrize(
    ("sent", "pointer", "keyword"),
    [
        ({**NEW, "id": "five"}, "/id", "type"),
        ({**NEW, "id": 0}, "/id", "minimum"),
        ({**NEW, "address": {"city": "a", "checked": 1}}, "/address/checked", "type"),
        ({"name": "Ada"}, "/password", "required"),
        ({**NEW, "address": {}}, "/address/city", "required"),
    ],
)
def test_request_is_checked_whether_or_not_it_is_ignored(served, sent, pointer, keyword):
    send, got, _ = served
    response = send("POST", "/users", json=sent)

    assert response.status_code == 400
    assert [(error["pointer"], error["keyword"]) for error in response.json()["errors"]] == [(pointer, keyword)]
    assert got == []


def test_mock_does_not_take_over_what_is_read_only(package):
    app = package.create_app(mock_handlers(build("directions", CONTRACT), package))

    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
            return await client.post("/users", json={**NEW, "id": 77})

    answer = asyncio.run(sent())

    assert (answer.status_code, answer.json()["name"]) == (201, "Ada")
    assert answer.json()["id"] != 77
    assert "password" not in answer.json()


# --- answers that break the contract ----------------------------------------------------------------------------------


def broken(package: Any) -> dict[str, tuple[str, Any, list[str]]]:
    """Return (operation, answer of its handler, what the log says) by what is wrong with the answer."""
    classes, models = package.handlers, package.models
    user = models.User.model_validate_json(json.dumps(OLD))
    leaking = models.User.model_validate_json(json.dumps({**OLD, "password": SECRET}))
    nameless = models.User.model_construct(id=1)
    several = models.User.model_construct(id=0, name=5, password=SECRET)
    return {
        "readOnly is required": (
            "create_user",
            classes.CreateUser201(models.User.model_construct(name="Ada"), x_count=1),
            ["body /id is required (required)"],
        ),
        "writeOnly": (
            "create_user",
            classes.CreateUser201(leaking, x_count=1),
            ["body /password must not be in a response (writeOnly)"],
        ),
        "writeOnly of a closed object": (
            "create_closed",
            classes.CreateClosed200(models.Closed.model_construct(secret=SECRET)),
            ["body /secret"],
        ),
        "body": ("create_user", classes.CreateUser201(nameless, x_count=1), ["body /name is required (required)"]),
        "everything at once": (
            "create_user",
            classes.CreateUser201(several, x_count=-1, x_tags=[SECRET]),
            [
                "header X-Count must be at least 0 (minimum)",
                "header X-Tags/0 must be at most 3 characters long (maxLength)",
                "body /id must be at least 1 (minimum)",
                "body /name must be string, not integer (type)",
                "body /password must not be in a response (writeOnly)",
            ],
        ),
        "header": (
            "create_user",
            classes.CreateUser201(user, x_count=-1),
            ["header X-Count must be at least 0 (minimum)"],
        ),
        "header that is no JSON": (
            "create_user",
            classes.CreateUser201(user, x_count=object()),
            ["header X-Count cannot be written: "],
        ),
        "header that is missing": (
            "create_user",
            classes.CreateUser201(user, x_count=None),
            ["header X-Count is required"],
        ),
        "status": ("get_text", classes.GetText4XX(status=500), ["status 500 is not declared"]),
        "response of another operation": (
            "get_text",
            classes.CreateUser204(),
            ["CreateUser204 is no response of this"],
        ),
        "text": ("get_text", classes.GetText200(SECRET), ["body the value must be at most 3", "(maxLength)"]),
        "media type": ("get_text", classes.GetText200({"a": SECRET}), ["must be string, not object (type)"]),
    }


BREACHES = [
    "readOnly is required",
    "writeOnly",
    "writeOnly of a closed object",
    "body",
    "everything at once",
    "header",
    "header that is no JSON",
    "header that is missing",
    "status",
    "response of another operation",
    "text",
    "media type",
]
REQUESTS: dict[str, Any] = {
    "create_user": ("POST", "/users", {"json": NEW}),
    "create_closed": ("POST", "/closed", {"data": {"secret": "a"}}),
    "get_text": ("GET", "/text", {}),
}


@pytest.mark.parametrize("breach", BREACHES)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_broken_answer_is_a_500_that_says_nothing_and_a_log_record_that_says_all(package, served, caplog, breach):
    send, _, answers = served
    name, answers[name], logged = broken(package)[breach]
    method, path, request = REQUESTS[name]
    with caplog.at_level(logging.ERROR, "specwright.runtime"):
        response = send(method, path, **request)

    (record,) = [record for record in caplog.records if record.name == "specwright.runtime"]
    assert [text for text in logged if text not in record.getMessage()] == []
    assert SECRET not in caplog.text
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The server could not answer as its contract says.",
    }
    assert not {"x-count", "x-tags"} & response.headers.keys()


def test_every_breach_is_tested(package):
    assert list(broken(package)) == BREACHES


def test_sound_answer_leaves(package, served):
    send, _, answers = served
    user = package.models.User.model_validate_json(json.dumps(OLD))
    answers["create_user"] = package.handlers.CreateUser201(user, x_count=0, x_tags=["a", "b"])
    response = send("POST", "/users", json=NEW)

    assert (response.status_code, response.json()) == (201, OLD)
    assert (response.headers["x-count"], response.headers["x-tags"]) == ("0", "a,b")


# --- what a refusal repeats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"name": 5, "password": SECRET}, [("/name", "string", 5)]),
        ({"name": "Ada", "password": "short"}, [("/password", 8, "...")]),
        (
            {**NEW, "pet": {"cat": "x", "dog": 5, "password": SECRET}},
            [("/pet", "oneOf", {"cat": "x", "dog": 5, "password": "..."})],
        ),
        ([SECRET[:3], {"password": SECRET}], [("", "object", [SECRET[:3], {"password": "..."}])]),
        (
            {**NEW, "name": ["x" * 300]},
            [("/name", "string", ["x" * 193 + "..."])],
        ),
        ({"name": "Ada"}, [("/password", ["name", "password"], None)]),
    ],
    ids=["another member", "the secret", "an object", "a list", "long", "nothing"],
)
def test_refusal_says_what_was_received_but_no_secret(served, sent, errors):
    send, _, _ = served
    response = send("POST", "/users", json=sent)
    found = response.json()["errors"]

    assert SECRET not in response.text
    assert len(response.content) < 1000
    assert [(error["pointer"], error.get("received")) for error in found] == [(e[0], e[2]) for e in errors]
    assert all(error["expected"] == e[1] or error["keyword"] == e[1] for error, e in zip(found, errors, strict=True))


def test_body_with_a_million_faults_is_refused_for_its_first(served):
    send, _, _ = served
    started = time.perf_counter()
    response = send("POST", "/users", json={**NEW, "others": [1] * 1_000_000})

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/others/0"]
    assert time.perf_counter() - started < 10
