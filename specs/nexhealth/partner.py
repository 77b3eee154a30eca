"""How the NexHealth mock behaves. Every rule is in README.md, with where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from generated import nexhealth as api
from specwright.mock.auth import issue
from specwright.mock.calendar import Period, Taken
from specwright.mock.exchange import caller, current
from specwright.mock.hours import TimeZone
from specwright.mock.partner import Call, json_answer
from specwright.mock.scene import Scene
from specwright.mock.world import World as CommonWorld
from specwright.runtime.explain import Refused
from specwright.runtime.responses import Answer

TOKEN_LIFETIME = timedelta(hours=24)  # of the vendor's sandbox
_QUERY = {"subdomain", "location_id", "notify_patient"}


class _Fixture(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Institution(_Fixture):
    """A practice group; requests name it by its subdomain."""

    id: int
    subdomain: str


class Location(_Fixture):
    """One office; where it maps by operatory every appointment needs one."""

    id: int
    institution_id: int
    timezone: TimeZone
    map_by_operatory: bool


class Operatory(_Fixture):
    """A chair or room."""

    id: int
    location_id: int


class Provider(_Fixture):
    """Whoever treats patients."""

    id: int
    name: str
    location_ids: tuple[int, ...]


class AppointmentType(_Fixture):
    """How long an appointment of a type lasts."""

    id: int
    institution_id: int
    minutes: int


class Patient(_Fixture):
    """A patient on record."""

    id: int
    institution_id: int
    first_name: str
    last_name: str


class Descriptor(_Fixture):
    """A code of the health record system."""

    id: int
    location_id: int
    name: str


class Existing(_Fixture):
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


Named = TypeVar("Named", Institution, Location, Operatory, Provider, AppointmentType, Patient, Descriptor)


_Error: TypeAlias = api.BadRequest400 | api.Unauthorized401 | api.Forbidden403 | api.NotFound404
_ERRORS: Mapping[int, type[_Error]] = {
    400: api.BadRequest400,
    401: api.Unauthorized401,
    403: api.Forbidden403,
    404: api.NotFound404,
}


class Denied(Exception):
    """The request is answered with an error envelope."""

    def __init__(self, response: type[_Error], *messages: str) -> None:
        super().__init__(*messages)
        self.response = response(
            api.ErrorEnvelope(code=False, description=messages[0], error=list(messages), data=None)
        )


@dataclass(frozen=True)
class _Place:
    """Where an appointment is booked."""

    institution: Institution
    location: Location


class Partner:
    """The Synchronizer API of the institutions in a world."""

    TOKENS = True
    OPTIONS: ClassVar = {"unknown_query": "ignore"}
    ENDPOINTS: ClassVar = {("POST", "/authenticates"): "authenticates"}
    SWITCHES: ClassVar = {"versionHeader": ("required", "optional"), "providerConflict": ("refuse", "allow")}

    def __init__(self, scene: Scene[World]) -> None:
        self._scene, self._world = scene, scene.world

    def seed(self) -> None:
        """Book the appointments that are there from the beginning."""
        for existing in self._world.appointments:
            place = self._place_of(_by_id(self._world.locations, existing.location_id, "location"))
            end = existing.start_time + timedelta(minutes=existing.minutes)
            wanted = api.AppointmentInput(
                provider_id=existing.provider_id, patient_id=existing.patient_id, start_time=existing.start_time
            )
            self._booked(wanted, place, Period(existing.start_time, end))

    async def authenticates(self, call: Call) -> Answer:
        """Exchange an API key, bare in Authorization, for a bearer token."""
        key = call.headers.get("authorization", "")
        client = next((some for some in self._world.clients if some.is_active and some.secret == key), None)
        if client is None:
            error = {
                "code": False,
                "description": "Not Authorized",
                "error": ["The API key is not valid"],
                "data": None,
            }
            return json_answer(401, error)
        token = issue(self._scene, client, TOKEN_LIFETIME)
        return json_answer(201, {"code": True, "description": None, "error": [], "data": {"token": token}})

    def refused(self, request: Refused) -> _Error | None:
        """Say in an error envelope all that is wrong."""
        if request.status not in _ERRORS:
            return None
        messages = [f"{breach.pointer.strip('/') or breach.location} {breach.message}" for breach in request.breaches]
        return Denied(_ERRORS[request.status], *(messages or [request.detail])).response

    async def create_appointment(
        self, *, subdomain: str, location_id: str, notify_patient: bool, body: api.AppointmentCreate
    ) -> api.CreateAppointment201 | _Error:
        """Book a patient with a provider, or block time."""
        try:
            self._check_version()
            place = self._place(subdomain, location_id)
            period = self._period(body.appt, place)
            self._check(body.appt, place, period)
            with self._scene.transaction():
                booked = self._booked(body.appt, place, period)
                if notify_patient:
                    notice = {"patient_id": booked.patient_id, "at": self._now().isoformat()}
                    self._scene.records("notice").put(str(booked.id), notice)
        except Denied as denied:
            return denied.response
        except Taken:
            message = f"provider {body.appt.provider_id} is not available at this time"
            return Denied(api.BadRequest400, message).response
        data = api.AppointmentData(appt=booked)
        envelope = api.AppointmentEnvelope(code=True, description=None, error=_unknown_query(), data=data, count=1)
        return api.CreateAppointment201(envelope)

    # --- what is asked for ------------------------------------------------------------------------------------

    def _check_version(self) -> None:
        accept = current.get().headers.get(b"accept", b"").lower()
        if self._scene.switches["versionHeader"] == "required" and b"vnd.nexhealth+json" not in accept:
            version = "Accept: application/vnd.Nexhealth+json;version=2"
            raise Denied(api.BadRequest400, f"the version header is missing: send {version}")

    def _place(self, subdomain: str, location_id: str) -> _Place:
        institution = next((some for some in self._world.institutions if some.subdomain == subdomain), None)
        client = caller()
        if institution is None:
            raise Denied(api.NotFound404, f"institution {subdomain} was not found")
        if client is not None and subdomain not in client.grants.get("subdomains", [subdomain]):
            raise Denied(api.Forbidden403, f"the API key has no access to {subdomain}")
        known = {str(some.id): some for some in self._world.locations if some.institution_id == institution.id}
        if location_id not in known:
            raise Denied(api.NotFound404, f"location {location_id} was not found")
        return _Place(institution, known[location_id])

    def _period(self, appt: api.AppointmentInput, place: _Place) -> Period:
        if appt.end_time is not None:
            period = Period(appt.start_time, appt.end_time)
        elif appt.appointment_type_id is not None:
            types = [some for some in self._world.appointment_types if some.institution_id == place.institution.id]
            length = timedelta(minutes=_by_id(types, appt.appointment_type_id, "appointment type").minutes)
            period = Period(appt.start_time, _later(appt.start_time, length))
        else:
            raise Denied(api.BadRequest400, "end_time or appointment_type_id is required")
        if period.start >= period.end:
            raise Denied(api.BadRequest400, "end_time must be after start_time")
        return period

    def _check(self, appt: api.AppointmentInput, place: _Place, period: Period) -> None:
        """Raise Denied with the first thing that cannot be booked."""
        if period.start <= self._now():
            raise Denied(api.BadRequest400, "start_time must be in the future")
        here = place.location.id
        _by_id([some for some in self._world.providers if here in some.location_ids], appt.provider_id, "provider")
        if appt.appointment_type_id is not None:
            _by_id(self._world.appointment_types, appt.appointment_type_id, "appointment type")
        if appt.operatory_id is not None:
            chairs = [some for some in self._world.operatories if some.location_id == here]
            _by_id(chairs, appt.operatory_id, "operatory")
        elif place.location.map_by_operatory:
            raise Denied(api.BadRequest400, "operatory_id is required: the location maps by operatory")
        for number in appt.descriptor_ids or ():
            _by_id([some for some in self._world.descriptors if some.location_id == here], number, "descriptor")
        self._check_patient(appt, place)

    def _check_patient(self, appt: api.AppointmentInput, place: _Place) -> None:
        if appt.unavailable:
            return
        if appt.patient_id is None:
            raise Denied(api.BadRequest400, "patient_id is required")
        patients = [some for some in self._world.patients if some.institution_id == place.institution.id]
        _by_id(patients, appt.patient_id, "patient")
        if appt.is_guardian and appt.patient is None:
            raise Denied(api.BadRequest400, "patient is required when is_guardian is true")

    # --- what comes of it -------------------------------------------------------------------------------------

    def _booked(self, appt: api.AppointmentInput, place: _Place, period: Period) -> api.Appointment:
        """Store an appointment and hold its provider; raises Taken."""
        with self._scene.transaction():
            number = self._scene.ids.number("appointment")
            calendar = self._scene.calendar
            book = calendar.overbook if self._scene.switches["providerConflict"] == "allow" else calendar.book
            book(str(number), [f"provider:{appt.provider_id}"], period)
            appointment = self._appointment(number, appt, place, period)
            self._scene.records("appointment").put_json(str(number), appointment.model_dump_json())
        return appointment

    def _appointment(self, number: int, appt: api.AppointmentInput, place: _Place, period: Period) -> api.Appointment:
        now = self._now()
        provider = next((some.name for some in self._world.providers if some.id == appt.provider_id), None)
        return api.Appointment(
            id=number,
            institution_id=place.institution.id,
            location_id=place.location.id,
            provider_id=appt.provider_id,
            provider_name=provider,
            patient_id=None if appt.unavailable else appt.patient_id,
            start_time=period.start,
            end_time=period.end,
            timezone=place.location.timezone,
            timezone_offset=_offset(period.start, place.location.timezone),
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

    def _place_of(self, location: Location) -> _Place:
        return _Place(_by_id(self._world.institutions, location.institution_id, "institution"), location)

    def _now(self) -> datetime:
        return self._scene.clock.now()


def _by_id(fixtures: Iterable[Named], number: int, noun: str) -> Named:
    for fixture in fixtures:
        if fixture.id == number:
            return fixture
    raise Denied(api.NotFound404, f"{noun} {number} was not found")


def _later(start: datetime, length: timedelta) -> datetime:
    try:
        return start + length
    except OverflowError:
        raise Denied(api.BadRequest400, "start_time is too late") from None


def _offset(instant: datetime, zone: str) -> str:
    """Return what the zone's clocks are ahead of UTC then, such as -04:00."""
    text = f"{instant.astimezone(ZoneInfo(zone)):%z}"
    return f"{text[:3]}:{text[3:]}"


def _unknown_query() -> list[str]:
    query = current.get().query.decode("latin-1")
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True) if name not in _QUERY]
    return [f"Unknown parameter: {name[:100]}" for name in dict.fromkeys(names)]
