"""What servers that speak in dicts answer, as JSON has it."""

from collections.abc import Callable
from typing import Any

from scripts.bench.cases import CASPEN, NEXHEALTH, Case

_BOOKED, _CHANGED = NEXHEALTH.answer, CASPEN.answer


def booked(body: Any, _: str) -> Any:
    """Return NexHealth's answer under the note that was sent."""
    appointment = {**_BOOKED["data"]["appt"], "note": body["appt"].get("note")}
    return {**_BOOKED, "data": {"appt": appointment}}


def changed(body: Any, appointment: str) -> Any:
    """Return Caspen's answer under the id and the note that were sent."""
    return {**_CHANGED, "id": appointment, "note": body.get("note")}


def answerer(case: Case) -> Callable[[Any, str], Any]:
    """Return what answers a body, and what the path ends in."""
    return {NEXHEALTH.name: booked, CASPEN.name: changed}[case.name]
