"""Conversations with the Upvio mock: every rule of specs/upvio/README.md."""

from typing import Any
from uuid import UUID

import pytest
from conversation import Reply
from partners import Talk, fresh_mock
from pydantic import ValidationError

ACME, BAYSIDE = "2489e9ad-2ee2-8e00-8ec9-32d5f69181c0", "9d4c1b7a-36e8-4f02-a5b9-e17f60c2d384"
CONSULTATION, SURGERY = "0b8e7a16-52c4-4d39-a1f8-c6d2e49b7a35", "5a1f3c7e-90b2-4e6d-8c14-7d3b2f6a9e05"
ADVICE = "7c2e9b40-1d58-4f3a-b6e7-08a4c5d1f293"
JOHN, JANE = "d3a9f5c2-7e14-4c68-b0a3-5f82e1d6947b", "e4b0a6d3-8f25-4d79-81b4-60935fe7a58c"
MAX = "c81e4f06-2b97-4d15-8a3c-e6f0924b7d5a"
MARY = "6f1c2d4e-8a53-4b0f-9d27-1e5a7c3b9f60"
ANN, BEA = "f5c1b7e4-9036-4e8a-92c5-71a460f8b69d", "a6d2c8f5-0147-4f9b-a3d6-82b57109c7ae"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
WANTED = {"date": "2030-02-04T09:00:00Z", "patientId": MARY, "serviceId": CONSULTATION, "duration": 30}
IN_SYDNEY = {
    "patientId": "81be4f60-ac75-4d21-9f49-307c9e5db182",
    "serviceId": "18f6a2d5-c349-4b70-9e8d-5b07e4f1c6a2",
    "duration": 30,
}


@pytest.fixture
def upvio() -> Talk:
    return Talk("upvio")


def create(upvio: Talk, business: str = ACME, query: str = "", **changes: Any) -> Reply:
    wanted = {**WANTED, **(IN_SYDNEY if business == BAYSIDE else {}), **changes}
    return upvio.post_json(f"/v1/businesses/{business}/appointments{query}", wanted)


def created(upvio: Talk, business: str = ACME, query: str = "", **changes: Any) -> Any:
    reply = create(upvio, business, query, **changes)
    assert reply.status == 200, reply.content
    return reply.json["data"]


def error(reply: Reply) -> tuple[int, str]:
    assert list(reply.json) == ["error"]
    assert reply.json["error"]["code"] == reply.status
    return reply.status, reply.json["error"]["title"]


# --- what is answered -------------------------------------------------------------------------------------------------


def test_whole_appointment_is_answered(upvio):
    booked = created(upvio, staffId=JOHN)
    links = f"https://forms.upvio.com/acme/appointments/{booked['id']}"
    token = booked["cancelUrl"].rpartition("=")[2]

    assert UUID(token).hex == token
    assert booked == {
        "id": str(UUID(booked["id"])),
        "createdAt": "2030-01-07T08:00:00Z",
        "updatedAt": "2030-01-07T08:00:00Z",
        "service": {"id": CONSULTATION, "name": "GP Consultation", "alias": "gp-consultation"},
        "staff": {"id": JOHN, "name": "John Doe", "email": "john.doe@example.com"},
        "patient": {"id": MARY, "name": "Mary Major", "email": "mary.major@example.com"},
        "location": None,
        "serviceId": CONSULTATION,
        "staffId": JOHN,
        "staffName": "John Doe",
        "additionalStaffIds": [],
        "patientId": MARY,
        "date": "2030-02-04T09:00:00.000Z",
        "originalDate": None,
        "duration": 30,
        "price": 50,
        "currency": "usd",
        "groupBookingId": None,
        "cancelled": False,
        "approved": True,
        "patientTimezone": "Europe/London",
        "locationType": None,
        "locationValue": None,
        "paymentProvider": None,
        "paymentId": None,
        "answers": None,
        "recurringAppointmentId": None,
        "rrule": None,
        "recurrence": None,
        "rescheduleUrl": f"{links}/reschedule?token={token}",
        "cancelUrl": f"{links}/cancel?token={token}",
        "tags": [],
    }


def test_appointment_is_stored(upvio):
    booked = created(upvio)

    assert upvio.records("appointment")[booked["id"]] == booked


def test_date_is_answered_in_utc(upvio):
    assert created(upvio, date="2030-07-01T10:00:00.25+01:00")["date"] == "2030-07-01T09:00:00.250Z"


@pytest.mark.parametrize(
    ("sent", "answered"), [({}, "Europe/London"), ({"clientTimezone": "Asia/Tokyo"}, "Asia/Tokyo")]
)
def test_client_is_in_the_time_zone_of_the_business_unless_it_says_another(upvio, sent, answered):
    assert created(upvio, **sent)["patientTimezone"] == answered


@pytest.mark.parametrize(("duration", "price"), [(30, 50), (45, 75), (45.0, 75)])
def test_price_is_that_of_the_duration(upvio, duration, price):
    booked = created(upvio, duration=duration)

    assert (booked["duration"], booked["price"]) == (duration, price)


@pytest.mark.parametrize("duration", [0, 29, 30.5, -30, 60])
def test_duration_is_one_of_the_service(upvio, duration):
    assert error(create(upvio, duration=duration)) == (400, "Bad Request: the service takes 30, 45 minutes")


def test_service_that_requires_approval_is_booked_unapproved(upvio):
    assert created(upvio, serviceId=SURGERY, duration=60)["approved"] is False


def test_location_on_record_is_named_by_its_address(upvio):
    booked = created(upvio, location="1 Example Street, London")

    assert booked["location"] == {
        "id": "4c7d9e20-1b36-4f85-8e0a-92d5b6c3f174",
        "name": "Acme Clinic",
        "address": "1 Example Street, London",
    }
    assert booked["locationValue"] == "1 Example Street, London"


def test_location_that_is_not_on_record_is_only_a_value(upvio):
    booked = created(upvio, location="https://meet.example.com/abc")

    assert (booked["location"], booked["locationValue"]) == (None, "https://meet.example.com/abc")


# --- who is booked ----------------------------------------------------------------------------------------------------


def test_who_is_named_is_booked(upvio):
    assert created(upvio, staffId=JANE)["staff"]["name"] == "Jane Roe"


def test_first_by_id_is_booked_of_those_who_are_equally_busy(upvio):
    assert created(upvio)["staffId"] == JOHN


def test_who_has_fewer_booked_minutes_that_day_is_booked(upvio):
    created(upvio, staffId=JOHN, duration=45)
    created(upvio, staffId=JANE, date="2030-02-04T12:00:00Z")

    assert created(upvio, date="2030-02-04T15:00:00Z")["staffId"] == JANE
    assert created(upvio, date="2030-02-04T16:00:00Z")["staffId"] == JOHN


def test_booking_of_another_day_makes_nobody_busier(upvio):
    created(upvio, staffId=JOHN, date="2030-02-03T23:00:00Z")

    assert created(upvio)["staffId"] == JOHN


def test_bookings_from_the_beginning_count(upvio):
    assert created(upvio, date="2030-01-07T12:00:00Z")["staffId"] == JANE


def test_day_is_that_of_the_business(upvio):
    """Sydney is 11 hours ahead: its 5 February begins at 13:00 UTC on the 4th."""
    created(upvio, BAYSIDE, staffId=BEA, date="2030-02-04T14:00:00Z")

    assert created(upvio, BAYSIDE, date="2030-02-05T12:00:00Z")["staffId"] == ANN
    assert created(upvio, BAYSIDE, date="2030-02-04T12:00:00Z")["staffId"] == BEA


def test_who_is_busy_then_is_passed_over(upvio):
    created(upvio, staffId=JANE, date="2030-02-04T12:00:00Z", duration=45)
    created(upvio, staffId=JOHN)

    assert created(upvio, date="2030-02-04T09:15:00Z")["staffId"] == JANE


def test_only_staff_of_the_service_is_booked(upvio):
    created(upvio, staffId=JOHN)
    surgery = created(upvio, serviceId=SURGERY, duration=60, date="2030-02-04T12:00:00Z")

    assert surgery["staffId"] == JOHN


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"staffId": MAX}, "Bad Request: Max Moe is not active but DISABLED"),
        ({"staffId": JANE, "serviceId": SURGERY, "duration": 60}, "Bad Request: Jane Roe does not give Minor Surgery"),
        ({"serviceId": ADVICE}, "Bad Request: the service has no active staff"),
    ],
)
def test_staff_that_cannot_be_booked_is_refused(upvio, changes, title):
    assert error(create(upvio, **changes)) == (400, title)


# --- who is busy ------------------------------------------------------------------------------------------------------


def test_who_is_busy_is_refused(upvio):
    created(upvio, staffId=JOHN)
    reply = create(upvio, staffId=JOHN, date="2030-02-04T09:29:00Z")

    assert error(reply) == (409, "Conflict: no time then: John Doe")
    assert len(upvio.records("appointment")) == 2


def test_request_is_refused_when_all_are_busy(upvio):
    created(upvio)
    created(upvio)

    assert error(create(upvio)) == (409, "Conflict: no time then: John Doe and Jane Roe")


def test_status_of_who_is_busy_can_be_switched(upvio):
    upvio.switch(busyStatus="400")
    created(upvio, staffId=JOHN)

    assert error(create(upvio, staffId=JOHN)) == (400, "Conflict: no time then: John Doe")


def test_bookings_may_follow_each_other(upvio):
    created(upvio, staffId=JOHN)

    assert created(upvio, staffId=JOHN, date="2030-02-04T09:30:00Z")["staffId"] == JOHN


@pytest.mark.parametrize(("query", "status"), [("?ignoreBusyTimes=true", 200), ("?ignoreBusyTimes=false", 409)])
def test_busy_times_can_be_ignored(upvio, query, status):
    created(upvio, staffId=JOHN)

    assert create(upvio, ACME, query, staffId=JOHN).status == status


def test_booking_over_another_keeps_the_time(upvio):
    created(upvio, ACME, "?ignoreBusyTimes=true", staffId=JOHN)

    assert create(upvio, staffId=JOHN).status == 409


def test_least_busy_is_booked_busy_or_not_when_busy_times_are_ignored(upvio):
    created(upvio, staffId=JANE, date="2030-02-04T12:00:00Z", duration=45)
    created(upvio, staffId=JOHN)

    assert created(upvio, ACME, "?ignoreBusyTimes=true")["staffId"] == JOHN


# --- what there is not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("business", "changes", "title"),
    [
        (UNKNOWN, {}, f"Not Found: there is no business {UNKNOWN}"),
        (ACME, {"serviceId": "unheard-of"}, "Not Found: there is no service unheard-of"),
        (ACME, {"patientId": UNKNOWN}, f"Not Found: there is no patient {UNKNOWN}"),
        (ACME, {"staffId": UNKNOWN}, f"Not Found: there is no staff member {UNKNOWN}"),
        (BAYSIDE, {"patientId": MARY}, f"Not Found: there is no patient {MARY}"),
    ],
)
def test_what_there_is_not_is_not_found(upvio, business, changes, title):
    assert error(create(upvio, business, **changes)) == (404, title)


def test_ids_are_found_in_any_case(upvio):
    booked = created(upvio, ACME.upper(), patientId=MARY.upper(), serviceId=CONSULTATION.upper())

    assert (booked["patientId"], booked["serviceId"]) == (MARY, CONSULTATION)


# --- what the contract refuses ----------------------------------------------------------------------------------------


def test_broken_body_is_refused_with_all_that_is_wrong(upvio):
    reply = upvio.post_json(f"/v1/businesses/{ACME}/appointments", {**WANTED, "date": "soon", "patientId": 1})

    assert error(reply) == (400, "body /date is not a valid date-time; body /patientId must be string, not integer")


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z"])
def test_date_that_no_calendar_has_is_refused(upvio, date):
    assert error(create(upvio, date=date)) == (400, "Bad Request: date is out of range")


def test_request_without_a_key_is_refused(upvio):
    reply = upvio.post_json(f"/v1/businesses/{ACME}/appointments", WANTED, authorization="")

    assert error(reply) == (401, "Unauthorized")


@pytest.mark.parametrize(("key", "status"), [("upvio-api-key", 200), ("any", 401)])
def test_key_is_that_of_the_world_where_credentials_are_checked(key, status):
    strict = Talk("upvio", auth="strict")
    path = f"/v1/businesses/{ACME}/appointments"

    assert strict.post_json(path, WANTED, authorization=f"Bearer {key}").status == status


# --- the world -------------------------------------------------------------------------------------------------------


def test_world_is_as_good_when_it_was_read_and_written(upvio):
    world = upvio.world

    assert type(world).model_validate_json(world.model_dump_json()) == world


def test_appointment_of_a_world_can_be_booked(upvio):
    document = upvio.world.model_dump(mode="json")
    document["businesses"][0]["appointments"][0]["duration"] = 31

    with pytest.raises(ValidationError, match="an appointment of acme: Bad Request: the service takes 30, 45 minutes"):
        type(upvio.world).model_validate(document)


# --- always the same --------------------------------------------------------------------------------------------------


def test_same_requests_get_the_same_answers_byte_for_byte():
    def answers() -> list[Reply]:
        fresh = Talk("upvio", mock=fresh_mock("upvio"), namespace="same")
        return [create(fresh, date=f"2030-02-04T09:{minute:02}:00Z") for minute in (0, 10, 20, 30, 40)]

    first = answers()
    assert [reply.status for reply in first] == [200, 200, 409, 200, 200]
    assert answers() == first
