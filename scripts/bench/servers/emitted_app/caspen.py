"""datamodel-code-generator's server, Caspen: what it emits, with the service filled in."""

from typing import Any

from emitted.caspen import models
from emitted.caspen.server import create_app

from scripts.bench.cases import CASPEN
from scripts.bench.servers.emitted_app.guard import authorize

STORED = models.AppointmentResource.model_validate(CASPEN.answer)


class Appointments:
    """Answers a change with an appointment in store, under the id and the note that were sent."""

    async def update_appointment(
        self,
        *,
        principal: object,  # noqa: ARG002 # the store has one user
        appointment: str,
        body: models.AppointmentUpdate | None,
    ) -> models.AppointmentResource:
        """Return a copy of the appointment in store."""
        note = body.note if body else None
        return STORED.model_copy(update={"id": appointment, "note": note})


def create() -> Any:
    """Return the server."""
    return create_app(appointments=Appointments(), authorize=authorize, prefix=CASPEN.base)
