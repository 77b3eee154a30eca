"""Conversations with the NexHealth mock: every rule of specs/nexhealth/README.md."""

from datetime import timedelta
from typing import Any

import pytest
from conversation import Reply
from partners import NOW, Talk, fresh_mock

VERSION = "application/vnd.Nexhealth+json;version=2"
BOOKING = {"patient_id": 2897, "provider_id": 104, "start_time": "2030-04-15T15:00:00Z", "appointment_type_id": 27}
HERE = "subdomain=happy-smiles&location_id=13"


def book(talk: Talk, query: str = HERE, headers: dict[str, str] | None = None, **changes: Any) -> Reply:
    appt = {name: value for name, value in {**BOOKING, **changes}.items() if value is not ...}
    return talk.post_json(f"/appointments?{query}", {"appt": appt}, **{"accept": VERSION, **(headers or {})})


def outcome(reply: Reply) -> tuple[int, list[str]]:
    """Return the status and the messages of an answer, which must be the vendor's envelope."""
    assert reply.json["code"] is (reply.status == 201)
    assert (reply.json["data"] is None) is (reply.status != 201)
    return reply.status, reply.json["error"]


@pytest.fixture
def nexhealth() -> Talk:
    return Talk("nexhealth")


def test_an_appointment_is_booked(nexhealth):
    reply = book(
        nexhealth, operatory_id=181, note="Cough", descriptor_ids=[12, 13], referrer="https://practice.example"
    )

    assert reply.status == 201
    appointment = reply.json["data"]["appt"]
    assert reply.json == {"code": True, "description": None, "error": [], "count": 1, "data": {"appt": appointment}}
    assert appointment == {
        "id": appointment["id"],
        "institution_id": 105,
        "location_id": 13,
        "provider_id": 104,
        "provider_name": "Dr. Grace Hopper",
        "patient_id": 2897,
        "start_time": "2030-04-15T15:00:00Z",
        "end_time": "2030-04-15T15:30:00Z",
        "timezone": "America/New_York",
        "timezone_offset": "-4:00",
        "appointment_type_id": 27,
        "operatory_id": 181,
        "note": "Cough",
        "unavailable": False,
        "is_guardian": False,
        "is_new_clients_patient": False,
        "referrer": "https://practice.example",
        "confirmed": False,
        "confirmed_at": None,
        "cancelled": False,
        "cancelled_at": None,
        "deleted": False,
        "foreign_id": None,
        "created_at": "2030-01-07T08:00:00Z",
        "updated_at": "2030-01-07T08:00:00Z",
        "misc": {"is_booked_on_nexhealth": True},
    }
    assert nexhealth.records("appointment")[str(appointment["id"])] == appointment


def test_times_are_answered_in_utc(nexhealth):
    appointment = book(nexhealth, start_time="2030-01-15T10:00:00-05:00").json["data"]["appt"]

    assert appointment["start_time"] == "2030-01-15T15:00:00Z"
    assert (appointment["timezone"], appointment["timezone_offset"]) == ("America/New_York", "-5:00")


@pytest.mark.parametrize(
    ("changes", "end", "kind"),
    [
        ({"appointment_type_id": 27}, "15:30", 27),
        ({"appointment_type_id": 28}, "16:00", 28),
        ({"appointment_type_id": ..., "end_time": "2030-04-15T15:10:00Z"}, "15:10", 0),
        ({"appointment_type_id": 28, "end_time": "2030-04-15T15:10:00Z"}, "15:10", 28),
    ],
    ids=str,
)
def test_the_end_is_what_was_sent_or_else_what_the_type_makes_it(nexhealth, changes, end, kind):
    appointment = book(nexhealth, **changes).json["data"]["appt"]

    assert (appointment["end_time"], appointment["appointment_type_id"]) == (f"2030-04-15T{end}:00Z", kind)


def test_a_location_that_maps_by_operatory_takes_one_of_its_own(nexhealth):
    there = "subdomain=happy-smiles&location_id=14"

    assert outcome(book(nexhealth, there)) == (400, ["operatory_id is required: the location maps by operatory"])
    assert outcome(book(nexhealth, there, operatory_id=181)) == (404, ["operatory 181 was not found"])
    assert outcome(book(nexhealth, there, operatory_id=182)) == (201, [])


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start_time": "2030-01-07T08:00:00Z"}, (400, ["start_time must be in the future"])),
        ({"start_time": "2030-01-07T08:00:01Z"}, (201, [])),
        ({"start_time": "2020-01-01T08:00:00Z"}, (400, ["start_time must be in the future"])),
        ({"appointment_type_id": ...}, (400, ["end_time or appointment_type_id is required"])),
        ({"end_time": "2030-04-15T15:00:00Z"}, (400, ["end_time must be after start_time"])),
        ({"end_time": "2030-04-15T14:00:00Z"}, (400, ["end_time must be after start_time"])),
        ({"start_time": "9999-12-31T23:45:00Z"}, (400, ["start_time or end_time is out of range"])),
        ({"start_time": "9999-12-31T23:00:00-08:00"}, (400, ["start_time or end_time is out of range"])),
        ({"patient_id": ...}, (400, ["patient_id is required, unless unavailable is true"])),
        ({"is_guardian": True}, (400, ["patient is required when is_guardian is true"])),
        ({"note": "x" * 129}, (400, ["body /appt/note must be at most 128 characters long"])),
        ({"provider_id": ...}, (400, ["body /appt/provider_id is required"])),
        ({"provider_id": 999}, (404, ["provider 999 was not found"])),
        ({"provider_id": 201}, (404, ["provider 201 was not found"])),  # works elsewhere
        ({"patient_id": 999}, (404, ["patient 999 was not found"])),
        ({"appointment_type_id": 999}, (404, ["appointment type 999 was not found"])),
        (
            {"appointment_type_id": 999, "end_time": "2030-04-15T16:00:00Z"},
            (404, ["appointment type 999 was not found"]),
        ),
        ({"operatory_id": 182}, (404, ["operatory 182 was not found"])),
        ({"descriptor_ids": [12, 99]}, (404, ["descriptor 99 was not found"])),
    ],
    ids=str,
)
def test_what_can_be_booked(nexhealth, changes, expected):
    assert outcome(book(nexhealth, **changes)) == expected


@pytest.mark.parametrize(
    ("subdomain", "location", "expected"),
    [
        ("nobody", "13", (404, ["institution nobody was not found"])),
        ("happy-smiles", "99", (404, ["location 99 was not found"])),
        ("happy-smiles", "20", (404, ["location 20 was not found"])),
        ("happy-smiles", "013", (404, ["location 013 was not found"])),
        ("bright-teeth", "20", (403, ["the API key has no access to bright-teeth"])),
    ],
)
def test_only_what_is_there_and_granted_is_open(nexhealth, subdomain, location, expected):
    assert outcome(book(nexhealth, f"subdomain={subdomain}&location_id={location}")) == expected


def test_a_guardian_books_for_a_dependent(nexhealth):
    dependent = {"first_name": "Lena", "last_name": "Ramos", "bio": {"date_of_birth": "2015-05-03"}}
    appointment = book(nexhealth, is_guardian=True, patient=dependent).json["data"]["appt"]

    assert (appointment["is_guardian"], appointment["patient_id"]) == (True, 2897)


# --- who is busy when -------------------------------------------------------------------------------------------------

BUSY = (400, ["provider 104 is not available at this time"])


@pytest.mark.parametrize(
    ("start", "kind", "expected"),
    [
        ("15:00", 27, BUSY),
        ("15:29", 27, BUSY),
        ("14:31", 27, BUSY),
        ("14:45", 28, BUSY),
        ("14:30", 27, (201, [])),
        ("15:30", 27, (201, [])),
    ],
)
def test_a_provider_is_in_one_appointment_at_a_time(nexhealth, start, kind, expected):
    book(nexhealth)

    assert outcome(book(nexhealth, start_time=f"2030-04-15T{start}:00Z", appointment_type_id=kind)) == expected


def test_a_provider_is_busy_at_every_location_and_others_are_free(nexhealth):
    book(nexhealth)

    assert outcome(book(nexhealth, "subdomain=happy-smiles&location_id=14", operatory_id=182)) == BUSY
    assert outcome(book(nexhealth, provider_id=107)) == (201, [])


def test_a_block_takes_time_and_no_patient(nexhealth):
    block = book(nexhealth, unavailable=True).json["data"]["appt"]

    assert (block["unavailable"], block["patient_id"]) == (True, None)
    assert outcome(book(nexhealth)) == BUSY
    assert outcome(book(nexhealth, unavailable=True, patient_id=...)) == BUSY


def test_an_appointment_of_the_world_is_there(nexhealth):
    reply = book(nexhealth, provider_id=107, start_time="2030-01-07T15:15:00Z")

    assert outcome(reply) == (400, ["provider 107 is not available at this time"])


def test_what_was_refused_takes_no_id(nexhealth):
    first = book(nexhealth).json["data"]["appt"]["id"]
    book(nexhealth)

    assert book(nexhealth, start_time="2030-04-16T15:00:00Z").json["data"]["appt"]["id"] == first + 1


@pytest.mark.parametrize(("state", "expected"), [("refuse", BUSY), ("allow", (201, []))])
def test_switch_provider_conflict(state, expected):
    talk = Talk("nexhealth", providerConflict=state)
    book(talk)

    assert outcome(book(talk)) == expected


# --- notices, query, version, keys ------------------------------------------------------------------------------------


def test_a_notice_to_the_patient_is_recorded(nexhealth):
    told = book(nexhealth, f"{HERE}&notify_patient=true").json["data"]["appt"]["id"]
    book(nexhealth, f"{HERE}&notify_patient=false", start_time="2030-04-16T15:00:00Z")
    book(nexhealth, f"{HERE}&notify_patient=true", start_time="2030-04-17T15:00:00Z", unavailable=True)
    book(nexhealth, f"{HERE}&notify_patient=true")  # refused

    assert nexhealth.records("notice") == {str(told): {"patient_id": 2897, "at": "2030-01-07T08:00:00+00:00"}}


def test_unknown_query_parameters_are_told_and_do_no_harm(nexhealth):
    reply = book(nexhealth, f"{HERE}&colour=blue&a%20b=1&colour=red&&%6eotify_patient=false")

    assert outcome(reply) == (201, ["Unknown parameter: colour", "Unknown parameter: a b"])


NO_VERSION = [f"the version header is missing: send Accept: {VERSION}"]


@pytest.mark.parametrize(
    ("state", "accept", "expected"),
    [
        ("required", VERSION, (201, [])),
        ("required", "application/vnd.nexhealth+json; version=2", (201, [])),
        ("required", "", (400, NO_VERSION)),
        ("required", "application/json", (400, NO_VERSION)),
        ("optional", "", (201, [])),
    ],
)
def test_switch_version_header(state, accept, expected):
    assert outcome(book(Talk("nexhealth", versionHeader=state), headers={"accept": accept})) == expected


def authenticate(talk: Talk, key: str, accept: str = VERSION) -> Reply:
    return talk.ask("POST", "/authenticates", [("authorization", key), ("accept", accept)])


def test_an_api_key_is_exchanged_for_a_token_that_lives_a_day():
    talk = Talk("nexhealth", auth="strict")
    given = authenticate(talk, "nexhealth-api-key")
    headers = {"authorization": f"Bearer {given.json['data']['token']}"}

    assert outcome(given) == (201, [])
    assert given.json["description"] == "Authenticated"
    assert outcome(book(talk, headers=headers)) == (201, [])
    talk.advance(timedelta(hours=24, seconds=-1))
    assert outcome(book(talk, headers=headers)) == BUSY
    talk.advance(timedelta(seconds=1))
    assert outcome(book(talk, headers=headers)) == (401, ["credentials are missing or not valid"])


@pytest.mark.parametrize("key", ["wrong", "former-api-key", "Bearer nexhealth-api-key", ""])
def test_no_other_key_is_exchanged(nexhealth, key):
    message = "the API key is not valid: send it bare in the header Authorization"

    assert outcome(authenticate(nexhealth, key)) == (401, [message])


def test_keys_are_exchanged_with_the_version_header_only(nexhealth):
    assert outcome(authenticate(nexhealth, "nexhealth-api-key", "application/json")) == (400, NO_VERSION)


@pytest.mark.parametrize("credential", ["", "nexhealth-api-key", "Bearer nexhealth-api-key", "Bearer x"])
def test_only_tokens_open_the_api(credential):
    reply = book(Talk("nexhealth", auth="strict"), headers={"authorization": credential})

    assert outcome(reply) == (401, ["credentials are missing or not valid"])


def test_the_same_requests_are_answered_alike_by_two_mocks():
    def answers() -> list[bytes]:
        talk = Talk("nexhealth", mock=fresh_mock("nexhealth"), namespace="same")
        token = authenticate(talk, "nexhealth-api-key").content
        return [token, *(book(talk, provider_id=provider).content for provider in (104, 104, 107, 999))]

    assert answers() == answers()
    assert NOW.isoformat()[:19].encode() in answers()[1]
