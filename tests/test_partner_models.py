"""Partners against plain references: any sequence of requests is answered as a list of bookings and a few rules say.

A partner more is a model more: a class beside these, or in a file test_partner_models_<api>.py.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from partners import NOW, Talk
from test_partner_lobbie import book as book_lobbie
from test_partner_nexhealth import book as book_nexhealth

SEQUENCES = settings(max_examples=200, stateful_step_count=15)
MINUTE = timedelta(minutes=1)


class Diary:
    """The reference: who is booked from when to when."""

    def __init__(self) -> None:
        self._booked: list[tuple[int, datetime, datetime]] = []

    def is_free(self, who: int, start: datetime, end: datetime) -> bool:
        return all(end <= other[1] or other[2] <= start for other in self._booked if other[0] == who)

    def book(self, who: int, start: datetime, end: datetime) -> None:
        self._booked.append((who, start, end))


class Lobbie(RuleBasedStateMachine):
    OPENS = datetime(2030, 1, 8, 9, tzinfo=ZoneInfo("America/Los_Angeles"))  # a Tuesday
    MINUTES = {10: 30, 11: 60}
    CONFIGS = {1: {101, 102}, 2: {201}}
    LOCATIONS = {7: {1, 2}, 8: {1}}

    def __init__(self) -> None:
        super().__init__()
        self.talk, self.diary, self.now = Talk("lobbie"), Diary(), NOW

    @rule(
        who=st.sampled_from([7, 7, 8, 9]),
        location=st.sampled_from([1, 1, 2, 3]),
        body_location=st.sampled_from([None, None, None, 1]),
        config=st.sampled_from([101, 102, 201]),
        kind=st.sampled_from([10, 11, 99]),
        after=st.integers(-2, 20),
        offset=st.integers(-11, 12),
    )
    def book(
        self, who: int, location: int, body_location: int | None, config: int, kind: int, after: int, offset: int
    ) -> None:
        start = self.OPENS + after * 15 * MINUTE
        sent = body_location or location
        reply = book_lobbie(
            self.talk,
            location=location,
            locationId=sent,
            practitionerId=who,
            appointmentTypeId=kind,
            schedulerConfigId=config,
            startDateTime=start.astimezone(ZoneInfo(f"Etc/GMT{offset:+}")).isoformat(),
        )

        assert reply.status == self._expected(who, location, sent, config, kind, start)
        if reply.status == 201:
            end = start + self.MINUTES[kind] * MINUTE
            assert datetime.fromisoformat(reply.json["endTime"]) == end
            self.diary.book(who, start, end)

    def _expected(self, who: int, location: int, sent: int, config: int, kind: int, start: datetime) -> int:
        if location not in self.CONFIGS:
            return 403
        is_known = location in self.LOCATIONS.get(who, ()) and kind in self.MINUTES
        if sent != location or not is_known or config not in self.CONFIGS[location] or start <= self.now:
            return 422
        end = start + self.MINUTES[kind] * MINUTE
        works = any(
            self.OPENS.replace(hour=opens) <= start and end <= self.OPENS.replace(hour=closes)
            for opens, closes in ((9, 12), (13, 17))
        )
        return 201 if works and self.diary.is_free(who, start, end) else 409

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.talk.advance(timedelta(hours=hours))

    def teardown(self) -> None:
        assert len(self.talk.records("appointment")) == len(self.diary._booked) + 1  # noqa: SLF001
