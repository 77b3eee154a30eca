"""All the state of a namespace as one document: a snapshot when it is read, restored when it is put back."""

from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, Field

from specwright.mock.admin.ask import Ask, Refusal
from specwright.mock.admin.control import Body, check_switches
from specwright.mock.admin.worlds import check_targets
from specwright.mock.clock import instant, microseconds
from specwright.mock.namespaces import Control
from specwright.mock.reply import Reply, json_reply
from specwright.mock.store import Owner, Store, Taken

_Counters = dict[str, Annotated[int, Field(ge=0, le=2**53)]]


class _Booking(Body):
    resource: str
    start: AwareDatetime
    end: AwareDatetime
    key: str
    exclusive: bool = True


class _Api(Body):
    records: dict[str, dict[str, Any]] = Field(default_factory=dict)
    counters: _Counters = Field(default_factory=dict)
    bookings: tuple[_Booking, ...] = ()


class _State(Body):
    control: Control
    # What fault profiles have counted.
    counters: _Counters = Field(default_factory=dict)
    apis: dict[str, _Api]


def state(ask: Ask) -> Reply:
    """Return all there is to know of the namespace, but for its journal."""
    namespace, store = ask.namespace, ask.house.store
    for api in ask.house.behaviours:
        namespace.scene(api)  # what it starts with is part of it
    apis = {api: _read(store, Owner(namespace.id, api)) for api in ask.house.behaviours}
    found = _State(control=namespace.control, counters=store.counters(Owner(namespace.id, "")), apis=apis)
    return json_reply(found.model_dump(mode="json", by_alias=True))


def put_state(ask: Ask) -> Reply:
    """Make the namespace as it was when ``state`` was read; an API that is not in it starts anew."""
    wanted = ask.read(_State)
    _check(ask, wanted)
    apis = {api: wanted.apis.get(api, _Api()) for api in ask.house.behaviours}
    try:
        namespace = ask.namespace
        with ask.house.store.transaction(namespace.id):
            for api, state in {"": _Api(counters=wanted.counters), **apis}.items():
                _write(ask.house.store, Owner(namespace.id, api), state)
            ask.house.namespaces.change(ask.name, **dict(wanted.control))
    except Taken as taken:
        raise Refusal(422, f"two exclusive bookings of {taken.resource} overlap") from None
    except OverflowError:
        raise Refusal(422, "a booking is at a time that no calendar has") from None
    finally:
        ask.house.namespaces.forget(ask.name)
    return json_reply({})


def _check(ask: Ask, wanted: _State) -> None:
    """Raise Refusal unless the mock could have come into that state."""
    for api in {**wanted.apis, **wanted.control.worlds}:
        ask.behaviour(api, 422)
    for api, document in wanted.control.worlds.items():
        ask.world(api, document)
    check_switches(ask, wanted.control.switches)
    check_targets(ask, wanted.control.faults.profiles if wanted.control.faults else ())


def _read(store: Store, owner: Owner) -> _Api:
    records: dict[str, dict[str, Any]] = {}
    for kind, key, text in store.all_records(owner):
        records.setdefault(kind, {})[key] = orjson.loads(text)
    bookings = tuple(
        _Booking(resource=resource, start=instant(starts), end=instant(ends), key=key, exclusive=exclusive)
        for resource, starts, ends, key, exclusive in store.bookings(owner)
    )
    return _Api(records=records, counters=store.counters(owner), bookings=bookings)


def _write(store: Store, owner: Owner, wanted: _Api) -> None:
    store.clear(owner)
    for kind, records in wanted.records.items():
        for key, record in records.items():
            store.put_record(owner, kind, key, orjson.dumps(record).decode())
    for name, value in wanted.counters.items():
        store.set_counter(owner, name, value)
    for booking in wanted.bookings:
        hold = store.hold if booking.exclusive else store.overhold
        hold(owner, [booking.resource], (microseconds(booking.start), microseconds(booking.end)), booking.key)
