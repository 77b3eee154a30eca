"""All the state of a namespace as one document: a snapshot when it is read, restored when it is put back."""

from typing import Any

import orjson
from pydantic import AwareDatetime, Field

from specwright.mock.admin.ask import Ask
from specwright.mock.admin.control import Body
from specwright.mock.clock import instant, microseconds
from specwright.mock.namespaces import Control
from specwright.mock.reply import Reply, json_reply
from specwright.mock.store import Owner, Store


class _Booking(Body):
    resource: str
    start: AwareDatetime
    end: AwareDatetime
    key: str
    exclusive: bool = True


class _Api(Body):
    records: dict[str, dict[str, Any]] = Field(default_factory=dict)
    counters: dict[str, int] = Field(default_factory=dict)
    bookings: tuple[_Booking, ...] = ()


class _State(Body):
    control: Control
    apis: dict[str, _Api]


def state(ask: Ask) -> Reply:
    """Return all there is to know of the namespace."""
    for api in ask.behaviours:
        ask.namespace.scene(api)  # what it starts with is part of it
    apis = {api: _read(ask.store, Owner(ask.namespace.id, api)) for api in ask.behaviours}
    return json_reply(_State(control=ask.namespace.control, apis=apis).model_dump(mode="json", by_alias=True))


def put_state(ask: Ask) -> Reply:
    """Make the namespace as it was when ``state`` was read."""
    wanted = ask.read(_State)
    for api, document in wanted.control.worlds.items():
        ask.world(api, document)
    with ask.store.transaction(ask.namespace.id):
        for api in wanted.apis:
            ask.behaviour(api)
            _write(ask.store, Owner(ask.namespace.id, api), wanted.apis[api])
        ask.namespaces.change(ask.namespace.name, **dict(wanted.control))
    return json_reply({})


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
        hold(owner, booking.resource, (microseconds(booking.start), microseconds(booking.end)), booking.key)
