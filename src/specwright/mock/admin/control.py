"""The control of namespaces: clock, faults, switches (WireMock's scenarios), worlds, tokens, and all their state."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import jwt
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt

from specwright.mock.admin.ask import Ask, Refusal, checked
from specwright.mock.clock import Clock
from specwright.mock.faults import Faults
from specwright.mock.reply import Reply, json_reply
from specwright.mock.store import Owner


class Body(BaseModel):
    """What is sent to the admin API."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- namespaces -----------------------------------------------------------------------------------------------------


class _Seed(Body):
    seed: str | None = Field(default=None, max_length=1000)


def namespaces(ask: Ask) -> Reply:
    """Return the names of all namespaces."""
    return json_reply({"namespaces": ask.namespaces.names()})


def put_namespace(ask: Ask) -> Reply:
    """Make a namespace, or give one another seed."""
    name, seed = ask.parameters["name"], ask.read(_Seed).seed
    made = ask.namespaces.get(name) if seed is None else ask.namespaces.change(name, seed=seed)
    return json_reply({"name": made.name, "seed": made.control.seed})


def drop_namespace(ask: Ask) -> Reply:
    """Forget a namespace and all it has."""
    if not ask.namespaces.drop(ask.parameters["name"]):
        raise Refusal(404, f"there is no namespace {ask.parameters['name']}")
    return json_reply({})


def reset(ask: Ask) -> Reply:
    """Make the namespace as it was when it was first used: state, journal, clock, faults, switches, worlds."""
    ask.namespaces.reset(ask.namespace.name)
    return json_reply({})


# --- clock, as MockServer has it --------------------------------------------------------------------------------------


class _Turn(Body):
    action: Literal["freeze", "advance", "reset"]
    instant: AwareDatetime | None = None
    duration: timedelta | None = None
    duration_millis: NonNegativeInt | None = Field(default=None, alias="durationMillis")


def clock(ask: Ask) -> Reply:
    """Return what time it is in the namespace, and whether it stands still."""
    return _told(ask.namespace.control.clock)


def put_clock(ask: Ask) -> Reply:
    """Freeze the clock, at an instant or where it is; advance it by a duration; or reset it to real time."""
    turn = ask.read(_Turn)
    try:
        moved = _moved(ask.namespace.control.clock, turn)
        moved.now()
    except OverflowError:
        raise Refusal(422, "no calendar goes that far") from None
    ask.namespaces.change(ask.namespace.name, clock=moved)
    return _told(moved)


def _moved(clock: Clock, turn: _Turn) -> Clock:
    if turn.action == "freeze":
        return clock.freeze(turn.instant)
    if turn.action == "reset":
        return Clock()
    by = timedelta(milliseconds=turn.duration_millis) if turn.duration_millis is not None else turn.duration
    if by is None or by < timedelta(0):
        raise Refusal(422, 'advance needs how far: "duration": "PT24H", or "durationMillis": 86400000')
    return clock.advance(by)


def _told(clock: Clock) -> Reply:
    status = "freeze" if clock.frozen else "advance" if clock.ahead else "reset"
    return json_reply({"status": status, "currentInstant": _iso(clock.now())})


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


# --- faults -----------------------------------------------------------------------------------------------------------


def faults(ask: Ask) -> Reply:
    """Return the fault profiles of the namespace."""
    found = ask.namespace.control.faults
    profiles = found.profiles if found else ()
    return json_reply(
        {"profiles": [item.model_dump(mode="json", by_alias=True, exclude_defaults=True) for item in profiles]}
    )


def put_faults(ask: Ask) -> Reply:
    """Replace the fault profiles of the namespace; all counting begins anew."""
    document = ask.json()
    if not isinstance(document, dict):
        raise Refusal(422, 'send {"profiles": [...]}')
    generation = ask.store.count(Owner(ask.namespace.id, ""), "faults")
    now = ask.namespace.control.clock.now()
    found = checked(Faults, {**document, "since": now, "generation": generation})
    for profile in found.profiles:
        _check_target(ask, profile.api, profile.operation)
    changed = ask.namespaces.change(ask.namespace.name, faults=found if found.profiles else None)
    return faults(replace(ask, namespace=changed))


def drop_faults(ask: Ask) -> Reply:
    """Remove the fault profiles of the namespace."""
    ask.namespaces.change(ask.namespace.name, faults=None)
    return json_reply({})


def _check_target(ask: Ask, api: str | None, operation: str | None) -> None:
    behaviours = [ask.behaviour(api)] if api else list(ask.behaviours.values())
    known = [item.operation_id for some in behaviours for item in some.api.operations]
    if operation is not None and operation not in known:
        raise Refusal(422, f"there is no operation {operation}: it may be {', '.join(known[:50])}")


# --- switches, as WireMock's scenarios ----------------------------------------------------------------------------------


class _State(Body):
    state: str | None = None


def scenarios(ask: Ask) -> Reply:
    """Return the switches of all partners: the state of each, and those it can have."""
    return json_reply({"scenarios": [item for api in ask.behaviours for item in _scenarios(ask, api)]})


def put_scenario(ask: Ask) -> Reply:
    """Put a switch into a state; without one, into the state it starts in."""
    name = ask.parameters["name"]
    known = {item["name"]: item for api in ask.behaviours for item in _scenarios(ask, api)}
    if name not in known:
        raise Refusal(404, f"there is no scenario {name}: it may be {', '.join(known) or 'none'}")
    state, possible = ask.read(_State).state, known[name]["possibleStates"]
    if state is not None and state not in possible:
        raise Refusal(422, f"{name} has no state {state}: it may be {' or '.join(possible)}")
    api, _, switch = name.partition(".")
    chosen = {**ask.namespace.control.switches.get(api, {}), switch: state}
    _switched(
        ask, {**ask.namespace.control.switches, api: {key: said for key, said in chosen.items() if said is not None}}
    )
    return json_reply({})


def reset_scenarios(ask: Ask) -> Reply:
    """Put every switch into the state it starts in."""
    _switched(ask, {})
    return json_reply({})


def _scenarios(ask: Ask, api: str) -> list[dict[str, Any]]:
    scene, _ = ask.namespace.scene(api)
    return [
        {"id": f"{api}.{name}", "name": f"{api}.{name}", "state": scene.switches[name], "possibleStates": list(states)}
        for name, states in ask.behaviours[api].switches.items()
    ]


def _switched(ask: Ask, switches: Mapping[str, Mapping[str, str]]) -> None:
    ask.namespaces.change(ask.namespace.name, switches=switches)


# --- worlds -------------------------------------------------------------------------------------------------------------


def world(ask: Ask) -> Reply:
    """Return the world of one API: what it holds besides what requests have changed."""
    ask.behaviour(ask.parameters["api"])
    scene, _ = ask.namespace.scene(ask.parameters["api"])
    return json_reply(scene.world.model_dump(mode="json", by_alias=True))


def put_world(ask: Ask) -> Reply:
    """Replace the world of one API; what requests have changed is forgotten."""
    api, document = ask.parameters["api"], ask.json()
    ask.world(api, document)
    return _with_worlds(ask, api, {**ask.namespace.control.worlds, api: document})


def reset_world(ask: Ask) -> Reply:
    """Give one API the world of its file again; what requests have changed is forgotten."""
    api = ask.parameters["api"]
    ask.behaviour(api)
    return _with_worlds(ask, api, {name: item for name, item in ask.namespace.control.worlds.items() if name != api})


def _with_worlds(ask: Ask, api: str, worlds: Mapping[str, Any]) -> Reply:
    with ask.store.transaction(ask.namespace.id):
        ask.store.clear(Owner(ask.namespace.id, api))
        ask.namespaces.forget(ask.namespace.name)
        changed = ask.namespaces.change(ask.namespace.name, worlds=worlds)
        changed.scene(api)  # adds what there is from the beginning
    return world(replace(ask, namespace=changed))


# --- tokens -------------------------------------------------------------------------------------------------------------


class _Token(Body):
    token: str


def revoke(ask: Ask) -> Reply:
    """Revoke a token that this mock issued."""
    try:
        claims = jwt.decode(ask.read(_Token).token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise Refusal(422, "this is no token that the mock issued") from None
    revoked = dict.fromkeys([*ask.namespace.control.revoked, str(claims.get("jti"))])
    ask.namespaces.change(ask.namespace.name, revoked=tuple(revoked))
    return json_reply({})
