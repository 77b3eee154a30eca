"""Changes of what is sent by media type."""

from collections.abc import Iterator

from specwright.gate.breaking.change import Change
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.schemas import SchemaChanges
from specwright.gate.breaking.spots import Spot
from specwright.spec.media import essence

_ENCODINGS = ("encoding", "prefixEncoding", "itemEncoding")


class MediaChanges:
    """Compares the ``content`` of bodies, parameters and headers."""

    def __init__(self, schemas: SchemaChanges) -> None:
        self._schemas = schemas

    def of(self, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        """Yield what changed in what is sent in ``direction``."""
        before, after = _by_essence(old), _by_essence(new)
        for name, media in before.items():
            now = after.get(name) or _range_of(name, after)
            if now is None:
                yield _gone(name, new.pointer, media.pointer, direction)
            else:
                yield from self._media(media, now, direction)
        for name, media in after.items():
            if name not in before:
                yield from self._new(name, media, before, old.pointer, direction)

    def _new(self, name: str, media: Spot, before: dict[str, Spot], old: str, direction: str) -> Iterator[Change]:
        covering = _range_of(name, before)
        if covering is not None:
            yield from self._media(covering, media, direction)
        else:
            text = f"{name} is new: clients may {'send' if direction == 'request' else 'ask for'} it"
            yield told(f"{direction}-media-type-added", text, media.pointer, old, direction=direction)

    def _media(self, old: Spot, new: Spot, direction: str) -> Iterator[Change]:
        for key in ("schema", "itemSchema"):
            if old.plain(key) is not None or new.plain(key) is not None:
                yield from self._schemas.of(old.below(key), new.below(key), direction)
        for key in ("example", "examples"):
            if old.plain(key) != new.plain(key):
                yield told("examples-changed", f"{key} changed", new.below(key), old.below(key), direction=direction)
        for key in _ENCODINGS:
            if old.plain(key) != new.plain(key):
                text = f"{key} changed: it cannot be told whether parts are still understood"
                rule = f"{direction}-encoding-changed"
                yield told(rule, text, new.below(key), old.below(key), direction=direction)


def _by_essence(content: Spot) -> dict[str, Spot]:
    return {essence(name): media for name, media in content.members()}


def _range_of(name: str, content: dict[str, Spot]) -> Spot | None:
    """Return what a range of media types says of ``name``."""
    kind = name.partition("/")[0]
    return content.get(f"{kind}/*") or content.get("*/*")


def _gone(name: str, new: str, old: str, direction: str) -> Change:
    who = "clients that send it are refused" if direction == "request" else "clients that ask for it do not get it"
    return told(f"{direction}-media-type-removed", f"{name} is gone: {who}", new, old, direction=direction)
