"""datamodel-code-generator's server, NexHealth: what it emits, with the service filled in."""

from typing import Any

from emitted.nexhealth import models
from emitted.nexhealth.server import create_app

from scripts.bench.cases import NEXHEALTH, row
from scripts.bench.servers.emitted_app.guard import authorize

STORED = row(NEXHEALTH.answer["data"]["appt"])


class Appointments:
    """Answers a new appointment with one in store, under the note that was sent."""

    async def create_appointment(
        self,
        *,
        principal: object,  # noqa: ARG002 # the store has one user, one subdomain, one location
        subdomain: str,  # noqa: ARG002
        location_id: str,  # noqa: ARG002
        notify_patient: bool,  # noqa: ARG002
        body: models.AppointmentCreate,
    ) -> models.AppointmentEnvelope:
        """Return the appointment, built anew."""
        appointment = models.Appointment.model_validate({**STORED, "note": body.appt.note})
        data = models.AppointmentData(appt=appointment)
        return models.AppointmentEnvelope(code=True, description=None, error=[], data=data, count=1)


def create() -> Any:
    """Return the server."""
    return create_app(appointments=Appointments(), authorize=authorize)
