"""FastAPI, Caspen: routes by hand over the Pydantic models that datamodel-code-generator makes of the contract."""

from emitted.caspen import models
from fastapi import Depends, FastAPI

from scripts.bench.cases import CASPEN
from scripts.bench.servers.fastapi_app.guard import authorized

STORED = models.AppointmentResource.model_validate(CASPEN.answer)

app = FastAPI()


@app.post(
    "/v1/appointments/{appointment}",
    response_model=models.AppointmentResource,
    response_model_exclude_unset=True,
    dependencies=[Depends(authorized)],
)
async def update_appointment(
    appointment: str, body: models.AppointmentUpdate | None = None
) -> models.AppointmentResource:
    """Return an appointment in store, a copy of it, under the id and the note that were sent."""
    note = body.note if body else None
    return STORED.model_copy(update={"id": appointment, "note": note})


def create() -> FastAPI:
    """Return the server."""
    return app
