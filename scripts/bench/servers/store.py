"""What servers that speak in dicts answer, as JSON has it."""

from collections.abc import Callable
from typing import Any

from scripts.bench.cases import CASPEN, NEXHEALTH, NOW, Case

_STORED = CASPEN.answer
_NOW = NOW.isoformat().replace("+00:00", "Z")


def booked(body: Any, _: str) -> Any:
    """Return NexHealth's answer with the appointment that was asked for, as made now."""
    sent = body["appt"]
    appointment = {
        "id": 1,
        "provider_id": sent["provider_id"],
        "patient_id": sent.get("patient_id"),
        "location_id": 13,
        "start_time": sent["start_time"],
        "end_time": sent.get("end_time"),
        "note": sent.get("note"),
        "unavailable": False,
        "confirmed": False,
        "cancelled": False,
        "created_at": _NOW,
        "updated_at": _NOW,
        "timezone": "America/New_York",
    }
    return {"code": True, "description": None, "error": [], "data": {"appt": appointment}, "count": 1}


def changed(body: Any, appointment: str) -> Any:
    """Return Caspen's answer under the id and the note that were sent."""
    return {**_STORED, "id": appointment, "note": body.get("note")}


def answerer(case: Case) -> Callable[[Any, str], Any]:
    """Return what answers a body, and what the path ends in."""
    return {NEXHEALTH.name: booked, CASPEN.name: changed}[case.name]
