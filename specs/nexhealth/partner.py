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
_NO_VERSION = "the version header is missing: send Accept: application/vnd.Nexhealth+json;version=2"
_QUERY = frozenset({"subdomain", "location_id", "notify_patient"})


class Institution(Fixture):
    """A practice group, with the ids of its patients; requests name it by its subdomain."""

    id: int
    subdomain: str
    patients: tuple[int, ...] = ()


class Location(Fixture):
    """One office, with the ids of its chairs and codes; where it maps by operatory every appointment needs a chair."""

    id: int
    institution_id: int
    timezone: TimeZone
    map_by_operatory: bool
    operatories: tuple[int, ...] = ()
    descriptors: tuple[int, ...] = ()


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


class Existing(Fixture):
    """An appointment that is there from the beginning."""

    provider_id: int
    patient_id: int
    location_id: int
    start_time: AwareDatetime
    end_time: AwareDatetime


class World(CommonWorld):
    """What world.yaml holds."""

    institutions: tuple[Institution, ...]
    locations: tuple[Location, ...]
    providers: tuple[Provider, ...]
    appointment_types: tuple[AppointmentType, ...]
    appointments: tuple[Existing, ...]


@dataclass(frozen=True)
class _Office:
    """What can be booked at one location, by id; ``minutes`` are those of the types."""

    location: Location
    zone: ZoneInfo
    patients: frozenset[int]
    providers: Mapping[int, str]
    minutes: Mapping[int, int]


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
        self._subdomains = {some.subdomain for some in scene.world.institutions}
        self._offices = {
            (institution.subdomain, str(location.id)): _office(scene.world, institution, location)
            for institution in scene.world.institutions
            for location in scene.world.locations
            if location.institution_id == institution.id
        }

    def seed(self) -> None:
        """Book the appointments that are there from the beginning."""
        offices = {office.location.id: office for office in self._offices.values()}
        for some in self._scene.world.appointments:
            period = Period(some.start_time.astimezone(UTC), some.end_time.astimezone(UTC))
            number = self._scene.ids.number("appointment")
            self._scene.calendar.overbook(str(number), [_resource(some.provider_id)], period)
            wanted = api.AppointmentInput(
                provider_id=some.provider_id, patient_id=some.patient_id, start_time=period.start
            )
            self._kept(number, wanted, offices[some.location_id], period)

    async def authenticates(self, call: Call) -> Answer:
        """Exchange an API key, bare in Authorization, for a bearer token."""
        if self._lacks_version():
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
        if self._lacks_version():
            raise Refusal(400, _NO_VERSION)
        office = self._office(subdomain, location_id)
        period = _period(body.appt, office)
        if period.start <= self._now():
            raise Refusal(400, "start_time must be in the future")
        _check(body.appt, office)
        with self._scene.transaction():
            number = self._scene.ids.number("appointment")
            self._book(number, body.appt.provider_id, period)
            booked = self._kept(number, body.appt, office, period)
            if notify_patient and booked.patient_id is not None:
                self._notices.put(str(number), {"patient_id": booked.patient_id, "at": self._now().isoformat()})
        data = api.AppointmentData(appt=booked)
        envelope = api.AppointmentEnvelope(code=True, description=None, error=_unknown_query(), data=data, count=1)
        return api.CreateAppointment201(envelope)

    def _lacks_version(self) -> bool:
        accept = current.get().headers.get(b"accept", b"").lower()
        return self._needs_version and b"application/vnd.nexhealth+json" not in accept

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

    def _book(self, number: int, provider_id: int, period: Period) -> None:
        try:
            self._hold(str(number), [_resource(provider_id)], period)
        except Taken:
            raise Refusal(400, f"provider {provider_id} is not available at this time") from None

    def _kept(self, number: int, appt: api.AppointmentInput, office: _Office, period: Period) -> api.Appointment:
        """Return an appointment, which is on record from now on."""
        location = office.location
        now = self._now()
        appointment = api.Appointment(
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
        self._appointments.put_json(str(number), appointment.model_dump_json())
        return appointment


def _office(world: World, institution: Institution, location: Location) -> _Office:
    return _Office(
        location,
        ZoneInfo(location.timezone),
        frozenset(institution.patients),
        {some.id: some.name for some in world.providers if location.id in some.location_ids},
        {some.id: some.minutes for some in world.appointment_types if some.institution_id == institution.id},
    )


def _resource(provider_id: int) -> str:
    return f"provider:{provider_id}"


# --- what is asked for ----------------------------------------------------------------------------------------------


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
        _check_known("operatory", appt.operatory_id, office.location.operatories)
    elif office.location.map_by_operatory:
        raise Refusal(400, "operatory_id is required: the location maps by operatory")
    for number in appt.descriptor_ids or ():
        _check_known("descriptor", number, office.location.descriptors)
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


def _offset(instant: datetime, zone: ZoneInfo) -> str:
    """Return how far the clocks of ``zone`` are ahead of UTC then, such as -4:00."""
    minutes = (instant.astimezone(zone).utcoffset() or timedelta()) // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def _envelope(*errors: str, **data: Any) -> dict[str, Any]:
    return {"code": not errors, "description": None, "error": errors, "data": data or None}
