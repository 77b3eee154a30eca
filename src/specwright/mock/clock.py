"""What time it is for a partner: real time, moved or frozen."""

from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(BaseModel):
    """A clock that stands still at ``frozen``, or runs ``ahead`` of real time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frozen: AwareDatetime | None = None
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        return self.frozen if self.frozen is not None else datetime.now(UTC) + self.ahead

    def freeze(self, instant: datetime | None) -> "Clock":
        """Return the clock that stands still at ``instant``, or where it is."""
        return Clock(frozen=(instant or self.now()).astimezone(UTC))

    def advance(self, by: timedelta) -> "Clock":
        """Return the clock set forward; one that stands still stays so. Raises OverflowError past the year 9999."""
        moved = Clock(frozen=self.frozen + by) if self.frozen else Clock(ahead=self.ahead + by)
        moved.now()
        return moved


def microseconds(instant: datetime) -> int:
    """Return the microseconds from 1970-01-01 UTC to an aware ``instant``."""
    return (instant - EPOCH) // _MICROSECOND


def instant(microseconds: int) -> datetime:
    """Return the instant, in UTC, that is so many microseconds after 1970-01-01 UTC."""
    return EPOCH + timedelta(microseconds=microseconds)
