"""One probe is a case, how its request is sent, and what must be true of the reply."""

from collections.abc import Callable
from dataclasses import dataclass

from specwright.prove.evidence import Case, Reply, Request, Unproved

Send = Callable[[Request], Reply]
# Returns what is wrong with a reply, nothing when it is as it must be; raises Undecided.
Judge = Callable[[Reply], str]


class Undecided(Exception):
    """A reply neither shows nor refutes what is asked; the argument says why."""


@dataclass(frozen=True)
class Probe:
    """A case that can be tried."""

    case: Case
    send: Send
    judge: Judge


def undecided(case: Case, reason: str) -> Unproved:
    """Return what is said of a case that could not be decided."""
    return Unproved(case.operation, case.location, case.pointer, case.keyword, case.kind, reason)


def said(reply: Reply) -> str:
    """Return a reply in a few words."""
    body = reply.body.decode("utf-8", "replace")
    return f"{reply.status} {body if len(body) <= 300 else body[:297] + '...'}".strip()
