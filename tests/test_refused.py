"""What an API's own hook says of refused requests: followed where it keeps the contract, logged where it does not."""

import logging
from dataclasses import FrozenInstanceError
from types import SimpleNamespace
from typing import Any

import pytest
from conversation import Reply, call
from modelled import generated

from specwright.runtime.explain import Refused
from specwright.runtime.security import Credential

PROBLEM = "application/problem+json"
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "post": {
                "operationId": "savePet",
                "security": [{"token": []}],
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
                "responses": {
                    "201": {"description": "Saved."},
                    "401": {"$ref": "#/components/responses/No"},
                    "4XX": {"$ref": "#/components/responses/No"},
                    "500": {"$ref": "#/components/responses/No"},
                },
            },
            "get": {"operationId": "listPets", "responses": {"204": {"description": "None."}}},
        }
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "responses": {
            "No": {
                "description": "No.",
                "headers": {
                    "WWW-Authenticate": {"schema": {"type": "string"}},
                    "X-Code": {"schema": {"type": "integer"}},
                },
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/No"}},
                    "application/vnd.no+json": {"schema": {"$ref": "#/components/schemas/No"}},
                },
            }
        },
        "schemas": {
            "Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}},
            "No": {
                "type": "object",
                "required": ["because"],
                "properties": {"because": {"type": "array", "minItems": 1, "items": {"type": "string"}}},
            },
        },
    },
}
TOKEN = ("authorization", "Bearer t")
JSON = ("content-type", "application/json")


async def authenticate(credential: Credential) -> list[str] | None:
    return [] if credential.value == "t" else None


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("refused"), {"pets": CONTRACT})["pets"].module


@pytest.fixture
def app_with(package):
    """Return a function that makes an app with a hook; its handler answers nothing sound when a pet is called Rex."""

    def make(refused: Any) -> Any:
        async def save_pet(*, body: Any, page: Any) -> Any:
            return None if body.name == "Rex" else package.SavePet201()

        async def list_pets() -> Any:
            return package.ListPets204()

        handlers = SimpleNamespace(save_pet=save_pet, list_pets=list_pets)
        return package.create_app(handlers, authenticate=authenticate, refused=refused)

    return make


def save(app: Any, *headers: tuple[str, str], url: str = "/pets", content: bytes = b"{}") -> Reply:
    return call(app, "POST", url, headers or (TOKEN, JSON), [content])


def because(package: Any, refused: Refused, **more: Any) -> Any:
    """Return what a hook of this API would: every fault in a line."""
    lines = [f"{item.location} {item.pointer} {item.keyword}" for item in refused.breaches]
    return package.No4XX(package.No(because=lines or [refused.detail]), status=refused.status, **more)


def test_hook_says_refusals_in_the_words_of_the_api(package, app_with):
    reply = save(app_with(lambda refused: because(package, refused)), url="/pets?page=x&more=1")

    assert (reply.status, reply.headers["content-type"]) == (400, "application/json")
    assert reply.json == {"because": ["query /more unknown", "query /page type", "body /name required"]}


@pytest.mark.parametrize(
    ("headers", "content", "said"),
    [
        ([JSON], b'{"name":"a"}', (401, "credentials are missing or not valid")),
        ([TOKEN, ("content-type", "text/plain")], b"a", (415, "the body must be application/json, not text/plain")),
        ([TOKEN, JSON, ("content-length", "99999999")], b"", (413, "the body is larger than 10485760 bytes")),
        ([TOKEN, JSON], b"", (400, "body is required")),
    ],
)
def test_hook_is_told_of_every_refusal(app_with, headers, content, said):
    told = []
    reply = save(app_with(told.append), *headers, content=content)

    assert [(item.operation_id, item.status, item.detail) for item in told] == [("savePet", *said)]
    assert reply.status == said[0]


def test_hook_is_told_what_is_wrong(app_with):
    told = []
    save(app_with(told.append))

    (breach,) = told[0].breaches
    assert (breach.location, breach.pointer, breach.keyword, breach.message) == (
        "body",
        "/name",
        "required",
        "is required",
    )


def test_what_the_hook_is_told_is_frozen(app_with):
    told = []
    save(app_with(told.append))

    with pytest.raises(FrozenInstanceError):
        told[0].status = 200
    with pytest.raises(AttributeError):
        told[0].breaches[0].location = "path"


def test_hook_is_told_that_a_handler_broke_the_contract_and_not_how(package, app_with):
    told = []
    reply = save(app_with(told.append), content=b'{"name":"Rex"}')

    assert (reply.status, reply.json) == (500, {"because": ["string"]})
    assert told == [Refused("savePet", 500, "The server could not answer as its contract says.", ())]


def test_hook_may_choose_another_declared_status(package, app_with):
    def refused(_: Refused) -> Any:
        return package.No4XX(package.No(because=["no"]), status=422, x_code=7)

    reply = save(app_with(refused))

    assert (reply.status, reply.headers["x-code"], reply.json) == (422, "7", {"because": ["no"]})


def test_words_of_the_hook_come_in_the_media_type_that_is_asked_for(package, app_with):
    app = app_with(lambda refused: because(package, refused))

    assert save(app, TOKEN, JSON, ("accept", "application/vnd.no+json")).headers["content-type"] == (
        "application/vnd.no+json"
    )


def test_challenge_stays_unless_the_hook_gives_one(package, app_with):
    kept = save(app_with(lambda refused: because(package, refused)), JSON)
    given = save(app_with(lambda refused: because(package, refused, www_authenticate="Custom")), JSON)

    assert kept.headers["www-authenticate"] == 'Bearer realm="api"'
    assert given.headers["www-authenticate"] == "Custom"


def test_hook_that_says_nothing_leaves_the_default(app_with):
    with_hook, without = save(app_with(lambda _: None)), save(app_with(lambda _: None), JSON)

    assert (with_hook.status, with_hook.json) == (400, {"because": ["string"]})
    assert (without.status, without.headers["www-authenticate"]) == (401, 'Bearer realm="api"')


@pytest.mark.parametrize(
    ("wrong", "logged"),
    [
        (lambda package: package.SavePet201(), "status 201 is no error"),
        (lambda package: package.No4XX(package.No.model_construct(because=[]), status=400), "body /because must have"),
        (lambda package: package.No4XX(package.No(because=["a"]), status=500), "status 500 is not declared"),
        (lambda package: package.ListPets204(), "ListPets204 is no response of this operation"),
        (lambda _: {"because": ["a"]}, "dict is no response of this operation"),
    ],
    ids=["a success", "a body that breaks a limit", "a status out of range", "of another operation", "a dict"],
)
def test_hook_that_breaks_the_contract_is_logged_and_not_followed(package, app_with, caplog, wrong, logged):
    with caplog.at_level(logging.ERROR, "specwright.runtime"):
        reply = save(app_with(lambda _: wrong(package)))

    assert (reply.status, reply.json) == (400, {"because": ["string"]})
    (record,) = [record for record in caplog.records if record.name == "specwright.runtime"]
    assert record.getMessage().startswith("refused broke the contract of savePet: ")
    assert logged in record.getMessage()


def test_hook_that_fails_is_logged_and_not_followed(app_with, caplog):
    def refused(_: Refused) -> None:
        raise RuntimeError("secret")

    with caplog.at_level(logging.ERROR, "specwright.runtime"):
        reply = save(app_with(refused))

    assert (reply.status, reply.json) == (400, {"because": ["string"]})
    assert b"secret" not in reply.content
    assert [record.getMessage() for record in caplog.records] == ["refused failed at savePet"]


@pytest.mark.parametrize(("method", "url", "status"), [("GET", "/dogs", 404), ("PUT", "/pets", 405)])
def test_what_belongs_to_no_operation_is_a_problem(package, app_with, method, url, status):
    reply = call(app_with(lambda refused: because(package, refused)), method, url)

    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM)


def test_option_that_does_not_exist_is_an_error(package):
    with pytest.raises(TypeError, match="create_app has no option authentify"):
        package.create_app(SimpleNamespace(), authentify=authenticate)
