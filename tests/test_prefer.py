"""What a request prefers, as Prism and RFC 7240 have it, and the answer that it gets."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import GOLDEN, generated
from conversation import Reply, call

from specwright.mock.contract.answer import Answers, NoAnswer, handlers
from specwright.mock.prefer import BadPreference, Preference, applied, preference, without
from specwright.plan import Api, Operation, build, view
from specwright.runtime.outcomes import Outcome
from specwright.runtime.responses import Answer
from specwright.spec.pointer import deref, resolve
from specwright.spec.read import read
from specwright.spec.schemas import Schemas
from specwright.workspace import find

WORKSPACE = find(GOLDEN.parents[1])
PARTNERS = [source.name for source in WORKSPACE.sources()]


# --- what is preferred ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        # Prism's tests and documentation
        ("code=202", Preference(code=202)),
        ("example=bear", Preference(example="bear")),
        ("dynamic=true", Preference(dynamic=True)),
        ("dynamic=false", Preference()),
        ("code=404, example=dog, dynamic=true, seed=abc", Preference(404, "dog", True, "abc")),
        ("code=404,example=dog", Preference(404, "dog")),
        # RFC 7240 section 2
        ("respond-async, wait=100, code=404", Preference(code=404)),
        ("CODE=404", Preference(code=404)),
        ("code=404, code=500", Preference(code=404)),
        ('code="404"', Preference(code=404)),
        ('example="a, b"', Preference(example="a, b")),
        ('example="a; b=c"', Preference(example="a; b=c")),
        ('example="say \\"a\\" \\\\ b"', Preference(example='say "a" \\ b')),
        ("code \t=\t 404\t;\t foo \t=\t 'bar'", Preference(code=404)),
        ('example=dog; note="x, code=500"; more', Preference(example="dog")),
        ('handling=strict; code=404, return="code=500"', Preference()),
        (", code=404,, ", Preference(code=404)),
        # what has no quotes though it should
        ("example=my dog", Preference(example="my dog")),
        ('example="dog', Preference(example='"dog')),
        ("example=hündin", Preference(example="hündin")),
        ("", Preference()),
        ("respond-async", Preference()),
    ],
)
def test_header_says_what_is_preferred(field, wanted):
    assert preference([(b"accept", b"*/*"), (b"prefer", field.encode())], b"") == wanted


def test_headers_are_one_list():
    assert preference([(b"prefer", b"wait=1, code=404"), (b"prefer", b"example=dog")], b"") == Preference(404, "dog")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", Preference()),
        ("code=404", Preference()),
        ("__code=202", Preference(code=202)),
        ("__example=bear", Preference(example="bear")),
        ("__dynamic=true", Preference(dynamic=True)),
        ("__seed=a%20b+c", Preference(seed="a b c")),
        ("page=2&__code=404&__example=dog&x__code=1&__codes=2", Preference(404, "dog")),
        ("__code=404&__code=500", Preference(code=404)),
        ("__server=https://example.com", Preference()),
    ],
)
def test_query_says_what_is_preferred(query, wanted):
    assert preference([], query.encode()) == wanted


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("dynamic=true", Preference(dynamic=True)),
        ("code=404", Preference(code=404)),
        ("respond-async", Preference(code=500, example="bear")),
    ],
)
def test_header_that_prefers_an_answer_goes_before_the_query(field, wanted):
    assert preference([(b"prefer", field.encode())], b"__code=500&__example=bear") == wanted


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("code=9", "code=9: code must be a status code of three digits, as in code=404"),
        ("code=4044", "code=4044: code must be a status code of three digits, as in code=404"),
        ("code=default", "code=default: code must be a status code of three digits, as in code=404"),
        ("code=4XX", "code=4XX: code must be a status code of three digits, as in code=404"),
        ("code=٤٠٤", "code=\\u0664\\u0660\\u0664: code must be a status code of three digits, as in code=404"),
        ("code=", "code=: code must be a status code of three digits, as in code=404"),
        ("dynamic=maybe", "dynamic=maybe: dynamic must be true or false"),
        ("dynamic=True", "dynamic=True: dynamic must be true or false"),
        ("example=", "example=: example must be the name of an example of the response, as in example=dog"),
        ("seed=", "seed=: seed must be a text, as in seed=abc"),
    ],
)
def test_value_that_is_not_allowed_is_refused(said, message):
    for prefix, asked in [
        ("Prefer: ", lambda: preference([(b"prefer", said.encode())], b"")),
        ("__", lambda: preference([], f"__{said}".encode())),
    ]:
        with pytest.raises(BadPreference) as refused:
            asked()
        assert str(refused.value) == prefix + message


def test_control_characters_cannot_reach_the_answer():
    with pytest.raises(BadPreference, match=r"^__seed=a\\r\\nx: 1: seed must be a text"):
        preference([], b"__seed=a%0D%0Ax:%201")


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        (b"", b""),
        (b"page=2&name=a%20b", b"page=2&name=a%20b"),
        (b"__code=404", b""),
        (b"a=1&__code=404&b=__&__example=x&__dynamic=true&__seed&c", b"a=1&b=__&c"),
        (b"__server=x&__codes=1&a__code=2", b"__server=x&__codes=1&a__code=2"),
    ],
)
def test_contract_does_not_see_preferences(query, rest):
    assert without(query) == rest


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Preference(), ""),
        (Preference(code=404), "code=404"),
        (Preference(404, "dog", True, "abc"), "code=404, example=dog, dynamic=true, seed=abc"),
        (Preference(example='my "dog" \\ cat'), 'example="my \\"dog\\" \\\\ cat"'),
        (Preference(example="a,b;c"), 'example="a,b;c"'),
        (Preference(example="hündin"), 'example="hündin"'),
    ],
)
def test_applied_preferences_are_said_as_they_are_read(wanted, field):
    assert applied(wanted) == field
    assert preference([(b"prefer", field.encode())], b"") == wanted


@pytest.mark.parametrize(
    ("wanted", "picks"),
    [
        (Preference(), False),
        (Preference(seed="a"), False),
        (Preference(code=404), True),
        (Preference(example="dog"), True),
        (Preference(dynamic=True, seed="a"), True),
    ],
)
def test_code_example_and_dynamic_pick_an_answer(wanted, picks):
    assert wanted.picks is picks


# --- the answer -------------------------------------------------------------------------------------------------------


def content(schema: Any, **examples: Any) -> Any:
    return {"application/json": {"schema": schema, "examples": {name: {"value": v} for name, v in examples.items()}}}


PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
PROBLEM = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
DOG, CAT = {"id": 1, "name": "Rex"}, {"id": 2, "name": "Tom"}
GONE, NEVER = {"message": "gone"}, {"message": "never was"}
PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "post": {
                "operationId": "addPet",
                "requestBody": {"content": {"application/json": {"schema": PET}}},
                "responses": {
                    "202": {"description": "Later", "content": content(PROBLEM, later={"message": "later"})},
                    "201": {"description": "Added", "content": {"application/json": {"schema": PET, "example": DOG}}},
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            }
        },
        "/pets/{petId}": {
            "get": {
                "operationId": "getPet",
                "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "Pet",
                        "headers": {"X-Count": {"required": True, "schema": {"type": "integer", "examples": [3]}}},
                        "content": {
                            **content(PET, dog=DOG, cat=CAT, wrong={"id": "one"}),
                            "text/plain": {"examples": {"note": {"value": "a dog"}}},
                            "text/csv": {"examples": {"row": {"value": "1,Rex"}}},
                            "image/*": {"examples": {"picture": {"value": "GIF89a"}}},
                        },
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                    "4XX": {"description": "Other", "content": content(PROBLEM, teapot={"message": "short and stout"})},
                    "default": {"description": "Rest", "content": content(PROBLEM, oops={"message": "oops"})},
                    "204": {"description": "Nothing"},
                },
            }
        },
        "/bare": {"get": {"operationId": "getBare", "responses": {"200": {"description": "Fine"}}}},
        "/hard": {
            "get": {
                "operationId": "getHard",
                "responses": {
                    "200": {
                        "description": "Hard",
                        "content": content({"minimum": 2, "allOf": [{"maximum": 1}]}),
                    }
                },
            }
        },
    },
    "components": {
        "examples": {"never": {"value": NEVER}},
        "responses": {
            "NotFound": {
                "description": "Not found",
                "content": {
                    "application/json": {
                        "schema": PROBLEM,
                        "examples": {"gone": {"value": GONE}, "never": {"$ref": "#/components/examples/never"}},
                    }
                },
            }
        },
    },
}
PETS["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]["application/json"]["examples"].update(
    away={"externalValue": "https://example.com/away.json"}
)


class Asking:
    """A server whose handlers answer with a preference."""

    def __init__(self, api: Api, package: Any) -> None:
        self.preference, self._answers = Preference(), Answers(api, package)
        self._operations = {item.operation_id: item for item in api.operations}
        self._app = package.create_app(SimpleNamespace(**{o.identifier: self._handler(o) for o in api.operations}))

    def _handler(self, operation: Operation) -> Any:
        async def handler(**arguments: Any) -> Any:
            return self._answers.response(operation, self.preference, arguments)

        return handler

    def __call__(self, request: str, body: Any = None, **wanted: Any) -> Reply:
        self.preference = Preference(**wanted)
        chunks = [b"" if body is None else json.dumps(body).encode()]
        return call(self._app, *request.split(), [("content-type", "application/json")] if body else [], chunks)

    def refused(self, operation_id: str, **wanted: Any) -> NoAnswer:
        with pytest.raises(NoAnswer) as refused:
            self._answers.response(self._operations[operation_id], Preference(**wanted), {})
        return refused.value


@pytest.fixture(scope="module")
def pets(tmp_path_factory) -> tuple[Api, Any]:
    return build("preferred", PETS), generated(tmp_path_factory.mktemp("pets"), "preferred", PETS)


@pytest.fixture(scope="module")
def ask(pets) -> Asking:
    return Asking(*pets)


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ({}, 200, DOG),
        ({"code": 200}, 200, DOG),
        ({"example": "dog"}, 200, DOG),
        ({"example": "cat"}, 200, CAT),
        ({"code": 200, "example": "cat"}, 200, CAT),
        ({"code": 404}, 404, GONE),
        ({"code": 404, "example": "never"}, 404, NEVER),
        ({"code": 418}, 418, {"message": "short and stout"}),
        ({"code": 418, "example": "teapot"}, 418, {"message": "short and stout"}),
        ({"code": 503}, 503, {"message": "oops"}),
        ({"code": 302}, 302, {"message": "oops"}),
        ({"dynamic": True, "example": "cat"}, 200, CAT),
    ],
)
def test_preferred_response_is_answered(ask, wanted, status, body):
    reply = ask("GET /pets/7", **wanted)

    assert (reply.status, reply.json) == (status, body)


@pytest.mark.parametrize(
    ("name", "media_type", "text"),
    [
        ("note", "text/plain; charset=utf-8", b"a dog"),
        ("row", "text/csv; charset=utf-8", b"1,Rex"),
        ("picture", "image/x-example", b"GIF89a"),
    ],
)
def test_example_is_found_in_every_media_type(ask, name, media_type, text):
    reply = ask("GET /pets/7", example=name)

    assert (reply.status, reply.headers["content-type"], reply.content) == (200, media_type, text)


def test_response_without_content_is_answered(ask):
    assert (ask("GET /pets/7", code=204).status, ask("GET /bare", code=200).content) == (204, b"")


def test_headers_are_filled_for_every_preference(ask):
    for wanted in ({}, {"example": "cat"}, {"dynamic": True}):
        assert ask("GET /pets/7", **wanted).headers["x-count"] == "3"


def test_success_without_a_code_is_the_lowest_and_an_example_any(ask):
    assert (ask("POST /pets").status, ask("POST /pets", example="later").status) == (201, 202)


def test_example_that_has_no_name_is_the_default_one(ask):
    assert ask("POST /pets", example="default").json == DOG


def test_request_is_echoed_in_a_success_that_is_not_a_preferred_example(ask):
    sent = {"id": 7, "name": "Ida"}

    assert ask("POST /pets", sent).json == sent
    assert ask("POST /pets", sent, code=201).json == sent
    assert ask("POST /pets", sent, dynamic=True).json == sent
    assert ask("POST /pets", sent, example="default").json == DOG
    assert ask("POST /pets", {"id": 7, "name": "Ida"}, code=404).json == GONE


def test_dynamic_answers_are_those_of_their_seed(ask):
    seeds = [None, "a", "b", "c", "d"]
    found = [[ask("GET /pets/7", dynamic=True, seed=seed).json for seed in seeds] for _ in range(2)]

    assert found[0] == found[1]
    assert len({body["id"] for body in found[0]}) == len(seeds)
    assert ask("GET /pets/7", dynamic=True, code=404, seed="a").json not in (GONE, NEVER)


def test_seed_alone_does_not_make_an_answer_dynamic(ask):
    assert ask("GET /pets/7", seed="a").json == DOG


@pytest.mark.parametrize(
    ("operation", "wanted", "detail"),
    [
        ("addPet", {"code": 418}, "POST /pets has no response 418: the contract declares 201, 202, 404"),
        ("addPet", {"code": 200}, "POST /pets has no response 200: the contract declares 201, 202, 404"),
        ("getBare", {"code": 404}, "GET /bare has no response 404: the contract declares 200"),
        (
            "getPet",
            {"code": 999},
            "GET /pets/{petId} has no response 999: the contract declares 200, 204, 404, 4XX, default",
        ),
        (
            "addPet",
            {"example": "dog"},
            "POST /pets has no example dog for 201 and 202: the contract has default, later",
        ),
        (
            "getPet",
            {"code": 404, "example": "dog"},
            "GET /pets/{petId} has no example dog for 404: the contract has gone, never",
        ),
        ("getBare", {"example": "dog"}, "GET /bare has no example dog for 200: the contract has none"),
        (
            "getPet",
            {"code": 200, "example": "away"},
            "GET /pets/{petId} has no example away for 200: the contract has dog, cat, wrong, picture, row, note",
        ),
    ],
)
def test_answer_that_is_not_declared_is_not_found(ask, operation, wanted, detail):
    refused = ask.refused(operation, **wanted)

    assert (refused.status, str(refused)) == (404, detail)
    assert refused.pointer.endswith("/responses")
    assert resolve(PETS, refused.pointer)


def test_example_that_breaks_its_schema_is_not_answered(ask):
    refused = ask.refused("getPet", example="wrong")

    assert refused.status == 500
    assert str(refused) == "GET /pets/{petId}: the example wrong of application/json does not obey its schema"
    assert refused.pointer == "/paths/~1pets~1{petId}/get/responses/200"


@pytest.mark.parametrize("wanted", [{}, {"dynamic": True}, {"code": 200}])
def test_schema_without_a_value_says_that_it_needs_an_example(ask, wanted):
    refused = ask.refused("getHard", **wanted)

    assert refused.status == 500
    assert str(refused).startswith("GET /hard: no example at /paths/~1hard/get/responses/200/")
    assert str(refused).endswith(": add one")


def test_handlers_answer_without_a_preference(pets):
    reply = call(pets[1].create_app(handlers(*pets)), "GET", "/pets/7")

    assert (reply.status, reply.json) == (200, DOG)


# --- the partners -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=PARTNERS)
def partner(request, tmp_path_factory) -> tuple[Api, Any]:
    """Return one partner's API and its package, generated anew."""
    (source,) = WORKSPACE.sources([request.param])
    contract = read(source.contract, WORKSPACE.root).value
    package = generated(tmp_path_factory.mktemp("partner"), source.package, contract)
    return build(source.package, contract), package


def sent(api: Api, package: Any, operation: Operation, response: Any) -> Answer:
    """Return ``response`` as the server sends it, which checks it against the contract."""
    declared = next(item for item in operation.responses if item.class_name == type(response).__name__)
    outcome = Outcome(declared, type(response), Schemas(view(api.contract, "response")))
    answer = outcome.answer(response, "*/*")
    assert isinstance(answer, Answer), answer
    return answer


def examples(api: Api) -> Iterator[tuple[Operation, str, str, Any]]:
    """Yield (operation, status, name, value) of every example of a response."""
    for operation in api.operations:
        for status, item in resolve(api.contract, operation.pointer)["responses"].items():
            for media in deref(api.contract, item).get("content", {}).values():
                for name, example in media.get("examples", {}).items():
                    yield operation, status, name, deref(api.contract, example)["value"]


def test_every_example_of_the_partner_can_be_preferred(partner):
    answers, found = Answers(*partner), list(examples(partner[0]))

    for operation, status, name, value in found:
        response = answers.response(operation, Preference(int(status), name), {})
        answer = sent(*partner, operation, response)
        assert (answer.status, json.loads(answer.body)) == (int(status), value)
    assert {status[0] for _, status, _, _ in found} >= {"2"}


@pytest.mark.parametrize("dynamic", [False, True])
def test_every_status_of_the_partner_can_be_preferred(partner, dynamic):
    answers = Answers(*partner)

    for operation in partner[0].operations:
        for status in resolve(partner[0].contract, operation.pointer)["responses"]:
            response = answers.response(operation, Preference(int(status), dynamic=dynamic), {})
            assert sent(*partner, operation, response).status == int(status)
