"""Caspen against a plain reference: whatever is asked in whatever order, both say the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from partners import NOW, Talk
from test_partner_models import SEQUENCES

START = datetime(2030, 2, 4, 9, tzinfo=UTC)
minutes = st.integers(0, 8).map(lambda steps: 15 * steps)


def overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


K, M = "01HQFQ9QWTNNPY58FZ8CB3FWWK", "01HQFQ9QWTNNPY58FZ8CB3FWWM"
APPOINTMENTS = {"123": f"app_{K}", "124": f"app_{M}"}
RECORDS = {
    "practitioner_id": {123: f"pra_{K}", 124: f"pra_{M}"},
    "room_id": {None: None, 123: f"rom_{K}", 124: f"rom_{M}"},
    "vehicle_id": {None: None, 123: f"veh_{K}"},
}
RESOURCES = {123: "res_01HYHYQHA682J0K1RW7B2HVA9F", 124: "res_01HYHYQHA682J0K1RW7B2HVA9G"}


def named(known: dict[Any, Any]) -> st.SearchStrategy[Any]:
    """Return every way to name a record, and the number of none."""
    return st.sampled_from([*known, *known.values()] * 2 + [9])


changes = st.fixed_dictionaries(
    {},
    optional={
        **{name: named(known) for name, known in RECORDS.items()},
        "resource_ids": st.lists(named(RESOURCES), max_size=2),
        "starts_at": minutes.map(lambda late: written(START + timedelta(minutes=late))),
        "ends_at": minutes.map(lambda late: written(START + timedelta(minutes=late))),
        "note": st.none() | st.sampled_from(["short", "x" * 255]),
        "confirmed": st.booleans(),
    },
)


class Caspen(RuleBasedStateMachine):
    """Keeps two appointments, who needs what when, and how often it was asked since when."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk("caspen")
        self.now, self.since, self.asked = NOW, NOW, 0
        self.refuses = True
        self.appointments: dict[str, dict[str, Any]] = {}

    @initialize()
    def read(self) -> None:
        for appointment in APPOINTMENTS.values():
            self.appointments[appointment] = self.ask(appointment, {}).json

    @rule(name=st.sampled_from([*APPOINTMENTS, *APPOINTMENTS.values(), "9"]), body=changes)
    def update(self, name: str, body: dict[str, Any]) -> None:
        key = APPOINTMENTS.get(name, name)
        reply = self.ask(name, body)
        if reply.status == 429:
            return
        if key not in self.appointments:
            assert reply.status == 404
            return
        wrong, wanted = self.wanted(key, body)
        if wrong:
            assert (reply.status, reply.json["errors"].keys()) == (422, wrong)
        elif self.refuses and self.clashes(key, wanted):
            assert reply.status == 409
        else:
            assert (reply.status, reply.json) == (200, wanted)
            self.appointments[key] = wanted

    @rule(
        name=st.sampled_from(list(APPOINTMENTS)),
        practitioner=st.sampled_from([123, 124]),
        late=minutes,
        length=st.sampled_from([0, 15, 45]),
    )
    def move(self, name: str, practitioner: int, late: int, length: int) -> None:
        start = START + timedelta(minutes=late)
        times = {"starts_at": written(start), "ends_at": written(start + timedelta(minutes=length))}
        self.update(name, {"practitioner_id": practitioner, **times})

    @rule(seconds=st.sampled_from([1, 30, 59, 60, 90]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.talk.advance(timedelta(seconds=seconds))

    @rule()
    def ask_often(self) -> None:
        for _ in range(12):
            self.ask("9", {})

    @rule(state=st.sampled_from(["refuse", "allow"]))
    def switch(self, state: str) -> None:
        self.refuses = state == "refuse"
        self.talk.switch(conflict=state)

    def ask(self, name: str, body: Any) -> Any:
        """Send an update and check what is said of the limit."""
        if self.now - self.since >= timedelta(minutes=1) or not self.asked:
            self.since, self.asked = self.now, 0
        self.asked += 1
        reply = self.talk.post_json(f"/v1/appointments/{name}", body)
        assert (reply.status == 429) == (self.asked > 60)
        assert reply.headers["x-ratelimit-remaining"] == str(max(60 - self.asked, 0))
        left = self.since + timedelta(minutes=1) - self.now
        assert reply.headers.get("retry-after") == (str(left // timedelta(seconds=1)) if self.asked > 60 else None)
        return reply

    def wanted(self, key: str, body: dict[str, Any]) -> tuple[set[str], dict[str, Any]]:
        """Return the fields that are wrong, and what the appointment becomes if none is."""
        before = self.appointments[key]
        after = {**before, **body}
        wrong = set()
        for name, known in RECORDS.items():
            if name in body:
                after[name] = known.get(body[name], body[name])
                wrong |= {name} if after[name] not in known.values() else set()
        if "resource_ids" in body:
            after["resource_ids"] = [RESOURCES.get(item, item) for item in body["resource_ids"]]
            wrong |= {f"resource_ids.{i}" for i, item in enumerate(body["resource_ids"]) if item == 9}
        length = at(after["ends_at"]) - at(after["starts_at"])
        if length < timedelta(0):
            wrong.add("ends_at" if "ends_at" in body else "starts_at")
        after["duration"] = length // timedelta(minutes=1)
        if not after["confirmed"]:
            after["confirmed_at"] = None
        elif not before["confirmed"]:
            after["confirmed_at"] = written(self.now)
        return wrong, after

    def clashes(self, key: str, wanted: dict[str, Any]) -> bool:
        """Tell whether anything but a change of words needs what the other appointment has."""
        before = self.appointments[key]
        if all(needs(before)[part] == needs(wanted)[part] for part in (0, 1)):
            return False
        others = [needs(item) for name, item in self.appointments.items() if name != key]
        things, period = needs(wanted)
        return any(things & busy and overlap(period, when) for busy, when in others)


def needs(item: dict[str, Any]) -> tuple[set[str], tuple[datetime, datetime]]:
    things = {item["practitioner_id"], item["room_id"], item["vehicle_id"], *item["resource_ids"]} - {None}
    return things, (at(item["starts_at"]), at(item["ends_at"]))


TestCaspen = Caspen.TestCase
TestCaspen.settings = SEQUENCES
