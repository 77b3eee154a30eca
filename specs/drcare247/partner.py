"""How the DrCare247 mock behaves. Every rule is in README.md, with where it comes from."""

import re
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import ClassVar
from uuid import UUID

from generated import drcare247 as api
from specwright.mock.calendar import Period, Taken
from specwright.mock.scene import Scene
from specwright.mock.world import World as CommonWorld
from specwright.runtime.explain import Refused
from specwright.runtime.refusals import Breach


class World(CommonWorld):
    """What world.yaml holds.

    ``minutes`` is how long a provider is busy, ``durations`` says so for an EncounterTypeModeDurationId, and
    ``appointments`` are there from the beginning, as a client would book them.
    """

    minutes: int
    durations: Mapping[UUID, int]
    appointments: tuple[api.AppointmentModel, ...]


class Invalid(Exception):
    """The model is refused: its complaints by the names that ASP.NET gives its members."""

    def __init__(self, state: Mapping[str, list[str]]) -> None:
        super().__init__(state)
        self.response = api.BadRequest400(api.Error(message="The request is invalid.", model_state=dict(state)))


class Partner:
    """The calendar of the platform's providers."""

    SWITCHES: ClassVar = {"providerConflict": ("allow", "refuse"), "emptyReason": ("refuse", "accept")}

    def __init__(self, scene: Scene[World]) -> None:
        self._scene, self._world = scene, scene.world

    def seed(self) -> None:
        """Book the appointments that are there from the beginning."""
        for existing in self._world.appointments:
            self._booked(existing)

    def refused(self, request: Refused) -> api.BadRequest400 | None:
        """Say what is wrong with every member, in the words of ASP.NET where it has some."""
        if request.status != 400:
            return None
        state: dict[str, list[str]] = {}
        for breach in request.breaches:
            state.setdefault(_key(breach), []).append(_complaint(breach))
        return Invalid(state or {"model": [request.detail]}).response

    async def create_patient_appointment(
        self, *, body: api.AppointmentModel
    ) -> api.CreatePatientAppointment200 | api.BadRequest400:
        """Store an appointment."""
        try:
            key = self._booked(body)
        except Invalid as invalid:
            return invalid.response
        except Taken:
            taken = "The provider already has an appointment at this time."
            return Invalid({"model.AppointmentOn": [taken]}).response
        message = "The appointment was created."
        return api.CreatePatientAppointment200(api.AppointmentCreated(appointment_id=key, message=message))

    def _booked(self, model: api.AppointmentModel) -> UUID:
        """Store an appointment and hold its provider, if it names one; raises Invalid or Taken."""
        if self._scene.switches["emptyReason"] == "refuse" and not model.reason.strip():
            raise Invalid({"model.Reason": ["The Reason field is required."]})
        period = self._period(model)
        with self._scene.transaction():
            key = self._scene.ids.uuid("appointment")
            if model.provider_id is not None:
                calendar = self._scene.calendar
                book = calendar.book if self._scene.switches["providerConflict"] == "refuse" else calendar.overbook
                book(str(key), [f"provider:{model.provider_id}"], period)
            self._scene.records("appointment").put_json(str(key), model.model_dump_json())
        return key

    def _period(self, model: api.AppointmentModel) -> Period:
        duration = model.encounter_type_mode_duration_id
        minutes = self._world.minutes if duration is None else self._world.durations.get(duration, self._world.minutes)
        try:
            start = model.appointment_on.astimezone(UTC)
            return Period(start, start + timedelta(minutes=minutes))
        except OverflowError:  # the first or the last hours that Python can represent
            raise Invalid({"model.AppointmentOn": ["The field AppointmentOn is out of range."]}) from None


def _key(breach: Breach) -> str:
    """Return where a breach is as ASP.NET says it: ``model.Reasons[0].ReasonId``."""
    if breach.location != "body":
        return breach.pointer.strip("/")
    return "model" + re.sub(r"/(\d+)(?=/|$)", r"[\1]", breach.pointer).replace("/", ".")


def _complaint(breach: Breach) -> str:
    name = breach.pointer.rpartition("/")[2] or "model"
    if breach.keyword == "required" or breach.violation.received is None:
        return f"The {name} field is required."
    if breach.keyword == "maxLength":
        return f"The field {name} must be a string with a maximum length of {breach.violation.expected}."
    return f"The field {name} {breach.message}."
