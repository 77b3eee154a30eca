"""The official Python client of WireMock talks to a mock: what it asks of the journal and of scenarios is answered.

It has no call for one scenario, for removing requests, nor for anything that WireMock has not. Stub mappings and settings it
can only be refused: the contracts and worlds say what a mock answers.
"""

from collections.abc import Iterator

import httpx
import pytest
from served import served
from wiremock.client import (
    GlobalSetting,
    GlobalSettings,
    HttpMethods,
    Mapping,
    Mappings,
    NearMisses,
    NearMissMatchPatternRequest,
    NearMissMatchRequest,
    Requests,
    Scenarios,
    WireMockMatchers,
)
from wiremock.constants import Config
from wiremock.exceptions import InvalidInputException, NotFoundException

PATH = "/nexhealth/appointments"
APPOINTMENT = {"patient_id": 2897, "provider_id": 104, "start_time": "2035-04-15T15:00:00Z", "appointment_type_id": 27}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served("nexhealth") as mock:
        yield f"http://127.0.0.1:{mock.port}"


@pytest.fixture
def mock(address: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Return a client of the mock in a namespace of its own, in which WireMock's client is, too."""
    base = f"{address}/__ns/{request.node.name.replace('[', '-').replace(']', '')[:100]}"
    monkeypatch.setattr(Config, "base_url", f"{base}/__admin")
    # Its methods keep what was asked of them in defaults.
    monkeypatch.setattr(Requests.get_all_received_requests.__func__, "__defaults__", (None, None, {}))
    headers = {"authorization": "Bearer a", "accept": "application/vnd.Nexhealth+json;version=2"}
    with httpx.Client(base_url=base, headers=headers) as client:
        yield client


def book(mock: httpx.Client, **changes: object) -> int:
    query = {"subdomain": "happy-smiles", "location_id": "13"}
    return mock.post(PATH, params=query, json={"appt": {**APPOINTMENT, **changes}}).status_code


def pattern(**said: object) -> NearMissMatchPatternRequest:
    return NearMissMatchPatternRequest(method=HttpMethods.POST, url_path=PATH, **said)


def test_received_requests_come_newest_first(mock):
    assert [book(mock), book(mock), mock.get("/nothing").status_code] == [201, 400, 404]

    found = Requests.get_all_received_requests()

    assert [entry.response_definition.status for entry in found.requests] == [404, 400, 201]
    assert [entry.request.method for entry in found.requests] == ["GET", "POST", "POST"]
    assert found.requests[0].request.url == "/nothing"
    assert found.requests[0].request.absolute_url == f"{mock.base_url}nothing"
    assert found.requests[1].request.headers["authorization"] == "Bearer REDACTED"
    assert found.meta.total == 3
    assert found.request_journal_disabled is False


def test_received_requests_can_be_limited(mock):
    for _ in range(3):
        book(mock)

    assert len(Requests.get_all_received_requests(limit=2).requests) == 2
    assert len(Requests.get_all_received_requests(since="2000-01-01T00:00:00Z").requests) == 2, "its defaults stick"
    assert Requests.get_all_received_requests(since="2100-01-01T00:00:00Z").requests == []


def test_a_request_is_found_by_its_id(mock):
    book(mock)
    (entry,) = Requests.get_all_received_requests().requests

    found = Requests.get_request(entry.id)

    assert (found.id, found.request.url) == (entry.id, entry.request.url)
    assert found.request.logged_date_string.endswith("Z")
    with pytest.raises(NotFoundException, match="there is no request 123"):
        Requests.get_request("123")


def test_matching_requests_are_counted_and_found(mock):
    book(mock)
    book(mock, provider_id=107)
    mock.get("/nothing")

    assert Requests.get_matching_request_count(pattern()).count == 2
    json_path = {WireMockMatchers.MATCHES_JSON_PATH: "$[?(@.provider_id == 107)]"}
    assert Requests.get_matching_request_count(pattern(body_patterns=[json_path])).count == 1
    by_query = pattern(query_parameters={"location_id": {WireMockMatchers.EQUAL_TO: "13"}})
    assert len(Requests.get_matching_requests(by_query).requests) == 2
    by_header = pattern(headers={"content-type": {WireMockMatchers.CONTAINS: "json"}})
    (first, _) = Requests.get_matching_requests(by_header).requests
    assert (first.method, first.client_ip) == ("POST", "127.0.0.1")
    nowhere = NearMissMatchPatternRequest(method=HttpMethods.ANY, url_path_pattern="/nex.*/nothing")
    assert Requests.get_matching_requests(nowhere).requests == []


def test_a_pattern_that_is_none_is_refused(mock):
    with pytest.raises(InvalidInputException, match="equalsTo"):
        Requests.get_matching_request_count(pattern(headers={"a": {"equalsTo": "b"}}))


def test_unmatched_requests_and_what_they_nearly_were(mock):
    book(mock)
    mock.post("/nexhealth/apointments")

    (unmatched,) = Requests.get_unmatched_requests().requests
    misses = Requests.get_unmatched_requests_near_misses().near_misses

    assert unmatched.url == "/nexhealth/apointments"
    assert misses[0].request.url == "/nexhealth/apointments"
    assert misses[0].match_result.distance < 0.1


def test_near_misses_of_a_request_and_of_a_pattern(mock):
    book(mock)

    of_request = NearMisses.find_nearest_misses_by_request(NearMissMatchRequest(method="POST", url="/nexhealth/x"))
    other = pattern(headers={"accept": {WireMockMatchers.EQUAL_TO: "text/plain"}})
    of_pattern = NearMisses.find_nearest_misses_by_request_pattern(other)

    assert of_request.near_misses[0].match_result.distance > 0
    assert of_pattern.near_misses[0].request.url.startswith(PATH)


def test_the_journal_is_reset(mock):
    book(mock)

    Requests.reset_request_journal()

    assert Requests.get_all_received_requests().requests == []
    assert book(mock) == 400, "state stays"


def test_scenarios_are_reset(mock):
    put = mock.put("/__admin/scenarios/nexhealth.providerConflict/state", json={"state": "allow"})
    assert put.status_code == 200
    assert [book(mock), book(mock)] == [201, 201]

    Scenarios.reset_all_scenarios()

    assert book(mock) == 400


def test_namespaces_of_clients_are_apart(mock, address):
    book(mock)

    assert httpx.get(f"{address}/__ns/another/__admin/requests").json()["requests"] == []


@pytest.mark.parametrize(
    "act",
    [
        lambda: Mappings.create_mapping(Mapping(priority=1)),
        Mappings.retrieve_all_mappings,
        lambda: GlobalSettings.update_global_settings(GlobalSetting(fixed_delay=500)),
    ],
)
def test_what_a_mock_has_not_says_what_it_has(mock, act):
    with pytest.raises(NotFoundException, match=r"the admin API has no /__admin/.*it has /requests, "):
        act()
