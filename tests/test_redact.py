"""Nothing secret and nothing of a patient is kept; what requests are found by is."""

import re
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest

from specwright.mock.journal.redact import MARKER, MOST_BYTES, Redacting, Verbatim
from specwright.spec.pointer import walk
from specwright.spec.read import read

ROOT = Path(__file__).parents[1]
CONTRACTS = sorted(path.parent.name for path in (ROOT / "specs").glob("*/openapi.yaml"))
SENSITIVE = {
    *("name", "first_name", "middle_name", "last_name", "staffName", "provider_name", "variableName"),
    *("email", "phone_number", "address", "locationValue", "gender", "date_of_birth"),
    *("note", "Note", "cancellation_note", "Reason", "Reasons", "answer", "answers"),
}
REDACTING = Redacting(secrets=["X-Partner-Code"])


def documents(api):
    return read(ROOT / "specs" / api / "openapi.yaml", ROOT)


def examples(api):
    """Yield every example body and value of a contract, in requests and responses."""
    for pointer, node in walk(documents(api).value):
        if pointer.endswith("/example") or (
            "/examples/" in pointer and pointer.endswith("/value") and pointer.count("/examples/") == 1
        ):
            yield node


def marked(value, name=""):
    """Return ``value`` with a text of its own for every leaf of a sensitive member, and those texts."""
    if isinstance(value, dict):
        pairs = [(key, *marked(item, key if is_sensitive(key) else name)) for key, item in value.items()]
        return {key: item for key, item, _ in pairs}, [text for _, _, texts in pairs for text in texts]
    if isinstance(value, list):
        items = [marked(item, name) for item in value]
        return [item for item, _ in items], [text for _, texts in items for text in texts]
    if not name or value is None or isinstance(value, bool):
        return value, []
    text = f"secret-{name}-{id(value)}"
    return text, [text]


def is_sensitive(name):
    return name.rpartition(".")[2] in SENSITIVE  # model.Reason


def clean(value):
    """Return ``value`` as it should be kept."""
    if isinstance(value, dict):
        return {key: hidden(item) if is_sensitive(key) else clean(item) for key, item in value.items()}
    if isinstance(value, str):
        return re.sub(r"\btoken=\w+", f"token={MARKER}", value)
    return [clean(item) for item in value] if isinstance(value, list) else value


def hidden(value):
    return value if value is None or isinstance(value, bool) or value == [] else MARKER


@pytest.mark.parametrize("api", CONTRACTS)
def test_of_the_examples_of_a_contract_only_sensitive_values_are_gone(api):
    bodies = [body for body in examples(api) if isinstance(body, dict)]
    assert bodies
    for body in bodies:
        sent, secrets = marked(body)
        kept = REDACTING.body("application/json", orjson.dumps(sent))

        assert [secret for secret in secrets if secret in kept] == []
        assert orjson.loads(kept) == clean(sent)


def test_the_examples_have_something_to_hide():
    hiding = {api for api in CONTRACTS for body in examples(api) if marked(body)[1]}

    assert hiding == {"caspen", "drcare247", "lobbie", "nexhealth", "upvio"}


@pytest.mark.parametrize("api", CONTRACTS)
def test_of_the_members_of_a_contract_the_sensitive_ones_are_known(api):
    schemas = [node for _, kind, node in documents(api).objects if kind == "schema"]
    names = {name for schema in schemas for name in schema.get("properties", ())}
    kept = orjson.loads(REDACTING.body("application/json", orjson.dumps(dict.fromkeys(names, "x"))))

    assert {name for name, value in kept.items() if value == MARKER} == names & SENSITIVE


NAMES = [
    # sensitive
    *((name, True) for name in ("firstName", "LastName", "full_name", "surname", "patientName", "NAME", "name[0]")),
    *((name, True) for name in ("e-mail", "emailAddress", "HomePhone", "phone_number", "mobile", "fax", "telecom")),
    *(
        (name, True)
        for name in ("birthDate", "dateOfBirth", "DOB", "gender", "sex", "address_line_1", "zipCode", "city")
    ),
    *((name, True) for name in ("note", "Notes", "reason", "comments", "answers", "diagnosis", "patient[bio][email]")),
    *((name, True) for name in ("insuranceId", "insurance_number", "SSN", "patientSSN", "nhs_number", "passport_id")),
    *(
        (name, True)
        for name in ("client_secret", "password", "access_token", "refreshToken", "token", "api_key", "apikey")
    ),
    *((name, True) for name in ("X-API-Key", "X-Auth-Token", "authorization", "Set-Cookie", "id_token", "n" * 101)),
    # kept
    *(
        (name, False)
        for name in ("id", "patient_id", "AddressId", "reasonId", "note_type", "email_id", "descriptor_ids")
    ),
    *((name, False) for name in ("start_time", "createdAt", "status", "type", "timezone", "duration", "token_type")),
    *(
        (name, False)
        for name in ("namespace", "renamed", "X-Mock-Namespace", "Host", "expires_in", "scope", "grant_type")
    ),
    *((name, False) for name in ("Content-Type", "User-Agent", "Idempotency-Key", "client_id", "capacity", "country")),
]


@pytest.mark.parametrize(("name", "is_hidden"), NAMES)
def test_a_name_tells_whether_its_value_is_kept(name, is_hidden):
    kept = MARKER if is_hidden else "value"

    assert orjson.loads(REDACTING.body("", orjson.dumps({"a": [{name: "value"}]}))) == {"a": [{name: kept}]}
    assert REDACTING.header(name, "value") == kept
    assert REDACTING.url(f"/x?{urlencode({name: 'value'})}") == f"/x?{urlencode({name: kept})}"


BODIES = [
    ("application/json", b"", ""),
    ("application/json", b'{"name": true, "email": null, "note": "", "phones": []}', '{"name":true,"email":null,"note":"","phones":[]}'),
    ("application/json", b'{"phone": 2025550143}', '{"phone":"REDACTED"}'),
    ("application/json", b'{"name": {"given": ["Amy"]}}', '{"name":"REDACTED"}'),
    ("application/json", b'{"url": "https://a.example/x?id=1&token=s#access_token=t"}', '{"url":"https://a.example/x?id=1&token=REDACTED#access_token=REDACTED"}'),
    ("application/json", b'["https://a.example/?name=Amy"]', '["https://a.example/?name=REDACTED"]'),
    ("application/json", b'"Amy"', '"REDACTED"'),
    ("application/json", b"7", "7"),
    ("text/plain", b'{"name": "Amy", "id": 7}', '{"name":"REDACTED","id":7}'),
    ("text/plain", b"Amy Ramos", "[REDACTED: 9 bytes that are no JSON object]"),
    ("application/json", b'{"name": "Amy"', "[REDACTED: 14 bytes that are no JSON object]"),
    ("image/png", b"\x89PNG", "[REDACTED: 4 bytes that are no JSON object]"),
    ("application/x-www-form-urlencoded", b"id=7&first%4eame=Amy&name=", "id=7&first%4eame=REDACTED&name="),
    ("application/json", b" " * (MOST_BYTES + 1), "[CUT: more than 65536 bytes]"),
    ("application/json", b"[" * 1000 + b'{"name": "Amy"}' + b"]" * 1000, "[REDACTED: 2015 bytes that are no JSON object]"),
]  # fmt: skip


@pytest.mark.parametrize(("media_type", "data", "kept"), BODIES, ids=range(len(BODIES)))
def test_a_body_is_kept_without_its_sensitive_values(media_type, data, kept):
    assert REDACTING.body(media_type, data) == kept


HEADERS = [
    ("authorization", "Bearer abc.def", "Bearer REDACTED"),
    ("authorization", "Basic dXNlcjpwYXNz", "Basic REDACTED"),
    ("authorization", "abc def", "REDACTED"),
    ("proxy-authorization", "Digest username=x", "Digest REDACTED"),
    ("cookie", "sid=1; theme=dark", "REDACTED"),
    ("set-cookie", "sid=1; Path=/", "REDACTED"),
    ("x-partner-code", "abc", "REDACTED"),
    ("X-Partner-Code", "abc", "REDACTED"),
    ("referer", "https://a.example/?email=a%40b.example&id=1", "https://a.example/?email=REDACTED&id=1"),
    ("www-authenticate", 'Bearer realm="api"', 'Bearer realm="api"'),
]


@pytest.mark.parametrize(("name", "value", "kept"), HEADERS)
def test_a_header_is_kept_without_its_secret(name, value, kept):
    assert REDACTING.header(name, value) == kept


def test_names_are_judged_alike_when_very_many_have_been_seen():
    many = orjson.dumps({f"member{number}": 1 for number in range(4000)})
    redacting = Redacting()
    for prefix in (b"a", b"b", b"c"):
        redacting.body("", many.replace(b"member", prefix + b"member"))

    assert redacting.body("", b'{"pager_phone": 1, "pager_id": 1}') == '{"pager_phone":"REDACTED","pager_id":1}'


def test_verbatim_keeps_what_it_is_given():
    keeping = Verbatim()

    assert keeping.url("/?token=a") == "/?token=a"
    assert keeping.header("authorization", "Bearer a") == "Bearer a"
    assert keeping.body("", '{"name": "Zoë"}'.encode()) == '{"name": "Zoë"}'
    assert keeping.body("", b"\xff") == b"\xff"
    assert keeping.body("", b"x" * (MOST_BYTES + 1)) == "[CUT: more than 65536 bytes]"
