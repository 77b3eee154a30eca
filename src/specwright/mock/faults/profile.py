"""Fault profiles, with the names that MockServer 7 and WireMock have for what can go wrong."""

import math
from collections.abc import Iterator
from enum import StrEnum
from statistics import NormalDist
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

_YEAR = 365 * 24 * 3600 * 1000  # milliseconds: longer waits say nothing more, and end in numbers that no clock has

Number = Annotated[int, Field(strict=True, ge=0)]
Count = Annotated[int, Field(strict=True, ge=1)]
Millis = Annotated[int, Field(strict=True, ge=0, le=_YEAR)]
Duration = Annotated[int, Field(strict=True, ge=1, le=_YEAR)]
Probability = Annotated[float, Field(strict=True, ge=0, le=1)]
ErrorStatus = Annotated[int, Field(strict=True, ge=400, le=599)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Connection(StrEnum):
    """What happens to a connection in place of an answer, in WireMock's words."""

    RESET = "CONNECTION_RESET_BY_PEER"
    EMPTY = "EMPTY_RESPONSE"
    MALFORMED_CHUNK = "MALFORMED_RESPONSE_CHUNK"
    RANDOM_DATA = "RANDOM_DATA_THEN_CLOSE"


class Value(BaseModel):
    """A frozen value that is written in camelCase and has no other members."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, serialize_by_alias=True, use_attribute_docstrings=True
    )


class Fixed(Value):
    """The same delay each time."""

    type: Literal["fixed"]
    milliseconds: Millis

    def at(self, chance: float) -> float:  # noqa: ARG002 - as its siblings
        """Return the delay in milliseconds."""
        return self.milliseconds


class Uniform(Value):
    """Any delay of a range, each as likely."""

    type: Literal["uniform"]
    lower: Millis
    upper: Millis

    @model_validator(mode="after")
    def _is_ordered(self) -> "Uniform":
        if self.lower > self.upper:
            raise ValueError(f"lower ({self.lower}) is above upper ({self.upper})")
        return self

    def at(self, chance: float) -> float:
        """Return the delay in milliseconds that a share of ``chance`` of all delays is below."""
        return self.lower + chance * (self.upper - self.lower)


class LogNormal(Value):
    """Delays as networks have them: half of them below ``median``, a few far above it."""

    type: Literal["lognormal"]
    median: Annotated[float, Field(strict=True, gt=0, le=_YEAR)]
    sigma: Annotated[float, Field(strict=True, ge=0, le=10)]
    max_value: Duration = _YEAR

    def at(self, chance: float) -> float:
        """Return the delay in milliseconds that a share of ``chance`` of all delays is below."""
        return min(self.median * math.exp(self.sigma * NormalDist().inv_cdf(chance)), self.max_value)


def _distribution(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"type": "fixed", "milliseconds": value}
    if isinstance(value, dict | Value):
        return value
    raise ValueError('latency is a number of milliseconds, or such as {"type": "uniform", "lower": 50, "upper": 200}')


Latency = Annotated[Fixed | Uniform | LogNormal, Field(discriminator="type"), BeforeValidator(_distribution)]


class Profile(Value):
    """What goes wrong with the requests of one API or operation, or with all.

    Each request that it applies to is counted. When it is due, ``latency`` comes first, and then the first of these
    that it has and that chance chooses: the connection breaks, an error is answered, the answer is spoilt. Its quota
    goes before all that, due or not.
    """

    api: Name | None = None
    """The API that it applies to; without it, all."""
    operation: Name | None = None
    """The operationId that it applies to; without it, every request, also those that have no operation."""
    seed: int | str | None = None
    """What chance follows from; without it, the namespace's seed."""

    succeed_first: Number = 0
    """It is not due for so many requests at first …"""
    fail_request_count: Count | None = None
    """… then for so many it is, and never again; without it, for ever."""
    outage_after_millis: Millis = 0
    """It is not due until so long after it was set, by the namespace's clock …"""
    outage_duration_millis: Duration | None = None
    """… then for so long it is, and never again; without it, for ever."""

    latency: Latency | None = None
    """The wait before anything is done: milliseconds, or a distribution as in WireMock's ``delayDistribution``."""
    fault: Connection | None = None
    """How the connection breaks; the partner is not asked."""
    drop_connection_probability: Probability | None = None
    """How often it breaks: always when only ``fault`` is given. Without ``fault`` it is reset."""
    error_status: ErrorStatus | None = None
    """The status that is answered; the partner is not asked. 503 when ``errorProbability`` is given without it, or
    nothing but when the profile is due."""
    error_probability: Probability | None = None
    """How often that is answered; without it, always."""
    retry_after: Number | None = None
    """Seconds in the Retry-After header of an error, and of an exceeded quota in place of those that are left."""
    truncate_body_at_fraction: Annotated[float, Field(strict=True, ge=0, lt=1)] | None = None
    """The partner's answer ends after this part of its body, though its Content-Length is that of the whole."""
    malformed_body: bool = False
    """The partner's answer has a body that is no JSON."""
    slow_response_chunk_size: Count | None = None
    """The body of the partner's answer comes in pieces of so many bytes …"""
    slow_response_chunk_delay: Millis | None = None
    """… so many milliseconds apart."""

    quota_name: Name | None = None
    """Profiles that name one quota share it; without a name it is the profile's own."""
    quota_limit: Number | None = None
    """So many requests are admitted in each window …"""
    quota_window_millis: Duration | None = None
    """… of this length by the namespace's clock; the first begins when the profile is set."""
    quota_error_status: ErrorStatus = 429
    """The answer to the others, with the seconds until the window ends in Retry-After."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "Profile":
        for problem in _contradictions(self):
            raise ValueError(problem)
        return self

    @property
    def status(self) -> int | None:
        """The status of its errors; None when it has none."""
        if self.error_status is None and (self.error_probability is not None or not self.has_effect):
            return 503
        return self.error_status

    @property
    def has_effect(self) -> bool:
        """Whether it says what happens, not just when."""
        optional = (
            *(self.latency, self.fault, self.drop_connection_probability, self.error_status, self.error_probability),
            *(self.truncate_body_at_fraction, self.slow_response_chunk_size, self.quota_limit),
        )
        return self.malformed_body or any(item is not None for item in optional)

    @property
    def has_schedule(self) -> bool:
        """Whether it says when it is due."""
        ends = (self.fail_request_count, self.outage_duration_millis)
        return bool(self.succeed_first or self.outage_after_millis) or ends != (None, None)


def _contradictions(profile: Profile) -> Iterator[str]:
    """Yield what the members of ``profile``, each sound by itself, fail to say together."""
    if (profile.quota_limit is None) != (profile.quota_window_millis is None):
        yield "a quota needs both quotaLimit and quotaWindowMillis"
    if profile.quota_name is not None and profile.quota_limit is None:
        yield "quotaName names a quota that needs quotaLimit and quotaWindowMillis"
    if (profile.slow_response_chunk_size is None) != (profile.slow_response_chunk_delay is None):
        yield "a slow response needs both slowResponseChunkSize and slowResponseChunkDelay"
    if profile.retry_after is not None and profile.status is None and profile.quota_limit is None:
        yield "retryAfter belongs to an errorStatus or a quota"
    spoils = (profile.truncate_body_at_fraction, profile.malformed_body or None, profile.slow_response_chunk_size)
    if sum(item is not None for item in spoils) > 1:
        yield "an answer is spoilt in one way: by truncateBodyAtFraction, malformedBody or slowResponseChunkSize"
    if not (profile.has_effect or profile.has_schedule):
        yield "the profile does nothing: say what (errorStatus, latency, fault, …) or when (failRequestCount, …)"
