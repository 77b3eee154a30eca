"""Working hours: when in a week, in one time zone, somebody can be booked."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from specwright.mock.calendar import Period

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MIDNIGHT = time(0)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name} is no time zone of the IANA database, such as Europe/London") from None
    return name


def _span(value: object) -> object:
    """Read ``"09:00-17:00"``; 24:00 is the end of the day."""
    if not isinstance(value, str):
        return value
    start, _, end = value.partition("-")
    return start, "00:00" if end == "24:00" else end


def _in_order(span: tuple[time, time]) -> tuple[time, time]:
    if span[0].tzinfo or span[1].tzinfo:
        raise ValueError("hours are local to timezone: write 09:00-17:00")
    if span[1] != _MIDNIGHT and span[0] >= span[1]:
        raise ValueError("hours end after they begin: write 09:00-17:00")
    return span


TimeZone = Annotated[str, AfterValidator(_zone)]
Span = Annotated[tuple[time, time], BeforeValidator(_span), AfterValidator(_in_order)]


class Hours(BaseModel):
    """Spans of local time, ``"09:00-17:00"``, by day of the week; a day that is not named is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: TimeZone
    week: dict[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], tuple[Span, ...]]

    def are_open(self, period: Period) -> bool:
        """Tell whether all of ``period`` is within one span."""
        zone = ZoneInfo(self.timezone)
        try:
            starts, ends = period.start.astimezone(UTC), period.end.astimezone(UTC)
            spans = self._spans(starts.astimezone(zone).date(), zone)
        except OverflowError:  # the first and the last day that Python knows
            return False
        return any(start <= starts and ends <= end for start, end in spans)

    def _spans(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        spans = self.week.get(_DAYS[day.weekday()], ())  # type: ignore[call-overload]
        return [
            (
                datetime.combine(day, start, zone),
                datetime.combine(day if end != _MIDNIGHT else day + timedelta(days=1), end, zone),
            )
            for start, end in spans
        ]
