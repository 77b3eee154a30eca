"""Calendars, ids and clocks of one API in one namespace."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from specwright.mock.calendar import Booking, Calendar, Period, Taken
from specwright.mock.clock import Clock, instant, microseconds
from specwright.mock.ids import Ids
from specwright.mock.store import Owner, Store, open_store

NOON = datetime(2030, 4, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_store("sqlite://")) as store:
        yield store


@pytest.fixture
def calendar(store: Store) -> Calendar:
    return Calendar(store, Owner(1, "clinic"))


def after(hours: float, length: float = 1) -> Period:
    return Period(NOON + hours * HOUR, NOON + (hours + length) * HOUR)


# --- who is busy when -----------------------------------------------------------------------------------------


def test_a_booking_holds_all_its_resources(calendar: Calendar) -> None:
    calendar.book("1", ["room:2", "provider:1", "room:2"], after(0))

    assert not calendar.is_free("room:2", after(0.5))
    assert calendar.bookings() == [Booking("provider:1", after(0), "1"), Booking("room:2", after(0), "1")]
    assert calendar.bookings("room:2", after(0.9)) == [Booking("room:2", after(0), "1")]
    assert calendar.bookings("room:2", after(1)) == []


def test_a_booking_of_which_one_resource_is_taken_holds_none(calendar: Calendar) -> None:
    calendar.book("1", ["room:2"], after(0))

    with pytest.raises(Taken) as caught:
        calendar.book("2", ["room:2", "provider:1"], after(0.5))
    assert caught.value.resource == "room:2"
    assert calendar.is_free("provider:1", after(0.5))


def test_bookings_that_touch_do_not_meet(calendar: Calendar) -> None:
    for hours in (1, 0, 2):
        calendar.book(str(hours), ["room:2"], after(hours))

    assert [booking.key for booking in calendar.bookings()] == ["0", "1", "2"]


def test_who_overbooks_makes_busy(calendar: Calendar) -> None:
    calendar.book("1", ["room:2"], after(0))
    calendar.overbook("2", ["room:2"], after(0.5))

    with pytest.raises(Taken, match="room:2 is taken"):
        calendar.book("3", ["room:2"], after(1))


def test_what_is_released_can_be_booked_again(calendar: Calendar) -> None:
    calendar.book("1", ["room:2", "provider:1"], after(0))
    calendar.release("1")
    calendar.book("2", ["room:2", "provider:1"], after(0))

    assert {booking.key for booking in calendar.bookings()} == {"2"}


def test_a_period_is_the_same_time_in_every_zone(calendar: Calendar) -> None:
    calendar.book("1", ["room:2"], after(0))
    local = datetime(2030, 4, 15, 8, 59, tzinfo=ZoneInfo("America/New_York"))

    assert not calendar.is_free("room:2", Period(local, local + HOUR))


@pytest.mark.parametrize(("hours", "overlap"), [(-1, 0), (-0.5, 0.5), (0, 1), (0.25, 0.75), (1, 0), (5, 0)])
def test_how_long_two_periods_last_at_the_same_time(hours: float, overlap: float) -> None:
    assert after(0).overlap(after(hours)) == after(hours).overlap(after(0)) == overlap * HOUR


# --- ids ------------------------------------------------------------------------------------------------------


def drawn(store: Store, namespace: int, seed: str, api: str = "clinic") -> list[str]:
    ids = Ids(store, Owner(namespace, api), seed)
    return [str(make(kind)) for make in (ids.number, ids.uuid, ids.ulid) for kind in ("pet", "toy", "pet")]


def test_ids_are_a_function_of_seed_api_kind_and_number(store: Store) -> None:
    first = drawn(store, 1, "seed")

    assert len(set(first)) == 9
    assert drawn(store, 2, "seed") == first
    assert not set(drawn(store, 3, "other")) & set(first)
    assert not set(drawn(store, 4, "seed", "surgery")) & set(first)
    assert not set(drawn(store, 1, "seed")) & set(first)


def test_ids_have_the_shape_of_their_kind(store: Store) -> None:
    ids = Ids(store, Owner(1, "clinic"), "seed")
    numbers = [ids.number("pet") for _ in range(3)]

    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert 100_000 < numbers[0] <= 1_000_000
    assert ids.uuid("pet").version == 4
    ulid = ids.ulid("pet")
    assert len(ulid) == 26
    assert ulid[0] in "01234567"
    assert set(ulid) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


# --- clocks ---------------------------------------------------------------------------------------------------


def test_a_frozen_clock_stands_still_until_it_is_set_forward() -> None:
    clock = Clock().freeze(NOON)

    assert clock.now() == clock.now() == NOON
    assert clock.advance(HOUR).now() == NOON + HOUR
    assert clock.advance(-HOUR).now() == NOON - HOUR


def test_a_running_clock_that_is_set_forward_goes_on_from_there() -> None:
    before = datetime.now(UTC)
    ahead = Clock().advance(HOUR).advance(HOUR)

    assert before + 2 * HOUR <= ahead.now() <= datetime.now(UTC) + 2 * HOUR
    frozen = ahead.freeze(None)
    assert frozen.now() == frozen.now() >= before + 2 * HOUR


def test_a_clock_is_in_utc_whatever_it_was_frozen_with() -> None:
    frozen = Clock().freeze(NOON.astimezone(ZoneInfo("Asia/Tokyo")))

    assert frozen.now().tzinfo == UTC
    assert Clock.model_validate_json(frozen.model_dump_json()) == frozen


@pytest.mark.parametrize("clock", [Clock(), Clock(frozen=NOON)])
def test_no_clock_goes_past_the_year_9999(clock: Clock) -> None:
    with pytest.raises(OverflowError):
        clock.advance(timedelta(days=8000 * 366))


def test_an_instant_without_offset_is_none() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Clock(frozen=datetime(2030, 4, 15))  # noqa: DTZ001 - which is the point


@pytest.mark.parametrize("year", [1, 1969, 2030, 9999])
def test_microseconds_are_exact(year: int) -> None:
    some = datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    assert instant(microseconds(some)) == some
    assert microseconds(instant(microseconds(some) - 1)) == microseconds(some) - 1
