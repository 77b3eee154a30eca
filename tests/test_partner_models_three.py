"""Caspen, Upvio and DrCare247 against plain references: whatever is asked in whatever order, both say the same."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from mocked import NOW, Partner, mock_of

SEQUENCES = settings(
    max_examples=200, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
START = datetime(2030, 2, 4, 9, tzinfo=UTC)
minutes = st.integers(0, 8).map(lambda steps: 15 * steps)

mock = cache(mock_of)


class Conversation(RuleBasedStateMachine):
    """One sequence of requests, in a namespace of its own."""

    api: str

    def __init__(self) -> None:
        super().__init__()
        self.partner = Partner(mock("caspen", "upvio", "drcare247"), self.api)

    def teardown(self) -> None:
        self.partner.mock.namespaces.drop(self.partner.namespace)


def overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


# --- Caspen -----------------------------------------------------------------------------------------------------------

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


class Caspen(Conversation):
    """Keeps two appointments, who needs what when, and how often it was asked since when."""

    api = "caspen"

    def __init__(self) -> None:
        super().__init__()
        self.now, self.since, self.asked = NOW, NOW, 0
        self.refuses = True
        self.appointments: dict[str, dict[str, Any]] = {}

    @initialize()
    def read(self) -> None:
        for appointment in APPOINTMENTS.values():
            self.appointments[appointment] = self.ask(appointment, None).json

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
        self.partner.at(self.now)

    @rule()
    def ask_often(self) -> None:
        for _ in range(12):
            self.ask("9", None)

    @rule(state=st.sampled_from(["refuse", "allow"]))
    def switch(self, state: str) -> None:
        self.refuses = state == "refuse"
        self.partner.switch(conflict=state)

    def ask(self, name: str, body: Any) -> Any:
        """Send an update and check what is said of the limit."""
        if self.now - self.since >= timedelta(minutes=1) or not self.asked:
            self.since, self.asked = self.now, 0
        self.asked += 1
        reply = self.partner.post(f"/v1/appointments/{name}", body)
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


# --- Upvio ------------------------------------------------------------------------------------------------------------

BUSINESS = "9d4c1b7a-36e8-4f02-a5b9-e17f60c2d384"
WANTED = {
    "patientId": "81be4f60-ac75-4d21-9f49-307c9e5db182",
    "serviceId": "18f6a2d5-c349-4b70-9e8d-5b07e4f1c6a2",
    "duration": 30,
}
STAFF = ["a6d2c8f5-0147-4f9b-a3d6-82b57109c7ae", "f5c1b7e4-9036-4e8a-92c5-71a460f8b69d"]  # by id
SYDNEY = timedelta(hours=11)  # ahead of UTC in February
MIDNIGHT = datetime(2030, 2, 4, 13, tzinfo=UTC)  # in Sydney


class Upvio(Conversation):
    """Keeps who is booked when; days change in the middle of the times that are asked for."""

    api = "upvio"

    def __init__(self) -> None:
        super().__init__()
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
        reply = self.partner.post(f"/v1/businesses/{BUSINESS}/appointments{query}", sent)
        expected = next(self.who(start, [staff] if staff else STAFF, ignores=ignore == "true"), None)
        if expected is None:
            assert (reply.status, reply.json["error"]["code"]) == (self.status, self.status)
        else:
            answer = reply.json["data"]
            assert (reply.status, answer["staffId"], at(answer["date"])) == (200, expected, start)
            assert answer["id"] not in self.answers
            self.booked.append((expected, start))
            self.answers[answer["id"]] = answer
        assert self.partner.records("appointment").keys() >= self.answers.keys()

    @rule(field=st.sampled_from(["patientId", "staffId", "serviceId"]))
    def ask_for_nobody(self, field: str) -> None:
        sent = {**WANTED, "date": written(MIDNIGHT), field: "00000000-0000-4000-8000-000000000000"}

        assert self.partner.post(f"/v1/businesses/{BUSINESS}/appointments", sent).status == 404

    @rule(duration=st.integers(0, 29) | st.just(30.5))
    def ask_for_another_duration(self, duration: float) -> None:
        sent = {**WANTED, "date": written(MIDNIGHT), "duration": duration}

        assert self.partner.post(f"/v1/businesses/{BUSINESS}/appointments", sent).status == 400

    @rule(status=st.sampled_from([409, 400]))
    def switch(self, status: int) -> None:
        self.status = status
        self.partner.switch(busyStatus=str(status))

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
        assert self.partner.records("appointment").items() >= self.answers.items()
        super().teardown()


# --- DrCare247 --------------------------------------------------------------------------------------------------------

PROVIDERS = ["35892d05-0086-4366-930b-3fa374cac51e", "35892d05-0086-4366-930b-3fa374cac51f", None]
LENGTHS = {None: 30, "8dc019bc-baf1-4f25-a22f-e9669673db84": 60, "8dc019bc-baf1-4f25-a22f-e9669673db85": 30}
MODEL = {"UserId": "84ef7a81-c643-4b8e-85e5-1ff52fc35f3d", "AccountId": "3faed728-f67f-4bc0-888f-a8410d31c7df"}


class DrCare247(Conversation):
    """Keeps what was stored and which provider it keeps busy."""

    api = "drcare247"

    def __init__(self) -> None:
        super().__init__()
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
        reply = self.partner.post(path, json.dumps(body).encode(), [("content-type", "text/json")])
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
        self.partner.switch(providerConflict=state)

    def wrong(self, body: dict[str, Any]) -> set[str]:
        long = {name for name, most in (("Reason", 250), ("Note", 1000)) if len(body[name] or "") > most}
        if long or not body["Reason"]:
            return {f"model.{name}" for name in long or {"Reason"}}
        others = [item for item in self.stored.values() if item["ProviderId"] == body["ProviderId"] is not None]
        is_busy = any(overlap(kept_busy(body), kept_busy(item)) for item in others)
        return {"model.AppointmentOn"} if self.refuses and is_busy else set()

    def teardown(self) -> None:
        assert self.partner.records("appointment").items() >= self.stored.items()
        super().teardown()


def kept_busy(body: dict[str, Any]) -> tuple[datetime, datetime]:
    start = at(body["AppointmentOn"])
    return start, start + timedelta(minutes=LENGTHS[body["EncounterTypeModeDurationId"]])


TestCaspen = Caspen.TestCase
TestUpvio = Upvio.TestCase
TestDrCare247 = DrCare247.TestCase
TestCaspen.settings = TestUpvio.settings = TestDrCare247.settings = SEQUENCES
