"""What surrounds every request to a mock: faults, preferences, magic values, and what is kept of it."""

import json
import socket

import httpx
import pytest
import served as processes
from conversation import call
from space import APPOINTMENTS, HEADERS, NOON, WORKSPACE, Space, mock_of
from test_partners import HEADERS as HEADERS_OF
from test_partners import PARTNERS, URLS, example, follow, operation
from test_partners import TOKEN as TOKEN_OF

from specwright.errors import SpecError
from specwright.mock.server import served
from specwright.mock.settings import Settings
from specwright.mock.world import World, read_world

BODY = {
    "appt": {"patient_id": 2897, "provider_id": 104, "start_time": "2030-04-15T15:00:00Z", "appointment_type_id": 27}
}
CREATE = operation("nexhealth")["operationId"]


@pytest.fixture(scope="module")
def mock():
    return mock_of(*PARTNERS)


@pytest.fixture
def space(mock):
    return Space(mock)


def suffer(space, *profiles):
    return space.said("PUT", "/faults", {"profiles": list(profiles)})


# Faults


def test_profiles_are_read_replaced_and_removed(space):
    profile = {"api": "nexhealth", "operation": CREATE, "errorStatus": 503, "retryAfter": 7}

    assert suffer(space, profile) == {"profiles": [profile]} == space.said("GET", "/faults")
    reply = space.book()
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")
    assert space.said("DELETE", "/faults") == {}
    assert space.said("GET", "/faults") == {"profiles": []}
    assert space.book().status == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, 'send {"profiles": [...]}'),
        ({"profiles": {}}, 'send {"profiles": [...]}'),
        ({"profiles": [{}]}, "profiles.0: Value error, the profile does nothing"),
        ({"profiles": [{"errorStatus": 200}, {"latency": -1}]}, "profiles.1.latency"),
        ({"profiles": [{"errorStatus": 500, "api": "nothing"}]}, "there is no API nothing: the mock serves caspen"),
        ({"profiles": [{"errorStatus": 500, "operation": "nothing"}]}, "there is no operation nothing: it may be "),
        ({"profiles": [{"errorStatus": 500}] * 101}, "at most 100 items"),
    ],
)
def test_profiles_that_make_no_sense_are_refused_and_the_others_stay(space, body, message):
    suffer(space, {"errorStatus": 418})

    assert message in space.detail("PUT", "/faults", body, 422)

    assert space.book().status == 418


def test_an_error_is_said_in_the_words_of_the_api(space):
    suffer(space, {"errorStatus": 401})
    declared = space.book().json
    suffer(space, {"errorStatus": 502})
    other = space.book()

    assert (declared["code"], declared["data"]) == (False, None)
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json == {
        "type": "about:blank",
        "title": "Bad Gateway",
        "status": 502,
        "detail": "a fault profile of the mock asks for this answer",
    }


def test_a_fault_keeps_the_request_from_the_partner(space):
    suffer(space, {"errorStatus": 500, "failRequestCount": 1})

    assert [space.book().status, space.book().status] == [500, 201]


def test_a_quota_says_when_to_come_back(space):
    space.freeze()
    suffer(space, {"quotaName": "all", "quotaLimit": 2, "quotaWindowMillis": 10_000})
    replies = [space.book() for _ in range(3)]

    assert [reply.status for reply in replies] == [201, 400, 429]
    assert replies[2].headers["retry-after"] == "10"

    space.said("PUT", "/clock", {"action": "advance", "duration": "PT10S"})
    assert space.book().status == 400


def test_a_seed_fails_the_same_requests_each_time(mock):
    def statuses(seed):
        space = Space(mock)
        space.freeze()
        suffer(space, {"errorStatus": 500, "errorProbability": 0.5, "seed": seed})
        return [space.book().status for _ in range(30)]

    assert statuses(1) == statuses(1) != statuses(2)
    assert {500, 201} <= set(statuses(1))


def test_a_fault_is_for_one_api(space):
    suffer(space, {"api": "lobbie", "errorStatus": 500})

    assert space.book().status == 201


@pytest.mark.parametrize(
    "how", ["CONNECTION_RESET_BY_PEER", "EMPTY_RESPONSE", "RANDOM_DATA_THEN_CLOSE", "MALFORMED_RESPONSE_CHUNK"]
)
def test_a_broken_connection_is_an_error_where_there_is_none_to_break(space, how):
    suffer(space, {"fault": how})

    with pytest.raises(ConnectionResetError, match="a fault profile breaks this connection"):
        space.book()

    (entry,) = space.entries()
    assert entry["responseDefinition"] == {"status": 0}
    assert entry["refused"] == {
        "status": 0,
        "detail": "a fault profile of the mock asks for this answer",
        "violations": [],
    }
    assert json.loads(entry["request"]["body"]) == BODY


def test_a_malformed_body_is_no_json_though_the_booking_is_made(space):
    suffer(space, {"malformedBody": True})

    reply = space.book()

    assert reply.status == 201
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.content)
    space.said("DELETE", "/faults")
    assert space.book().status == 400


def test_a_slow_body_is_whole_in_the_end(space):
    whole = space.book(patient_id=None).content
    suffer(space, {"slowResponseChunkSize": 50, "slowResponseChunkDelay": 0})

    assert space.book(patient_id=None).content == whole


def test_latency_is_waited_for(space):
    suffer(space, {"latency": {"type": "fixed", "milliseconds": 20}})

    space.book()

    assert space.entries()[0]["timing"]["totalTime"] >= 20


def test_a_connection_is_reset_on_the_wire():
    with processes.served("nexhealth") as mock:
        address, profiles = f"http://127.0.0.1:{mock.port}", [{"fault": "CONNECTION_RESET_BY_PEER"}]
        assert httpx.put(f"{address}/__admin/faults", json={"profiles": profiles}).status_code == 200
        with socket.create_connection(("127.0.0.1", mock.port), timeout=10) as client:
            client.sendall(b"GET /nexhealth/appointments HTTP/1.1\r\nHost: a\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        assert httpx.get(f"{address}/__admin/health").status_code == 200


# Preferences


def answers_of(api):
    """Yield (status, example) of every answer that the contract of ``api`` documents."""
    for status, node in operation(api)["responses"].items():
        names = {name for media in follow(api, node).get("content", {}).values() for name in media.get("examples", {})}
        for name in sorted(names) or [None]:
            yield pytest.param(api, status, name, id=f"{api} {status} {name}")


def send(space, api, prefer="", query=""):
    media = next(iter(operation(api)["requestBody"]["content"].items()))
    name = next(iter(media[1]["examples"]))
    said = {**HEADERS_OF.get(api, TOKEN_OF), "content-type": media[0], **({"prefer": prefer} if prefer else {})}
    url = URLS[api] + (("&" if "?" in URLS[api] else "?") + query if query else "")
    return space.send("POST", url, example(api, media[0], name), list(said.items()))


@pytest.mark.parametrize(("api", "status", "name"), [row for api in PARTNERS for row in answers_of(api)])
def test_every_documented_answer_can_be_asked_for(space, api, status, name):
    prefer = f"code={status}" + (f", example={name}" if name else "")
    reply = send(space, api, prefer)

    assert (reply.status, reply.headers["preference-applied"]) == (int(status), prefer)
    if name:
        media = reply.headers["content-type"].split(";")[0]
        content = follow(api, operation(api)["responses"][status])["content"]
        said = content[media]["examples"][name]
        assert reply.json == json.loads(json.dumps(follow(api, said)["value"]))
    fallback = f"__code={status}" + (f"&__example={name}" if name else "")
    other = send(space, api, query=fallback)
    assert (other.status, other.content) == (reply.status, reply.content)


def test_a_seed_decides_what_is_made_up(space):
    def made(prefer):
        reply = space.book(headers=[*HEADERS, ("prefer", prefer)])
        assert (reply.status, reply.headers["preference-applied"]) == (201, prefer)
        return reply.content

    assert made("dynamic=true, seed=a") == made("dynamic=true, seed=a") != made("dynamic=true, seed=b")
    assert made("dynamic=true") == made("dynamic=true")


def test_an_answer_that_was_asked_for_books_nothing(space):
    assert space.book(headers=[*HEADERS, ("prefer", "code=201")]).status == 201
    assert space.book().status == 201


def test_the_partner_is_asked_unless_something_is_preferred(space):
    reply = space.book(headers=[*HEADERS, ("prefer", "respond-async, seed=a")])

    assert reply.status == 201
    assert "preference-applied" not in reply.headers
    assert space.book().status == 400


@pytest.mark.parametrize(
    ("prefer", "status", "message"),
    [
        ("code=201a", 422, "code must be a status code of three digits"),
        ("dynamic=maybe", 422, "dynamic must be true or false"),
        ("code=418", 404, "418"),
        ("example=nothing", 404, "nothing"),
    ],
)
def test_what_cannot_be_preferred_is_said(space, prefer, status, message):
    reply = space.book(headers=[*HEADERS, ("prefer", prefer)])

    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert message in reply.json["detail"]


def test_an_invalid_request_is_refused_whatever_it_prefers(space):
    assert space.book(provider_id="x", headers=[*HEADERS, ("prefer", "code=201")]).status == 400
    assert space.book(headers=[*HEADERS[1:], ("prefer", "code=201")]).status == 401


# Magic values


@pytest.mark.parametrize(
    "when",
    [
        {"operation": CREATE},
        {"query": {"location_id": "13"}},
        {"header": {"X-Scenario": "gone"}},
        {"body": {"/appt/note": "magic"}},
        {"body": {"/appt/provider_id": 104, "/appt/is_guardian": False}},
        {"query": {"subdomain": "happy-smiles"}, "body": {"/appt/note": "magic"}},
    ],
)
def test_a_rule_of_the_world_answers_the_requests_it_is_for(space, when):
    world = space.said("GET", "/world/nexhealth")
    space.said("PUT", "/world/nexhealth", {**world, "rules": [{"when": when, "prefer": "code=404"}]})

    assert space.book(note="magic", is_guardian=False, headers=[*HEADERS, ("x-scenario", "gone")]).status == 404


@pytest.mark.parametrize(
    "when",
    [
        {"query": {"location_id": "14"}},
        {"query": {"missing": ""}},
        {"header": {"x-scenario": "here"}},
        {"body": {"/appt/note": "other"}},
        {"body": {"/appt/nothing": None}},
        {"body": {"/appt/foreign/deep": 1}},
        {"body": {"/appt/provider_id": "104"}},
        {"body": {"/appt/is_guardian": 0}},
        {"path": {"id": "1"}},
        {"query": {"location_id": "13"}, "body": {"/appt/note": "other"}},
    ],
)
def test_a_rule_leaves_other_requests_alone(space, when):
    world = space.said("GET", "/world/nexhealth")
    space.said("PUT", "/world/nexhealth", {**world, "rules": [{"when": when, "prefer": "code=404"}]})

    assert space.book(note="magic", is_guardian=False, headers=[*HEADERS, ("x-scenario", "gone")]).status == 201


def test_a_rule_may_name_a_value_in_the_path(space):
    world = space.said("GET", "/world/lobbie")
    rule = {"when": {"path": {"locationId": 1, "accountId": "42"}}, "prefer": "code=409"}
    space.said("PUT", "/world/lobbie", {**world, "rules": [rule]})

    assert send(space, "lobbie").status == 409


def test_a_rule_for_an_operation_that_is_not_there_is_refused(space):
    world = space.said("GET", "/world/nexhealth")
    rules = [{"when": {"operation": "another"}, "prefer": "code=404"}]

    assert space.detail("PUT", "/world/nexhealth", {**world, "rules": rules}, 422) == (
        f"rules: no such operation: another (there is {CREATE})"
    )


def test_the_first_rule_that_holds_counts_and_a_preference_before_it(space):
    world = space.said("GET", "/world/nexhealth")
    rules = [{"when": {"body": {"/appt/note": "a"}}, "prefer": "code=403"}, {"when": {}, "prefer": "code=404"}]
    space.said("PUT", "/world/nexhealth", {**world, "rules": rules})

    assert [space.book(note="a").status, space.book(note="b").status] == [403, 404]
    assert space.book(note="a", headers=[*HEADERS, ("prefer", "code=400")]).status == 400
    assert space.book(note=1).status == 400


def test_a_rule_that_prefers_nothing_is_a_mistake_of_the_world(tmp_path):
    path = tmp_path / "world.yaml"
    path.write_text("rules:\n  - when: {}\n    prefer: code=9\n  - when: {}\n    prefer: respond-async\n", "utf-8")

    with pytest.raises(SpecError) as refused:
        read_world(path, World)

    assert [(item.line, item.message.partition(": ")[0]) for item in refused.value.problems] == [
        (3, "rules.0.prefer"),
        (5, "rules.1.prefer"),
    ]
    assert "code must be a status code of three digits" in str(refused.value)
    assert "write code=404, example=dog or dynamic=true" in str(refused.value)


# The journal


def test_every_kind_of_request_is_kept(space):
    space.book()
    space.book()
    space.book(provider_id="x")
    space.book(headers=HEADERS[1:])
    space.send("GET", "/nexhealth/nothing")
    space.send("GET", "/nothing")
    space.send("POST", "/nexhealth/authenticates", headers=[("authorization", "nexhealth-api-key"), HEADERS[2]])
    suffer(space, {"errorStatus": 503})
    space.book()

    rows = [
        (entry["api"], entry["operation"], entry["responseDefinition"]["status"], entry["wasMatched"])
        for entry in space.entries()
    ]
    assert rows == [
        ("nexhealth", CREATE, 201, True),
        ("nexhealth", CREATE, 400, True),
        ("nexhealth", CREATE, 400, False),
        ("nexhealth", CREATE, 401, False),
        ("nexhealth", None, 404, False),
        (None, None, 404, False),
        ("nexhealth", None, 201, True),
        ("nexhealth", CREATE, 503, True),
    ]
    assert len({entry["id"] for entry in space.entries()}) == len(rows)


def test_a_refused_request_says_why_and_where_the_contract_says_so(space):
    space.book(provider_id="x")

    refused = space.entries()[0]["refused"]

    (violation,) = refused["violations"]
    assert (refused["status"], violation["in"], violation["pointer"]) == (400, "body", "/appt/provider_id")
    assert violation["keyword"] == "type"
    path, line, _ = violation["contract"].split(":")
    text = (WORKSPACE.root / path).read_text("utf-8").splitlines()
    assert path == "specs/nexhealth/openapi.yaml"
    assert "type: integer" in text[int(line) - 1]


def test_secrets_and_patients_are_not_kept(space):
    key = "nexhealth-api-key"
    space.send("POST", "/nexhealth/authenticates", headers=[("authorization", key), HEADERS[2]])
    space.book(note="toothache", patient={"first_name": "Ada"}, headers=[*HEADERS, ("cookie", "session=abc")])
    space.send("GET", "/nexhealth/nothing?token=abc&page=2")

    text = space.admin("GET", "/requests").content.decode()

    for secret in (key, "toothache", "Ada", "abc", "token-of-a-client", "eyJ"):
        assert secret not in text
    assert "Bearer REDACTED" in text
    assert "page=2" in text


def test_a_full_journal_keeps_everything():
    space = Space(mock_of("nexhealth", journal="full"))
    space.book(note="toothache")

    assert "toothache" in space.entries()[0]["request"]["body"]


def test_a_journal_that_is_off_keeps_nothing():
    space = Space(mock_of("nexhealth", journal="off"))
    space.book()

    found = space.said("GET", "/requests")

    assert (found["requests"], found["requestJournalDisabled"]) == ([], True)
    assert space.said("POST", "/requests/count", {"method": "ANY"}) == {"count": 0, "requestJournalDisabled": True}


def test_the_newest_requests_are_kept():
    space = Space(mock_of("nexhealth", journal_limit=3))
    for number in range(5):
        space.send("GET", f"/nexhealth/{number}")

    assert [entry["request"]["url"] for entry in space.entries()] == ["/nexhealth/2", "/nexhealth/3", "/nexhealth/4"]
    assert space.said("POST", "/requests/count", {"method": "ANY"})["count"] == 3


@pytest.mark.parametrize("limit", ["-1", "x", "1e3", "9" * 5000, "٣", "1.0"])
def test_a_limit_is_a_whole_number(space, limit):
    assert "limit is a whole number" in space.detail("GET", f"/requests?limit={limit}", None, 422)


def test_requests_are_listed_since_and_unmatched(space):
    space.freeze()
    space.book()
    space.said("PUT", "/clock", {"action": "advance", "duration": "PT1H"})
    space.send("GET", "/nexhealth/nothing")

    later = space.said("GET", f"/requests?since={NOON}")
    assert [entry["request"]["url"] for entry in later["requests"]] == ["/nexhealth/nothing"]
    assert len(space.said("GET", "/requests?unmatched=true")["requests"]) == 1
    assert len(space.said("GET", "/requests/unmatched")["requests"]) == 1
    assert len(space.said("GET", "/requests?limit=1")["requests"]) == 1
    assert "since is a time" in space.detail("GET", "/requests?since=noon", None, 422)


def test_requests_are_removed(space):
    space.book()
    space.send("GET", "/nexhealth/one")
    space.send("GET", "/nexhealth/two")
    first = space.entries()[0]["id"]

    assert space.said("GET", f"/requests/{first}")["id"] == first
    assert space.said("DELETE", f"/requests/{first}") == {}
    assert "there is no request" in space.detail("DELETE", f"/requests/{first}", None, 404)
    removed = space.said("POST", "/requests/remove", {"urlPath": "/nexhealth/one"})["serveEvents"]
    assert [entry["request"]["url"] for entry in removed] == ["/nexhealth/one"]
    assert [entry["request"]["url"] for entry in space.entries()] == ["/nexhealth/two"]
    assert space.said("DELETE", "/requests") == {}
    assert space.entries() == []


def test_near_misses_name_the_operation_that_was_meant(space):
    space.send("POST", "/nexhealth/apointments")
    space.book(provider_id="x")

    refused, typo, *_ = space.said("GET", "/requests/unmatched/near-misses")["nearMisses"]

    assert (typo["api"], typo["requestPattern"]["urlPathTemplate"]) == ("nexhealth", "/nexhealth/appointments")
    assert refused["refused"]["violations"][0]["pointer"] == "/appt/provider_id"


@pytest.mark.parametrize("body", [{}, {"method": 1, "url": "/"}, {"method": "GET"}])
def test_near_misses_of_a_request_need_one(space, body):
    assert space.detail("POST", "/near-misses/request", body, 422) == 'send a request: {"method": "GET", "url": "/..."}'


# Log lines, metrics, the start page


def test_a_line_for_every_request_as_json(capsys):
    space = Space(mock_of("nexhealth", log_format="json"), "lines")
    space.send("POST", f"{APPOINTMENTS}&token=abc", BODY, HEADERS)
    space.book(provider_id="x")

    booked, refused = map(json.loads, capsys.readouterr().out.splitlines())

    assert (booked["namespace"], booked["api"], booked["operation"]) == ("lines", "nexhealth", CREATE)
    assert (booked["method"], booked["status"], booked["refused"]) == ("POST", 201, None)
    assert booked["url"] == f"{APPOINTMENTS}&token=REDACTED"
    assert refused["status"] == 400
    assert "/appt/provider_id" in refused["refused"]


def test_a_line_for_every_request_as_text(capsys):
    space = Space(mock_of("nexhealth", log_format="text"), "lines")
    space.book(provider_id="x")
    call(space.mock, "GET", "/nexhealth/a", [("x-mock-namespace", "lines")], raw_path=b"/nexhealth/a\x1b[2J")

    refused, odd = capsys.readouterr().out.splitlines()

    assert f"lines POST {APPOINTMENTS} 400 Bad Request" in refused
    assert "/appt/provider_id" in refused
    assert "GET /nexhealth/a?[2J 404 Not Found" in odd


def test_answers_go_on_when_nobody_reads_the_lines(monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

        def flush(self):
            raise BrokenPipeError

    space = Space(mock_of("nexhealth", log_format="text"))
    monkeypatch.setattr("sys.stdout", Closed())

    assert space.book().status == 201


def test_metrics_count_and_outlive_a_reload():
    space = Space(mock_of("nexhealth"))
    space.book()
    space.book()
    space.mock.replace(served(WORKSPACE, WORKSPACE.sources(["nexhealth"]), Settings()))
    space.send("GET", "/nothing")

    text = space.admin("GET", "/metrics").content.decode()

    labels = f'{{api="nexhealth",operation="{CREATE}",status='
    assert f'specwright_requests_total{labels}"201"}} 1.0' in text
    assert f'specwright_requests_total{labels}"400"}} 1.0' in text
    assert 'specwright_requests_total{api="",operation="",status="404"} 1.0' in text
    assert 'specwright_request_seconds_count{api="nexhealth"} 2.0' in text
    assert space.book("2030-04-15T16:00:00Z").status == 201
    assert space.book().status == 400, "and so does what was booked"


def test_the_start_page_names_the_apis_and_is_no_request_to_one(space):
    page = space.send("GET", "/")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for api in PARTNERS:
        assert f"/{api}" in page.content.decode()
    assert space.entries() == []


# Determinism


def test_the_same_requests_are_answered_and_kept_byte_for_byte():
    def conversation():
        space = Space(mock_of(*PARTNERS), "same")
        space.freeze("2025-01-10T14:30:00Z")
        suffer(space, {"errorStatus": 503, "errorProbability": 0.3})
        replies = [send(space, api, prefer) for api in PARTNERS for prefer in ("", "", "dynamic=true", "code=201")]
        told = [space.admin("GET", path).content for path in ("/requests", "/state", "/scenarios", "/clock")]
        return [(reply.status, reply.headers, reply.content) for reply in replies], told

    assert conversation() == conversation()


def test_a_snapshot_of_all_partners_is_restored_byte_for_byte(mock):
    one, other = Space(mock), Space(mock)
    one.freeze("2025-01-10T14:30:00Z")
    first = [send(one, api).status for api in PARTNERS]
    snapshot = one.admin("GET", "/state").content

    assert other.admin("PUT", "/state", snapshot).status == 200

    assert other.admin("GET", "/state").content == snapshot
    assert all(status < 300 for status in first)
    assert [send(one, api).content for api in PARTNERS] == [send(other, api).content for api in PARTNERS]
    assert one.admin("GET", "/state").content == other.admin("GET", "/state").content
