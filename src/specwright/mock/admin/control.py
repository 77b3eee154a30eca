"""The control of namespaces: themselves, their clocks, their switches (WireMock's scenarios), and tokens."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt

from specwright.mock.admin.ask import Ask, Refusal
from specwright.mock.clock import Clock
from specwright.mock.namespaces import Control
from specwright.mock.reply import Reply, json_reply

# Beyond these partners could not add a day to what time it is.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """What is sent to the admin API."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- namespaces -----------------------------------------------------------------------------------------------------


class _Seed(Body):
    seed: str | None = Field(default=None, max_length=1000)


def namespaces(ask: Ask) -> Reply:
    """Return the names of all namespaces."""
    return json_reply({"namespaces": ask.house.namespaces.names()})


def put_namespace(ask: Ask) -> Reply:
    """Make a namespace, or give one another seed."""
    name, seed = ask.parameters["name"], ask.read(_Seed).seed
    if seed is not None:
        ask.house.namespaces.change(name, seed=seed)
    made = ask.house.namespaces.get(name)
    return json_reply({"name": made.name, "seed": made.control.seed})


def drop_namespace(ask: Ask) -> Reply:
    """Forget a namespace and all it has."""
    if not ask.house.namespaces.drop(ask.parameters["name"]):
        raise Refusal(404, f"there is no namespace {ask.parameters['name']}")
    return json_reply({})


def reset(ask: Ask) -> Reply:
    """Make the namespace as it was when it was first used: state, journal, clock, faults, switches, worlds."""
    ask.house.namespaces.reset(ask.name)
    return json_reply({})


# --- clock, as MockServer has it --------------------------------------------------------------------------------------


class _Turn(Body):
    action: Literal["freeze", "advance", "reset"]
    instant: AwareDatetime | None = None
    duration: timedelta | None = None
    duration_millis: NonNegativeInt | None = Field(default=None, alias="durationMillis")


def clock(ask: Ask) -> Reply:
    """Return what time it is in the namespace, and whether it stands still."""
    clock = ask.namespace.control.clock
    status = "freeze" if clock.frozen else "advance" if clock.ahead else "reset"
    return json_reply({"status": status, "currentInstant": clock.now().isoformat().replace("+00:00", "Z")})


def put_clock(ask: Ask) -> Reply:
    """Freeze the clock, at an instant or where it is; advance it by a duration; or reset it to real time."""
    turn = ask.read(_Turn)
    ask.house.namespaces.edit(ask.name, lambda control: {"clock": _moved(control.clock, turn)})
    return clock(ask)


def _moved(clock: Clock, turn: _Turn) -> Clock:
    try:
        moved = _turned(clock, turn)
        is_sound = _FIRST <= moved.now() < _LAST
    except OverflowError:
        is_sound = False
    if not is_sound:
        raise Refusal(422, f"the clock goes from the year {_FIRST.year} to {_LAST.year}")
    return moved


def _turned(clock: Clock, turn: _Turn) -> Clock:
    if turn.action == "freeze":
        return clock.freeze(turn.instant)
    if turn.action == "reset":
        return Clock()
    by = timedelta(milliseconds=turn.duration_millis) if turn.duration_millis is not None else turn.duration
    if by is None or by < timedelta(0):
        raise Refusal(422, 'advance needs how far: "duration": "PT24H", or "durationMillis": 86400000')
    return clock.advance(by)


# --- switches, as WireMock's scenarios ----------------------------------------------------------------------------------


class _State(Body):
    state: str | None = None


def scenarios(ask: Ask) -> Reply:
    """Return the switches of all partners: the state of each, and those it can have."""
    return json_reply({"scenarios": [_scenario(ask, *key) for key in _switches(ask).values()]})


def put_scenario(ask: Ask) -> Reply:
    """Put a switch into a state; without one, into the state it starts in."""
    name, state, known = ask.parameters["name"], ask.read(_State).state, _switches(ask)
    if name not in known:
        raise Refusal(404, f"there is no scenario {name}: it may be {', '.join(known) or 'none'}")
    api, switch = known[name]
    check_switches(ask, {api: {switch: state}} if state is not None else {})

    def chosen(control: Control) -> dict[str, Any]:
        states = {**control.switches.get(api, {}), switch: state}
        said = {name: state for name, state in states.items() if state is not None}
        return {"switches": {**control.switches, api: said}}

    ask.house.namespaces.edit(ask.name, chosen)
    return json_reply({})


def reset_scenarios(ask: Ask) -> Reply:
    """Put every switch into the state it starts in."""
    ask.house.namespaces.change(ask.name, switches={})
    return json_reply({})


def check_switches(ask: Ask, switches: Mapping[str, Mapping[str, str]]) -> None:
    """Raise Refusal unless every partner has the switches and they can have these states."""
    for api, states in switches.items():
        known = ask.behaviour(api, 422).switches
        for name, state in states.items():
            if state not in known.get(name, ()):
                raise Refusal(422, f"{api}.{name} has no state {state}: it may be {' or '.join(known.get(name, ()))}")


def _switches(ask: Ask) -> dict[str, tuple[str, str]]:
    """Return (API, switch) of every scenario by its name."""
    return {f"{api}.{name}": (api, name) for api, item in ask.house.behaviours.items() for name in item.switches}


def _scenario(ask: Ask, api: str, switch: str) -> dict[str, Any]:
    scene, _ = ask.namespace.scene(api)
    name, states = f"{api}.{switch}", ask.house.behaviours[api].switches[switch]
    return {"id": name, "name": name, "state": scene.switches[switch], "possibleStates": list(states)}


# --- tokens -------------------------------------------------------------------------------------------------------------


class _Token(Body):
    token: str


def revoke(ask: Ask) -> Reply:
    """Revoke a token that this mock issued."""
    # Imported here because it is slow to load.
    import jwt

    try:
        claims = jwt.decode(ask.read(_Token).token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        claims = {}
    number = claims.get("jti")
    if not isinstance(number, str):
        raise Refusal(422, "this is no token that the mock issued")
    ask.house.namespaces.edit(ask.name, lambda control: {"revoked": tuple(dict.fromkeys([*control.revoked, number]))})
    return json_reply({})
