"""The partner of a contract that has no partner.py: what is created through the API is there, and what is deleted is not.

All the rest is answered from the contract. Nothing is stored or sent that the contract does not allow.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from specwright.mock.contract.answer import NoAnswer
from specwright.mock.contract.ask import Ask, Item
from specwright.mock.contract.inferred import Inferred, declares
from specwright.mock.contract.resources import Step, place, places_above, segment
from specwright.mock.contract.views import View, merge_patch, times
from specwright.mock.exchange import current
from specwright.mock.prefer import NO_PREFERENCE
from specwright.mock.scene import Records, Scene
from specwright.mock.world import World
from specwright.plan import Operation
from specwright.runtime.refusals import Refusal
from specwright.runtime.samples import NoSample
from specwright.spec.schemas import BadSchema

_GONE = "gone"  # the records of what was deleted, by place
_TRIES = 20  # at an id that the contract allows
_DEFAULT = "default"  # the namespace of requests that name none
_NOT_FOUND = ("404", "4XX", "DEFAULT")


class Contracted:
    """The partner, on one scene."""

    def __init__(self, inferred: Inferred, scene: Scene[World]) -> None:
        self._inferred, self._scene = inferred, scene
        self._gone = scene.records(_GONE)

    def __getattr__(self, name: str) -> Any:
        """Return the handler of the operation ``name``."""
        operation = self._inferred.operations.get(name)
        if operation is None:
            raise AttributeError(name)
        return partial(self._handle, operation)

    async def _handle(self, operation: Operation, **arguments: Any) -> Any:
        step = self._inferred.steps.get(operation.identifier)
        writes = step is not None and step.role not in ("read", "list")
        try:
            with self._scene.transaction() if writes else nullcontext():
                return self._answer(operation, step, arguments)
        except NoAnswer as error:
            raise Refusal(error.status, error.detail) from None
        except (NoSample, BadSchema) as error:
            raise Refusal(500, f"{operation.method.upper()} {operation.path}: {error}") from None

    def _answer(self, operation: Operation, step: Step | None, arguments: Mapping[str, Any]) -> Any:
        for above in places_above(operation, arguments):
            if above != self._revived(operation, arguments) and self._gone.get(above):
                raise _missing(above, "was deleted")
        source = self._inferred.source(step.resource) if step else None
        response = None
        if step and step.role == "delete":
            response = self._deleted(operation, step, source, arguments)
        elif step and source:
            response = getattr(self, f"_{step.role}")(Ask(step, source, arguments))
        return response or self._inferred.answers.response(operation, NO_PREFERENCE, arguments)

    def _revived(self, operation: Operation, arguments: Mapping[str, Any]) -> str | None:
        """Return the place that may be asked for though it is gone: to put something there, or to delete it again."""
        method = operation.method.lower()
        is_allowed = declares(operation, "201") if method == "put" else not declares(operation, *_NOT_FOUND)
        return place(operation, operation.path, arguments) if method in ("put", "delete") and is_allowed else None

    # --- the roles: each returns a response, or None where the contract's own answer is the one ----------------

    def _create(self, ask: Ask) -> Any:
        if ask.fields is None or not self._inferred.creates(ask.resource):
            return None
        view = self._inferred.view(ask.resource, ask.operation, is_new=True)
        record = ask.source.taken(self._example(ask, view), {**ask.above, **ask.fields})
        for key in self._ids(ask, record):
            named = {**record, ask.source.id_name: key} if ask.source.id_name else record
            if ask.source.fits(named) and self._inferred.is_id(ask.resource, key):
                return self._kept(ask, view, key, self._stamped(ask, named, is_new=True))
        return None

    def _list(self, ask: Ask) -> Any:
        if not self._inferred.creates(ask.resource):
            return None
        items = list(self._scene.records(ask.kind).all().values())
        first = max(ask.argument("offset") or 0, 0)
        limit = ask.argument("limit")
        items = items[first:] if limit is None else items[first : first + max(limit, 0)]
        return self._inferred.view(ask.resource, ask.operation).listed(items)

    def _read(self, ask: Ask) -> Any:
        record = self._found(ask)
        if record is None and ask.source.id_name:
            record = self._virtual(ask, ask.source.item or {})
        return None if record is None else self._inferred.view(ask.resource, ask.operation).response(record)

    def _replace(self, ask: Ask) -> Any:
        if ask.fields is None or ask.id is None:
            return None
        if declares(ask.operation, "201") and self._records(ask).get(segment(ask.id)) is None:
            view = self._inferred.view(ask.resource, ask.operation, is_new=True)
            record = self._virtual(ask, self._example(ask, view))
            return self._kept(ask, view, ask.id, self._stamped(ask, ask.source.taken(record, ask.fields), is_new=True))
        record = self._found(ask) or self._virtual(ask, ask.source.item or {})
        others = self._inferred.replaceable(ask.operation) - {ask.source.id_name}
        rest = {name: value for name, value in record.items() if name not in others}
        return self._changed(ask, record, ({**rest, **ask.fields}, {**record, **ask.fields}))

    def _merge(self, ask: Ask) -> Any:
        if ask.fields is None or ask.id is None:
            return None
        record = self._found(ask) or self._virtual(ask, ask.source.item or {})
        return self._changed(ask, record, (merge_patch(record, ask.fields), {**record, **ask.fields}))

    def _deleted(self, operation: Operation, step: Step, source: View | None, arguments: Mapping[str, Any]) -> Any:
        where = place(operation, operation.path, arguments)
        record = self._found(Ask(step, source, arguments)) if source else None
        kind, _, key = where.rpartition("/")
        self._scene.records(kind).remove(key)
        self._gone.put(where, True)
        view = self._inferred.view(step.resource, operation)
        return None if record is None or view.id_name is None else view.response(record)

    # --- the state --------------------------------------------------------------------------------------------

    def _records(self, ask: Ask) -> Records:
        return self._scene.records(ask.kind)

    def _found(self, ask: Ask) -> Item | None:
        """Return the item that is meant, None if nobody made it but it may be there; raises Refusal 404 where it may not."""
        record: Item | None = self._records(ask).get(segment(ask.id))
        if record is None:
            where = f"{ask.kind}/{segment(ask.id)}"
            if self._gone.get(where) and ask.operation.method.lower() != "delete":
                raise _missing(where, "was deleted")
            if self._inferred.creates(ask.resource) and declares(ask.operation, *_NOT_FOUND):
                raise _missing(where, "was never created")
        return record

    def _example(self, ask: Ask, view: View) -> Item:
        """Return the item of the contract's example of ``view``, made into one that can be read."""
        return (ask.source.shown(view.item) if view.item else ask.source.item) or {}

    def _virtual(self, ask: Ask, example: Item) -> Item:
        """Return ``example`` as the item that is meant."""
        own = {ask.source.id_name: ask.id} if ask.source.id_name else {}
        return ask.source.taken(example, {**ask.above, **own})

    def _changed(self, ask: Ask, record: Item, wanted: tuple[Item, ...]) -> Any:
        """Store the first of ``wanted`` that is valid, and answer with what is there then."""
        own = {ask.source.id_name: record[ask.source.id_name]} if ask.source.id_name in record else {}
        found = next((item for item in ({**item, **own} for item in wanted) if ask.source.fits(item)), None)
        if found is not None:
            record = self._stamped(ask, found, is_new=False)
            self._records(ask).put(segment(ask.id), record)
        return self._inferred.view(ask.resource, ask.operation).response(record)

    def _kept(self, ask: Ask, view: View, key: Any, record: Item) -> Any:
        """Store a new item and return the response that shows it; store nothing where the response would show another."""
        shown = view.shown(record)
        if shown is not None and view.id_name and ask.source.id_name and shown.get(view.id_name) != key:
            return None
        response = view.form.exact(view.form.example, None) if shown is None else view.response(record)
        if response is None:
            return None
        self._records(ask).put(segment(key), record)
        where = f"{ask.kind}/{segment(key)}"
        self._gone.remove(where)
        return view.form.located(response, self._urls(where))

    def _stamped(self, ask: Ask, record: Item, *, is_new: bool) -> Item:
        now = self._scene.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        return ask.source.stamped(record, times(record, ask.fields or {}, is_new=is_new), now)

    # --- ids --------------------------------------------------------------------------------------------------

    def _ids(self, ask: Ask, record: Item) -> Iterator[Any]:
        """Yield the id of the request, or else fresh ones that nothing has yet, the likeliest first."""
        records, given = self._records(ask), ask.id
        if given is not None and record.get(ask.source.id_name or "") == given:
            if declares(ask.operation, "409") and records.get(segment(given)) is not None:
                raise Refusal(409, f"there is {ask.kind}/{segment(given)} already")
            yield given
        for key in self._fresh(ask, record.get(ask.source.id_name or "")):
            if records.get(segment(key)) is None:
                yield key

    def _fresh(self, ask: Ask, example: Any) -> Iterator[Any]:
        """Yield ids that look as ``example`` does, and then others; each is counted, so that none comes twice."""
        ids, kind = self._scene.ids, ask.kind
        makers: list[Callable[[], Any]] = [
            lambda: ids.number(kind),
            lambda: str(ids.number(kind)),
            lambda: str(ids.uuid(kind)),
            lambda: ids.ulid(kind),
        ]
        is_text = isinstance(example, str)
        yield from (make() for make in (makers[2:] + makers[:2] if is_text and not example.isdecimal() else makers))
        for _ in range(_TRIES):
            number = self._scene.count(f"id of {kind}")
            yield from (number, str(number))
            yield self._inferred.chance_id(ask.resource, f"{self._scene.seed} {kind} {number}")

    def _urls(self, where: str) -> list[str]:
        """Return how the client gets to the path ``where``: below the host, and in full."""
        exchange, name = current.get(), self._scene.namespace
        is_named = name == _DEFAULT or exchange.headers.get(b"x-mock-namespace", b"").decode("latin-1") == name
        root = f"/{self._scene.owner.api}" if is_named else f"/__ns/{name}/{self._scene.owner.api}"
        path = f"{root}{self._inferred.api.base_path}{where}"
        return [path, f"http://{exchange.headers.get(b'host', b'localhost').decode('latin-1')}{path}"]


def _missing(where: str, why: str) -> Refusal:
    return Refusal(404, f"there is no {where}: it {why}")
