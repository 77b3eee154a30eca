"""What happens to one request, as fault profiles have it.

A decision knows no HTTP server and keeps nothing: it follows from the profiles, the request, and the clock, seed and
counters of the namespace. The same seed gives the same faults to the same requests, whatever process decides.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from specwright.mock.faults.profile import Connection, Profile, Value

Counter = Callable[[str], int]
"""Adds one to what the namespace has under a name, for all processes at once, and returns it: 1, 2, 3 …"""


class Faults(Value):
    """The profiles of a namespace since they were set, which is all at once: what its control keeps."""

    profiles: Annotated[tuple[Profile, ...], Field(max_length=100)] = ()
    since: AwareDatetime
    """The namespace's time when they were set."""
    generation: int
    """A number that no other set of the namespace has: with each set all counting begins anew."""


@dataclass(frozen=True)
class Occasion:
    """A request as profiles see it, ``at`` the namespace's time; ``operation`` is None when none was found for it."""

    api: str
    operation: str | None
    at: datetime


@dataclass(frozen=True)
class Failed:
    """An error is answered, and the partner is not asked."""

    status: int
    retry_after: int | None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the error says besides: when to come back."""
        return [] if self.retry_after is None else [(b"retry-after", b"%d" % self.retry_after)]


@dataclass(frozen=True)
class Broken:
    """The connection breaks, and the partner is not asked; ``garbage`` is for those ways that send some."""

    how: Connection
    garbage: bytes


@dataclass(frozen=True)
class Truncated:
    """The partner's answer ends after a ``fraction`` of its body."""

    fraction: float


@dataclass(frozen=True)
class Malformed:
    """The partner's answer has a body that is no JSON."""


@dataclass(frozen=True)
class Slow:
    """The body of the partner's answer comes in pieces of ``size`` bytes, ``delay`` seconds apart."""

    size: int
    delay: float


Spoilt = Truncated | Malformed | Slow
Harm = Failed | Broken | Spoilt


@dataclass(frozen=True)
class Fault:
    """What happens to a request: it waits ``delay`` seconds, then comes the ``harm``, if any."""

    delay: float = 0.0
    harm: Harm | None = None


def decide(faults: Faults, occasion: Occasion, seed: str, count: Counter) -> Fault | None:
    """Return what happens to a request in a namespace of that ``seed``; None when nothing does.

    Each profile that applies counts the request. Their delays add up; the first that does harm decides which.
    """
    elapsed = (occasion.at - faults.since) // timedelta(milliseconds=1)
    found = [
        _fault(_Hit(profile, elapsed, count(f"faults/{faults.generation}/{position}"), seed, position), faults, count)
        for position, profile in enumerate(faults.profiles)
        if profile.api in (None, occasion.api) and profile.operation in (None, occasion.operation)
    ]
    fault = Fault(sum(item.delay for item in found), next((item.harm for item in found if item.harm), None))
    return None if fault == Fault() else fault


@dataclass(frozen=True)
class _Hit:
    """A request that a profile applies to: its ``number`` among them, ``elapsed`` milliseconds after it was set."""

    profile: Profile
    elapsed: int
    number: int
    seed: str
    position: int

    def chance(self, what: str) -> float:
        """Return a number between 0 and 1, both excluded, that looks random and always is the same."""
        return ((int.from_bytes(self.noise(what, 8)) >> 12) + 0.5) / 2**52

    def noise(self, what: str, size: int) -> bytes:
        """Return bytes that look random and always are the same.

        They follow from what the profile says rather than from its place, as others may come before it, and not from
        what it leaves unsaid, as later versions may have more to say.
        """
        seed = self.seed if self.profile.seed is None else self.profile.seed
        key = f"{seed}\0{self.profile.model_dump_json(exclude_defaults=True)}\0{self.number}\0{what}"
        return hashlib.shake_256(key.encode("utf-8", "surrogatepass")).digest(size)


def _fault(hit: _Hit, faults: Faults, count: Counter) -> Fault:
    exceeded = _exceeded(hit, f"faults/{faults.generation}/quota", count)
    if exceeded:
        return Fault(harm=exceeded)
    if not _is_due(hit):
        return Fault()
    latency = hit.profile.latency
    delay = latency.at(hit.chance("latency")) / 1000 if latency else 0.0
    return Fault(delay, _broken(hit) or _failed(hit) or _spoilt(hit.profile))


def _exceeded(hit: _Hit, prefix: str, count: Counter) -> Failed | None:
    profile = hit.profile
    if profile.quota_limit is None or profile.quota_window_millis is None:
        return None
    window, into = divmod(hit.elapsed, profile.quota_window_millis)
    name = profile.quota_name or hit.position
    if count(f"{prefix}/{profile.quota_window_millis}/{window}/{name}") <= profile.quota_limit:
        return None
    left = -(-(profile.quota_window_millis - into) // 1000)
    return Failed(profile.quota_error_status, left if profile.retry_after is None else profile.retry_after)


def _is_due(hit: _Hit) -> bool:
    profile = hit.profile
    requests, duration = profile.fail_request_count, profile.outage_duration_millis
    served, up = hit.number - profile.succeed_first, hit.elapsed - profile.outage_after_millis
    return served > 0 and (requests is None or served <= requests) and up >= 0 and (duration is None or up < duration)


def _broken(hit: _Hit) -> Broken | None:
    how, often = hit.profile.fault, hit.profile.drop_connection_probability
    if (how is None and often is None) or (often is not None and hit.chance("drop") >= often):
        return None
    return Broken(how or Connection.RESET, hit.noise("garbage", 64))


def _failed(hit: _Hit) -> Failed | None:
    status, often = hit.profile.status, hit.profile.error_probability
    if status is None or (often is not None and hit.chance("error") >= often):
        return None
    return Failed(status, hit.profile.retry_after)


def _spoilt(profile: Profile) -> Spoilt | None:
    if profile.truncate_body_at_fraction is not None:
        return Truncated(profile.truncate_body_at_fraction)
    if profile.slow_response_chunk_size is not None and profile.slow_response_chunk_delay is not None:
        return Slow(profile.slow_response_chunk_size, profile.slow_response_chunk_delay / 1000)
    return Malformed() if profile.malformed_body else None
