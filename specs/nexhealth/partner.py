"""How the NexHealth mock behaves. Every rule is in README.md, with where it comes from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from generated import nexhealth as api
from specwright.mock.auth import issue
from specwright.mock.calendar import Period, Taken
from specwright.mock.exchange import caller, current
from specwright.mock.hours import TimeZone
from specwright.mock.partner import Call, json_answer
from specwright.mock.scene import Scene
from specwright.mock.world import Fixture
from specwright.mock.world import World as CommonWorld
from specwright.runtime.refusals import Refusal
from specwright.runtime.responses import Answer

TOKEN_LIFETIME = timedelta(hours=24)  # of the vendor's sandbox
_VERSION = "application/vnd.Nexhealth+json;version=2"
_QUERY = frozenset({"subdomain", "location_id", "notify_patient"})


class Institution(Fixture):
    """A practice group; requests name it by its subdomain."""

    id: int
    subdomain: str


class Location(Fixture):
    """One office; where it maps by operatory every appointment needs one."""

    id: int
    institution_id: int
    timezone: TimeZone
    map_by_operatory: bool


class Operatory(Fixture):
    """A chair or room."""

    id: int
    location_id: int


class Provider(Fixture):
    """Whoever treats patients; booked at one location, busy at all."""

    id: int
    name: str
    location_ids: tuple[int, ...]


class AppointmentType(Fixture):
    """How long an appointment of a type lasts."""

    id: int
    institution_id: int
    minutes: int = Field(gt=0)


class Patient(Fixture):
    """A patient on record."""

    id: int
    institution_id: int


class Descriptor(Fixture):
    """A code of the health record system."""

    id: int
    location_id: int


class Existing(Fixture):
    """An appointment that is there from the beginning."""

    provider_id: int
    patient_id: int
    location_id: int
    start_time: AwareDatetime
    minutes: int


class World(CommonWorld):
    """What world.yaml holds."""

    institutions: tuple[Institution, ...]
    locations: tuple[Location, ...]
    operatories: tuple[Operatory, ...]
    providers: tuple[Provider, ...]
    appointment_types: tuple[AppointmentType, ...]
    patients: tuple[Patient, ...]
    descriptors: tuple[Descriptor, ...]
    appointments: tuple[Existing, ...]


@dataclass(frozen=True)
class _Office:
    """What can be booked at one location, by id."""

    location: Location
    zone: ZoneInfo
    providers: Mapping[int, str]
    minutes: Mapping[int, int]
    operatories: frozenset[int]
    patients: frozenset[int]
    descriptors: frozenset[int]


class Partner:
    """The Synchronizer API of the institutions in a world."""

    TOKENS = True
    OPTIONS: ClassVar = {"unknown_query": "ignore"}
    ENDPOINTS: ClassVar = {("POST", "/authenticates"): "authenticates"}
    SWITCHES: ClassVar = {"versionHeader": ("required", "optional"), "providerConflict": ("refuse", "allow")}

    def __init__(self, scene: Scene[World]) -> None:
        self._scene, self._now = scene, scene.clock.now
        self._needs_version = scene.switches["versionHeader"] == "required"
        calendar = scene.calendar
        self._hold = calendar.book if scene.switches["providerConflict"] == "refuse" else calendar.overbook
        self._appointments, self._notices = scene.records("appointment"), scene.records("notice")
        institutions = {some.id: some for some in scene.world.institutions}
        self._subdomains = {some.subdomain for some in institutions.values()}
        self._offices = {
            (institutions[some.institution_id].subdomain, str(some.id)): _office(scene.world, some)
            for some in scene.world.locations
        }

    def seed(self) -> None:
        """Book the appointments that are there from the beginning."""
        offices = {office.location.id: office for office in self._offices.values()}
        for some in self._scene.world.appointments:
            period = Period(some.start_time, some.start_time + timedelta(minutes=some.minutes))
            wanted = api.AppointmentInput(
                provider_id=some.provider_id, patient_id=some.patient_id, start_time=some.start_time
            )
            self._booked(wanted, offices[some.location_id], period)

    async def authenticates(self, call: Call) -> Answer:
        """Exchange an API key, bare in Authorization, for a bearer token."""
        if self._needs_version and not _names_version(call.headers.get("accept", "")):
            return json_answer(400, _envelope(_NO_VERSION))
        key = call.headers.get("authorization", "")
        client = next((some for some in self._scene.world.clients if some.is_active and some.secret == key), None)
        if client is None:
            return json_answer(401, _envelope("the API key is not valid: send it bare in the header Authorization"))
        answer = {**_envelope(token=issue(self._scene, client, TOKEN_LIFETIME)), "description": "Authenticated"}
        return json_answer(201, answer)

    async def create_appointment(
        self, *, subdomain: str, location_id: str, notify_patient: bool, body: api.AppointmentCreate
    ) -> api.CreateAppointment201:
        """Book a patient with a provider, or block time."""
        if self._needs_version and not _names_version(current.get().headers.get(b"accept", b"").decode("latin-1")):
            raise Refusal(400, _NO_VERSION)
        office = self._office(subdomain, location_id)
        period = _period(body.appt, office)
        if period.start <= self._now():
            raise Refusal(400, "start_time must be in the future")
        _check(body.appt, office)
        with self._scene.transaction():
            booked = self._booked(body.appt, office, period)
            if notify_patient and booked.patient_id is not None:
                notice = {"patient_id": booked.patient_id, "at": self._now().isoformat()}
                self._notices.put(str(booked.id), notice)
        data = api.AppointmentData(appt=booked)
        envelope = api.AppointmentEnvelope(code=True, description=None, error=_unknown_query(), data=data, count=1)
        return api.CreateAppointment201(envelope)

    def _office(self, subdomain: str, location_id: str) -> _Office:
        if subdomain not in self._subdomains:
            raise _not_found("institution", subdomain)
        client = caller()
        if client is not None and subdomain not in client.grants.get("subdomains", [subdomain]):
            raise Refusal(403, f"the API key has no access to {subdomain}")
        office = self._offices.get((subdomain, location_id))
        if office is None:
            raise _not_found("location", location_id)
        return office

    def _booked(self, appt: api.AppointmentInput, office: _Office, period: Period) -> api.Appointment:
        """Store an appointment and hold its provider."""
        number = self._scene.ids.number("appointment")
        try:
            self._hold(str(number), [f"provider:{appt.provider_id}"], period)
        except Taken:
            raise Refusal(400, f"provider {appt.provider_id} is not available at this time") from None
        appointment = _appointment(number, appt, office, period, self._now())
        self._appointments.put_json(str(number), appointment.model_dump_json())
        return appointment


def _office(world: World, location: Location) -> _Office:
    here, institution = location.id, location.institution_id
    return _Office(
        location,
        ZoneInfo(location.timezone),
        {some.id: some.name for some in world.providers if here in some.location_ids},
        {some.id: some.minutes for some in world.appointment_types if some.institution_id == institution},
        frozenset(some.id for some in world.operatories if some.location_id == here),
        frozenset(some.id for some in world.patients if some.institution_id == institution),
        frozenset(some.id for some in world.descriptors if some.location_id == here),
    )


# --- what is asked for ----------------------------------------------------------------------------------------------

_NO_VERSION = f"the version header is missing: send Accept: {_VERSION}"


def _names_version(accept: str) -> bool:
    return "application/vnd.nexhealth+json" in accept.lower()


def _period(appt: api.AppointmentInput, office: _Office) -> Period:
    """Return when the appointment is, in UTC."""
    try:
        start = appt.start_time.astimezone(UTC)
        if appt.end_time is not None:
            end = appt.end_time.astimezone(UTC)
        elif appt.appointment_type_id is not None:
            _check_known("appointment type", appt.appointment_type_id, office.minutes)
            end = start + timedelta(minutes=office.minutes[appt.appointment_type_id])
        else:
            raise Refusal(400, "end_time or appointment_type_id is required")
        end.astimezone(office.zone)  # is answered too, and must be a day that Python knows
    except OverflowError:
        raise Refusal(400, "start_time or end_time is out of range") from None
    if start >= end:
        raise Refusal(400, "end_time must be after start_time")
    return Period(start, end)


def _check(appt: api.AppointmentInput, office: _Office) -> None:
    """Raise Refusal with the first thing that is not to be had at ``office``."""
    _check_known("provider", appt.provider_id, office.providers)
    if appt.appointment_type_id is not None:
        _check_known("appointment type", appt.appointment_type_id, office.minutes)
    if appt.operatory_id is not None:
        _check_known("operatory", appt.operatory_id, office.operatories)
    elif office.location.map_by_operatory:
        raise Refusal(400, "operatory_id is required: the location maps by operatory")
    for number in appt.descriptor_ids or ():
        _check_known("descriptor", number, office.descriptors)
    if not appt.unavailable:
        _check_patient(appt, office)


def _check_patient(appt: api.AppointmentInput, office: _Office) -> None:
    if appt.patient_id is None:
        raise Refusal(400, "patient_id is required, unless unavailable is true")
    _check_known("patient", appt.patient_id, office.patients)
    if appt.is_guardian and appt.patient is None:
        raise Refusal(400, "patient is required when is_guardian is true")


def _check_known(noun: str, number: int, known: Collection[int]) -> None:
    if number not in known:
        raise _not_found(noun, number)


def _not_found(noun: str, name: str | int) -> Refusal:
    return Refusal(404, f"{noun} {name} was not found")


def _unknown_query() -> list[str]:
    names = [part.partition("=")[0] for part in current.get().query.decode("latin-1").split("&")]
    unknown = dict.fromkeys(unquote_plus(name) for name in names if name and name not in _QUERY)
    return [f"Unknown parameter: {name[:100]}" for name in unknown if name not in _QUERY]


# --- what comes of it -----------------------------------------------------------------------------------------------


def _appointment(
    number: int, appt: api.AppointmentInput, office: _Office, period: Period, now: datetime
) -> api.Appointment:
    location = office.location
    return api.Appointment(
        id=number,
        institution_id=location.institution_id,
        location_id=location.id,
        provider_id=appt.provider_id,
        provider_name=office.providers.get(appt.provider_id),
        patient_id=None if appt.unavailable else appt.patient_id,
        start_time=period.start,
        end_time=period.end,
        timezone=location.timezone,
        timezone_offset=_offset(period.start, office.zone),
        appointment_type_id=appt.appointment_type_id or 0,
        operatory_id=appt.operatory_id,
        note=appt.note,
        unavailable=bool(appt.unavailable),
        is_guardian=bool(appt.is_guardian),
        is_new_clients_patient=bool(appt.is_new_clients_patient),
        referrer=appt.referrer,
        confirmed=False,
        confirmed_at=None,
        cancelled=False,
        cancelled_at=None,
        deleted=False,
        foreign_id=None,
        created_at=now,
        updated_at=now,
        misc={"is_booked_on_nexhealth": True},
    )


def _offset(instant: datetime, zone: ZoneInfo) -> str:
    """Return how far the clocks of ``zone`` are ahead of UTC then, such as -4:00."""
    minutes = (instant.astimezone(zone).utcoffset() or timedelta()) // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def _envelope(*errors: str, **data: Any) -> dict[str, Any]:
    return {"code": not errors, "description": None, "error": errors, "data": data or None}
