"""Conversations with the Lobbie mock: every rule of specs/lobbie/README.md."""

from datetime import timedelta
from typing import Any

import pytest
from conversation import Reply
from partners import NOW, Talk, fresh_mock

from specwright.mock.clock import Clock

BOOKING = {
    "appointmentTypeId": 10,
    "locationId": 1,
    "practitionerId": 7,
    "schedulerConfigId": 101,
    "startDateTime": "2030-01-15T10:00:00-08:00",
}


def book(talk: Talk, account: int = 42, location: int = 1, authorization: str = "Bearer any", **changes: Any) -> Reply:
    body = {name: value for name, value in {**BOOKING, **changes}.items() if value is not ...}
    path = f"/partner/v2/account/{account}/location/{location}/appointment"
    return talk.post_json(path, body, authorization=authorization)


def outcome(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json.get("detail", "")


@pytest.fixture
def lobbie() -> Talk:
    return Talk("lobbie")


def test_an_appointment_is_booked(lobbie):
    reply = book(lobbie, patientId=67890)

    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "appointmentTypeId": 10,
        "locationId": 1,
        "patientId": 67890,
        "practitionerId": 7,
        "startTime": "2030-01-15T10:00:00-08:00",
        "endTime": "2030-01-15T10:30:00-08:00",
        "durationMinutes": 30,
        "status": "SCHEDULED",
        "createdAt": "2030-01-07T08:00:00Z",
        "updatedAt": "2030-01-07T08:00:00Z",
    }
    assert lobbie.records("appointment")[str(reply.json["id"])] == reply.json


@pytest.mark.parametrize(("kind", "minutes", "end"), [(10, 30, "10:30"), (11, 60, "11:00")])
def test_the_type_decides_how_long_it_lasts(lobbie, kind, minutes, end):
    reply = book(lobbie, appointmentTypeId=kind)

    assert (reply.json["durationMinutes"], reply.json["endTime"]) == (minutes, f"2030-01-15T{end}:00-08:00")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2030-01-15T10:00:00-08:00", "2030-01-15T10:30:00-08:00"),
        ("2030-01-15T18:00:00Z", "2030-01-15T18:30:00Z"),
        ("2030-01-15T23:30:00+05:30", "2030-01-16T00:00:00+05:30"),
        ("2030-01-15t18:00:00z", "2030-01-15T18:30:00Z"),
    ],
)
def test_times_have_the_offset_of_the_request(lobbie, start, end):
    reply = book(lobbie, startDateTime=start)

    assert (reply.status, reply.json["startTime"], reply.json["endTime"]) == (201, start, end)


def test_a_patient_that_was_not_sent_is_not_answered(lobbie):
    assert "patientId" not in book(lobbie).json


# --- 409 --------------------------------------------------------------------------------------------------------------

BOOKED = (409, "practitioner 7 is booked at that time")
OFF = (409, "practitioner 7 does not work at that time")


@pytest.mark.parametrize(
    ("start", "kind", "expected"),
    [
        ("10:00", 10, BOOKED),
        ("10:15", 10, BOOKED),
        ("09:45", 10, BOOKED),
        ("09:45", 11, BOOKED),
        ("09:30", 10, (201, "")),
        ("10:30", 10, (201, "")),
        ("09:00", 11, (201, "")),
    ],
)
def test_a_taken_time_is_refused(lobbie, start, kind, expected):
    book(lobbie)

    assert outcome(book(lobbie, startDateTime=f"2030-01-15T{start}:00-08:00", appointmentTypeId=kind)) == expected


def test_the_same_instant_in_another_offset_is_taken(lobbie):
    book(lobbie)

    assert outcome(book(lobbie, startDateTime="2030-01-15T13:00:00-05:00")) == BOOKED


def test_a_practitioner_is_busy_at_every_location(lobbie):
    book(lobbie)

    assert outcome(book(lobbie, location=2, locationId=2, schedulerConfigId=201)) == BOOKED


def test_an_appointment_of_the_world_is_there(lobbie):
    assert outcome(book(lobbie, practitionerId=8)) == (409, "practitioner 8 is booked at that time")
    assert book(lobbie, practitionerId=8, startDateTime="2030-01-15T11:00:00-08:00").status == 201


def test_what_was_refused_takes_no_time_and_no_id(lobbie):
    first = book(lobbie).json["id"]
    book(lobbie)

    assert book(lobbie, startDateTime="2030-01-15T10:30:00-08:00").json["id"] == first + 1


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2030-01-15T08:59:00-08:00", OFF),
        ("2030-01-15T09:00:00-08:00", (201, "")),
        ("2030-01-15T11:30:00-08:00", (201, "")),
        ("2030-01-15T11:31:00-08:00", OFF),
        ("2030-01-15T12:15:00-08:00", OFF),
        ("2030-01-15T16:30:00-08:00", (201, "")),
        ("2030-01-15T16:45:00-08:00", OFF),
        ("2030-01-18T14:00:00-08:00", OFF),  # a Friday, which ends at noon
        ("2030-01-19T10:00:00-08:00", OFF),  # a Saturday
        ("2030-07-16T09:00:00-07:00", (201, "")),  # in summer the clocks there are an hour ahead
        ("2030-07-16T09:00:00-08:00", (201, "")),
        ("2030-07-16T16:45:00-07:00", OFF),
        ("9999-12-31T23:00:00-12:00", OFF),
    ],
)
def test_outside_working_hours_is_refused(lobbie, start, expected):
    assert outcome(book(lobbie, startDateTime=start)) == expected


# --- 422 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"locationId": 2}, "locationId is 2 in the body and 1 in the path"),
        ({"practitionerId": 99}, "practitionerId 99 is not known at location 1, which has 7, 8"),
        ({"practitionerId": 12}, "practitionerId 12 is not known at location 1, which has 7, 8"),
        ({"appointmentTypeId": 99}, "appointmentTypeId 99 is not known at location 1, which has 10, 11"),
        ({"appointmentTypeId": 90}, "appointmentTypeId 90 is not known at location 1, which has 10, 11"),
        ({"schedulerConfigId": 201}, "schedulerConfigId 201 is not known at location 1, which has 101, 102"),
        ({"startDateTime": "2025-01-15T10:00:00-08:00"}, "startDateTime must be in the future"),
        ({"startDateTime": "9999-12-31T23:45:00-08:00"}, "startDateTime is too late"),
    ],
    ids=str,
)
def test_what_cannot_be_booked_is_refused(lobbie, changes, detail):
    reply = book(lobbie, **changes)

    assert reply.json == {"type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": detail}
    assert reply.headers["content-type"] == "application/problem+json"


def test_now_is_not_in_the_future(lobbie):
    lobbie.change(clock=Clock(frozen=NOW + timedelta(hours=10)))  # 10:00 in California

    assert outcome(book(lobbie, startDateTime="2030-01-07T18:00:00Z")) == (422, "startDateTime must be in the future")
    assert book(lobbie, startDateTime="2030-01-07T18:00:01Z").status == 201


# --- 403, 401, 400 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "location", "detail"),
    [
        (43, 9, "the integration has no access to account 43"),
        (1, 1, "the integration has no access to account 1"),
        (42, 3, "the integration has no access to location 3"),
        (42, 9, "account 42 has no location 9"),
        (42, 99, "account 42 has no location 99"),
    ],
)
def test_what_was_not_granted_is_forbidden(lobbie, account, location, detail):
    assert outcome(book(lobbie, account, location)) == (403, detail)


def test_without_authentication_every_account_of_the_world_is_open():
    talk = Talk("lobbie", auth="off")
    body = {"locationId": 9, "practitionerId": 12, "appointmentTypeId": 90, "schedulerConfigId": 901}

    assert book(talk, 43, 9, **body).status == 201


def test_no_token_is_unauthorized(lobbie):
    reply = book(lobbie, authorization="")

    assert outcome(reply) == (401, "credentials are missing or not valid")
    assert reply.headers["www-authenticate"] == 'Bearer realm="api"'


def test_the_token_endpoint_opens_the_api_for_an_hour():
    talk = Talk("lobbie", auth="strict")
    form = (
        b"grant_type=client_credentials&scope=prod-lobbie-api/partner-api"
        b"&client_id=lobbie-integration&client_secret=lobbie-client-secret"
    )
    given = talk.ask("POST", "/oauth2/token", [("content-type", "application/x-www-form-urlencoded")], form)
    bearer = f"Bearer {given.json['access_token']}"

    assert (given.status, given.json["token_type"], given.json["expires_in"]) == (200, "Bearer", 3600)
    assert book(talk, authorization=bearer).status == 201
    assert book(talk, authorization="Bearer any").status == 401
    talk.advance(timedelta(minutes=59))
    assert book(talk, authorization=bearer).status == 409
    talk.advance(timedelta(minutes=1))
    assert book(talk, authorization=bearer).status == 401


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"startDateTime": ...}, "body /startDateTime is required"),
        ({"practitionerId": "7"}, "body /practitionerId must be integer, not string"),
        ({"startDateTime": "2030-01-15T10:00:00"}, "body /startDateTime is not a valid date-time"),
    ],
    ids=str,
)
def test_a_malformed_request_is_refused(lobbie, changes, detail):
    assert outcome(book(lobbie, **changes)) == (400, detail)


# --- switches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "expected"), [("409", OFF), ("422", (422, OFF[1])), ("allow", (201, ""))])
def test_switch_outside_hours(state, expected):
    assert outcome(book(Talk("lobbie", outsideHours=state), startDateTime="2030-01-19T10:00:00-08:00")) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("422", (422, "startDateTime must be in the future")),
        ("409", (409, "startDateTime must be in the future")),
        ("allow", (201, "")),
    ],
)
def test_switch_past_start(state, expected):
    assert outcome(book(Talk("lobbie", pastStart=state), startDateTime="2025-01-15T10:00:00-08:00")) == expected


@pytest.mark.parametrize(
    ("state", "patient", "expected"),
    [
        ("optional", ..., (201, "")),
        ("optional", 4711, (201, "")),
        ("required", ..., (422, "patientId is required")),
        ("required", 4711, (201, "")),
        ("known", ..., (422, "patientId is required")),
        ("known", 4711, (422, "patientId 4711 is no patient of account 42")),
        ("known", 67890, (201, "")),
    ],
)
def test_switch_patient(state, patient, expected):
    assert outcome(book(Talk("lobbie", patient=state), patientId=patient)) == expected


def test_the_same_requests_are_answered_alike_by_two_mocks():
    def answers() -> list[bytes]:
        talk = Talk("lobbie", mock=fresh_mock("lobbie"), namespace="same")
        return [book(talk, **changes).content for changes in ({}, {}, {"practitionerId": 8}, {"locationId": 2})]

    assert answers() == answers()
