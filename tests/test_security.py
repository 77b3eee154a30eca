"""Who may call: every kind of security scheme, the ways to combine them, and what a client that may not is told.

A hook knows the credentials of GENUINE. Requests are raw ASGI messages to one server generated from CONTRACT.
"""

import base64
import logging
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest
from contractual import admits
from conversation import Headers, Reply, call
from modelled import generated

from specwright.plan import build
from specwright.runtime.security import Credential

# --- the contract and its hook ----------------------------------------------------------------------------------------

SCHEMES = {
    "headerKey": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "otherKey": {"type": "apiKey", "in": "header", "name": "X-Other"},
    "queryKey": {"type": "apiKey", "in": "query", "name": "key"},
    "cookieKey": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "digest": {"type": "http", "scheme": "digest"},
    "oauth2": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "https://example.com/token",
                "scopes": {"read": "See.", "write": "Change."},
            }
        },
    },
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com/openid"},
    "mutual": {"type": "mutualTLS"},
    "badge": {"$ref": "#/components/securitySchemes/headerKey"},
}
REQUIREMENTS: dict[str, list[dict[str, list[str]]] | None] = {
    "rooted": None,
    "public": [],
    "header-key": [{"headerKey": []}],
    "query-key": [{"queryKey": []}],
    "cookie-key": [{"cookieKey": []}],
    "basic": [{"basic": []}],
    "bearer": [{"bearer": []}],
    "digest": [{"digest": []}],
    "oauth2": [{"oauth2": ["read", "write"]}],
    "openid": [{"openid": ["read"]}],
    "mutual": [{"mutual": []}],
    "role": [{"headerKey": ["admin"]}],
    "badge": [{"badge": []}],
    "both": [{"headerKey": [], "bearer": []}],
    "two-keys": [{"headerKey": [], "otherKey": []}],
    "both-scoped": [{"headerKey": ["admin"], "oauth2": ["write"]}],
    "either": [{"headerKey": []}, {"oauth2": ["read"]}],
    "either-scope": [{"oauth2": ["write"]}, {"oauth2": ["read"], "headerKey": []}],
    "either-token": [{"bearer": []}, {"oauth2": ["write"]}, {"basic": []}],
    "maybe": [{"bearer": []}, {}],
    "maybe-first": [{}, {"bearer": []}],
    "maybe-scoped": [{"oauth2": ["write"]}, {}],
}
ANSWER = {"204": {"description": "Done."}}


def contract() -> dict[str, Any]:
    def operation(name: str, requirements: Any) -> dict[str, Any]:
        own = {} if requirements is None else {"security": requirements}
        return {"get": {"operationId": name.replace("-", "_"), "responses": ANSWER, **own}}

    return {
        "openapi": "3.1.0",
        "info": {"title": "Doors", "version": "1"},
        "paths": {f"/{name}": operation(name, requirements) for name, requirements in REQUIREMENTS.items()},
        "security": [{"bearer": []}],
        "components": {"securitySchemes": SCHEMES},
    }


LONG = "x" * 100_000
GENUINE = {
    Credential("headerKey", "k"): (),
    Credential("headerKey", "k, k"): (),
    Credential("headerKey", "with space"): (),
    Credential("headerKey", "root"): ("admin",),
    Credential("headerKey", LONG): (),
    Credential("otherKey", "o"): (),
    Credential("badge", "k"): (),
    Credential("queryKey", "k+&"): (),
    Credential("queryKey", "\u043a\u043b\u044e\u0447"): (),
    Credential("queryKey", LONG): (),
    Credential("cookieKey", "k"): (),
    Credential("cookieKey", "a=b"): (),
    Credential("cookieKey", LONG): (),
    Credential("basic", "ada:pass:word"): (),
    Credential("basic", "ada:"): (),
    Credential("basic", "ada:???"): (),
    Credential("basic", ":"): (),
    Credential("basic", "J\u00fcrgen:\u20ac"): (),
    Credential("basic", f"ada:{LONG}"): (),
    Credential("bearer", "t"): (),
    Credential("bearer", "1|a.b-c_d~e+f/g=="): (),
    Credential("bearer", LONG): (),
    Credential("digest", 'username="ada", realm="api"'): (),
    Credential("digest", LONG): (),
    Credential("oauth2", "none"): (),
    Credential("oauth2", "reader"): ("read",),
    Credential("oauth2", "writer"): ("read", "write"),
    Credential("oauth2", "text"): "write read",
    Credential("oauth2", "root"): {"read", "write", "delete", "*"},
    Credential("oauth2", LONG): ("read", "write"),
    Credential("openid", "none"): [],
    Credential("openid", "reader"): ["read"],
    Credential("openid", "text"): "openid read",
    Credential("openid", "root"): frozenset({"read", "write"}),
    Credential("openid", LONG): ["read"],
    Credential("mutual", ""): (),
}


async def authenticate(credential: Credential) -> Any:
    if "crash" in credential.value:
        raise RuntimeError("secret")
    return GENUINE.get(credential)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("security"), {"doors": contract()})["doors"].module


def app_of(package: Any, **options: Any) -> Any:
    def handler(name: str) -> Any:
        answer = getattr(package, f"{''.join(part.capitalize() for part in name.split('-'))}204")

        async def handle() -> Any:
            return answer()

        return handle

    return package.create_app(
        SimpleNamespace(**{name.replace("-", "_"): handler(name) for name in REQUIREMENTS}), **options
    )


@pytest.fixture(scope="module")
def app(package):
    return app_of(package, authenticate=authenticate)


def get(app: Any, path: str, *headers: tuple[str, str | bytes]) -> Reply:
    return call(app, "GET", path, headers)


def basic(text: bytes, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(text).decode()}"


AUTH = "authorization"
KEY = ("x-key", "k")
TOKEN = (AUTH, "Bearer t")
ADA = basic(b"ada:pass:word")

# --- one scheme: what is sent -> the status ---------------------------------------------------------------------------

Row = tuple[str, str, Headers, int]


def token_rows(path: str, genuine: str) -> list[Row]:
    """Return the rows that every scheme with bearer tokens has."""
    return [
        ("absent", path, [], 401),
        ("empty header", path, [(AUTH, "")], 401),
        ("no token", path, [(AUTH, "Bearer")], 401),
        ("empty token", path, [(AUTH, "Bearer   ")], 401),
        ("no scheme name", path, [(AUTH, genuine)], 401),
        ("scheme name runs into the token", path, [(AUTH, f"Bearer{genuine}")], 401),
        ("another scheme", path, [(AUTH, f"Token {genuine}")], 401),
        ("basic instead", path, [(AUTH, ADA)], 401),
        ("scheme in lower case", path, [(AUTH, f"bearer {genuine}")], 204),
        ("scheme in upper case", path, [(AUTH, f"BEARER {genuine}")], 204),
        ("extra spaces", path, [(AUTH, f"Bearer   {genuine} ")], 204),
        ("tab for a space", path, [(AUTH, f"Bearer\t{genuine}")], 401),
        ("two tokens in one header", path, [(AUTH, f"Bearer {genuine} {genuine}")], 401),
        ("sent twice", path, [(AUTH, f"Bearer {genuine}"), (AUTH, f"Bearer {genuine}")], 401),
        ("two schemes", path, [(AUTH, f"Bearer {genuine}"), (AUTH, ADA)], 401),
        ("token of another case", path, [(AUTH, f"Bearer {genuine.upper()}")], 401),
        ("very long and genuine", path, [(AUTH, f"Bearer {LONG}")], 204),
        ("very long and not genuine", path, [(AUTH, f"Bearer {LONG}y")], 401),
        ("control character", path, [(AUTH, f"Bearer {genuine}\x01".encode())], 401),
        ("not ASCII", path, [(AUTH, b"Bearer \xff")], 401),
        ("no-break space", path, [(AUTH, f"Bearer {genuine}\xa0".encode("latin-1"))], 401),
        ("in the query", f"{path}?access_token={genuine}", [], 401),
        ("in a header of another name", path, [("x-authorization", f"Bearer {genuine}")], 401),
        ("genuine", path, [(AUTH, f"Bearer {genuine}")], 204),
        ("refused by the hook", path, [(AUTH, "Bearer wrong")], 401),
        ("the hook fails", path, [(AUTH, "Bearer crash")], 500),
    ]


CASES: dict[str, list[Row]] = {
    "apiKey in header": [
        ("absent", "/header-key", [], 401),
        ("empty", "/header-key", [("x-key", "")], 401),
        ("blank", "/header-key", [("x-key", "  ")], 401),
        ("name of another case", "/header-key", [("X-KEY", "k")], 204),
        ("value of another case", "/header-key", [("x-key", "K")], 401),
        ("spaces around", "/header-key", [("x-key", " k ")], 204),
        ("space within", "/header-key", [("x-key", "with space")], 204),
        # They arrive as one value, which a key may be: the hook decides.
        ("sent twice", "/header-key", [KEY, ("x-key", "other")], 401),
        ("a key with a comma", "/header-key", [("x-key", "k, k")], 204),
        ("with a scheme name", "/header-key", [("x-key", "Bearer k")], 401),
        ("very long and genuine", "/header-key", [("x-key", LONG)], 204),
        ("very long and not genuine", "/header-key", [("x-key", f"{LONG}y")], 401),
        ("control character", "/header-key", [("x-key", b"k\x00")], 401),
        ("not ASCII", "/header-key", [("x-key", b"k\xff")], 401),
        ("in the query", "/header-key?X-Key=k", [], 401),
        ("in a cookie", "/header-key", [("cookie", "X-Key=k")], 401),
        ("as a token", "/header-key", [(AUTH, "Bearer k")], 401),
        ("genuine", "/header-key", [KEY], 204),
        ("genuine, the scheme by reference", "/badge", [KEY], 204),
        ("refused by the hook", "/header-key", [("x-key", "wrong")], 401),
        ("the hook fails", "/header-key", [("x-key", "crash")], 500),
        ("lacks the role", "/role", [KEY], 403),
        ("has the role", "/role", [("x-key", "root")], 204),
    ],
    "apiKey in query": [
        ("absent", "/query-key", [], 401),
        ("empty", "/query-key?key=", [], 401),
        ("no value", "/query-key?key", [], 401),
        ("name of another case", "/query-key?KEY=k%2B%26", [], 401),
        ("value of another case", "/query-key?key=K%2B%26", [], 401),
        ("sent twice", "/query-key?key=k%2B%26&key=k%2B%26", [], 401),
        ("a genuine and another", "/query-key?key=k%2B%26&key=wrong", [], 401),
        ("name encoded", "/query-key?k%65y=k%2B%26", [], 204),
        ("plus is a space", "/query-key?key=k+%26", [], 401),
        ("not ASCII and genuine", "/query-key?key=%D0%BA%D0%BB%D1%8E%D1%87", [], 204),
        ("not UTF-8", "/query-key?key=%FF", [], 401),
        ("control character", "/query-key?key=k%2B%26%00", [], 401),
        ("very long and genuine", f"/query-key?key={LONG}", [], 204),
        ("very long and not genuine", f"/query-key?key={LONG}y", [], 401),
        ("in a header", "/query-key", [("key", "k+&")], 401),
        ("in a cookie", "/query-key", [("cookie", "key=k+&")], 401),
        ("genuine", "/query-key?key=k%2B%26", [], 204),
        ("genuine, beside an unknown parameter", "/query-key?key=k%2B%26&more=1", [], 400),
        ("refused by the hook", "/query-key?key=wrong", [], 401),
        ("the hook fails", "/query-key?key=crash", [], 500),
    ],
    "apiKey in cookie": [
        ("absent", "/cookie-key", [], 401),
        ("empty", "/cookie-key", [("cookie", "sid=")], 401),
        ("no value", "/cookie-key", [("cookie", "sid")], 401),
        ("empty header", "/cookie-key", [("cookie", "")], 401),
        ("name of another case", "/cookie-key", [("cookie", "SID=k")], 401),
        ("value of another case", "/cookie-key", [("cookie", "sid=K")], 401),
        ("longer name", "/cookie-key", [("cookie", "xsid=k")], 401),
        ("among others", "/cookie-key", [("cookie", "other=1; sid=k; more=2")], 204),
        ("in two headers", "/cookie-key", [("cookie", "other=1"), ("cookie", "sid=k")], 204),
        ("no space between", "/cookie-key", [("cookie", "other=1;sid=k")], 204),
        ("quoted", "/cookie-key", [("cookie", 'sid="k"')], 204),
        ("with an equals sign", "/cookie-key", [("cookie", "sid=a=b")], 204),
        # Browsers send the cookie of the closest path first.
        ("twice, the genuine one first", "/cookie-key", [("cookie", "sid=k; sid=wrong")], 204),
        ("twice, the genuine one last", "/cookie-key", [("cookie", "sid=wrong; sid=k")], 401),
        ("control character", "/cookie-key", [("cookie", b"sid=k\x07")], 401),
        ("not ASCII", "/cookie-key", [("cookie", b"sid=\xff")], 401),
        ("very long and genuine", "/cookie-key", [("cookie", f"sid={LONG}")], 204),
        ("very long and not genuine", "/cookie-key", [("cookie", f"sid={LONG}y")], 401),
        ("in the query", "/cookie-key?sid=k", [], 401),
        ("in a header", "/cookie-key", [("sid", "k")], 401),
        ("genuine", "/cookie-key", [("cookie", "sid=k")], 204),
        ("refused by the hook", "/cookie-key", [("cookie", "sid=wrong")], 401),
        ("the hook fails", "/cookie-key", [("cookie", "sid=crash")], 500),
    ],
    "http basic": [
        ("absent", "/basic", [], 401),
        ("empty header", "/basic", [(AUTH, "")], 401),
        ("no credentials", "/basic", [(AUTH, "Basic")], 401),
        ("blank credentials", "/basic", [(AUTH, "Basic   ")], 401),
        ("another scheme", "/basic", [(AUTH, "Bearer t")], 401),
        ("scheme in upper case", "/basic", [(AUTH, basic(b"ada:pass:word", "BASIC"))], 204),
        ("extra spaces", "/basic", [(AUTH, ADA.replace(" ", "   ") + " ")], 204),
        ("no base64", "/basic", [(AUTH, "Basic !!!")], 401),
        ("base64 without padding", "/basic", [(AUTH, "Basic YWRhOg")], 401),
        ("base64 for URLs", "/basic", [(AUTH, "Basic YWRhOj8_Pw==")], 401),
        ("the same in plain base64", "/basic", [(AUTH, "Basic YWRhOj8/Pw==")], 204),
        ("text after the padding", "/basic", [(AUTH, "Basic YWRhOg==YWRhOg==")], 401),
        ("plain text", "/basic", [(AUTH, "Basic ada:pass:word")], 401),
        ("no colon", "/basic", [(AUTH, basic(b"ada"))], 401),
        ("not UTF-8", "/basic", [(AUTH, basic(b"\xff:\xff"))], 401),
        ("not ASCII within", "/basic", [(AUTH, basic("J\u00fcrgen:\u20ac".encode()))], 204),
        ("not ASCII outside", "/basic", [(AUTH, b"Basic \xff")], 401),
        ("control character within", "/basic", [(AUTH, basic(b"ada:pass:word\x00"))], 401),
        ("control character outside", "/basic", [(AUTH, f"{ADA}\x01")], 401),
        ("sent twice", "/basic", [(AUTH, ADA), (AUTH, ADA)], 401),
        ("password with a colon", "/basic", [(AUTH, ADA)], 204),
        ("empty password", "/basic", [(AUTH, basic(b"ada:"))], 204),
        ("empty user and password", "/basic", [(AUTH, basic(b":"))], 204),
        ("very long and genuine", "/basic", [(AUTH, basic(f"ada:{LONG}".encode()))], 204),
        ("very long and not genuine", "/basic", [(AUTH, basic(f"ada:{LONG}y".encode()))], 401),
        ("in the query", "/basic?authorization=x", [], 401),
        ("in a cookie", "/basic", [("cookie", f"authorization={ADA}")], 401),
        ("of a proxy", "/basic", [("proxy-authorization", ADA)], 401),
        ("refused by the hook", "/basic", [(AUTH, basic(b"ada:wrong"))], 401),
        ("the hook fails", "/basic", [(AUTH, basic(b"crash:"))], 500),
    ],
    "http bearer": [
        *token_rows("/bearer", "t"),
        ("every character that a token may have", "/bearer", [(AUTH, "Bearer 1|a.b-c_d~e+f/g==")], 204),
        ("required by the root", "/rooted", [], 401),
        ("genuine, required by the root", "/rooted", [TOKEN], 204),
        ("no credentials needed", "/public", [], 204),
        ("no credentials needed, wrong ones sent", "/public", [(AUTH, "Bearer wrong")], 204),
    ],
    "http digest": [
        ("absent", "/digest", [], 401),
        ("empty", "/digest", [(AUTH, "")], 401),
        ("no parameters", "/digest", [(AUTH, "Digest")], 401),
        ("blank parameters", "/digest", [(AUTH, "Digest  ")], 401),
        ("another scheme", "/digest", [TOKEN], 401),
        ("scheme runs on", "/digest", [(AUTH, 'Digests username="ada", realm="api"')], 401),
        ("scheme in lower case", "/digest", [(AUTH, 'digest username="ada", realm="api"')], 204),
        ("extra spaces", "/digest", [(AUTH, 'Digest   username="ada", realm="api" ')], 204),
        ("sent twice", "/digest", [(AUTH, 'Digest username="ada"'), (AUTH, 'Digest username="ada"')], 401),
        ("control character", "/digest", [(AUTH, b'Digest username="ada"\x01')], 401),
        ("not ASCII", "/digest", [(AUTH, b'Digest username="\xff"')], 401),
        ("very long and genuine", "/digest", [(AUTH, f"Digest {LONG}")], 204),
        ("in the query", '/digest?authorization=Digest%20username="ada"', [], 401),
        ("genuine", "/digest", [(AUTH, 'Digest username="ada", realm="api"')], 204),
        ("refused by the hook", "/digest", [(AUTH, "Digest nonsense")], 401),
        ("the hook fails", "/digest", [(AUTH, "Digest crash")], 500),
    ],
    "oauth2": [
        *token_rows("/oauth2", "writer"),
        ("no scope", "/oauth2", [(AUTH, "Bearer none")], 403),
        ("one scope of two", "/oauth2", [(AUTH, "Bearer reader")], 403),
        ("scopes as one text", "/oauth2", [(AUTH, "Bearer text")], 204),
        ("more scopes than needed", "/oauth2", [(AUTH, "Bearer root")], 204),
    ],
    "openIdConnect": [
        *token_rows("/openid", "reader"),
        ("no scope", "/openid", [(AUTH, "Bearer none")], 403),
        ("scopes as one text", "/openid", [(AUTH, "Bearer text")], 204),
        ("more scopes than needed", "/openid", [(AUTH, "Bearer root")], 204),
    ],
    "all of several": [
        ("absent", "/both", [], 401),
        ("the first alone", "/both", [KEY], 401),
        ("the second alone", "/both", [TOKEN], 401),
        ("the first not genuine", "/both", [("x-key", "wrong"), TOKEN], 401),
        ("the second not genuine", "/both", [KEY, (AUTH, "Bearer wrong")], 401),
        ("the second malformed", "/both", [KEY, (AUTH, "Bearer t t")], 401),
        ("both", "/both", [KEY, TOKEN], 204),
        ("both, in the other order", "/both", [TOKEN, KEY], 204),
        ("the hook fails for the second", "/both", [KEY, (AUTH, "Bearer crash")], 500),
        ("the hook is not asked when one is absent", "/both", [(AUTH, "Bearer crash")], 401),
        ("two of one kind", "/two-keys", [KEY, ("x-other", "o")], 204),
        ("one of two of one kind", "/two-keys", [KEY], 401),
        ("the key of the other", "/two-keys", [KEY, ("x-other", "k")], 401),
        ("both genuine, the first lacks its role", "/both-scoped", [KEY, (AUTH, "Bearer writer")], 403),
        ("both genuine, the second lacks its scope", "/both-scoped", [("x-key", "root"), (AUTH, "Bearer reader")], 403),
        ("the first lacks its role, the second is refused", "/both-scoped", [KEY, (AUTH, "Bearer wrong")], 401),
        ("both have all", "/both-scoped", [("x-key", "root"), (AUTH, "Bearer writer")], 204),
    ],
    "one of several": [
        ("absent", "/either", [], 401),
        ("the first", "/either", [KEY], 204),
        ("the second", "/either", [(AUTH, "Bearer reader")], 204),
        ("both", "/either", [KEY, (AUTH, "Bearer reader")], 204),
        ("the first not genuine, the second is", "/either", [("x-key", "wrong"), (AUTH, "Bearer reader")], 204),
        ("the first genuine, the second not", "/either", [KEY, (AUTH, "Bearer wrong")], 204),
        ("neither genuine", "/either", [("x-key", "wrong"), (AUTH, "Bearer wrong")], 401),
        ("the first not genuine, the second lacks scope", "/either", [("x-key", "wrong"), (AUTH, "Bearer none")], 403),
        ("the hook fails for the first", "/either", [("x-key", "crash"), (AUTH, "Bearer reader")], 500),
        ("the first lacks scope, the second opens", "/either-scope", [KEY, (AUTH, "Bearer reader")], 204),
        (
            "the first lacks scope, the second is not genuine",
            "/either-scope",
            [("x-key", "wrong"), (AUTH, "Bearer reader")],
            403,
        ),
        ("the first lacks scope, the second is absent", "/either-scope", [(AUTH, "Bearer reader")], 403),
        ("a token that two schemes read, genuine for the second", "/either-token", [(AUTH, "Bearer writer")], 204),
        ("a token that no scheme takes", "/either-token", [(AUTH, "Bearer wrong")], 401),
        ("the third", "/either-token", [(AUTH, ADA)], 204),
    ],
    "optional": [
        ("absent", "/maybe", [], 204),
        ("genuine", "/maybe", [TOKEN], 204),
        ("refused by the hook", "/maybe", [(AUTH, "Bearer wrong")], 204),
        ("malformed", "/maybe", [(AUTH, "Bearer")], 204),
        ("another scheme", "/maybe", [(AUTH, ADA)], 204),
        ("the hook fails", "/maybe", [(AUTH, "Bearer crash")], 500),
        ("nothing named first, absent", "/maybe-first", [], 204),
        ("nothing named first, genuine", "/maybe-first", [TOKEN], 204),
        ("nothing named first, refused", "/maybe-first", [(AUTH, "Bearer wrong")], 204),
        ("lacks a scope", "/maybe-scoped", [(AUTH, "Bearer reader")], 204),
        ("has the scope", "/maybe-scoped", [(AUTH, "Bearer writer")], 204),
        ("sent twice", "/maybe", [TOKEN, TOKEN], 204),
    ],
}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [pytest.param(*row[1:], id=f"{kind}: {row[0]}") for kind, rows in CASES.items() for row in rows],
)
def test_credentials_open_the_operation_or_do_not(app, path, headers, status):
    reply = call(app, "GET", path, headers)

    assert reply.status == status
    assert status != 401 or reply.headers["www-authenticate"]
    assert status == 204 or reply.headers["content-type"] == "application/problem+json"
    assert b"secret" not in reply.content


def test_every_kind_has_a_dozen_cases():
    assert {kind for kind, rows in CASES.items() if len(rows) < 12} == set()


@pytest.mark.parametrize(
    ("hook", "status"),
    [(authenticate, 204), (admits(build("doors", contract())), 204), (None, 401)],
    ids=["the hook agrees", "the hook takes anything", "no hook"],
)
def test_certificate_is_for_the_hook_to_trust(package, hook, status):
    options = {"authenticate": hook} if hook else {}

    assert get(app_of(package, **options), "/mutual").status == status


# --- what the client is told ------------------------------------------------------------------------------------------

BEARER, INVALID = 'Bearer realm="api"', 'Bearer realm="api", error="invalid_token"'
BASIC = 'Basic realm="api", charset="UTF-8"'
API_KEY = 'ApiKey realm="api", in="header", name="X-Key"'
WRONG = (AUTH, "Bearer wrong")


@pytest.mark.parametrize(
    ("path", "headers", "challenge"),
    [
        ("/header-key", [], API_KEY),
        ("/query-key", [], 'ApiKey realm="api", in="query", name="key"'),
        ("/cookie-key", [], 'ApiKey realm="api", in="cookie", name="sid"'),
        ("/basic", [], BASIC),
        ("/basic", [(AUTH, basic(b"ada:wrong"))], BASIC),
        ("/digest", [], 'Digest realm="api"'),
        ("/bearer", [], BEARER),
        ("/bearer", [(AUTH, "Bearer")], BEARER),
        ("/bearer", [(AUTH, ADA)], BEARER),
        ("/bearer", [WRONG], INVALID),
        ("/bearer", [TOKEN, TOKEN], INVALID),
        ("/bearer", [(AUTH, b"Bearer \xff")], INVALID),
        ("/openid", [], 'Bearer realm="api", scope="read"'),
        ("/oauth2", [], 'Bearer realm="api", scope="read write"'),
        ("/oauth2", [WRONG], 'Bearer realm="api", error="invalid_token", scope="read write"'),
        ("/both", [], f"{API_KEY}, {BEARER}"),
        ("/both", [KEY, WRONG], f"{API_KEY}, {INVALID}"),
        ("/both", [("x-key", "wrong"), TOKEN], f"{API_KEY}, {BEARER}"),
        ("/both", [TOKEN], f"{API_KEY}, {BEARER}"),
        ("/either", [], f'{API_KEY}, {BEARER}, scope="read"'),
        ("/either-token", [], f'{BEARER}, scope="write", {BASIC}'),
        ("/either-token", [WRONG], f'{INVALID}, scope="write", {BASIC}'),
        ("/either-scope", [], f'{BEARER}, scope="write", {API_KEY}'),
    ],
)
def test_refusal_challenges_once_for_every_scheme(app, path, headers, challenge):
    reply = call(app, "GET", path, headers)

    assert (reply.status, reply.headers["www-authenticate"]) == (401, challenge)
    assert reply.json["detail"] == "credentials are missing or not valid"


def test_certificate_is_asked_for(package):
    assert get(app_of(package), "/mutual").headers["www-authenticate"] == 'Mutual realm="api"'


@pytest.mark.parametrize(
    ("path", "headers", "lacking", "scope"),
    [
        ("/oauth2", [(AUTH, "Bearer reader")], "write", "read write"),
        ("/oauth2", [(AUTH, "Bearer none")], "read write", "read write"),
        ("/openid", [(AUTH, "Bearer none")], "read", "read"),
        ("/either", [("x-key", "wrong"), (AUTH, "Bearer none")], "read", "read"),
        ("/either-scope", [(AUTH, "Bearer reader")], "write", "write"),
        ("/both-scoped", [KEY, (AUTH, "Bearer reader")], "admin write", "write"),
    ],
)
def test_token_without_a_scope_is_told_which(app, path, headers, lacking, scope):
    reply = call(app, "GET", path, headers)

    assert (reply.status, reply.json["detail"]) == (403, f"the credentials lack the scope {lacking}")
    assert reply.headers["www-authenticate"] == f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'


def test_key_without_a_role_is_not_challenged(app):
    assert "www-authenticate" not in get(app, "/role", KEY).headers


def test_credentials_are_checked_before_the_request_is_read(app):
    assert get(app, "/bearer?unknown=1", ("accept", "no/thing")).status == 401


def test_secret_is_not_repeated_in_a_refusal(app):
    reply = get(app, "/bearer", (AUTH, "Bearer hunter2"))

    assert b"hunter2" not in reply.content
    assert "hunter2" not in str(reply.headers)


# --- the hook ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/header-key", [KEY]),
        ("/query-key?key=k%2B%26", []),
        ("/cookie-key", [("cookie", "sid=k")]),
        ("/basic", [(AUTH, ADA)]),
        ("/bearer", [TOKEN]),
        ("/digest", [(AUTH, 'Digest username="ada"')]),
        ("/oauth2", [(AUTH, "Bearer writer")]),
        ("/openid", [(AUTH, "Bearer reader")]),
        ("/both", [KEY, TOKEN]),
    ],
)
def test_without_a_hook_every_credential_is_refused(package, path, headers):
    assert call(app_of(package), "GET", path, headers).status == 401


@pytest.mark.parametrize("path", ["/public", "/maybe", "/maybe-first"])
def test_without_a_hook_what_needs_no_credential_is_served(package, path):
    assert get(app_of(package), path).status == 204
    assert get(app_of(package), path, TOKEN).status == 204


def test_missing_hook_is_said_once_when_the_app_is_made(package, caplog):
    with caplog.at_level(logging.WARNING, "specwright.runtime"):
        made = app_of(package)
        get(made, "/bearer", TOKEN)
        get(made, "/bearer", TOKEN)

    assert [record.getMessage() for record in caplog.records if record.name == "specwright.runtime"] == [
        "Doors: every credential is refused, so 18 of 22 operations answer 401: give create_app the option authenticate"
    ]


def test_hook_that_is_given_leaves_the_log_empty(package, caplog):
    with caplog.at_level(logging.WARNING, "specwright.runtime"):
        app_of(package, authenticate=authenticate)

    assert caplog.records == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/header-key", [("x-key", "any")]),
        ("/query-key?key=any", []),
        ("/cookie-key", [("cookie", "sid=any")]),
        ("/basic", [(AUTH, basic(b"any:one"))]),
        ("/bearer", [(AUTH, "Bearer any")]),
        ("/digest", [(AUTH, "Digest any")]),
        ("/oauth2", [(AUTH, "Bearer any")]),
        ("/openid", [(AUTH, "Bearer any")]),
        ("/both-scoped", [("x-key", "any"), (AUTH, "Bearer any")]),
    ],
)
def test_mock_takes_any_well_formed_credential(package, path, headers):
    mocked = app_of(package, authenticate=admits(build("doors", contract())))

    assert call(mocked, "GET", path, headers).status == 204
    assert call(mocked, "GET", path.partition("?")[0]).status == 401


@pytest.mark.parametrize("wrong", [True, 1, object()])
def test_hook_that_returns_nonsense_opens_nothing(package, wrong):
    async def hook(_: Credential) -> Any:
        return wrong

    assert get(app_of(package, authenticate=hook), "/bearer", TOKEN).status == 500


def test_hook_that_is_not_async_opens_nothing(package):
    def hook(_: Credential) -> tuple[str, ...]:
        return ()

    assert get(app_of(package, authenticate=hook), "/bearer", TOKEN).status == 500


def test_handler_learns_from_the_hook_who_calls(package):
    caller: ContextVar[str] = ContextVar("caller", default="nobody")
    seen = []

    async def hook(credential: Credential) -> tuple[str, ...] | None:
        if credential.value != "t":
            return None
        caller.set("ada")
        return ()

    async def handler() -> Any:
        seen.append(caller.get())
        return package.Maybe204()

    names = {name.replace("-", "_"): handler for name in REQUIREMENTS}
    made = package.create_app(SimpleNamespace(**names), authenticate=hook)
    for headers in ([TOKEN], [], [WRONG]):
        call(made, "GET", "/maybe", headers)

    assert seen == ["ada", "nobody", "nobody"]
