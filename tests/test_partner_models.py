"""Partners against plain references: any sequence of requests is answered as a list of bookings and a few rules say.

The model of another partner is a machine in a file beside this one, test_partner_models_<api>.py.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from partners import NOW, Diary, Talk
from test_partner_lobbie import book as book_lobbie
from test_partner_nexhealth import book as book_nexhealth

SEQUENCES = settings(max_examples=200, stateful_step_count=15)
OPENS = datetime(2030, 1, 8, 9, tzinfo=ZoneInfo("America/Los_Angeles"))  # a Tuesday


class Lobbie(RuleBasedStateMachine):
    MINUTES: ClassVar = {10: 30, 11: 60}
    CONFIGS: ClassVar = {1: (101, 102), 2: (201,)}
    LOCATIONS: ClassVar = {7: (1, 2), 8: (1,)}

    def __init__(self) -> None:
        super().__init__()
        self.talk, self.diary, self.now = Talk("lobbie"), Diary(), NOW

    @rule(
        who=st.sampled_from([7, 7, 7, 8, 9]),
        location=st.sampled_from([1, 1, 1, 2, 3]),
        is_sent_right=st.sampled_from([True, True, True, False]),
        config=st.sampled_from([101, 102, 101, 201]),
        kind=st.sampled_from([10, 10, 11, 11, 99]),
        quarters=st.integers(-2, 33),
        west=st.integers(-11, 12),
    )
    def book(self, who: int, kind: int, quarters: int, west: int, **wanted: Any) -> None:
        start = OPENS + quarters * timedelta(minutes=15)
        end = start + timedelta(minutes=self.MINUTES.get(kind, 0))
        zone = ZoneInfo(f"Etc/GMT{west:+}")
        location = wanted["location"]
        sent = location if wanted["is_sent_right"] else location + 1
        body = {"practitionerId": who, "schedulerConfigId": wanted["config"], "appointmentTypeId": kind}
        when = {"locationId": sent, "startDateTime": start.astimezone(zone).isoformat()}
        reply = book_lobbie(self.talk, location=location, **body, **when)

        if location not in self.CONFIGS:
            assert reply.status == 403
        elif not self._is_sound(who, kind, **wanted) or start <= self.now:
            assert reply.status == 422
        elif not self._works(start, end) or self.diary.is_busy(who, start, end):
            assert reply.status == 409
        else:
            self.diary.book(who, start, end)
            assert reply.status == 201
            assert reply.json["endTime"] == end.astimezone(zone).isoformat().replace("+00:00", "Z")

    def _is_sound(self, who: int, kind: int, *, location: int, config: int, is_sent_right: bool) -> bool:
        is_there = location in self.LOCATIONS.get(who, ()) and config in self.CONFIGS[location]
        return is_there and is_sent_right and kind in self.MINUTES

    def _works(self, start: datetime, end: datetime) -> bool:
        spans = ((OPENS.replace(hour=opens), OPENS.replace(hour=closes)) for opens, closes in ((9, 12), (13, 17)))
        return any(opens <= start and end <= closes for opens, closes in spans)

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.talk.advance(timedelta(hours=hours))

    def teardown(self) -> None:
        assert len(self.talk.records("appointment")) == len(self.diary) + 1  # one is of the world


class NexHealth(RuleBasedStateMachine):
    MINUTES: ClassVar = {27: 30, 28: 60}
    PROVIDERS: ClassVar = {13: (104, 107), 14: (104,)}
    OPERATORIES: ClassVar = {13: 181, 14: 182}

    def __init__(self) -> None:
        super().__init__()
        self.talk, self.diary, self.now, self.notices = Talk("nexhealth"), Diary(), NOW, 0

    @rule(
        location=st.sampled_from([13, 13, 13, 14, 99]),
        provider=st.sampled_from([104, 104, 107, 201]),
        operatory=st.sampled_from([..., 181, 182]),
        patient=st.sampled_from([2897, 2897, 2898, 1, ...]),
        kind=st.sampled_from([27, 28, ...]),
        minutes=st.sampled_from([..., ..., 20, 0, -5]),
        quarters=st.integers(-2, 33),
        is_block=st.booleans(),
        is_told=st.booleans(),
    )
    def book(self, quarters: int, is_block: bool, is_told: bool, **wanted: Any) -> None:
        start = OPENS + quarters * timedelta(minutes=15)
        length = wanted["minutes"] if wanted["minutes"] is not ... else self.MINUTES.get(wanted["kind"])
        end = start + timedelta(minutes=length or 0)
        reply = book_nexhealth(
            self.talk,
            f"subdomain=happy-smiles&location_id={wanted['location']}&notify_patient={str(is_told).lower()}",
            provider_id=wanted["provider"],
            operatory_id=wanted["operatory"],
            patient_id=wanted["patient"],
            appointment_type_id=wanted["kind"],
            start_time=start.isoformat(),
            end_time=... if wanted["minutes"] is ... else end.isoformat(),
            unavailable=is_block,
        )

        if wanted["location"] not in self.PROVIDERS:
            assert reply.status == 404
        elif not length or length < 0 or start <= self.now:
            assert reply.status == 400
        elif (status := self._refused(is_block, **wanted)) is not None:
            assert reply.status == status
        elif self.diary.is_busy(wanted["provider"], start, end):
            assert reply.status == 400
        else:
            self.diary.book(wanted["provider"], start, end)
            self.notices += is_told and not is_block
            assert reply.status == 201
            assert datetime.fromisoformat(reply.json["data"]["appt"]["end_time"]) == end
        assert reply.json["code"] is (reply.status == 201)

    def _refused(self, is_block: bool, *, location: int, provider: int, operatory: Any, patient: Any, **_: Any) -> Any:
        if provider not in self.PROVIDERS[location]:
            return 404
        if operatory is not ... and operatory != self.OPERATORIES[location]:
            return 404
        if operatory is ... and location == 14:
            return 400
        if not is_block and patient not in (2897, 2898):
            return 400 if patient is ... else 404
        return None

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.talk.advance(timedelta(hours=hours))

    def teardown(self) -> None:
        assert len(self.talk.records("appointment")) == len(self.diary) + 1  # one is of the world
        assert len(self.talk.records("notice")) == self.notices


TestLobbie = Lobbie.TestCase
TestNexHealth = NexHealth.TestCase
TestLobbie.settings = TestNexHealth.settings = SEQUENCES
