"""Changes of one operation: its parameters, body, responses, callbacks and security."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from specwright.gate.breaking.change import Change
from specwright.gate.breaking.media import MediaChanges
from specwright.gate.breaking.parameters import ParameterChanges
from specwright.gate.breaking.responses import ResponseChanges
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.schemas import SchemaChanges
from specwright.gate.breaking.security import Security
from specwright.gate.breaking.servers import server_changes
from specwright.gate.breaking.spots import Spot
from specwright.spec.structure import METHODS

_Pair = tuple[Spot, Spot]  # a path item and one of its operations
_TEXTS = ("summary", "description", "tags", "externalDocs")


class OperationChanges:
    """Compares operations; who asks and who answers is the other way round where the API calls its clients."""

    def __init__(self, schemas: SchemaChanges, security: Security) -> None:
        self._security = security
        self._media = MediaChanges(schemas)
        self._parameters = ParameterChanges(schemas, self._media)
        self._responses = ResponseChanges(schemas, self._media)

    def of(self, old: _Pair, new: _Pair, names: Mapping[str, str]) -> Iterator[Change]:
        """Yield what changed for clients that call the operation; ``names`` are its path parameters, then and now."""
        yield from self._texts(old[1], new[1])
        yield from self._security.of(old[1], new[1])
        for one, other in zip(old, new, strict=True):
            yield from server_changes(one, other) if one.plain("servers") or other.plain("servers") else ()
        yield from self._parameters.of(old, new, names)
        yield from self._body(old[1], new[1], "request")
        yield from self._responses.of(old[1].get("responses"), new[1].get("responses"), "response")
        yield from self._callbacks(old[1].get("callbacks"), new[1].get("callbacks"))

    def sent(self, items: tuple[Spot, Spot], name: str) -> Iterator[Change]:
        """Yield what changed for clients that are called: what the API sends is a response to them."""
        old, new = items
        for method in METHODS:
            before, after = old.get(method), new.get(method)
            if before and after:
                yield from (replace(change, operations=(name,)) for change in self._called(before, after))
            elif before:
                text = f"{method.upper()} of the {name} is gone: clients wait for it in vain"
                yield told("callback-removed", text, new.pointer, before.pointer, operation=name)
            elif after:
                text = f"{method.upper()} of the {name} is new"
                yield told("callback-added", text, after.pointer, old.pointer, operation=name)

    def _called(self, old: Spot, new: Spot) -> Iterator[Change]:
        yield from self._texts(old, new)
        yield from self._body(old, new, "response")
        yield from self._responses.of(old.get("responses"), new.get("responses"), "request")

    def _texts(self, old: Spot, new: Spot) -> Iterator[Change]:
        for key in _TEXTS:
            if old.plain(key) != new.plain(key):
                yield told("description-changed", f"{key} changed", new.below(key), old.below(key))
        before, after = old.plain("operationId"), new.plain("operationId")
        if before is not None and before != after:
            text = f"operationId was {before}, is {after}: code that was generated from it calls another name"
            yield told("operation-id-changed", text, new.below("operationId"), old.below("operationId"))
        if not old.plain("deprecated", False) and new.plain("deprecated", False):
            text = "deprecated: clients should move on"
            yield told("operation-deprecated", text, new.below("deprecated"), old.pointer)

    def _body(self, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        before, after = old.get("requestBody"), new.get("requestBody")
        places = (after.pointer if after else new.pointer, before.pointer if before else old.pointer)
        was, now = bool(before.plain("required")), bool(after.plain("required"))
        if before and after:
            if was != now:
                yield _need(places, now=now, direction=direction)
            yield from self._media.of(before.get("content"), after.get("content"), direction)
        elif before:
            yield told("request-body-removed", "the body is gone: what clients send is ignored or refused", *places)
        elif after and now:
            yield told("request-body-required-added", "clients that send no body are refused now", *places)
        elif after:
            yield told("request-body-added", "clients may send a body now", *places)

    def _callbacks(self, old: Spot, new: Spot) -> Iterator[Change]:
        for name, callback in old.members():
            if not new.get(name):
                text = f"the callback {name} is gone: clients wait for it in vain"
                yield told("callback-removed", text, new.pointer, callback.pointer)
        for name, callback in new.members():
            if not old.get(name):
                yield told("callback-added", f"the callback {name} is new", callback.pointer, old.pointer)
                continue
            before = dict(old.get(name).members())
            for expression, item in callback.members():
                if expression in before:
                    yield from self.sent((before[expression], item), f"callback {name}")
                else:
                    text = f"the callback {name} is sent to {expression} now"
                    yield told("callback-added", text, item.pointer, old.get(name).pointer)
            for expression in before.keys() - dict(callback.members()).keys():
                text = f"the callback {name} is not sent to {expression} any more"
                yield told("callback-removed", text, callback.pointer, before[expression].pointer)


def _need(places: tuple[str, str], *, now: bool, direction: str) -> Change:
    if now and direction == "request":
        return told("request-body-became-required", "clients that send no body are refused now", *places)
    return told(
        "request-body-became-optional", "the body may be left out" if not now else "it has a body always", *places
    )
