"""FastAPI, NexHealth: routes by hand over the Pydantic models that datamodel-code-generator makes of the contract."""

from emitted.nexhealth import models
from fastapi import Depends, FastAPI

from scripts.bench.cases import NOW
from scripts.bench.servers.fastapi_app.guard import authorized

app = FastAPI()


@app.post(
    "/appointments",
    status_code=201,
    response_model=models.AppointmentEnvelope,
    response_model_exclude_unset=True,
    dependencies=[Depends(authorized)],
)
async def create_appointment(
    subdomain: str,  # noqa: ARG001 # there is one
    location_id: str,
    body: models.AppointmentCreate,
    notify_patient: bool = False,  # noqa: ARG001
) -> models.AppointmentEnvelope:
    """Return the appointment that was asked for, as made now."""
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


def create() -> FastAPI:
    """Return the server."""
    return app
