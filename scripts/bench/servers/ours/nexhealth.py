"""Ours, NexHealth: the generated package with a typed handler."""

from generated import nexhealth
from scripts.bench.cases import NOW
from scripts.bench.servers.ours.guard import authenticate
from specwright.runtime.app import App


class Appointments:
    """Answers with the appointment that was asked for."""

    async def create_appointment(
        self,
        *,
        subdomain: str,  # noqa: ARG002 # there is one
        location_id: str,
        notify_patient: bool,  # noqa: ARG002
        body: nexhealth.AppointmentCreate,
    ) -> nexhealth.CreateAppointment201:
        """Return the appointment, as made now."""
        sent = body.appt
        appointment = nexhealth.Appointment(
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
        data = nexhealth.AppointmentData(appt=appointment)
        return nexhealth.CreateAppointment201(
            nexhealth.AppointmentEnvelope(code=True, description=None, error=[], data=data, count=1)
        )


def create() -> App:
    """Return the server."""
    return nexhealth.create_app(Appointments(), authenticate=authenticate)
