"""The control of a mock: what of it is read and changed below /__admin, by namespace."""

import asyncio
import json
import tracemalloc
from contextlib import closing

import httpx
import pytest
from conversation import call
from space import APPOINTMENTS, HEADERS, NAMES, NOON, WORKSPACE, Space, mock_of

from specwright.mock.app import Mock
from specwright.mock.server import served
from specwright.mock.settings import Settings
from specwright.mock.store import open_store

EVERY = {
    "/health": ("GET",),
    "/version": ("GET",),
    "/metrics": ("GET",),
    "/reset": ("POST",),
    "/namespaces": ("GET",),
    "/namespaces/some": ("PUT", "DELETE"),
    "/clock": ("GET", "PUT"),
    "/faults": ("GET", "PUT", "DELETE"),
    "/scenarios": ("GET",),
    "/scenarios/some/state": ("PUT",),
    "/scenarios/reset": ("POST",),
    "/world/nexhealth": ("GET", "PUT", "DELETE"),
    "/tokens/revoke": ("POST",),
    "/state": ("GET", "PUT"),
    "/requests": ("GET", "DELETE"),
    "/requests/some": ("GET", "DELETE"),
    "/requests/count": ("POST",),
    "/requests/find": ("POST",),
    "/requests/remove": ("POST",),
    "/requests/reset": ("POST",),
    "/requests/unmatched": ("GET",),
    "/requests/unmatched/near-misses": ("GET",),
    "/near-misses/request": ("POST",),
    "/near-misses/request-pattern": ("POST",),
}
READING = {"/requests/count", "/requests/find", "/near-misses/request", "/near-misses/request-pattern"}
CHANGES = [
    (method, path) for path, methods in EVERY.items() for method in methods if method != "GET" and path not in READING
]


@pytest.fixture(scope="module")
def mock():
    return mock_of()


@pytest.fixture
def space(mock):
    return Space(mock)


# Every endpoint


def test_health_says_what_is_served(space):
    health = space.said("GET", "/health")

    assert (health["status"], health["apis"]) == ("healthy", ["lobbie", "nexhealth"])
    assert health["version"] == space.said("GET", "/version")["version"]
    assert {"message", "uptimeInSeconds", "timestamp"} <= health.keys()


@pytest.mark.parametrize(("path", "methods"), EVERY.items())
def test_other_methods_are_told_which_there_are(space, path, methods):
    reply = space.admin("PATCH", path)
    allowed = sorted({*methods, *(["HEAD"] if "GET" in methods else [])})

    assert (reply.status, reply.headers["allow"]) == (405, ", ".join(allowed))
    assert reply.json["detail"] == f"/__admin{path} takes {', '.join(allowed)}"


@pytest.mark.parametrize("path", [path for path, methods in EVERY.items() if "GET" in methods and "some" not in path])
def test_head_is_get_without_a_body(space, path):
    space.freeze()

    head, get = space.admin("HEAD", path), space.admin("GET", path)

    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/requests/", "/requests/a/b", "/world", "/scenarios/a"])
def test_an_unknown_path_is_told_which_there_are(space, path):
    detail = space.detail("GET", path, None, 404)

    assert detail.startswith(f"the admin API has no /__admin{path}; below /__admin it has /requests, ")


def test_a_path_that_only_begins_like_the_admin_api_is_none_of_it(space):
    assert space.send("GET", "/__adminx").json["detail"] == "the mock serves /lobbie, /nexhealth"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/namespaces/some"),
        ("PUT", "/clock"),
        ("PUT", "/faults"),
        ("PUT", "/scenarios/nexhealth.versionHeader/state"),
        ("PUT", "/world/nexhealth"),
        ("PUT", "/state"),
        ("POST", "/tokens/revoke"),
        ("POST", "/requests/count"),
        ("POST", "/requests/find"),
        ("POST", "/requests/remove"),
        ("POST", "/near-misses/request"),
        ("POST", "/near-misses/request-pattern"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(space, method, path):
    assert space.detail(method, path, b'{"a": ', 400).startswith("the body is no JSON: ")
    assert space.detail(method, path, b"\xff", 400).startswith("the body is no JSON: ")
    assert space.detail(method, path, [1], 422)
    assert space.detail(method, path, b"[" * 5000, 400).startswith("the body is no JSON: ")


def test_a_huge_body_is_refused(mock, monkeypatch):
    monkeypatch.setattr("specwright.mock.admin.router._MOST", 1000)

    assert Space(mock).detail("PUT", "/state", b"x" * 1001, 413) == "the body is larger than 1000 bytes"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_api_has_no_world(space, method):
    detail = "there is no API nothing: the mock serves lobbie, nexhealth"

    assert space.detail(method, "/world/nothing", None, 404) == detail


# Who may change it


@pytest.fixture(scope="module")
def guarded():
    return mock_of(admin_token="sesame")  # noqa: S106 - a fixture


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_changes_need_the_token(guarded, method, path):
    space = Space(guarded)
    for sent in ((), (("authorization", "Bearer wrong"),), (("authorization", "sesame"),)):
        reply = space.admin(method, path, headers=sent)
        assert (reply.status, reply.headers["www-authenticate"]) == (401, 'Bearer realm="admin"')
        assert "Authorization: Bearer <token>" in reply.json["detail"]

    for scheme in ("Bearer", "bearer"):
        assert space.admin(method, path, headers=[("authorization", f"{scheme} sesame")]).status != 401


@pytest.mark.parametrize("path", [path for path, methods in EVERY.items() if "GET" in methods])
def test_reading_needs_no_token(guarded, path):
    assert Space(guarded).admin("GET", path).status in (200, 404)


@pytest.mark.parametrize("path", sorted(READING))
def test_questions_need_no_token(guarded, path):
    assert Space(guarded).admin("POST", path, {"method": "GET", "url": "/"}).status == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("http://localhost:8000", 200)]
)
def test_pages_of_other_origins_change_nothing(space, origin, status):
    reply = space.admin("POST", "/reset", headers=[("host", "localhost:8000"), ("origin", origin)])

    assert reply.status == status
    assert status == 200 or "pages of other origins" in reply.json["detail"]


def test_cors_is_for_the_apis_alone():
    mock = mock_of(cors=("*",))
    asked = [("origin", "http://a.example"), ("access-control-request-method", "POST")]

    assert call(mock, "OPTIONS", APPOINTMENTS, asked).headers["access-control-allow-origin"] == "*"
    assert call(mock, "OPTIONS", "/__admin/reset", asked).status == 405
    assert call(mock, "OPTIONS", "/__ns/a/__admin/reset", asked).status == 405


# Namespaces


def test_namespaces_share_nothing(mock):
    one, other = Space(mock), Space(mock)
    assert [one.book().status, one.book().status, other.book().status] == [201, 400, 201]
    before = other.admin("GET", "/state").content

    one.freeze()
    one.said("PUT", "/faults", {"profiles": [{"errorStatus": 500}]})
    one.said("PUT", "/scenarios/nexhealth.versionHeader/state", {"state": "optional"})
    world = one.said("GET", "/world/nexhealth")
    one.said("PUT", "/world/nexhealth", {**world, "providers": [], "appointments": []})

    assert one.book().status == 500
    assert other.admin("GET", "/state").content == before
    assert other.said("GET", "/clock")["status"] == "reset"
    assert other.said("GET", "/faults") == {"profiles": []}
    assert other.said("GET", "/world/nexhealth") == world
    assert len(other.entries()) == 1
    assert other.book("2030-04-15T16:00:00Z").status == 201


def test_500_namespaces_at_once_do_not_meet(mock):
    async def book(client, name):
        headers = {**dict(HEADERS), "x-mock-namespace": name}
        appt = {"patient_id": 2897, "provider_id": 104, "start_time": "2030-04-15T15:00:00Z", "appointment_type_id": 27}
        return [(await client.post(APPOINTMENTS, headers=headers, json={"appt": appt})).status_code for _ in range(2)]

    async def all_at_once():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(mock), base_url="http://mock") as client:
            return await asyncio.gather(*(book(client, f"parallel-{number}") for number in range(500)))

    assert asyncio.run(all_at_once()) == [[201, 400]] * 500


def test_ids_follow_from_the_seed_of_the_namespace(mock):
    one, other, third = Space(mock), Space(mock), Space(mock)
    for space, seed in ((one, "a"), (other, "a"), (third, "b")):
        assert space.said("PUT", f"/namespaces/{space.name}", {"seed": seed}) == {"name": space.name, "seed": seed}
    ids = [space.book().json["data"]["appt"]["id"] for space in (one, other, third)]

    assert ids[0] == ids[1] != ids[2]


def test_a_path_prefix_names_a_namespace_too(space):
    assert space.book().status == 201

    body = {"appt": {"patient_id": 2897, "provider_id": 104, "start_time": "2030-04-15T15:00:00Z"}}
    data = [json.dumps({"appt": {**body["appt"], "appointment_type_id": 27}}).encode()]

    assert call(space.mock, "POST", f"/__ns/{space.name}{APPOINTMENTS}", HEADERS, data).status == 400
    assert len(call(space.mock, "GET", f"/__ns/{space.name}/__admin/requests").json["requests"]) == 2


def test_a_prefix_counts_before_a_header(space):
    headers = [("x-mock-namespace", next(NAMES))]

    assert (
        call(space.mock, "PUT", f"/__ns/{space.name}/__admin/clock", headers, [b'{"action": "freeze"}']).status == 200
    )
    assert space.said("GET", "/clock")["status"] == "freeze"


def test_requests_that_name_none_are_in_the_default_namespace():
    mock = mock_of()

    call(mock, "GET", "/nexhealth/nothing")

    assert Space(mock, "default").said("GET", "/namespaces") == {"namespaces": ["default"]}
    assert len(Space(mock, "default").entries()) == 1


@pytest.mark.parametrize("name", ["a b", "a" * 101, "ä", "a\n", "-;--", "a,b"])
def test_a_name_of_another_alphabet_is_refused(mock, name):
    reply = call(mock, "POST", APPOINTMENTS, [*HEADERS, ("x-mock-namespace", name.encode("latin-1"))])

    assert reply.status == 400
    assert "use 1 to 100 letters, digits, dots, dashes, underscores" in reply.json["detail"]
    assert call(mock, "GET", "/__admin/state", [("x-mock-namespace", name.encode("latin-1"))]).status == 400


def test_a_dropped_namespace_begins_anew(space):
    space.book()
    space.freeze()

    assert space.said("DELETE", f"/namespaces/{space.name}") == {}
    assert space.name not in space.said("GET", "/namespaces")["namespaces"]
    assert space.detail("DELETE", f"/namespaces/{space.name}", None, 404) == f"there is no namespace {space.name}"
    assert space.book().status == 201
    assert space.said("GET", "/clock")["status"] == "reset"


def test_reset_forgets_everything(space):
    space.freeze()
    before = space.admin("GET", "/state").content
    space.book()
    space.said("PUT", "/faults", {"profiles": [{"errorStatus": 500}]})

    assert space.said("POST", "/reset") == {}

    space.freeze()
    assert space.admin("GET", "/state").content == before
    assert space.entries() == []


class Time:
    """Stands in for the module ``time`` of namespaces."""

    def __init__(self):
        self.seconds = 1_000_000.0

    def monotonic(self):
        return self.seconds

    def time_ns(self):
        return int(self.seconds * 1e9)


@pytest.mark.parametrize(("ttl", "step"), [(3600, 600), (30, 10), (1, 0.3)])
def test_namespaces_that_nobody_uses_expire(monkeypatch, ttl, step):
    now = Time()
    monkeypatch.setattr("specwright.mock.namespaces.time", now)
    mock = mock_of(namespace_ttl=ttl)
    names = ("default", "used", "idle")
    for name in names:
        Space(mock, name).freeze()

    end = now.seconds + 2 * ttl
    while now.seconds < end:
        now.seconds += step
        assert Space(mock, "used").said("GET", "/clock")["status"] == "freeze"
    Space(mock, "new").freeze()

    assert Space(mock, "new").said("GET", "/namespaces")["namespaces"] == ["default", "used", "new"]


def test_a_namespace_in_use_does_not_expire_when_there_are_too_many_to_remember(monkeypatch):
    now = Time()
    monkeypatch.setattr("specwright.mock.namespaces.time", now)
    monkeypatch.setattr("specwright.mock.namespaces._REMEMBERED", 2)
    mock = mock_of()

    for minute in range(120):
        now.seconds += 60
        for name in ("one", "two", "three"):
            assert (
                Space(mock, name).said("GET", "/clock")["status"] == "freeze" if minute else Space(mock, name).freeze()
            )


def test_many_namespaces_take_little_memory(mock, monkeypatch):
    monkeypatch.setattr("specwright.mock.namespaces._REMEMBERED", 20)

    def use(numbers):
        for number in numbers:
            assert Space(mock, f"many-{number}").book().status == 201

    use(range(50))
    tracemalloc.start()
    use(range(50, 100))
    before = tracemalloc.get_traced_memory()[0]
    use(range(100, 300))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert grown < 10_000 * 200
    assert Space(mock, "many-0").book().status == 400, "and nothing is forgotten"


# Clock


def test_the_clock_freezes_advances_and_runs_again(space):
    frozen = {"status": "freeze", "currentInstant": NOON}

    assert space.said("GET", "/clock")["status"] == "reset"
    assert space.freeze() == space.said("GET", "/clock") == frozen
    later = {"status": "freeze", "currentInstant": "2030-04-16T13:00:01Z"}
    space.said("PUT", "/clock", {"action": "advance", "duration": "PT25H"})
    assert space.said("PUT", "/clock", {"action": "advance", "durationMillis": 1000}) == later
    assert space.said("PUT", "/clock", {"action": "freeze"}) == later
    assert space.said("PUT", "/clock", {"action": "reset"})["status"] == "reset"
    assert space.said("PUT", "/clock", {"action": "advance", "duration": "P365D"})["status"] == "advance"


def test_partners_live_by_the_clock(space):
    space.freeze("2030-04-15T14:59:59Z")
    assert space.book().status == 201

    space.said("PUT", "/clock", {"action": "advance", "duration": "PT2H"})

    assert "start_time must be in the future" in space.book("2030-04-15T16:00:00Z").content.decode()


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({}, "action: Field required"),
        ({"action": "stop"}, "'freeze', 'advance' or 'reset'"),
        ({"action": "freeze", "instant": "noon"}, "instant: Input should be a valid datetime"),
        ({"action": "freeze", "instant": "2030-01-01T00:00:00"}, "instant: Input should have timezone info"),
        ({"action": "freeze", "instant": "0001-01-01T00:00:00+14:00"}, "the clock goes from the year 1970 to 9000"),
        ({"action": "freeze", "instant": "9999-12-31T23:59:59-14:00"}, "the clock goes from the year 1970 to 9000"),
        ({"action": "freeze", "instant": 1e300}, "instant: "),
        ({"action": "advance"}, 'advance needs how far: "duration": "PT24H"'),
        ({"action": "advance", "duration": "-PT1H"}, 'advance needs how far: "duration": "PT24H"'),
        ({"action": "advance", "durationMillis": -1}, "durationMillis: Input should be greater than or equal to 0"),
        ({"action": "advance", "durationMillis": 10**18}, "the clock goes from the year 1970 to 9000"),
        ({"action": "advance", "duration": "P999999999D"}, "the clock goes from the year 1970 to 9000"),
        ({"action": "advance", "duration": "P9000Y"}, "the clock goes from the year 1970 to 9000"),
        ({"action": "reset", "speed": 2}, "speed: Extra inputs are not permitted"),
    ],
)
def test_a_clock_that_makes_no_sense_is_refused(space, turn, message):
    space.freeze()

    assert message in space.detail("PUT", "/clock", turn, 422)
    assert space.said("GET", "/clock")["currentInstant"] == NOON


# World


def test_a_world_is_replaced_and_reset(space):
    world = space.said("GET", "/world/nexhealth")
    assert space.book().status == 201
    other = {**world, "providers": [*world["providers"], {"id": 999, "name": "New", "location_ids": [13]}]}

    assert space.said("PUT", "/world/nexhealth", other) == other
    assert space.book(provider_id=999).status == 201
    assert space.book().status == 201, "what requests changed is forgotten"
    assert space.said("DELETE", "/world/nexhealth") == world
    assert space.book(provider_id=999).status == 404


def test_a_world_that_is_put_again_begins_anew(space):
    space.freeze()
    world = space.said("GET", "/world/nexhealth")
    space.said("PUT", "/world/nexhealth", world)
    before = space.admin("GET", "/state").content
    space.book()

    space.said("PUT", "/world/nexhealth", world)

    assert space.admin("GET", "/state").content == before


def test_a_bad_world_is_refused_with_all_its_mistakes(space):
    space.book()
    before = space.admin("GET", "/state").content
    world = space.said("GET", "/world/nexhealth")
    bad = {**world, "providers": [{"id": "x", "name": "No", "location_ids": []}], "color": 1, "rules": [{"when": {}}]}

    detail = space.detail("PUT", "/world/nexhealth", bad, 422)

    assert "providers.0.id: Input should be a valid integer" in detail
    assert "color: Extra inputs are not permitted" in detail
    assert "rules.0.prefer: Field required" in detail
    assert space.admin("GET", "/state").content == before
    switches = space.detail("PUT", "/world/nexhealth", {**world, "switches": {"versionHeader": "maybe"}}, 422)
    assert "versionHeader: maybe" in switches
    assert "versionHeader is required or optional" in switches


def test_a_world_that_the_partner_cannot_begin_with_changes_nothing(space):
    space.book()
    before = space.admin("GET", "/state").content
    world = space.said("GET", "/world/nexhealth")
    early = {**world["appointments"][0], "start_time": "0001-01-01T00:00:00+14:00"}

    assert space.detail("PUT", "/world/nexhealth", {**world, "appointments": [early]}, 422) == (
        "nexhealth cannot begin with this world: date value out of range"
    )
    assert space.admin("GET", "/state").content == before
    assert space.book().status == 400


# State


def test_a_snapshot_restores_everything(mock):
    space = Space(mock)
    space.freeze()
    space.said("PUT", "/scenarios/nexhealth.providerConflict/state", {"state": "refuse"})
    space.said("PUT", "/faults", {"profiles": [{"errorStatus": 503, "succeedFirst": 3, "failRequestCount": 1}]})
    booked = space.book().json["data"]["appt"]["id"]
    snapshot = space.admin("GET", "/state").content
    later = [space.book().status, space.book("2030-04-15T16:00:00Z").json["data"]["appt"]["id"], space.book().status]
    assert later == [400, booked + 1, 503]

    for target in (space, Space(mock)):
        assert target.admin("PUT", "/state", snapshot).status == 200
        assert target.admin("GET", "/state").content == snapshot
        again = target.book().status, target.book("2030-04-15T16:00:00Z").json["data"]["appt"]["id"]
        assert [*again, target.book().status] == later


def test_the_journal_goes_on_after_a_restore(space):
    snapshot = space.admin("GET", "/state").content
    space.book()

    space.admin("PUT", "/state", snapshot)
    space.book()

    ids = [entry["id"] for entry in space.entries()]
    assert len(set(ids)) == 2


def test_an_api_that_is_not_in_a_state_starts_anew(space):
    space.freeze()
    before = space.said("GET", "/state")
    space.book()

    space.said("PUT", "/state", {**before, "apis": {}})

    assert space.said("GET", "/state") == before
    assert space.book().status == 201


def changed(state, path, value):
    node = state
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    return state


BUSY = {"resource": "r", "start": "2030-01-01T00:00:00Z", "end": "2030-01-02T00:00:00Z", "key": "k"}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["apis", "nothing"], {}, "there is no API nothing: the mock serves lobbie, nexhealth"),
        (["apis", "nexhealth", "bookings"], [BUSY, {**BUSY, "key": "l"}], "two exclusive bookings of r overlap"),
        (["apis", "nexhealth", "counters"], {"a": 2**70}, "apis.nexhealth.counters.a: "),
        (["apis", "nexhealth", "counters"], {"a": -1}, "apis.nexhealth.counters.a: "),
        (["apis", "nexhealth", "records"], [], "apis.nexhealth.records: "),
        (["control", "worlds", "nexhealth"], {"color": 1}, "color: Extra inputs are not permitted"),
        (["control", "worlds", "nothing"], {}, "there is no API nothing"),
        (["control", "switches", "nexhealth"], {"versionHeader": "maybe"}, "it may be required or optional"),
        (["control", "switches", "nothing"], {}, "there is no API nothing"),
        (["control", "clock"], {"frozen": "noon"}, "control.clock.frozen: "),
        (["control", "colour"], 1, "control.colour: Extra inputs are not permitted"),
        (
            ["control", "faults"],
            {"profiles": [{"api": "nothing", "errorStatus": 500}], "since": NOON, "generation": 1},
            "there is no API nothing",
        ),
    ],
)
def test_a_state_that_cannot_be_is_refused_and_nothing_changes(space, path, value, message):
    space.book()
    before = space.admin("GET", "/state").content

    assert message in space.detail("PUT", "/state", changed(json.loads(before), path, value), 422)

    assert space.admin("GET", "/state").content == before


# Scenarios


def test_scenarios_are_the_switches(space):
    found = {item["name"]: item for item in space.said("GET", "/scenarios")["scenarios"]}
    header = {"id": "nexhealth.versionHeader", "name": "nexhealth.versionHeader", "state": "required"}
    assert found["nexhealth.versionHeader"] == {**header, "possibleStates": ["required", "optional"]}
    plain = HEADERS[:2]
    assert space.book(headers=plain).status == 400

    space.said("PUT", "/scenarios/nexhealth.versionHeader/state", {"state": "optional"})
    assert space.book(headers=plain).status == 201
    space.said("PUT", "/scenarios/nexhealth.versionHeader/state")
    assert space.book("2030-04-15T16:00:00Z", headers=plain).status == 400
    space.said("PUT", "/scenarios/nexhealth.versionHeader/state", {"state": "optional"})
    space.said("POST", "/scenarios/reset")
    assert space.book("2030-04-15T16:00:00Z", headers=plain).status == 400


def test_what_was_stored_for_another_partner_is_passed_over(mock, caplog):
    stored = Space(mock, "stored")
    worlds, switches = {"nexhealth": {"clinics": []}}, {"nexhealth": {"providerConflict": "argue"}}

    mock.namespaces.change("stored", worlds=worlds, switches=switches)

    assert stored.book().status == 201
    assert stored.book().status == 400
    assert "a stored world does not fit its partner any more" in caplog.text


def test_switches_keep_what_was_booked(space):
    space.book()

    space.said("PUT", "/scenarios/nexhealth.providerConflict/state", {"state": "allow"})

    assert [space.book().status, space.book().status] == [201, 201]


def test_an_unknown_scenario_or_state_is_told_which_there_are(space):
    unknown = space.detail("PUT", "/scenarios/nothing/state", {"state": "a"}, 404)

    assert unknown.startswith("there is no scenario nothing: it may be ")
    assert "nexhealth.versionHeader" in unknown
    assert space.detail("PUT", "/scenarios/nexhealth.versionHeader/state", {"state": "a"}, 422) == (
        "nexhealth.versionHeader has no state a: it may be required or optional"
    )


# Tokens


def test_a_revoked_token_is_worth_nothing(space):
    key = [("authorization", "nexhealth-api-key"), HEADERS[2]]
    token = space.send("POST", "/nexhealth/authenticates", headers=key).json["data"]["token"]
    headers = (("authorization", f"Bearer {token}"), *HEADERS[1:])
    assert space.book(headers=headers).status == 201

    assert space.said("POST", "/tokens/revoke", {"token": token}) == {}

    assert space.book("2030-04-15T16:00:00Z", headers=headers).status == 401
    assert space.book("2030-04-15T16:00:00Z").status == 201


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_cannot_be_revoked(space, token):
    detail = "this is no token that the mock issued"

    assert space.detail("POST", "/tokens/revoke", {"token": token}, 422) == detail


# In every store


@pytest.fixture
def stored(store_url):
    with closing(open_store(store_url)) as store:
        yield Mock(served(WORKSPACE, WORKSPACE.sources(["nexhealth"]), Settings()), store, Settings())


def test_control_is_the_same_in_every_store(stored):
    space = Space(stored)
    space.freeze()
    assert [space.book().status, space.book(note="a\0b").status] == [201, 400]
    snapshot = space.admin("GET", "/state").content
    world = space.said("GET", "/world/nexhealth")
    early = {**world["appointments"][0], "start_time": "0001-01-01T00:00:00+14:00"}

    space.detail("PUT", "/world/nexhealth", {**world, "appointments": [early]}, 422)
    twice = changed(json.loads(snapshot), ["apis", "nexhealth", "bookings"], [BUSY, {**BUSY, "key": "l"}])
    space.detail("PUT", "/state", twice, 422)
    assert space.admin("GET", "/state").content == snapshot
    space.book("2030-04-15T16:00:00Z")
    assert space.admin("PUT", "/state", snapshot).status == 200

    assert space.admin("GET", "/state").content == snapshot
    assert [space.book().status, space.book("2030-04-15T16:00:00Z").status] == [400, 201]
    assert len(space.entries()) == 5
    assert space.said("POST", "/reset") == {}
    assert space.book().status == 201
