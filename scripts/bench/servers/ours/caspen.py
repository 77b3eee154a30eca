"""Ours, Caspen: the generated package with a typed handler."""

from generated import caspen
from scripts.bench.cases import CASPEN
from scripts.bench.servers.ours.guard import authenticate
from specwright.runtime.app import App

STORED = caspen.AppointmentResource.model_validate(CASPEN.answer)


class Appointments:
    """Answers a change with an appointment in store, under the id and the note that were sent."""

    async def update_appointment(
        self, *, appointment: str, body: caspen.AppointmentUpdate | None
    ) -> caspen.UpdateAppointment200:
        """Return a copy of the appointment in store."""
        note = body.note if body else None
        return caspen.UpdateAppointment200(STORED.model_copy(update={"id": appointment, "note": note}))


def create() -> App:
    """Return the server."""
    return caspen.create_app(Appointments(), authenticate=authenticate)
