"""How the Upvio mock behaves. Every rule is in README.md, with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar, Literal, Self, TypeAlias, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import model_validator

from generated import upvio as api
from specwright.mock.calendar import Period, Taken
from specwright.mock.hours import TimeZone
from specwright.mock.scene import Scene
from specwright.mock.world import Fixture
from specwright.mock.world import World as CommonWorld
from specwright.runtime.explain import Refused


class Length(Fixture):
    """A duration, in minutes, in which a service is offered, and what it costs then."""

    duration: int
    price: int


class Service(Fixture):
    """What can be booked; no ``staff_ids`` are those of all staff."""

    id: UUID
    name: str
    alias: str
    durations: tuple[Length, ...]
    staff_ids: tuple[UUID, ...]
    bookings_require_approval: bool


class Staff(Fixture):
    """Whoever gives services."""

    id: UUID
    name: str
    email: str
    status: Literal["ACTIVE", "DISABLED", "ARCHIVED", "PENDING_INVITE", "NOT_INVITED"]


class Patient(Fixture):
    """A patient on record."""

    id: UUID
    name: str
    email: str


class Location(Fixture):
    """A location on record; requests name it by its address."""

    id: UUID
    name: str
    address: str


class Business(Fixture):
    """A business, all it has, and the bookings that are there from the beginning."""

    id: UUID
    slug: str
    timezone: TimeZone
    currency: str
    services: tuple[Service, ...]
    staff: tuple[Staff, ...]
    patients: tuple[Patient, ...]
    locations: tuple[Location, ...]
    appointments: tuple[api.AppointmentCreate, ...]


class World(CommonWorld):
    """What world.yaml holds."""

    businesses: tuple[Business, ...]

    @model_validator(mode="after")
    def _can_be_booked(self) -> Self:
        for business in self.businesses:
            for existing in business.appointments:
                try:
                    _wanted(_directory(business), existing)
                except Denied as denied:
                    raise ValueError(f"an appointment of {business.slug}: {denied}") from None
        return self


Key = TypeVar("Key", UUID, str)
Found = TypeVar("Found")

_Error: TypeAlias = api.BadRequest400 | api.Unauthorized401 | api.NotFound404 | api.Conflict409
_ERRORS: Mapping[int, type[_Error]] = {
    400: api.BadRequest400,
    401: api.Unauthorized401,
    404: api.NotFound404,
    409: api.Conflict409,
}


class Denied(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        error = api.ErrorDetail(code=status, title=title)
        self.response = _ERRORS[status](api.Error(error=error))


@dataclass(frozen=True)
class _Directory:
    """A business and what it has, by id; the one of a service is any text to a request."""

    business: Business
    services: Mapping[str, Service]
    staff: Mapping[UUID, Staff]
    patients: Mapping[UUID, Patient]


@dataclass(frozen=True)
class _Wanted:
    """A booking that can be made if somebody has time."""

    directory: _Directory
    service: Service
    patient: Patient
    # Who may be booked, in the order of the world.
    staff: tuple[Staff, ...]
    length: Length
    period: Period


# What a new appointment has none of, and says so.
_NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(["original_date", "group_booking_id", "location_type", "answers"]),
    **dict.fromkeys(["payment_provider", "payment_id", "recurring_appointment_id", "rrule", "recurrence"]),
}


class Partner:
    """The API of the businesses in a world."""

    SWITCHES: ClassVar = {"busyStatus": ("409", "400")}

    def __init__(self, scene: Scene[World]) -> None:
        self._scene = scene
        self._directories = {business.id: _directory(business) for business in scene.world.businesses}

    def seed(self) -> None:
        """Book the appointments that are there from the beginning."""
        for directory in self._directories.values():
            for existing in directory.business.appointments:
                self._booked(_wanted(directory, existing), existing, ignore_busy_times=True)

    def refused(self, request: Refused) -> _Error | None:
        """Say all that is wrong in the title of the error."""
        if request.status not in _ERRORS:
            return None
        return Denied(request.status, "Unauthorized" if request.status == 401 else request.detail).response

    async def create_appointment(
        self, *, business_id: UUID, ignore_busy_times: bool | None, body: api.AppointmentCreate
    ) -> api.CreateAppointment200 | _Error:
        """Book a service for a patient, with whom the request names or with who is least busy."""
        try:
            wanted = _wanted(_found(self._directories, business_id, "business"), body)
            booked = self._booked(wanted, body, ignore_busy_times=bool(ignore_busy_times))
        except Denied as denied:
            return denied.response
        return api.CreateAppointment200(api.CreatedAppointment(data=booked))

    # --- what comes of it -------------------------------------------------------------------------------------

    def _booked(self, wanted: _Wanted, body: api.AppointmentCreate, *, ignore_busy_times: bool) -> api.Appointment:
        """Hold a staff member and store the appointment; raises Denied."""
        with self._scene.transaction():
            key = self._scene.ids.uuid("appointment")
            staff = self._held(str(key), wanted, ignore_busy_times=ignore_busy_times)
            appointment = self._appointment(key, wanted, staff, body)
            self._scene.records("appointment").put_json(str(key), appointment.model_dump_json())
        return appointment

    def _held(self, key: str, wanted: _Wanted, *, ignore_busy_times: bool) -> Staff:
        """Hold the first who has time, of the least busy first, and return who it is; raises Denied."""
        book = self._scene.calendar.overbook if ignore_busy_times else self._scene.calendar.book
        for staff in self._least_busy_first(wanted):
            try:
                book(key, [f"staff:{staff.id}"], wanted.period)
            except Taken:
                continue
            return staff
        names = " and ".join(staff.name for staff in wanted.staff)
        raise Denied(int(self._scene.switches["busyStatus"]), f"Conflict: no time then: {names}")

    def _least_busy_first(self, wanted: _Wanted) -> list[Staff]:
        """Return who may be booked by the time that is booked on that day where the business is, then by id."""
        if len(wanted.staff) == 1:
            return list(wanted.staff)
        day = _day(wanted.period.start, wanted.directory.business.timezone)
        return sorted(wanted.staff, key=lambda staff: (self._load(staff, day), staff.id))

    def _load(self, staff: Staff, day: Period) -> timedelta:
        bookings = self._scene.calendar.bookings(f"staff:{staff.id}", day)
        return sum((booking.period.overlap(day) for booking in bookings), timedelta(0))

    def _appointment(self, key: UUID, wanted: _Wanted, staff: Staff, body: api.AppointmentCreate) -> api.Appointment:
        service, patient, business = wanted.service, wanted.patient, wanted.directory.business
        now = self._scene.clock.now()
        links = f"https://forms.upvio.com/{business.slug}/appointments/{key}"
        token = self._scene.ids.uuid("link").hex
        return api.Appointment(
            id=key,
            created_at=now,
            updated_at=now,
            service=api.ServiceSummary(id=service.id, name=service.name, alias=service.alias),
            staff=api.StaffSummary(id=staff.id, name=staff.name, email=staff.email),
            patient=api.PatientSummary(id=patient.id, name=patient.name, email=patient.email),
            location=_location(business, body.location),
            service_id=service.id,
            staff_id=staff.id,
            staff_name=staff.name,
            additional_staff_ids=[],
            patient_id=patient.id,
            date=f"{wanted.period.start.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
            duration=wanted.length.duration,
            price=wanted.length.price,
            currency=business.currency,
            cancelled=False,
            approved=not service.bookings_require_approval,
            patient_timezone=body.client_timezone or business.timezone,
            location_value=body.location,
            reschedule_url=f"{links}/reschedule?token={token}",
            cancel_url=f"{links}/cancel?token={token}",
            tags=[],
            **_NOTHING,
        )


# --- what is asked for ------------------------------------------------------------------------------------------------


def _wanted(directory: _Directory, body: api.AppointmentCreate) -> _Wanted:
    """Return what a request wants; raises Denied with the first thing that cannot be booked."""
    service = _found(directory.services, body.service_id.lower(), "service")
    patient = _found(directory.patients, body.patient_id, "patient")
    staff = _bookable(directory, service, body.staff_id)
    length = next((some for some in service.durations if some.duration == body.duration), None)
    if length is None:
        offered = ", ".join(str(some.duration) for some in service.durations)
        raise Denied(400, f"Bad Request: the service takes {offered} minutes")
    try:
        start = body.date.astimezone(UTC)
        period = Period(start, start + timedelta(minutes=length.duration))
        _day(start, directory.business.timezone)
    except OverflowError:  # the first or the last days that Python can represent
        raise Denied(400, "Bad Request: date is out of range") from None
    return _Wanted(directory, service, patient, staff, length, period)


def _bookable(directory: _Directory, service: Service, staff_id: UUID | None) -> tuple[Staff, ...]:
    """Return who can be booked for a service: active staff of it, or the one who is named; raises Denied."""
    of_service = [some for some in directory.business.staff if not service.staff_ids or some.id in service.staff_ids]
    if staff_id is None:
        active = tuple(some for some in of_service if some.status == "ACTIVE")
        if not active:
            raise Denied(400, "Bad Request: the service has no active staff")
        return active
    staff = _found(directory.staff, staff_id, "staff member")
    if staff.status != "ACTIVE":
        raise Denied(400, f"Bad Request: {staff.name} is not active but {staff.status}")
    if staff not in of_service:
        raise Denied(400, f"Bad Request: {staff.name} does not give {service.name}")
    return (staff,)


def _found(fixtures: Mapping[Key, Found], key: Key, noun: str) -> Found:
    if key not in fixtures:
        raise Denied(404, f"Not Found: there is no {noun} {str(key)[:100]}")
    return fixtures[key]


def _directory(business: Business) -> _Directory:
    services = {str(service.id): service for service in business.services}
    staff = {some.id: some for some in business.staff}
    return _Directory(business, services, staff, {patient.id: patient for patient in business.patients})


def _location(business: Business, address: str | None) -> api.LocationSummary | None:
    """Return the location on record at an address, None where there is none."""
    for some in business.locations:
        if some.address == address:
            return api.LocationSummary(id=some.id, name=some.name, address=some.address)
    return None


def _day(instant: datetime, zone: str) -> Period:
    """Return the day, by the clocks of ``zone``, in which ``instant`` is."""
    midnight = datetime.combine(instant.astimezone(ZoneInfo(zone)), time(0), ZoneInfo(zone))
    return Period(midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC))
