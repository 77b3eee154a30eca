"""The facts of the five vendor pages, and that the contracts and the mock keep them."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import yaml

from specwright.mock.clock import Clock
from specwright.mock.server import load
from specwright.workspace import find

WORKSPACE = find(Path(__file__).parents[1])
PARTNERS = ("caspen", "drcare247", "lobbie", "nexhealth", "upvio")
CONTRACTS = {
    name: yaml.safe_load((WORKSPACE.specs / name / "openapi.yaml").read_text(encoding="utf-8")) for name in PARTNERS
}

# What each page names, and the type it gives; a field that may be null has two types. ``?`` is a type that the page
# does not give, ``!`` one that the page gives wrongly (the contract must mark its correction).
# fmt: off
PAGES = {
    "lobbie": {
        "post": "/partner/v2/account/{accountId}/location/{locationId}/appointment",
        "path": "accountId integer, locationId integer",
        "body": """
            appointmentTypeId integer, locationId integer, practitionerId integer, schedulerConfigId integer,
            startDateTime string
        """,
        "201": """
            appointmentTypeId integer, createdAt string, durationMinutes integer, endTime string, id integer,
            locationId integer, note string, patientId integer, practitionerId integer, startTime string,
            status string, updatedAt string
        """,
    },
    "nexhealth": {
        "post": "/appointments",
        "query": "subdomain string, location_id string, notify_patient boolean",
        "header": "Accept string",
        "201": """
            code boolean, description string null, error array null, data object, count integer,
            data.appt object, data.appt.id integer, data.appt.patient_id integer null,
            data.appt.provider_id integer null, data.appt.provider_name string null, data.appt.start_time string,
            data.appt.confirmed boolean null, data.appt.patient_missed boolean null, data.appt.created_at string,
            data.appt.updated_at string, data.appt.note !, data.appt.end_time string,
            data.appt.unavailable boolean null, data.appt.cancelled boolean, data.appt.timezone string,
            data.appt.institution_id integer, data.appt.appointment_type_id integer null,
            data.appt.checkin_at string null, data.appt.location_id integer null, data.appt.foreign_id string null,
            data.appt.foreign_id_type string, data.appt.misc object null, data.appt.last_sync_time string null,
            data.appt.patient_confirmed !, data.appt.created_by_user_id integer null,
            data.appt.is_guardian boolean null, data.appt.patient_confirmed_at string null,
            data.appt.cancelled_at string null, data.appt.is_new_clients_patient boolean null,
            data.appt.confirmed_at string null, data.appt.sooner_if_possible !, data.appt.operatory_id integer null,
            data.appt.deleted boolean, data.appt.checked_out boolean null, data.appt.checked_out_at string null,
            data.appt.referrer string null, data.appt.is_past_patient boolean null, data.appt.timezone_offset string,
            data.appt.patient object, data.appt.patient.id integer, data.appt.patient.email string null,
            data.appt.patient.first_name string, data.appt.patient.middle_name string null,
            data.appt.patient.last_name string, data.appt.patient.name string, data.appt.patient.created_at string,
            data.appt.patient.updated_at string, data.appt.patient.institution_id integer,
            data.appt.patient.foreign_id string null, data.appt.patient.foreign_id_type string,
            data.appt.patient.bio object, data.appt.patient.inactive boolean,
            data.appt.patient.last_sync_time string null, data.appt.patient.guarantor_id integer null,
            data.appt.patient.unsubscribe_sms boolean,
            data.appt.procedures array, data.appt.procedures[].id integer,
            data.appt.procedures[].patient_id integer null, data.appt.procedures[].provider_id integer null,
            data.appt.procedures[].appointment_id integer null, data.appt.procedures[].code string null,
            data.appt.procedures[].name string null, data.appt.procedures[].status string null,
            data.appt.procedures[].body_site object, data.appt.procedures[].fee object,
            data.appt.procedures[].fee.value !, data.appt.procedures[].start_date string null,
            data.appt.procedures[].end_date string null,
            data.appt.descriptors array, data.appt.descriptors[].id integer,
            data.appt.descriptors[].descriptor_type string, data.appt.descriptors[].name string,
            data.appt.descriptors[].code string, data.appt.descriptors[].location_id integer,
            data.appt.descriptors[].foreign_id string, data.appt.descriptors[].foreign_id_type string,
            data.appt.descriptors[].data object, data.appt.descriptors[].active boolean,
            data.appt.descriptors[].last_sync_time string, data.appt.descriptors[].created_at string,
            data.appt.descriptors[].updated_at string,
            data.appt.booking_details object, data.appt.booking_details.booked_via_nexhealth_generated_link boolean,
            data.appt.booking_details.campaign_type string, data.appt.booking_details.campaign_id string,
            data.appt.booking_details.campaign_medium string, data.appt.booking_details.booked_via_one_click boolean
        """,
    },
    "drcare247": {
        "post": "/api/Calendar/PatientAppointmentPost_v2",
        "body": """
            EncounterTypeId string null, EncounterTypeModeDurationId string null, ProviderId string null,
            UserId string, PatientId string null, SpecialityId string null, AppointmentOn !,
            SecondaryAppointmentOn !, Reason string, Note string null, ParentId string null,
            ReferredParentId string null, PaidAmount number, AccountId string, ServiceId string null,
            MethodId integer null, IsCustomFormFlow string null, DocIds string null, Reasons array null,
            Reasons[].ReasonId string
        """,
    },
    "caspen": {
        "post": "/appointments/{appointment}",
        "path": "appointment string",
        "body": """
            location_id !, practitioner_id !, service_id !, client_id !, client_package_id !, case_id !,
            starts_at string, ends_at string, note string null, confirmed boolean, room_id !, vehicle_id !,
            resource_ids array, resource_ids[] !
        """,
        "200": """
            id string, location_id string, practitioner_id string, service_id string, client_id string,
            client_package_id string null, case_id string null, starts_at string, ends_at string, duration integer,
            status string, confirmed boolean null, confirmed_at string null, room_id string null,
            vehicle_id string null, resource_ids array, resource_ids[] string, note string null,
            cancellation_reason_id string null, cancellation_note string null, cancelled_at string null,
            created_at string
        """,
    },
    "upvio": {
        "post": "/businesses/{businessId}/appointments",
        "path": "businessId ?",
        "query": "ignoreBusyTimes ?",
        "body": "date ?, patientId ?, serviceId ?, duration ?, staffId ?, clientTimezone ?, location ?",
        "200": """
            data ?, data.id ?, data.createdAt ?, data.updatedAt ?, data.service ?, data.service.id ?,
            data.service.name ?, data.service.alias ?, data.staff ?, data.staff.id ?, data.staff.name ?,
            data.staff.email ?, data.patient ?, data.patient.id ?, data.patient.name ?, data.patient.email ?,
            data.location ?, data.location.id ?, data.location.name ?, data.location.address ?, data.serviceId ?,
            data.staffId ?, data.staffName ?, data.additionalStaffIds ?, data.additionalStaffIds[] ?,
            data.patientId ?, data.date ?, data.originalDate ?, data.duration ?, data.price ?, data.currency ?,
            data.groupBookingId ?, data.cancelled ?, data.approved ?, data.patientTimezone ?, data.locationType ?,
            data.locationValue ?, data.paymentProvider ?, data.paymentId ?, data.answers ?, data.answers[].id ?,
            data.answers[].variableName ?, data.answers[].question ?, data.answers[].answer ?,
            data.recurringAppointmentId ?, data.rrule ?, data.recurrence ?, data.rescheduleUrl ?, data.cancelUrl ?,
            data.tags ?
        """,
    },
}
# fmt: on

STATUSES = {
    "lobbie": ["201", "400", "401", "403", "409", "422"],  # the page's own list
    "nexhealth": ["201"],
    "drcare247": ["200"],
    "caspen": ["200"],
    "upvio": ["200"],
}
MEDIA_TYPES = {
    "lobbie": ["application/json"],
    "nexhealth": ["application/json"],
    "drcare247": ["application/json", "text/json", "application/x-www-form-urlencoded"],
    "caspen": ["application/json"],
    "upvio": ["application/json"],
}
REQUIRED = {
    "lobbie": ["appointmentTypeId", "locationId", "practitionerId", "schedulerConfigId", "startDateTime"],
    "nexhealth": ["appt"],
    "drcare247": ["UserId", "AppointmentOn", "Reason", "AccountId"],
    "caspen": [],
    "upvio": ["date", "patientId", "serviceId", "duration"],
}
LIMITS = [
    ("caspen", "body", "note", "maxLength", 255),
    ("caspen", "body", "starts_at", "format", "date-time"),
    ("caspen", "body", "ends_at", "format", "date-time"),
    ("drcare247", "body", "Reason", "minLength", 0),
    ("drcare247", "body", "Reason", "maxLength", 250),
    ("drcare247", "body", "Note", "minLength", 0),
    ("drcare247", "body", "Note", "maxLength", 1000),
    ("drcare247", "body", "UserId", "format", "uuid"),
    ("drcare247", "body", "AccountId", "format", "uuid"),
    (
        "lobbie",
        "201",
        "status",
        "enum",
        ["SCHEDULED", "CONFIRMED", "CHECKED_IN", "IN_TREATMENT", "CHECKED_OUT", "CANCELLED", "NO_SHOW"],
    ),
    ("nexhealth", "query", "subdomain", "required", True),
    ("nexhealth", "query", "location_id", "required", True),
    ("nexhealth", "query", "notify_patient", "required", False),
    ("lobbie", "path", "accountId", "required", True),
    ("lobbie", "path", "locationId", "required", True),
    ("caspen", "path", "appointment", "required", True),
    ("upvio", "path", "businessId", "required", True),
]
URLS = {
    "lobbie": "/lobbie/partner/v2/account/42/location/1/appointment",
    "nexhealth": "/nexhealth/appointments?subdomain=happy-smiles&location_id=13&notify_patient=false",
    "drcare247": "/drcare247/api/Calendar/PatientAppointmentPost_v2",
    "caspen": "/caspen/v1/appointments/app_01HQFQ9QWTNNPY58FZ8CB3FWWK",
    "upvio": "/upvio/v1/businesses/2489E9AD-2EE2-8E00-8EC9-32D5F69181C0/appointments?ignoreBusyTimes=true",
}
TOKEN = {"authorization": "Bearer token"}
HEADERS = {"nexhealth": {**TOKEN, "accept": "application/vnd.Nexhealth+json;version=2"}}
NOW = datetime(2025, 1, 10, 14, 30, tzinfo=UTC)


def fields(part: str) -> list[Any]:
    """Return a row (API, place, name, types) for everything that the pages name in ``part`` of a message."""
    return [
        pytest.param(api, place, *entry.strip().split(maxsplit=1), id=f"{api} {place} {entry.split()[0]}")
        for api, page in PAGES.items()
        for place, text in page.items()
        if place != "post" and (place[0].isdigit() if part == "answer" else place == part)
        for entry in text.split(",")
    ]


def operation(api: str) -> dict[str, Any]:
    return CONTRACTS[api]["paths"][PAGES[api]["post"]]["post"]


def follow(api: str, node: Any) -> Any:
    """Return what ``node`` stands for, its own words first; ``null`` beside one alternative adds a type."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            target = CONTRACTS[api]
            for token in node["$ref"][2:].split("/"):
                target = target[token]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        else:
            (branch,) = [follow(api, item) for item in node["anyOf"] if item != {"type": "null"}]
            node = {**branch, **{key: value for key, value in node.items() if key != "anyOf"}}
            node["type"] = [node["type"], "null"]
    return node


def find_field(api: str, place: str, name: str) -> dict[str, Any]:
    """Return the schema of a field, or the parameter object of a parameter; raises KeyError when there is none."""
    if place in ("path", "query", "header"):
        found = {(p["name"], p["in"]): p for p in (follow(api, node) for node in operation(api)["parameters"])}
        return found[name, place]
    holder = operation(api)["requestBody"] if place == "body" else follow(api, operation(api)["responses"][place])
    node = follow(api, holder["content"]["application/json"]["schema"])
    for token in name.replace("[]", ".[]").split("."):
        node = follow(api, node["items"] if token == "[]" else node["properties"][token])
    return node


def example(api: str, media_type: str, name: str) -> Any:
    return operation(api)["requestBody"]["content"][media_type]["examples"][name]["value"]


def assert_is_documented(api: str, place: str, name: str, types: str) -> None:
    field = find_field(api, place, name)
    found = field.get("schema", field).get("type")
    if types == "!":
        assert field["x-provenance"]["basis"] == "corrected"
    elif types != "?":
        assert ([found] if isinstance(found, str) else found) == types.split()
    assert field.get("description") or name.endswith("[]")


@pytest.mark.parametrize(("api", "place", "name", "types"), fields("path") + fields("query") + fields("header"))
def test_parameter_of_the_page_is_in_the_contract(api, place, name, types):
    assert_is_documented(api, place, name, types)


@pytest.mark.parametrize(("api", "place", "name", "types"), fields("body"))
def test_body_field_of_the_page_is_in_the_contract(api, place, name, types):
    assert_is_documented(api, place, name, types)


@pytest.mark.parametrize(("api", "place", "name", "types"), fields("answer"))
def test_answer_field_of_the_page_is_in_the_contract(api, place, name, types):
    assert_is_documented(api, place, name, types)


@pytest.mark.parametrize("api", PARTNERS)
def test_contract_has_the_one_operation_of_its_page(api):
    assert [(path, *item) for path, item in CONTRACTS[api]["paths"].items()] == [(PAGES[api]["post"], "post")]


@pytest.mark.parametrize("api", PARTNERS)
def test_contract_has_the_statuses_of_its_page(api):
    assert set(STATUSES[api]) <= operation(api)["responses"].keys()
    assert [status for status in operation(api)["responses"] if status[0] == "2"] == STATUSES[api][:1]


@pytest.mark.parametrize("api", PARTNERS)
def test_contract_takes_the_media_types_of_its_page(api):
    assert list(operation(api)["requestBody"]["content"]) == MEDIA_TYPES[api]


@pytest.mark.parametrize("api", PARTNERS)
def test_contract_requires_the_fields_that_its_page_requires(api):
    schema = follow(api, operation(api)["requestBody"]["content"]["application/json"]["schema"])

    assert schema.get("required", []) == REQUIRED[api]


@pytest.mark.parametrize(("api", "place", "name", "keyword", "value"), LIMITS)
def test_contract_has_the_limit_of_its_page(api, place, name, keyword, value):
    assert find_field(api, place, name)[keyword] == value


@pytest.mark.parametrize("api", PARTNERS)
def test_every_mark_names_its_basis_its_source_and_its_reason(api):
    sources = CONTRACTS[api]["info"]["x-sources"]
    marks = list(marks_of(CONTRACTS[api]))

    assert "page" in sources
    assert marks
    for mark in marks:
        assert mark.keys() == {"basis", "source", "why"}
        assert mark["basis"] in ("stated", "corrected", "inferred")
        assert mark["source"] in sources
        assert mark["why"].strip().endswith(".")


def marks_of(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from [value] if key == "x-provenance" else marks_of(value)
    elif isinstance(node, list):
        for item in node:
            yield from marks_of(item)


# --- the mock ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mock():
    return load(WORKSPACE, WORKSPACE.sources(list(PARTNERS)))


@pytest.fixture
def post(mock):
    """Return a function that posts a body to one partner of the mock, at the time of the pages' examples."""
    mock.namespaces.reset("default")
    mock.namespaces.change("default", clock=Clock(frozen=NOW))
    transport = httpx.ASGITransport(mock)
    with asyncio.Runner() as runner:

        def send(api: str, **body: Any) -> httpx.Response:
            async def exchange() -> httpx.Response:
                async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
                    return await client.post(URLS[api], **{"headers": HEADERS.get(api, TOKEN), **body})

            return runner.run(exchange())

        yield send


def test_lobbie_books_the_body_of_its_page(post):
    response = post("lobbie", json=example("lobbie", "application/json", "page"))

    assert response.status_code == 201
    assert response.json()["locationId"] == 1
    assert response.json()["practitionerId"] == 7
    assert response.json()["appointmentTypeId"] == 10
    assert response.json()["status"] == "SCHEDULED"


def test_lobbie_answers_the_patient_that_was_sent(post):
    booked = post("lobbie", json={**example("lobbie", "application/json", "page"), "patientId": 4711}).json()

    assert booked["patientId"] == 4711


@pytest.mark.parametrize("patient", [2**63 - 1, 2**64, -(10**40)])
def test_integers_have_no_bound_that_the_contract_does_not_state(post, patient):
    response = post("lobbie", json={**example("lobbie", "application/json", "page"), "patientId": patient})

    assert (response.status_code, response.json()["patientId"]) == (201, patient)


def test_nexhealth_books_the_appointment_of_its_contract(post):
    response = post("nexhealth", json=example("nexhealth", "application/json", "appointment"))
    body = response.json()

    assert response.status_code == 201
    assert (body["code"], body["error"], body["count"]) == (True, [], 1)
    assert body["data"]["appt"]["patient_id"] == 2897
    assert body["data"]["appt"]["provider_id"] == 104
    assert body["data"]["appt"]["note"] == "Upper left tooth is sensitive to cold"


def test_nexhealth_answers_the_values_that_were_sent(post):
    sent = {
        "patient_id": 2898,
        "provider_id": 107,
        "start_time": "2031-02-03T08:00:00Z",
        "end_time": "2031-02-03T08:45:00Z",
        "note": "Second visit",
    }
    appointment = post("nexhealth", json={"appt": sent}).json()["data"]["appt"]

    assert {name: appointment[name] for name in sent} == sent


def test_nexhealth_takes_its_version_in_the_accept_header(post):
    response = post("nexhealth", json=example("nexhealth", "application/json", "appointment"))

    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"


def test_nexhealth_refuses_in_its_envelope(post):
    response = post("nexhealth", json={"appt": {"provider_id": 12}})

    assert response.status_code == 400
    assert response.json()["code"] is False
    assert response.json()["error"] == ["body /appt/start_time is required"]
    assert response.json()["data"] is None


@pytest.mark.parametrize("media_type", ["application/json", "text/json"])
def test_drcare247_books_the_body_of_its_page_as_json(post, media_type):
    body = json.dumps(example("drcare247", media_type, "page"))
    response = post("drcare247", content=body, headers={"content-type": media_type})

    assert response.status_code == 200
    assert UUID(response.json()["AppointmentId"])


def test_drcare247_books_the_body_of_its_page_as_a_form(post):
    body = example("drcare247", "application/json", "page")
    response = post("drcare247", data={**body, "Reasons": json.dumps(body["Reasons"])})

    assert response.request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert response.status_code == 200
    assert UUID(response.json()["AppointmentId"])


def test_drcare247_answers_as_text_json_when_asked(post):
    body = json.dumps(example("drcare247", "text/json", "page"))
    response = post("drcare247", content=body, headers={"content-type": "text/json", "accept": "text/json"})

    assert response.headers["content-type"] == "text/json"


def test_drcare247_refuses_a_form_as_it_refuses_json(post):
    body = {**example("drcare247", "application/json", "minimal"), "Reason": "x" * 251}
    refusals = [post("drcare247", json=body), post("drcare247", data=body)]

    assert [refusal.status_code for refusal in refusals] == [400, 400]
    assert refusals[0].json() == refusals[1].json()
    assert list(refusals[0].json()["ModelState"]) == ["model.Reason"]


def test_caspen_answers_the_appointment_with_the_changes_of_its_page(post):
    sent = example("caspen", "application/json", "page")
    response = post("caspen", json=sent)
    kept = ("starts_at", "ends_at", "note", "confirmed")

    assert response.status_code == 200
    assert {name: response.json()[name] for name in kept} == {name: sent[name] for name in kept}


def test_caspen_takes_integer_ids_and_answers_prefixed_ones(post):
    answered = post("caspen", json={"location_id": 123}).json()

    assert answered["location_id"].startswith("loc_")


def test_caspen_names_the_fields_that_it_refuses_under_422(post):
    response = post("caspen", json={"note": "x" * 256})

    assert response.status_code == 422
    assert response.json()["errors"] == {"note": ["The note field must be at most 255 characters long."]}


def test_upvio_books_the_body_of_its_page(post):
    sent = example("upvio", "application/json", "page")
    response = post("upvio", json=sent)
    booked = response.json()["data"]
    kept = ("patientId", "serviceId", "duration")

    assert response.status_code == 200
    assert [booked[name] for name in kept] == [sent[name] for name in kept]
    assert datetime.fromisoformat(booked["date"]) == datetime.fromisoformat(sent["date"])
    assert booked["locationValue"] == sent["location"]


def test_upvio_answers_the_staff_member_that_was_sent(post):
    sent = example("upvio", "application/json", "withStaff")
    booked = post("upvio", json=sent).json()["data"]

    assert (booked["staffId"], booked["duration"]) == (sent["staffId"], sent["duration"])


@pytest.mark.parametrize(
    "name", ["location_id", "practitioner_id", "service_id", "client_id", "client_package_id", "case_id", "room_id"]
)
def test_caspen_takes_the_ids_that_it_answers(post, name):
    answered = post("caspen", json={}).json()

    assert post("caspen", json={name: answered[name]}).json()[name] == answered[name]
