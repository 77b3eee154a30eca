"""Conversations with the Caspen mock: every rule of specs/caspen/README.md."""

from datetime import timedelta
from typing import Any

import pytest
from conversation import Reply
from partners import NOW, Talk, fresh_mock
from pydantic import ValidationError

FIRST, SECOND = "app_01HQFQ9QWTNNPY58FZ8CB3FWWK", "app_01HQFQ9QWTNNPY58FZ8CB3FWWM"
K, M = "01HQFQ9QWTNNPY58FZ8CB3FWWK", "01HQFQ9QWTNNPY58FZ8CB3FWWM"
NOON = {"starts_at": "2030-01-08T12:00:00Z", "ends_at": "2030-01-08T12:45:00Z"}


@pytest.fixture
def caspen() -> Talk:
    return Talk("caspen")


def update(caspen: Talk, body: Any, appointment: str = FIRST, authorization: str = "Bearer any") -> Reply:
    return caspen.post_json(f"/v1/appointments/{appointment}", body, authorization=authorization)


def updated(caspen: Talk, body: Any, appointment: str = FIRST) -> Any:
    reply = update(caspen, body, appointment)
    assert reply.status == 200, reply.content
    return reply.json


# --- which appointment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [FIRST, "123"])
def test_appointment_is_named_by_its_id_or_its_number(caspen, name):
    assert updated(caspen, {}, name)["id"] == FIRST


@pytest.mark.parametrize("name", ["app_unknown", "9", "0123", "123.0", "%00", "9" * 5000])
def test_unknown_appointment_is_not_found(caspen, name):
    reply = update(caspen, {}, name)

    assert reply.status == 404
    assert reply.json["message"].startswith("Appointment ")
    assert reply.json["message"].endswith(" not found.")


def test_what_is_not_sent_keeps_its_value(caspen):
    before = updated(caspen, {})

    assert updated(caspen, {"note": "Brings a friend."}) == {**before, "note": "Brings a friend."}
    assert updated(caspen, {}) == {**before, "note": "Brings a friend."}


def test_body_may_be_left_out(caspen):
    reply = caspen.ask("POST", f"/v1/appointments/{FIRST}", [("authorization", "Bearer any")])

    assert (reply.status, reply.json) == (200, updated(caspen, {}))


def test_whole_appointment_is_answered(caspen):
    assert updated(caspen, {}) == {
        "id": FIRST,
        "location_id": f"loc_{K}",
        "practitioner_id": f"pra_{K}",
        "service_id": f"ser_{K}",
        "client_id": f"cli_{K}",
        "client_package_id": f"cpk_{K}",
        "case_id": f"cas_{K}",
        "starts_at": "2030-01-07T10:00:00Z",
        "ends_at": "2030-01-07T11:00:00Z",
        "duration": 60,
        "status": "pending",
        "confirmed": False,
        "confirmed_at": None,
        "room_id": f"rom_{K}",
        "vehicle_id": None,
        "resource_ids": ["res_01HYHYQHA682J0K1RW7B2HVA9F"],
        "note": "Prefers mornings.",
        "cancellation_reason_id": None,
        "cancellation_note": None,
        "cancelled_at": None,
        "created_at": "2023-12-20T12:00:00Z",
    }


def test_member_that_the_contract_does_not_name_changes_nothing(caspen):
    assert updated(caspen, {"unheard_of": 1, "status": "cancelled"}) == updated(caspen, {})


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "prefix"),
    [
        ("location_id", "loc"),
        ("practitioner_id", "pra"),
        ("service_id", "ser"),
        ("client_id", "cli"),
        ("room_id", "rom"),
    ],
)
@pytest.mark.parametrize("form", ["number", "id"])
def test_other_records_are_named_by_number_or_by_id(caspen, field, prefix, form):
    sent = 124 if form == "number" else f"{prefix}_{M}"

    assert updated(caspen, {field: sent})[field] == f"{prefix}_{M}"


def test_resources_are_named_by_number_or_by_id(caspen):
    sent = [124, "res_01HYHYQHA682J0K1RW7B2HVA9F"]
    answered = ["res_01HYHYQHA682J0K1RW7B2HVA9G", "res_01HYHYQHA682J0K1RW7B2HVA9F"]

    assert updated(caspen, {"resource_ids": sent})["resource_ids"] == answered


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"practitioner_id": 9}, ["practitioner_id"]),
        ({"vehicle_id": 9}, ["vehicle_id"]),
        ({"service_id": f"pra_{K}"}, ["service_id"]),
        ({"resource_ids": [123, 9, 124, 10]}, ["resource_ids.1", "resource_ids.3"]),
        ({"case_id": 9, "location_id": 9, "note": None}, ["location_id", "case_id"]),
    ],
)
def test_unknown_record_is_a_fault_of_its_field(caspen, body, fields):
    reply = update(caspen, body)

    assert reply.status == 422
    assert reply.json["errors"] == {name: [f"The selected {name} is invalid."] for name in fields}
    assert reply.json["message"] == f"The selected {fields[0]} is invalid."


# --- null -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["client_package_id", "case_id", "note", "room_id"])
def test_null_empties_what_may_be_empty(caspen, field):
    assert updated(caspen, {field: None})[field] is None


@pytest.mark.parametrize(
    "field",
    ["location_id", "practitioner_id", "service_id", "client_id", "starts_at", "ends_at", "confirmed", "resource_ids"],
)
def test_null_is_refused_where_nothing_may_be_empty(caspen, field):
    reply = update(caspen, {field: None})

    assert reply.status == 422
    assert list(reply.json["errors"]) == [field]


def test_null_takes_the_vehicle_away(caspen):
    assert updated(caspen, {}, SECOND)["vehicle_id"] == f"veh_{K}"
    assert updated(caspen, {"vehicle_id": None}, SECOND)["vehicle_id"] is None


def test_resources_are_emptied_by_an_empty_list(caspen):
    assert updated(caspen, {"resource_ids": []})["resource_ids"] == []


# --- what follows from a change ---------------------------------------------------------------------------------------


def test_duration_follows_the_times(caspen):
    assert updated(caspen, {"ends_at": "2030-01-07T10:25:30Z"})["duration"] == 25
    assert updated(caspen, NOON)["duration"] == 45


def test_times_are_answered_in_utc(caspen):
    moved = updated(caspen, {"starts_at": "2030-01-08T21:00:00+11:00", "ends_at": "2030-01-08t12:00:00.5z"})

    assert (moved["starts_at"], moved["ends_at"]) == ("2030-01-08T10:00:00Z", "2030-01-08T12:00:00.500000Z")


def test_appointment_is_confirmed_once(caspen):
    assert updated(caspen, {"confirmed": True})["confirmed_at"] == "2030-01-07T08:00:00Z"
    caspen.advance(timedelta(hours=1))
    assert updated(caspen, {"confirmed": True})["confirmed_at"] == "2030-01-07T08:00:00Z"


def test_confirmation_is_taken_back(caspen):
    updated(caspen, {"confirmed": True})
    taken_back = updated(caspen, {"confirmed": False})

    assert (taken_back["confirmed"], taken_back["confirmed_at"]) == (False, None)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"starts_at": "2030-01-08T12:00:00Z", "ends_at": "2030-01-08T11:59:59Z"},
            {"ends_at": ["The ends_at field must be a date after or equal to starts_at."]},
        ),
        (
            {"starts_at": "2030-01-07T11:00:01Z"},
            {"starts_at": ["The starts_at field must be a date before or equal to ends_at."]},
        ),
        ({"starts_at": "0001-01-01T00:00:00+01:00"}, {"starts_at": ["The starts_at field is not a valid date."]}),
    ],
)
def test_times_that_cannot_be_are_faults_of_their_fields(caspen, body, errors):
    reply = update(caspen, body)

    assert (reply.status, reply.json["errors"]) == (422, errors)


def test_end_may_be_the_start(caspen):
    assert updated(caspen, {"ends_at": "2030-01-07T10:00:00Z"})["duration"] == 0


# --- clashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "sent", "busy"),
    [
        ("practitioner_id", 124, f"practitioner pra_{M}"),
        ("room_id", 124, f"room rom_{M}"),
        ("vehicle_id", 123, f"vehicle veh_{K}"),
        ("resource_ids", [123, 124], "resource res_01HYHYQHA682J0K1RW7B2HVA9G"),
    ],
)
def test_what_another_appointment_has_then_is_refused(caspen, field, sent, busy):
    body = {field: sent, "starts_at": "2030-01-07T14:15:00Z", "ends_at": "2030-01-07T15:00:00Z"}
    before = updated(caspen, {})
    reply = update(caspen, body)

    assert (reply.status, reply.json) == (409, {"message": f"The {busy} is booked at this time."})
    assert updated(caspen, {}) == before


def test_appointments_may_follow_each_other(caspen):
    body = {"practitioner_id": 124, "starts_at": "2030-01-07T14:30:00Z", "ends_at": "2030-01-07T15:00:00Z"}

    assert updated(caspen, body)["practitioner_id"] == f"pra_{M}"


def test_appointment_does_not_clash_with_itself(caspen):
    assert updated(caspen, {"starts_at": "2030-01-07T10:30:00Z"})["duration"] == 30


def test_time_that_an_appointment_left_is_free(caspen):
    updated(caspen, NOON, SECOND)
    body = {"practitioner_id": 124, "starts_at": "2030-01-07T14:00:00Z", "ends_at": "2030-01-07T14:30:00Z"}

    assert updated(caspen, body)["practitioner_id"] == f"pra_{M}"


def test_clashes_are_taken_when_the_switch_says_so(caspen):
    caspen.switch(conflict="allow")
    body = {"practitioner_id": 124, "starts_at": "2030-01-07T14:00:00Z", "ends_at": "2030-01-07T14:30:00Z"}
    updated(caspen, body)
    caspen.switch(conflict="refuse")

    assert updated(caspen, {"note": "Squeezed in."})["note"] == "Squeezed in."
    assert update(caspen, {**body, "ends_at": "2030-01-07T14:20:00Z"}).status == 409


# --- what the contract refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"note": "x" * 256}, {"note": ["The note field must be at most 255 characters long."]}),
        (
            {"starts_at": "tomorrow", "confirmed": "yes"},
            {
                "starts_at": ["The starts_at field is not a valid date-time."],
                "confirmed": ["The confirmed field must be boolean, not string."],
            },
        ),
        (
            {"resource_ids": [True]},
            {"resource_ids.0": ["The resource_ids.0 field must be integer or string, not boolean."]},
        ),
        ([], {"body": ["The body field must be object, not array."]}),
    ],
)
def test_broken_body_is_refused_by_field(caspen, body, errors):
    reply = update(caspen, body)

    assert reply.status == 422
    assert reply.json == {"message": next(iter(errors.values()))[0], "errors": errors}


def test_note_of_255_characters_is_taken(caspen):
    assert updated(caspen, {"note": "x" * 255})["note"] == "x" * 255


def test_request_without_a_key_is_refused(caspen):
    reply = update(caspen, {}, authorization="")

    assert (reply.status, reply.json) == (401, {"message": "Unauthenticated."})
    assert reply.headers["x-ratelimit-remaining"] == "60"


@pytest.mark.parametrize(("key", "status"), [("caspen-api-key", 200), ("caspen-second-key", 200), ("any", 401)])
def test_keys_are_those_of_the_world_where_credentials_are_checked(key, status):
    assert update(Talk("caspen", auth="strict"), {}, authorization=f"Bearer {key}").status == status


# --- the rate limit ---------------------------------------------------------------------------------------------------


def spend(caspen: Talk, requests: int) -> None:
    for _ in range(requests):
        assert update(caspen, {}).status == 200


def test_every_answer_says_how_many_requests_are_left(caspen):
    replies = [update(caspen, {}), update(caspen, {"note": 1}), update(caspen, {}, "unknown"), update(caspen, {})]

    assert [reply.status for reply in replies] == [200, 422, 404, 200]
    assert [reply.headers["x-ratelimit-limit"] for reply in replies] == ["60"] * 4
    assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == ["59", "58", "57", "56"]
    assert not any("retry-after" in reply.headers or "x-ratelimit-reset" in reply.headers for reply in replies)


@pytest.mark.parametrize("body", [{}, {"note": 1}])
def test_the_request_after_sixty_is_refused(caspen, body):
    spend(caspen, 60)
    caspen.advance(timedelta(seconds=28.5))
    reply = update(caspen, body)

    assert (reply.status, reply.content) == (429, b'{"message":"Too Many Attempts."}')
    assert reply.headers["x-ratelimit-limit"] == "60"
    assert reply.headers["x-ratelimit-remaining"] == "0"
    assert reply.headers["retry-after"] == "32"
    assert reply.headers["x-ratelimit-reset"] == str(int(NOW.timestamp()) + 60)


def test_a_minute_after_its_first_request_a_key_may_ask_again(caspen):
    spend(caspen, 60)
    caspen.advance(timedelta(seconds=59, microseconds=999999))
    assert update(caspen, {}).status == 429
    caspen.advance(timedelta(microseconds=1))

    assert update(caspen, {}).headers["x-ratelimit-remaining"] == "59"


def test_each_key_has_its_own_requests(caspen):
    spend(caspen, 60)
    other = update(caspen, None, authorization="Bearer caspen-second-key")

    assert other.headers["x-ratelimit-remaining"] == "59"


def test_request_without_a_key_is_not_counted(caspen):
    update(caspen, {}, authorization="")

    assert update(caspen, {}).headers["x-ratelimit-remaining"] == "59"


def test_limit_can_be_switched_off(caspen):
    caspen.switch(rateLimit="off")
    spend(caspen, 61)

    assert "x-ratelimit-limit" not in update(caspen, {}).headers
    assert "x-ratelimit-limit" not in update(caspen, {}, authorization="").headers


def test_limit_begins_anew_when_the_clock_goes_back(caspen):
    spend(caspen, 60)
    caspen.advance(timedelta(days=-1))

    assert update(caspen, {}).headers["x-ratelimit-remaining"] == "59"


# --- the world -------------------------------------------------------------------------------------------------------


def test_world_is_as_good_when_it_was_read_and_written(caspen):
    world = caspen.world

    assert type(world).model_validate_json(world.model_dump_json()) == world


def test_appointment_of_a_world_names_what_is_there(caspen):
    document = caspen.world.model_dump(mode="json")
    document["appointments"][1]["fields"]["resource_ids"] = [124, 9]

    with pytest.raises(ValidationError, match=r"appointment 124: no such resource_ids\.1"):
        type(caspen.world).model_validate(document)


# --- always the same --------------------------------------------------------------------------------------------------


def test_same_requests_get_the_same_answers_byte_for_byte():
    bodies = [NOON, {"confirmed": True}, {"room_id": 9, "case_id": 9, "service_id": 9}, {"practitioner_id": 124}, {}]

    def answers() -> list[Reply]:
        fresh = Talk("caspen", mock=fresh_mock("caspen"), namespace="same")
        return [update(fresh, body) for body in bodies]

    assert answers() == answers()
