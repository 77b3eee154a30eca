"""How the Caspen mock behaves. Every rule is in README.md, with where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Self, TypeAlias

from pydantic import AwareDatetime, model_validator

from generated import caspen as api
from specwright.mock.calendar import Period, Taken
from specwright.mock.clock import instant, microseconds
from specwright.mock.exchange import caller
from specwright.mock.scene import Scene
from specwright.mock.world import Fixture
from specwright.mock.world import World as CommonWorld
from specwright.runtime.explain import Refused

LIMIT, WINDOW = 60, timedelta(minutes=1)  # requests of one API key
# Members of the request that name another record, and the list of the world that has it.
_LISTS = {
    "location_id": "locations",
    "practitioner_id": "practitioners",
    "service_id": "services",
    "client_id": "patients",
    "client_package_id": "packages",
    "case_id": "cases",
    "room_id": "rooms",
    "vehicle_id": "vehicles",
    "resource_ids": "resources",
}
_PLAIN = ("starts_at", "ends_at", "note", "confirmed")
_Ids: TypeAlias = Mapping[int | str, str]


class Record(Fixture):
    """A record of the account: requests may name it by its number or by its id."""

    number: int
    id: str


class Existing(Record):
    """An appointment that is there from the beginning; ``fields`` is what an update could say of it."""

    created_at: AwareDatetime
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    fields: api.AppointmentUpdate


class World(CommonWorld):
    """What world.yaml holds; ``patients`` are the account's clients, for ``clients`` are those who may call."""

    locations: tuple[Record, ...]
    practitioners: tuple[Record, ...]
    services: tuple[Record, ...]
    patients: tuple[Record, ...]
    packages: tuple[Record, ...]
    cases: tuple[Record, ...]
    rooms: tuple[Record, ...]
    vehicles: tuple[Record, ...]
    resources: tuple[Record, ...]
    appointments: tuple[Existing, ...]

    @model_validator(mode="after")
    def _appointments_name_what_is_there(self) -> Self:
        known = {name: _ids(getattr(self, kind)) for name, kind in _LISTS.items()}
        for existing in self.appointments:
            _, unknown = _named(known, existing.fields)
            if unknown:
                raise ValueError(f"appointment {existing.number}: no such {', '.join(unknown)}")
        return self


class Unknown(Exception):
    """There is no such appointment."""


class Invalid(Exception):
    """An update says what cannot be: the complaints by field."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(errors)
        self.response = api.ValidationError(message=next(iter(errors.values()))[0], errors=dict(errors))


@dataclass(frozen=True)
class Quota:
    """How an API key stands with its requests: how many are left in its window, and how long that lasts."""

    left: int
    ends: datetime
    wait: timedelta

    @property
    def headers(self) -> dict[str, int]:
        """What every answer says of it."""
        return {"x_rate_limit_limit": LIMIT, "x_rate_limit_remaining": max(self.left, 0)}

    @property
    def refusal(self) -> api.TooManyRequests429:
        """What is answered when nothing is left."""
        reset, wait = ceil(self.ends.timestamp()), ceil(self.wait.total_seconds())
        error = api.Error(message="Too Many Attempts.")
        return api.TooManyRequests429(error, retry_after=wait, x_rate_limit_reset=reset, **self.headers)


_Response: TypeAlias = (
    api.UpdateAppointment200
    | api.Unauthorized401
    | api.NotFound404
    | api.Conflict409
    | api.UnprocessableContent422
    | api.TooManyRequests429
)


class Partner:
    """The API of one Caspen account."""

    SWITCHES: ClassVar = {"conflict": ("refuse", "allow"), "rateLimit": ("on", "off")}

    def __init__(self, scene: Scene[World]) -> None:
        self._scene = scene
        self._is_limited = scene.switches["rateLimit"] == "on"
        self._known = {name: _ids(getattr(scene.world, kind)) for name, kind in _LISTS.items()}
        # By number or id, both of which are texts in a path.
        self._appointments = {str(name): id_ for name, id_ in _ids(scene.world.appointments).items()}

    def seed(self) -> None:
        """Store the appointments that are there from the beginning, and hold what they need."""
        for existing in self._scene.world.appointments:
            said = existing.model_dump(include={"id", "created_at", "starts_at", "ends_at"})
            blank = api.AppointmentResource(**_BLANK, **said)
            appointment = blank.model_copy(update=self._changes(blank, existing.fields))
            self._scene.calendar.overbook(existing.id, _needs(appointment), _period(appointment))
            self._put(appointment)

    def refused(self, request: Refused) -> _Response | None:
        """Say which fields are wrong; a request that is refused counts as any other, but one without a key."""
        if request.status == 401:
            return api.Unauthorized401(
                api.Error(message="Unauthenticated."), **(_UNCOUNTED if self._is_limited else {})
            )
        quota = self._quota()
        if quota and quota.left < 0:
            return quota.refusal
        if request.status != 422:
            return None
        errors: dict[str, list[str]] = {}
        for breach in request.breaches:
            name = breach.pointer.strip("/").replace("/", ".") or breach.location
            errors.setdefault(name, []).append(f"The {name} field {breach.message}.")
        invalid = Invalid(errors or {"body": [request.detail]})
        return api.UnprocessableContent422(invalid.response, **_headers(quota))

    async def update_appointment(self, *, appointment: str, body: api.AppointmentUpdate | None) -> _Response:
        """Change what an update names of an appointment that exists."""
        quota = self._quota()
        if quota and quota.left < 0:
            return quota.refusal
        said = _headers(quota)
        try:
            return api.UpdateAppointment200(self._updated(appointment, body or api.AppointmentUpdate()), **said)
        except Unknown:
            return api.NotFound404(api.Error(message=f"Appointment {appointment[:100]} not found."), **said)
        except Invalid as invalid:
            return api.UnprocessableContent422(invalid.response, **said)
        except Taken as taken:
            kind, _, name = taken.resource.partition(":")
            return api.Conflict409(api.Error(message=f"The {kind} {name} is booked at this time."), **said)

    # --- what comes of an update ------------------------------------------------------------------------------

    def _updated(self, appointment: str, update: api.AppointmentUpdate) -> api.AppointmentResource:
        """Return an appointment after an update; raises Unknown, Invalid or Taken and leaves it as it was."""
        with self._scene.transaction():
            before = self._get(appointment)
            after = before.model_copy(update=self._changes(before, update))
            if (_needs(after), _period(after)) != (_needs(before), _period(before)):
                self._move(after)
            self._put(after)
        return after

    def _changes(self, before: api.AppointmentResource, update: api.AppointmentUpdate) -> dict[str, Any]:
        """Return what changes, that which follows from it included; raises Invalid."""
        sent = update.model_fields_set
        named, unknown = _named(self._known, update)
        wrong = {name: [f"The selected {name} is invalid."] for name in unknown}
        changes = named | {name: getattr(update, name) for name in _PLAIN if name in sent}
        starts, ends = (_utc(name, changes.get(name, getattr(before, name)), wrong) for name in _PLAIN[:2])
        if starts > ends:
            name, order = ("ends_at", "after") if "ends_at" in sent else ("starts_at", "before")
            other = "starts_at" if order == "after" else "ends_at"
            wrong[name] = [f"The {name} field must be a date {order} or equal to {other}."]
        if wrong:
            raise Invalid(wrong)
        confirmed = _confirmed_at(before, changes.get("confirmed", before.confirmed), self._scene.clock.now())
        minutes = (ends - starts) // timedelta(minutes=1)
        return {**changes, "starts_at": starts, "ends_at": ends, "duration": minutes, "confirmed_at": confirmed}

    def _move(self, appointment: api.AppointmentResource) -> None:
        """Hold what an appointment needs when it needs it, and nothing else; raises Taken."""
        calendar, key = self._scene.calendar, str(appointment.id)
        calendar.release(key)
        book = calendar.overbook if self._scene.switches["conflict"] == "allow" else calendar.book
        book(key, _needs(appointment), _period(appointment))

    # --- the store --------------------------------------------------------------------------------------------

    def _get(self, appointment: str) -> api.AppointmentResource:
        key = self._appointments.get(appointment)
        record = self._scene.records("appointment").get(key) if key else None
        if record is None:
            raise Unknown
        return api.AppointmentResource.model_validate(record)

    def _put(self, appointment: api.AppointmentResource) -> None:
        self._scene.records("appointment").put_json(str(appointment.id), appointment.model_dump_json())

    def _quota(self) -> Quota | None:
        """Count a request of whoever calls and return how that key stands; None when nothing is counted."""
        if not self._is_limited:
            return None
        client, now, records = caller(), self._scene.clock.now(), self._scene.records("quota")
        key = client.id if client else ""
        with self._scene.transaction():
            held = records.get(key) or {"starts": 0, "used": 0}
            starts = instant(held["starts"])
            if not starts <= now < starts + WINDOW:
                held, starts = {"starts": microseconds(now), "used": 0}, now
            used = held["used"] + 1
            if used <= LIMIT:
                records.put(key, {**held, "used": used})
        return Quota(LIMIT - used, starts + WINDOW, starts + WINDOW - now)


# What a key that made no request would be told: a request without a key has no window.
_UNCOUNTED: Mapping[str, int] = {"x_rate_limit_limit": LIMIT, "x_rate_limit_remaining": LIMIT}
# What an appointment has that says nothing else.
_BLANK: Mapping[str, Any] = {
    **dict.fromkeys(["client_package_id", "case_id", "room_id", "vehicle_id", "note"]),
    **dict.fromkeys(["confirmed_at", "cancellation_reason_id", "cancellation_note", "cancelled_at"]),
    "status": "pending",
    "confirmed": False,
    "resource_ids": [],
}


def _headers(quota: Quota | None) -> dict[str, int]:
    return quota.headers if quota else {}


def _ids(fixtures: Iterable[Record]) -> _Ids:
    """Return the ids of records by all that they may be named by."""
    return {name: fixture.id for fixture in fixtures for name in (fixture.number, fixture.id)}


def _named(known: Mapping[str, _Ids], update: api.AppointmentUpdate) -> tuple[dict[str, Any], list[str]]:
    """Return the ids of the records that an update names, by member, and where it names none, such as ``resource_ids.1``."""
    found: dict[str, Any] = {}
    unknown = []
    for name in [name for name in known if name in update.model_fields_set]:
        value, ids = getattr(update, name), known[name]
        if isinstance(value, list):
            found[name] = [ids.get(item) for item in value]
            unknown += [f"{name}.{place}" for place, item in enumerate(value) if item not in ids]
        else:
            found[name] = ids.get(value)
            unknown += [name] if value is not None and value not in ids else []
    return found, unknown


def _utc(name: str, value: datetime, wrong: dict[str, list[str]]) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:  # the first or the last hours that Python can represent
        wrong[name] = [f"The {name} field is not a valid date."]
        return value


def _confirmed_at(before: api.AppointmentResource, confirmed: bool | None, now: datetime) -> datetime | None:
    """Return when an appointment was confirmed: what is confirmed already keeps its time."""
    return (before.confirmed_at or now.replace(microsecond=0)) if confirmed else None


def _needs(appointment: api.AppointmentResource) -> list[str]:
    """Return what is busy while an appointment lasts."""
    one = {
        "practitioner": appointment.practitioner_id,
        "room": appointment.room_id,
        "vehicle": appointment.vehicle_id,
    }
    kinds = [f"{kind}:{name}" for kind, name in one.items() if name]
    return kinds + [f"resource:{name}" for name in dict.fromkeys(appointment.resource_ids or ())]


def _period(appointment: api.AppointmentResource) -> Period:
    """Return how long an appointment lasts; every one in the store has a start and an end."""
    if appointment.starts_at is None or appointment.ends_at is None:
        raise ValueError(f"appointment {appointment.id} has no time")
    return Period(appointment.starts_at, appointment.ends_at)
