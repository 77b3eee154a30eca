"""Ours, NexHealth: the generated package with a typed handler."""

from generated import nexhealth
from scripts.bench.cases import NEXHEALTH, row
from scripts.bench.servers.ours.guard import authenticate
from specwright.runtime.app import App

STORED = row(NEXHEALTH.answer["data"]["appt"])


class Appointments:
    """Answers a new appointment with one in store, under the note that was sent."""

    async def create_appointment(
        self,
        *,
        subdomain: str,  # noqa: ARG002 # the store has one subdomain, one location
        location_id: str,  # noqa: ARG002
        notify_patient: bool,  # noqa: ARG002
        body: nexhealth.AppointmentCreate,
    ) -> nexhealth.CreateAppointment201:
        """Return the appointment, built anew."""
        appointment = nexhealth.Appointment.model_validate({**STORED, "note": body.appt.note})
        data = nexhealth.AppointmentData(appt=appointment)
        return nexhealth.CreateAppointment201(
            nexhealth.AppointmentEnvelope(code=True, description=None, error=[], data=data, count=1)
        )


def create() -> App:
    """Return the server."""
    return nexhealth.create_app(Appointments(), authenticate=authenticate)
