"""FastAPI, NexHealth: routes by hand over the Pydantic models that datamodel-code-generator makes of the contract."""

from emitted.nexhealth import models
from fastapi import Depends, FastAPI

from scripts.bench.cases import NEXHEALTH, row
from scripts.bench.servers.fastapi_app.guard import authorized

STORED = row(NEXHEALTH.answer["data"]["appt"])

app = FastAPI()


@app.post(
    "/appointments",
    status_code=201,
    response_model=models.AppointmentEnvelope,
    response_model_exclude_unset=True,
    dependencies=[Depends(authorized)],
)
async def create_appointment(
    subdomain: str,  # noqa: ARG001 # the store has one subdomain, one location
    location_id: str,  # noqa: ARG001
    body: models.AppointmentCreate,
    notify_patient: bool = False,  # noqa: ARG001
) -> models.AppointmentEnvelope:
    """Return an appointment in store, built anew, under the note that was sent."""
    appointment = models.Appointment.model_validate({**STORED, "note": body.appt.note})
    data = models.AppointmentData(appt=appointment)
    return models.AppointmentEnvelope(code=True, description=None, error=[], data=data, count=1)


def create() -> FastAPI:
    """Return the server."""
    return app
