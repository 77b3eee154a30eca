"""DrCare247 against a plain reference: whatever is asked in whatever order, both say the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from partners import Talk
from test_partner_models import SEQUENCES

START = datetime(2030, 2, 4, 9, tzinfo=UTC)
minutes = st.integers(0, 8).map(lambda steps: 15 * steps)


def overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


PROVIDERS = ["35892d05-0086-4366-930b-3fa374cac51e", "35892d05-0086-4366-930b-3fa374cac51f", None]
LENGTHS = {None: 30, "8dc019bc-baf1-4f25-a22f-e9669673db84": 60, "8dc019bc-baf1-4f25-a22f-e9669673db85": 30}
MODEL = {"UserId": "84ef7a81-c643-4b8e-85e5-1ff52fc35f3d", "AccountId": "3faed728-f67f-4bc0-888f-a8410d31c7df"}


class DrCare247(RuleBasedStateMachine):
    """Keeps what was stored and which provider it keeps busy."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk("drcare247")
        self.refuses = False
        self.stored: dict[str, Any] = {}

    @rule(
        start=minutes.map(lambda late: START + timedelta(minutes=late)),
        provider=st.sampled_from(PROVIDERS),
        length=st.sampled_from(list(LENGTHS)),
        reason=st.sampled_from(["Check-up", "x" * 250, "x" * 251, ""]),
        note=st.none() | st.sampled_from(["", "x" * 1001]),
    )
    def create(self, start: datetime, provider: str | None, length: str | None, reason: str, note: str | None) -> None:
        body = {
            **MODEL,
            "AppointmentOn": written(start),
            "ProviderId": provider,
            "EncounterTypeModeDurationId": length,
            "Reason": reason,
            "Note": note,
        }
        path = "/api/Calendar/PatientAppointmentPost_v2"
        reply = self.talk.post_json(path, body, **{"content-type": "text/json"})
        wrong = self.wrong(body)
        if wrong:
            assert (reply.status, reply.json["ModelState"].keys()) == (400, wrong)
        else:
            assert reply.status == 200
            assert reply.json["AppointmentId"] not in self.stored
            self.stored[reply.json["AppointmentId"]] = body

    @rule(state=st.sampled_from(["refuse", "allow"]))
    def switch(self, state: str) -> None:
        self.refuses = state == "refuse"
        self.talk.switch(providerConflict=state)

    def wrong(self, body: dict[str, Any]) -> set[str]:
        long = {name for name, most in (("Reason", 250), ("Note", 1000)) if len(body[name] or "") > most}
        if long or not body["Reason"]:
            return {f"model.{name}" for name in long or {"Reason"}}
        others = [item for item in self.stored.values() if item["ProviderId"] == body["ProviderId"] is not None]
        is_busy = any(overlap(kept_busy(body), kept_busy(item)) for item in others)
        return {"model.AppointmentOn"} if self.refuses and is_busy else set()

    def teardown(self) -> None:
        assert self.talk.records("appointment").items() >= self.stored.items()


def kept_busy(body: dict[str, Any]) -> tuple[datetime, datetime]:
    start = at(body["AppointmentOn"])
    return start, start + timedelta(minutes=LENGTHS[body["EncounterTypeModeDurationId"]])


TestDrCare247 = DrCare247.TestCase
TestDrCare247.settings = SEQUENCES
