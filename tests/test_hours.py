"""Working hours: weekly, in local time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from specwright.mock.calendar import Period
from specwright.mock.hours import Hours

NEW_YORK = ZoneInfo("America/New_York")
HOURS = Hours.model_validate(
    {
        "timezone": "America/New_York",
        "week": {
            "monday": ["09:00-12:00", "13:00-17:00"],
            "saturday": ["00:00-24:00"],
            "sunday": ["01:00-02:30", "20:00-24:00"],
        },
    }
)


def period(start: str, minutes: int) -> Period:
    starts = datetime.fromisoformat(start)
    starts = starts if starts.tzinfo else starts.replace(tzinfo=NEW_YORK)
    return Period(starts.astimezone(UTC), starts.astimezone(UTC) + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("start", "minutes", "is_open"),
    [
        ("2030-04-15T09:00", 30, True),  # a Monday
        ("2030-04-15T08:59", 30, False),
        ("2030-04-15T11:30", 30, True),
        ("2030-04-15T11:31", 30, False),
        ("2030-04-15T11:30", 120, False),  # over lunch
        ("2030-04-15T12:15", 30, False),
        ("2030-04-15T16:00", 60, True),
        ("2030-04-16T09:00", 30, False),  # a Tuesday: closed
        ("2030-04-13T00:00", 24 * 60, True),  # a whole Saturday
        ("2030-04-13T23:30", 60, False),  # into Sunday, which begins closed
        ("2030-04-14T23:00", 60, True),  # 24:00 is the end of the day
        ("2030-04-15T13:00:00+00:00", 30, True),  # 09:00 in New York
        ("2030-04-15T09:00:00+00:00", 30, False),
        ("2030-04-16T00:30:00+00:00", 30, False),  # Monday evening in New York, Tuesday in UTC
        ("2030-01-14T14:00:00+00:00", 30, True),  # 09:00 in winter
        ("2030-01-14T13:00:00+00:00", 30, False),
    ],
)
def test_all_of_a_period_is_within_one_span_of_local_time(start: str, minutes: int, *, is_open: bool) -> None:
    assert HOURS.are_open(period(start, minutes)) is is_open


@pytest.mark.parametrize(
    ("start", "minutes", "is_open"),
    [
        ("2030-03-10T06:00:00+00:00", 60, True),  # 01:00 to 03:00 on the clock: 02:00 to 03:00 is skipped
        ("2030-11-03T05:30:00+00:00", 120, True),  # 01:30 to 02:30 on the clock: 01:00 to 02:00 comes twice
        ("2030-11-03T07:00:00+00:00", 31, False),  # 02:00 to 02:31
    ],
)
def test_hours_are_those_of_the_clock_when_it_is_set(start: str, minutes: int, *, is_open: bool) -> None:
    assert HOURS.are_open(period(start, minutes)) is is_open


def test_a_period_in_the_zone_of_the_hours_is_taken_by_its_instants() -> None:
    first = datetime(2030, 11, 3, 1, 30, tzinfo=NEW_YORK)
    last = datetime(2030, 11, 3, 2, 30, tzinfo=NEW_YORK)

    assert HOURS.are_open(Period(first, last))
    assert last.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=2)


@pytest.mark.parametrize("start", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_at_the_ends_of_time_it_is_closed(start: datetime) -> None:
    assert not HOURS.are_open(Period(start, start))


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({"timezone": "Europe/Atlantis", "week": {}}, "Europe/Atlantis is no time zone of the IANA database"),
        ({"timezone": "../etc/passwd", "week": {}}, "is no time zone of the IANA database, such as Europe/London"),
        ({"timezone": "UTC", "week": {"monday": ["17:00-09:00"]}}, "hours end after they begin: write 09:00-17:00"),
        ({"timezone": "UTC", "week": {"monday": ["09:00-09:00"]}}, "hours end after they begin"),
        ({"timezone": "UTC", "week": {"monday": ["09:00Z-17:00"]}}, "hours are local to timezone: write 09:00-17:00"),
        ({"timezone": "UTC", "week": {"monday": ["morning"]}}, "invalid character"),
        ({"timezone": "UTC", "week": {"someday": ["09:00-17:00"]}}, "Input should be 'monday'"),
        ({"timezone": "UTC", "weak": {}}, "Extra inputs are not permitted"),
    ],
)
def test_hours_that_cannot_be_say_why(hours: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Hours.model_validate(hours)
