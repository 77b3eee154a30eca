"""Who may call a mock: clients by their keys, and by tokens that it issued, which expire on its clock."""

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from conversation import Reply
from partners import Talk

from specwright.cli import main
from specwright.mock.app import Mock
from specwright.mock.server import Settings, load
from specwright.workspace import Workspace

SCHEMES = {
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "oauth/token", "scopes": {"read": "See.", "write": "Change."}}},
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
ASKED = {"/read": {"oauth": ["read"]}, "/write": {"oauth": ["write"]}} | {
    f"/{name}": {name: []} for name in ("key", "bearer", "basic")
}
CONTRACT = {
    "openapi": "3.0.3",
    "info": {"title": "Clinic", "version": "1"},
    "paths": {
        path: {"get": {"operationId": path[1:], "security": [asked], "responses": {"204": {"description": "Yes."}}}}
        for path, asked in ASKED.items()
    },
    "components": {"securitySchemes": SCHEMES},
}
WORLD = {
    "clients": [
        {"id": "ada", "secret": "s e/cret"},
        {"id": "reader", "secret": "reads", "scopes": ["read"]},
        {"id": "gone", "secret": "was", "is_active": False},
    ]
}
ADA = {"client_id": "ada", "client_secret": "s e/cret"}
READER = {"client_id": "reader", "client_secret": "reads"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("auth")
    for name in ("clinic", "shop"):
        (root / "specs" / name).mkdir(parents=True)
        (root / "specs" / name / "openapi.json").write_text(json.dumps(CONTRACT), encoding="utf-8")
        (root / "specs" / name / "world.yaml").write_text(json.dumps(WORLD), encoding="utf-8")
    assert main(["--root", str(root), "generate"]) == 0
    return Workspace(root)


@pytest.fixture(scope="module")
def mocks(workspace: Workspace) -> Mapping[str, Mock]:
    """Return a mock a mode; ``generated`` is afterwards what it was before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", list(sys.path))
        patch.setitem(sys.modules, "generated", sys)  # puts back what there was, or nothing
        del sys.modules["generated"]
        modes: Any = ("strict", "presence", "off")
        return {mode: load(workspace, workspace.sources(), Settings(auth=mode)) for mode in modes}


@pytest.fixture
def clinic(mocks: Mapping[str, Mock]) -> Talk:
    return Talk("clinic", mock=mocks["strict"])


def ask_token(talk: Talk, authorization: str = "", content_type: str = "", **form: str | list[str]) -> Reply:
    said = {"authorization": authorization, "content-type": content_type or "application/x-www-form-urlencoded"}
    body = urlencode({"grant_type": "client_credentials", **form}, doseq=True)
    return talk.ask("POST", "/oauth/token", [item for item in said.items() if item[1]], body.encode())


def token(talk: Talk, **form: str) -> str:
    asked = ask_token(talk, **{**ADA, **form})
    return str(asked.json["access_token"])


def read(talk: Talk, credential: str, path: str = "/read") -> int:
    return talk.ask("GET", path, [("authorization", f"Bearer {credential}")]).status


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


# --- the token endpoint -----------------------------------------------------------------------------------------------


def test_a_client_is_given_a_token_for_all_its_scopes(clinic):
    reply = ask_token(clinic, **ADA)

    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json == {"access_token": reply.json["access_token"], "token_type": "Bearer", "expires_in": 3600}
    assert [read(clinic, reply.json["access_token"], path) for path in ("/read", "/write")] == [204, 204]


def test_a_token_is_for_the_scopes_that_were_asked_for(clinic):
    reply = ask_token(clinic, **ADA, scope="write read")
    write = token(clinic, scope="write")

    assert reply.json["scope"] == "read write"
    assert [read(clinic, write, path) for path in ("/read", "/write")] == [403, 204]


@pytest.mark.parametrize("encoded", [basic("ada", "s e/cret"), basic("ada", "s+e%2Fcret")])
def test_a_client_may_say_who_it_is_by_basic_authentication(clinic, encoded):
    reply = ask_token(clinic, encoded)

    assert read(clinic, reply.json["access_token"]) == 204


@pytest.mark.parametrize(
    ("authorization", "form"),
    [
        ("", {"client_id": "ada", "client_secret": "wrong"}),
        ("", {"client_id": "nobody", "client_secret": "s e/cret"}),
        ("", {"client_id": "gone", "client_secret": "was"}),
        ("", {"client_id": "ada"}),
        ("", {}),
        (basic("ada", "wrong"), {}),
        (basic("ada", "wrong"), ADA),
        ("Basic ???", {}),
    ],
    ids=str,
)
def test_a_client_that_is_not_known_is_given_none(clinic, authorization, form):
    reply = ask_token(clinic, authorization, **form)

    assert reply.status == 401
    assert reply.headers["www-authenticate"] == 'Basic realm="token"'
    assert reply.json == {"error": "invalid_client", "error_description": "the client id or secret is wrong"}


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type", "grant_type must be client_credentials"),
        ({"grant_type": ""}, "invalid_request", "grant_type is required"),
        ({"scope": "read delete"}, "invalid_scope", "the client has the scopes read"),
        ({"scope": "write"}, "invalid_scope", "the client has the scopes read"),
        (
            {"scope": ["read", "read"]},
            "invalid_request",
            "the body must be application/x-www-form-urlencoded, every parameter in it once",
        ),
        (
            {"content_type": "application/json"},
            "invalid_request",
            "the body must be application/x-www-form-urlencoded, every parameter in it once",
        ),
    ],
    ids=str,
)
def test_what_is_no_sound_request_for_a_token_is_refused(clinic, form, error, description):
    reply = ask_token(clinic, **{**READER, **form})

    assert (reply.status, reply.json) == (400, {"error": error, "error_description": description})


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_lives_an_hour_on_the_clock_of_the_mock(clinic):
    given = token(clinic)

    clinic.advance(timedelta(seconds=3599))
    assert read(clinic, given) == 204
    clinic.advance(timedelta(seconds=1))
    assert read(clinic, given) == 401


def test_a_revoked_token_is_worth_nothing(clinic):
    revoked, other = token(clinic), token(clinic)
    clinic.change(revoked=(jwt.decode(revoked, options={"verify_signature": False})["jti"],))

    assert [read(clinic, revoked), read(clinic, other)] == [401, 204]


def test_a_token_is_worth_nothing_at_another_api(clinic):
    shop = Talk("shop", mock=clinic.mock, namespace=clinic.namespace)

    assert [read(clinic, token(clinic)), read(clinic, token(shop)), read(shop, token(shop))] == [204, 401, 204]


def test_a_token_is_worth_nothing_in_another_namespace(clinic):
    elsewhere = Talk("clinic", mock=clinic.mock)

    assert read(clinic, token(elsewhere)) == 401


def test_a_token_is_worth_nothing_once_its_client_is_gone(clinic):
    given = token(clinic)
    gone = {"clients": [{**client, "is_active": False} for client in WORLD["clients"]]}
    clinic.change(worlds={"clinic": gone})
    assert read(clinic, given) == 401

    clinic.change(worlds={"clinic": {"clients": WORLD["clients"][1:]}})
    assert read(clinic, given) == 401


def test_a_forged_token_is_worth_nothing(clinic):
    given = token(clinic)
    claims = jwt.decode(given, options={"verify_signature": False})
    key = hashlib.sha256(f"{clinic.namespace}\n{clinic.namespace}".encode()).hexdigest()
    head, body, _ = given.split(".")
    forged = [
        f"{head}.{body}.{'A' * 43}",
        f"{head}.{body}.",
        jwt.encode(claims, "another key that is as long as ours is", "HS256"),
        jwt.encode(claims, None, "none"),
        jwt.encode({"sub": "ada"}, key, "HS256"),
        "no token",
    ]

    assert (
        read(clinic, jwt.encode(claims, key, "HS256")) == 204
    )  # the key is right, so the others fail for their reasons
    assert [read(clinic, some) for some in forged] == [401] * len(forged)


def test_without_the_scope_an_operation_is_forbidden(clinic):
    given = token(clinic, **READER)
    reply = clinic.ask("GET", "/write", [("authorization", f"Bearer {given}")])

    assert read(clinic, given) == 204
    assert (reply.status, reply.json["detail"]) == (403, "the credentials lack the scope write")
    assert 'error="insufficient_scope"' in reply.headers["www-authenticate"]


# --- keys and modes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "credential", "status"),
    [
        ("/key", "x-key", "reads", 204),
        ("/key", "x-key", "wrong", 401),
        ("/key", "x-key", "was", 401),
        ("/bearer", "authorization", "Bearer reads", 204),
        ("/bearer", "authorization", "Bearer was", 401),
        ("/basic", "authorization", basic("reader", "reads"), 204),
        ("/basic", "authorization", basic("reader", "wrong"), 401),
        ("/basic", "authorization", basic("ada", "reads"), 401),
        ("/read", "authorization", "Bearer reads", 401),
        ("/read", "authorization", basic("reader", "reads"), 401),
    ],
)
def test_strict_knows_the_keys_of_active_clients_where_keys_are_asked_for(clinic, path, name, credential, status):
    assert clinic.ask("GET", path, [(name, credential)]).status == status


@pytest.mark.parametrize("path", ["/read", "/write", "/bearer"])
def test_presence_takes_any_credential_and_asks_for_one(mocks, path):
    talk = Talk("clinic", mock=mocks["presence"])
    reply = talk.ask("GET", path)

    assert read(talk, "anything", path) == 204
    assert (reply.status, reply.json["detail"]) == (401, "credentials are missing or not valid")


def test_presence_holds_the_tokens_it_issued_to_what_they_say(mocks):
    talk = Talk("clinic", mock=mocks["presence"])
    shop = Talk("shop", mock=talk.mock, namespace=talk.namespace)
    given, read_only = token(talk), token(talk, scope="read")

    assert [read(talk, given), read(talk, read_only, "/write"), read(talk, token(shop))] == [204, 403, 401]
    talk.advance(timedelta(hours=1))
    assert read(talk, given) == 401


def test_off_asks_for_nothing(mocks):
    talk = Talk("clinic", mock=mocks["off"])

    assert [talk.ask("GET", path).status for path in ASKED] == [204] * len(ASKED)
