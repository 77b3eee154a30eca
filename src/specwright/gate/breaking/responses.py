"""Changes of responses: statuses, bodies, headers, links."""

from collections.abc import Iterator

from specwright.gate.breaking.change import Change
from specwright.gate.breaking.media import MediaChanges
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.schemas import SchemaChanges
from specwright.gate.breaking.spots import Spot


class ResponseChanges:
    """Compares the responses of operations."""

    def __init__(self, schemas: SchemaChanges, media: MediaChanges) -> None:
        self._schemas, self._media = schemas, media

    def of(self, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        """Yield what changed in what is answered; ``direction`` is ``request`` if clients are those who answer."""
        before, after = dict(old.members()), dict(new.members())
        for status, response in before.items():
            now = after.get(status) or _covering(status, after)
            if now is not None:
                yield from self._response(response, now, direction)
            else:
                yield _gone(status, new.pointer, response.pointer, direction)
        for status, response in after.items():
            covering = _covering(status, before)
            if status not in before and covering is not None:
                yield from self._response(covering, response, direction)
            elif status not in before:
                yield _added(status, response.pointer, old.pointer, direction)

    def _response(self, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        if old.plain("description") != new.plain("description") or old.plain("summary") != new.plain("summary"):
            yield told("description-changed", "description changed", new.pointer, old.pointer)
        yield from self._media.of(old.get("content"), new.get("content"), direction)
        yield from self._headers(old.get("headers"), new.get("headers"), direction)
        before, after = old.plain("links") or {}, new.plain("links") or {}
        for name in before:
            if name not in after:
                text = f"the link {name} is gone: clients may look for it"
                yield told("response-link-removed", text, new.pointer, old.get("links").below(name))
            elif old.get("links").get(name).value != new.get("links").get(name).value:
                text = f"the link {name} leads elsewhere: clients that follow it may fail"
                places = new.get("links").below(name), old.get("links").below(name)
                yield told("response-link-changed", text, *places)

    def _headers(self, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        before = {name.lower(): header for name, header in old.members() if name.lower() != "content-type"}
        after = {name.lower(): header for name, header in new.members() if name.lower() != "content-type"}
        for name, header in before.items():
            if name not in after:
                is_required = "required-" if header.plain("required") else ""
                text = f"the header {name} is gone: clients may look for it"
                yield told(f"response-header-{is_required}removed", text, new.pointer, header.pointer)
            else:
                yield from self._header(name, header, after[name], direction)
        for name in after.keys() - before.keys():
            yield told("response-header-added", f"the header {name} is new", after[name].pointer, old.pointer)

    def _header(self, name: str, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        places = (new.pointer, old.pointer)
        was, now = bool(old.plain("required")), bool(new.plain("required"))
        if was and not now:
            text = f"the header {name} may be missing: clients that count on it fail"
            yield told("response-header-became-optional", text, *places)
        elif now and not was:
            yield told("response-header-became-required", f"the header {name} is always there now", *places)
        if bool(old.plain("explode")) != bool(new.plain("explode")):
            text = f"the header {name} is written otherwise (explode): clients misread it"
            yield told("response-header-style-changed", text, *places)
        yield from self._media.of(old.get("content"), new.get("content"), direction)
        yield from self._schemas.of(old.below("schema"), new.below("schema"), direction, f"header {name}")
        if old.plain("description") != new.plain("description"):
            yield told("description-changed", f"description of the header {name} changed", *places)


def _covering(status: str, responses: dict[str, Spot]) -> Spot | None:
    """Return what is said of ``status`` by its class, else by ``default``."""
    return responses.get(f"{status[:1]}XX") or responses.get("default")


def _is_success(status: str) -> bool:
    return status[:1] in ("1", "2", "3")


def _gone(status: str, new: str, old: str, direction: str) -> Change:
    if _is_success(status):
        text = f"{status} is gone: clients that wait for it get something else"
        return told("response-success-removed", text, new, old, direction=direction)
    return told("response-error-removed", f"{status} is not answered any more", new, old, direction=direction)


def _added(status: str, new: str, old: str, direction: str) -> Change:
    if _is_success(status):
        text = f"{status} is new: clients may not know it for a success"
        return told("response-success-added", text, new, old, direction=direction)
    return told("response-error-added", f"{status} is new", new, old, direction=direction)
