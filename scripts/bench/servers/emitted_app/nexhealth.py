"""datamodel-code-generator's server, NexHealth: what it emits, with the service filled in."""

from typing import Any

from emitted.nexhealth import models
from emitted.nexhealth.server import create_app

from scripts.bench.cases import NOW
from scripts.bench.servers.emitted_app.guard import authorize


class Appointments:
    """Answers with the appointment that was asked for."""

    async def create_appointment(
        self,
        *,
        principal: object,  # noqa: ARG002 # there is one user, one subdomain
        subdomain: str,  # noqa: ARG002
        location_id: str,
        notify_patient: bool,  # noqa: ARG002
        body: models.AppointmentCreate,
    ) -> models.AppointmentEnvelope:
        """Return the appointment, as made now."""
        sent = body.appt
        appointment = models.Appointment(
            id=1,
            provider_id=sent.provider_id,
            patient_id=sent.patient_id,
            location_id=int(location_id),
            start_time=sent.start_time,
            end_time=sent.end_time,
            note=sent.note,
            unavailable=False,
            confirmed=False,
            cancelled=False,
            created_at=NOW,
            updated_at=NOW,
            timezone="America/New_York",
        )
        data = models.AppointmentData(appt=appointment)
        return models.AppointmentEnvelope(code=True, description=None, error=[], data=data, count=1)


def create() -> Any:
    """Return the server."""
    return create_app(appointments=Appointments(), authorize=authorize)
