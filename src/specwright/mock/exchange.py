"""The request that is being served, for whoever serves it: handlers are not told, they look here."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from specwright.mock.contract.answer import NoAnswer
from specwright.mock.prefer import NO_PREFERENCE, Preference
from specwright.mock.scene import Scene
from specwright.mock.world import Client, World
from specwright.runtime.explain import Refused


@dataclass(slots=True)
class Exchange:
    """One request to one API: what is known of it so far."""

    scene: Scene[World]
    partner: Any
    headers: dict[bytes, bytes]
    query: bytes
    preference: Preference = NO_PREFERENCE
    client: Client | None = None
    operation: str | None = None
    # Whether the contract let the request through to the partner.
    reached: bool = False
    # Set when the contract refused the request, and why.
    refused: Refused | None = None
    # Set when a fault profile kept the request from the contract and the partner: why it is answered so.
    fault: str = ""
    # What of the preference was followed, and what could not be.
    applied: str = ""
    no_answer: NoAnswer | None = None


current: ContextVar[Exchange] = ContextVar("exchange")


def caller() -> Client | None:
    """Return who sent the request that is being served; None where nobody had to say so."""
    return current.get().client
