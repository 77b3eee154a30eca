"""Conversations with the DrCare247 mock: every rule of specs/drcare247/README.md."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from conversation import Reply
from partners import Talk, fresh_mock

PATH = "/api/Calendar/PatientAppointmentPost_v2"
FORM = "application/x-www-form-urlencoded"
PROVIDER, OTHER = "35892d05-0086-4366-930b-3fa374cac51e", "35892d05-0086-4366-930b-3fa374cac51f"
HOUR = "8dc019bc-baf1-4f25-a22f-e9669673db84"
WANTED = {
    "UserId": "84ef7a81-c643-4b8e-85e5-1ff52fc35f3d",
    "AccountId": "3faed728-f67f-4bc0-888f-a8410d31c7df",
    "AppointmentOn": "2030-02-04T09:00:00-06:00",
    "Reason": "Follow-up on blood pressure",
}
MANY_FAULTS = {
    "UserId": "x",
    "AppointmentOn": "2030-02-04",
    "Reason": "x" * 251,
    "Note": "x" * 1001,
    "PaidAmount": "free",
    "Reasons": [{"ReasonId": "7b0d7dbd-2e54-48b9-a80d-fb468fda994e"}, {"ReasonId": "y"}],
}
COMPLAINTS = {
    "model.UserId": ["The field UserId is not a valid uuid."],
    "model.AccountId": ["The AccountId field is required."],
    "model.AppointmentOn": ["The field AppointmentOn is not a valid date-time."],
    "model.Reason": ["The field Reason must be a string with a maximum length of 250."],
    "model.Note": ["The field Note must be a string with a maximum length of 1000."],
    "model.PaidAmount": ["The field PaidAmount must be number, not string."],
    "model.Reasons[1].ReasonId": ["The field ReasonId is not a valid uuid."],
}


@pytest.fixture
def drcare() -> Talk:
    return Talk("drcare247")


def create(drcare: Talk, kind: str = "application/json", **changes: Any) -> Reply:
    return send(drcare, {**WANTED, **changes}, kind)


def send(drcare: Talk, body: Any, kind: str = "application/json") -> Reply:
    if kind == FORM:
        spelled = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        return drcare.ask("POST", PATH, [("content-type", kind)], urlencode(spelled).encode())
    return drcare.ask("POST", PATH, [("content-type", kind)], json.dumps(body).encode())


def complaints(reply: Reply) -> Any:
    assert (reply.status, reply.json["Message"]) == (400, "The request is invalid.")
    return reply.json["ModelState"]


# --- what is taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/json", "text/json", FORM])
def test_appointment_is_stored_in_every_media_type(drcare, kind):
    reply = create(drcare, kind, PaidAmount=5.5, Reasons=[{"ReasonId": HOUR}])
    key = reply.json["AppointmentId"]

    assert (reply.status, reply.json) == (
        200,
        {"AppointmentId": str(UUID(key)), "Message": "The appointment was created."},
    )
    assert drcare.records("appointment")[key] == {**WANTED, "PaidAmount": 5.5, "Reasons": [{"ReasonId": HOUR}]}


@pytest.mark.parametrize("changes", [{"Reason": "x" * 250}, {"Note": "x" * 1000}, {"Note": ""}, {"ProviderId": None}])
def test_what_is_within_the_limits_is_taken(drcare, changes):
    assert create(drcare, **changes).status == 200


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WANTED)
@pytest.mark.parametrize("kind", ["application/json", "text/json", FORM])
def test_required_member_is_missed(drcare, name, kind):
    body = {key: value for key, value in WANTED.items() if key != name}

    assert complaints(send(drcare, body, kind)) == {f"model.{name}": [f"The {name} field is required."]}


@pytest.mark.parametrize("name", WANTED)
def test_required_member_is_missed_when_it_is_null(drcare, name):
    assert complaints(create(drcare, **{name: None})) == {f"model.{name}": [f"The {name} field is required."]}


@pytest.mark.parametrize("kind", ["application/json", "text/json", FORM])
def test_every_wrong_member_is_named_at_once(drcare, kind):
    assert complaints(send(drcare, MANY_FAULTS, kind)) == COMPLAINTS


@pytest.mark.parametrize("reason", ["", " \t"])
@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_empty_reason_is_missed(drcare, reason, kind):
    assert complaints(create(drcare, kind, Reason=reason)) == {"model.Reason": ["The Reason field is required."]}


def test_empty_reason_is_taken_when_the_switch_says_so(drcare):
    drcare.switch(emptyReason="accept")

    assert create(drcare, Reason="").status == 200


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"", {"model": ["The model field is required."]}),
        (b"[]", {"model": ["The field model must be object, not array."]}),
        (b"{", {"model": ["The field model is not valid JSON: unexpected end of data: line 1 column 2 (char 1)."]}),
    ],
)
def test_body_that_is_no_object_is_refused(drcare, body, state):
    assert complaints(drcare.ask("POST", PATH, [("content-type", "application/json")], body)) == state


def test_query_that_the_contract_does_not_have_is_refused(drcare):
    reply = drcare.post_json(f"{PATH}?debug=1", WANTED)

    assert complaints(reply) == {"debug": ["The field debug is not a parameter of this operation."]}


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z"])
def test_time_that_no_calendar_has_is_refused(drcare, instant):
    state = complaints(create(drcare, AppointmentOn=instant))

    assert state == {"model.AppointmentOn": ["The field AppointmentOn is out of range."]}


def test_nothing_is_stored_of_what_is_refused(drcare):
    before = drcare.records("appointment")
    create(drcare, Reason="")
    create(drcare, UserId="x")

    assert drcare.records("appointment") == before


# --- the provider's time ----------------------------------------------------------------------------------------------

TAKEN = {"model.AppointmentOn": ["The provider already has an appointment at this time."]}


def test_provider_may_be_booked_twice(drcare):
    assert [create(drcare, ProviderId=PROVIDER).status for _ in range(2)] == [200, 200]


def test_provider_is_booked_once_when_the_switch_says_so(drcare):
    drcare.switch(providerConflict="refuse")
    create(drcare, ProviderId=PROVIDER)

    assert complaints(create(drcare, ProviderId=PROVIDER, AppointmentOn="2030-02-04T15:29:00Z")) == TAKEN
    assert create(drcare, ProviderId=PROVIDER, AppointmentOn="2030-02-04T15:30:00Z").status == 200
    assert create(drcare, ProviderId=OTHER).status == 200


def test_appointment_without_a_provider_keeps_nobody_busy(drcare):
    drcare.switch(providerConflict="refuse")

    assert [create(drcare).status for _ in range(2)] == [200, 200]


def test_length_is_that_of_the_encounter(drcare):
    drcare.switch(providerConflict="refuse")
    create(drcare, ProviderId=PROVIDER, EncounterTypeModeDurationId=HOUR)

    assert complaints(create(drcare, ProviderId=PROVIDER, AppointmentOn="2030-02-04T15:59:00Z")) == TAKEN


def test_appointment_from_the_beginning_keeps_its_provider_busy(drcare):
    drcare.switch(providerConflict="refuse")

    assert complaints(create(drcare, ProviderId=PROVIDER, AppointmentOn="2030-01-07T15:00:00Z")) == TAKEN


# --- always the same --------------------------------------------------------------------------------------------------


def test_same_requests_get_the_same_answers_byte_for_byte():
    def answers() -> list[Reply]:
        fresh = Talk("drcare247", mock=fresh_mock("drcare247"), namespace="same")
        return [create(fresh), send(fresh, MANY_FAULTS), create(fresh, FORM)]

    assert answers() == answers()
