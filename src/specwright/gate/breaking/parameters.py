"""Changes of parameters: those of the path and those of the operation together."""

from collections.abc import Iterator, Mapping

from specwright.gate.breaking.change import Change
from specwright.gate.breaking.media import MediaChanges
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.schemas import SchemaChanges
from specwright.gate.breaking.spots import Spot

_Key = tuple[str, str]
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple", "querystring": ""}
# "the parameter definition SHALL be ignored" (OpenAPI 3.1.1, section 4.8.12.1)
_IGNORED = frozenset({("header", "accept"), ("header", "content-type"), ("header", "authorization")})


class ParameterChanges:
    """Compares the parameters of operations."""

    def __init__(self, schemas: SchemaChanges, media: MediaChanges) -> None:
        self._schemas, self._media = schemas, media

    def of(self, old: tuple[Spot, Spot], new: tuple[Spot, Spot], names: Mapping[str, str]) -> Iterator[Change]:
        """Yield what changed; ``names`` says what path parameters that were called otherwise are called now."""
        before, after = _parameters(old), _parameters(new)
        for (place, name), parameter in before.items():
            now = after.get((place, names.get(name, name) if place == "path" else name))
            if now is None:
                text = f"{place} parameter '{name}' is gone: what clients send is ignored or refused"
                yield told("parameter-removed", text, new[1].pointer, parameter.pointer)
            else:
                yield from self._parameter(parameter, now)
        taken = {(place, names.get(name, name) if place == "path" else name) for place, name in before}
        for key, parameter in after.items():
            if key not in taken:
                yield _added(*key, parameter, old[1].pointer)

    def _parameter(self, old: Spot, new: Spot) -> Iterator[Change]:
        what, places = _told(new), (new.pointer, old.pointer)
        if old.plain("in") == "path" and old.plain("name") != new.plain("name"):
            text = f"{what} was called '{old.plain('name')}': arguments of generated code are called otherwise"
            yield told("path-parameter-renamed", text, *places)
        was, now = bool(old.plain("required")), bool(new.plain("required"))
        if now and not was:
            yield told("parameter-became-required", f"clients that leave out {what} are refused now", *places)
        elif was and not now:
            yield told("parameter-became-optional", f"clients may leave out {what} now", *places)
        yield from self._serialized(old, new, what)
        yield from self._value(old, new, what)
        if old.plain("description") != new.plain("description"):
            yield told("description-changed", f"description of {what} changed", *places)
        if any(old.plain(key) != new.plain(key) for key in ("example", "examples")):
            yield told("examples-changed", f"examples of {what} changed", *places)
        if old.plain("deprecated", False) != new.plain("deprecated", False):
            yield told(
                "description-changed", f"{what} is {'' if new.plain('deprecated') else 'not '}deprecated now", *places
            )

    def _serialized(self, old: Spot, new: Spot, what: str) -> Iterator[Change]:
        places = (new.pointer, old.pointer)
        simple = not self._schemas.known_types(new.below("schema")) & {"array", "object"}
        if _style(old, is_simple=simple) != _style(new, is_simple=simple):
            text = f"{what} is written otherwise (style, explode): clients' spelling is misread"
            yield told("parameter-style-changed", text, *places)
        for key, word in (("allowReserved", "reserved"), ("allowEmptyValue", "empty")):
            was, now = bool(old.plain(key)), bool(new.plain(key))
            if was and not now:
                text = f"clients that send {word} text as {what} are refused now"
                yield told(f"parameter-{word}-refused", text, *places)
            elif now and not was:
                yield told(f"parameter-{word}-allowed", f"clients may send {word} text as {what} now", *places)

    def _value(self, old: Spot, new: Spot, what: str) -> Iterator[Change]:
        if bool(old.get("content")) != bool(new.get("content")):
            text = f"{what} is described by {'content' if new.get('content') else 'schema'} now: not comparable"
            yield told("parameter-content-changed", text, new.pointer, old.pointer)
        elif new.get("content"):
            yield from self._media.of(old.get("content"), new.get("content"), "request")
        else:
            yield from self._schemas.of(old.below("schema"), new.below("schema"), "request", what)


def _parameters(pair: tuple[Spot, Spot]) -> dict[_Key, Spot]:
    """Return all parameters of an operation: its own count before those of the path."""
    found = {_key(item): item for owner in pair for item in owner.get("parameters").items()}
    return {key: item for key, item in found.items() if key not in _IGNORED}


def _key(parameter: Spot) -> _Key:
    place, name = str(parameter.plain("in")), str(parameter.plain("name"))
    return place, name.lower() if place == "header" else name


def _added(place: str, name: str, parameter: Spot, old: str) -> Change:
    if parameter.plain("required"):
        text = f"clients that do not send the new {place} parameter '{name}' are refused"
        return told("parameter-required-added", text, parameter.pointer, old)
    return told("parameter-added", f"{place} parameter '{name}' is new and optional", parameter.pointer, old)


def _told(parameter: Spot) -> str:
    return f"{parameter.plain('in')} parameter '{parameter.plain('name')}'"


def _style(parameter: Spot, *, is_simple: bool) -> tuple[str, bool]:
    style = parameter.plain("style", _STYLES.get(str(parameter.plain("in")), ""))
    return style, False if is_simple else parameter.plain("explode", style in ("form", "cookie"))
