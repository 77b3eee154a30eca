"""Upvio against a plain reference: whatever is asked in whatever order, both say the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from partners import Talk
from test_partner_models import SEQUENCES

minutes = st.integers(0, 8).map(lambda steps: 15 * steps)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


BUSINESS = "9d4c1b7a-36e8-4f02-a5b9-e17f60c2d384"
WANTED = {
    "patientId": "81be4f60-ac75-4d21-9f49-307c9e5db182",
    "serviceId": "18f6a2d5-c349-4b70-9e8d-5b07e4f1c6a2",
    "duration": 30,
}
STAFF = ["a6d2c8f5-0147-4f9b-a3d6-82b57109c7ae", "f5c1b7e4-9036-4e8a-92c5-71a460f8b69d"]  # by id
SYDNEY = timedelta(hours=11)  # ahead of UTC in February
MIDNIGHT = datetime(2030, 2, 4, 13, tzinfo=UTC)  # in Sydney


class Upvio(RuleBasedStateMachine):
    """Keeps who is booked when; days change in the middle of the times that are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk("upvio")
        self.status = 409
        self.booked: list[tuple[str, datetime]] = []
        self.answers: dict[str, Any] = {}

    @rule(
        start=minutes.map(lambda late: MIDNIGHT + timedelta(minutes=late - 60)),
        staff=st.sampled_from([None, *STAFF]),
        ignore=st.sampled_from([None, "true", "false"]),
    )
    def create(self, start: datetime, staff: str | None, ignore: str | None) -> None:
        query = f"?ignoreBusyTimes={ignore}" if ignore else ""
        sent = {**WANTED, "date": written(start), **({"staffId": staff} if staff else {})}
        reply = self.talk.post_json(f"/v1/businesses/{BUSINESS}/appointments{query}", sent)
        expected = next(self.who(start, [staff] if staff else STAFF, ignores=ignore == "true"), None)
        if expected is None:
            assert (reply.status, reply.json["error"]["code"]) == (self.status, self.status)
        else:
            answer = reply.json["data"]
            assert (reply.status, answer["staffId"], at(answer["date"])) == (200, expected, start)
            assert answer["id"] not in self.answers
            self.booked.append((expected, start))
            self.answers[answer["id"]] = answer
        assert self.talk.records("appointment").keys() >= self.answers.keys()

    @rule(field=st.sampled_from(["patientId", "staffId", "serviceId"]))
    def ask_for_nobody(self, field: str) -> None:
        sent = {**WANTED, "date": written(MIDNIGHT), field: "00000000-0000-4000-8000-000000000000"}

        assert self.talk.post_json(f"/v1/businesses/{BUSINESS}/appointments", sent).status == 404

    @rule(duration=st.integers(0, 29) | st.just(30.5))
    def ask_for_another_duration(self, duration: float) -> None:
        sent = {**WANTED, "date": written(MIDNIGHT), "duration": duration}

        assert self.talk.post_json(f"/v1/businesses/{BUSINESS}/appointments", sent).status == 400

    @rule(status=st.sampled_from([409, 400]))
    def switch(self, status: int) -> None:
        self.status = status
        self.talk.switch(busyStatus=str(status))

    def who(self, start: datetime, candidates: list[str], *, ignores: bool) -> Iterator[str]:
        """Yield who can be booked, who is least busy first."""
        for staff in sorted(candidates, key=lambda staff: self.load(staff, start)):
            if ignores or not any(
                name == staff and abs(taken - start) < timedelta(minutes=30) for name, taken in self.booked
            ):
                yield staff

    def load(self, staff: str, start: datetime) -> timedelta:
        """Return what is booked of the day of ``start`` in Sydney; a booking may go on past midnight."""
        morning = datetime.combine((start + SYDNEY).date(), datetime.min.time(), UTC) - SYDNEY
        evening = morning + timedelta(days=1)
        times = [(taken, taken + timedelta(minutes=30)) for name, taken in self.booked if name == staff]
        lengths = [min(end, evening) - max(begin, morning) for begin, end in times]
        return sum((length for length in lengths if length > timedelta(0)), timedelta(0))

    def teardown(self) -> None:
        assert self.talk.records("appointment").items() >= self.answers.items()


TestUpvio = Upvio.TestCase
TestUpvio.settings = SEQUENCES
