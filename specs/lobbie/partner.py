"""How the Lobbie mock behaves. Every rule is in README.md, with where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field

from generated import lobbie as api
from specwright.mock.calendar import Period, Taken
from specwright.mock.exchange import caller
from specwright.mock.hours import Hours
from specwright.mock.scene import Scene
from specwright.mock.world import Fixture
from specwright.mock.world import World as CommonWorld
from specwright.runtime.refusals import Refusal


class Location(Fixture):
    """A place of an account, with the scheduler configurations that its self-scheduling setting contains."""

    id: int
    account_id: int
    scheduler_config_ids: tuple[int, ...]


class Practitioner(Fixture):
    """Whoever sees patients, at which locations and when; booked at one of them, busy at all."""

    id: int
    location_ids: tuple[int, ...]
    hours: Hours


class AppointmentType(Fixture):
    """How long an appointment of a type lasts."""

    id: int
    account_id: int
    minutes: int = Field(gt=0)


class Patient(Fixture):
    """A patient on record."""

    id: int
    account_id: int


class Existing(Fixture):
    """An appointment that is there from the beginning."""

    practitioner_id: int
    patient_id: int
    location_id: int
    appointment_type_id: int
    start_time: AwareDatetime
    end_time: AwareDatetime


class World(CommonWorld):
    """What world.yaml holds."""

    locations: tuple[Location, ...]
    practitioners: tuple[Practitioner, ...]
    appointment_types: tuple[AppointmentType, ...]
    patients: tuple[Patient, ...]
    appointments: tuple[Existing, ...]


@dataclass(frozen=True)
class _Office:
    """What can be booked at one location, by id."""

    account_id: int
    scheduler_configs: frozenset[int]
    practitioners: Mapping[int, Practitioner]
    minutes: Mapping[int, int]
    patients: frozenset[int]


class Partner:
    """The Partner API of the accounts in a world."""

    SWITCHES: ClassVar = {
        "outsideHours": ("409", "422", "allow"),
        "pastStart": ("422", "409", "allow"),
        "patient": ("optional", "required", "known"),
    }

    def __init__(self, scene: Scene[World]) -> None:
        self._scene = scene
        self._offices = {location.id: _office(scene.world, location) for location in scene.world.locations}

    def seed(self) -> None:
        """Book the appointments that are there from the beginning."""
        for some in self._scene.world.appointments:
            period = Period(some.start_time, some.end_time)
            number = self._scene.ids.number("appointment")
            self._scene.calendar.overbook(str(number), [_resource(some.practitioner_id)], period)
            self._appointment(number, some, period)

    async def create_appointment(
        self, *, account_id: int, location_id: int, body: api.AppointmentCreate
    ) -> api.CreateAppointment201:
        """Book a practitioner."""
        office = self._office(account_id, location_id)
        if body.location_id != location_id:
            raise Refusal(422, f"locationId is {body.location_id} in the body and {location_id} in the path")
        _check_ids(body, office)
        self._check_patient(body, office)
        period = _period(body.start_date_time, office.minutes[body.appointment_type_id])
        self._check_time(period, office.practitioners[body.practitioner_id])
        with self._scene.transaction():
            number = self._scene.ids.number("appointment")
            self._book(number, body.practitioner_id, period)
            return api.CreateAppointment201(self._appointment(number, body, period))

    # --- what is asked for ------------------------------------------------------------------------------------

    def _office(self, account_id: int, location_id: int) -> _Office:
        client = caller()
        grants = client.grants if client else {}
        if account_id not in grants.get("accounts", [account_id]):
            raise Refusal(403, f"the integration has no access to account {account_id}")
        office = self._offices.get(location_id)
        if office is None or office.account_id != account_id:
            raise Refusal(403, f"account {account_id} has no location {location_id}")
        if location_id not in grants.get("locations", [location_id]):
            raise Refusal(403, f"the integration has no access to location {location_id}")
        return office

    def _check_patient(self, body: api.AppointmentCreate, office: _Office) -> None:
        state = self._scene.switches["patient"]
        if state != "optional" and body.patient_id is None:
            raise Refusal(422, "patientId is required")
        if state == "known" and body.patient_id not in office.patients:
            raise Refusal(422, f"patientId {body.patient_id} is no patient of account {office.account_id}")

    def _check_time(self, period: Period, practitioner: Practitioner) -> None:
        if period.start <= self._scene.clock.now():
            self._object("pastStart", "startDateTime must be in the future")
        if not practitioner.hours.are_open(period):
            self._object("outsideHours", f"practitioner {practitioner.id} does not work at that time")

    def _object(self, switch: str, detail: str) -> None:
        """Refuse the request with the status that is the state of ``switch``."""
        state = self._scene.switches[switch]
        if state != "allow":
            raise Refusal(int(state), detail)

    # --- what comes of it -------------------------------------------------------------------------------------

    def _book(self, number: int, practitioner_id: int, period: Period) -> None:
        try:
            self._scene.calendar.book(str(number), [_resource(practitioner_id)], period)
        except Taken:
            raise Refusal(409, f"practitioner {practitioner_id} is booked at that time") from None

    def _appointment(self, number: int, wanted: api.AppointmentCreate | Existing, period: Period) -> api.Appointment:
        """Return what is booked, which is on record from now on."""
        now = self._scene.clock.now().replace(microsecond=0)
        appointment = api.Appointment(
            id=number,
            practitioner_id=wanted.practitioner_id,
            location_id=wanted.location_id,
            appointment_type_id=wanted.appointment_type_id,
            start_time=period.start,
            end_time=period.end,
            duration_minutes=period.length // timedelta(minutes=1),
            status="SCHEDULED",
            created_at=now,
            updated_at=now,
        )
        if wanted.patient_id is not None:
            appointment.patient_id = wanted.patient_id
        self._scene.records("appointment").put_json(str(number), appointment.model_dump_json(by_alias=True))
        return appointment


def _office(world: World, location: Location) -> _Office:
    account = location.account_id
    return _Office(
        account,
        frozenset(location.scheduler_config_ids),
        {some.id: some for some in world.practitioners if location.id in some.location_ids},
        {some.id: some.minutes for some in world.appointment_types if some.account_id == account},
        frozenset(some.id for some in world.patients if some.account_id == account),
    )


def _check_ids(body: api.AppointmentCreate, office: _Office) -> None:
    """Raise Refusal when the body names what is not to be had at ``office``."""
    for name, value, known in (
        ("practitionerId", body.practitioner_id, office.practitioners),
        ("appointmentTypeId", body.appointment_type_id, office.minutes),
        ("schedulerConfigId", body.scheduler_config_id, office.scheduler_configs),
    ):
        if value not in known:
            there = ", ".join(map(str, sorted(known))) or "none"
            raise Refusal(422, f"{name} {value} is not known at location {body.location_id}, which has {there}")


def _period(start: datetime, minutes: int) -> Period:
    try:
        return Period(start, start + timedelta(minutes=minutes))
    except OverflowError:
        raise Refusal(422, "startDateTime is too late") from None


def _resource(practitioner_id: int) -> str:
    return f"practitioner:{practitioner_id}"
