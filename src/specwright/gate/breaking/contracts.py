"""Changes of a whole contract: its paths, webhooks, servers and texts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from specwright.gate.breaking.change import Change, Verdict
from specwright.gate.breaking.deep import with_room
from specwright.gate.breaking.operations import OperationChanges
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.schemas import SchemaChanges
from specwright.gate.breaking.security import Security, scheme_changes
from specwright.gate.breaking.servers import server_changes
from specwright.gate.breaking.spots import Spot
from specwright.spec.structure import METHODS

_TEXTS = ("info", "tags", "externalDocs")
_PARAMETER = re.compile(r"\{[^{}]*\}")


def compare(old: Any, new: Any) -> list[Change]:
    """Return what changed from the contract ``old`` to ``new``, both bundled and in OpenAPI 3.1, the worst first."""
    if old == new:
        return []
    return with_room(lambda: _merged(_Contracts(old, new).changes()))


def _merged(changes: Iterable[Change]) -> list[Change]:
    """Say once what happens to several operations."""
    found: dict[tuple[str, str, str, str], Change] = {}
    for change in changes:
        key = (change.rule, change.message, change.new, change.old)
        known = found.get(key, replace(change, operations=()))
        operations = dict.fromkeys((*known.operations, *change.operations))
        found[key] = replace(known, operations=tuple(operations))
    ranks = {verdict: rank for rank, verdict in enumerate(Verdict)}
    return sorted(found.values(), key=lambda change: ranks[change.verdict])


class _Contracts:
    def __init__(self, old: Any, new: Any) -> None:
        self.old, self.new = Spot(old, "", old), Spot(new, "", new)
        self.operations = OperationChanges(SchemaChanges(old, new), Security(old, new))

    def changes(self) -> Iterator[Change]:
        yield from self._texts()
        yield from server_changes(self.old, self.new)
        yield from scheme_changes(self.old, self.new)
        yield from self._paths()
        yield from self._webhooks()

    def _texts(self) -> Iterator[Change]:
        for key in _TEXTS:
            if self.old.plain(key) != self.new.plain(key):
                yield told("description-changed", f"{key} changed", self.new.below(key), self.old.below(key))

    def _paths(self) -> Iterator[Change]:
        old, new = self.old.get("paths"), self.new.get("paths")
        for former, path in _paired(dict(old.members()), dict(new.members())):
            if path is None:
                for method, operation in _operations(old.get(former or "")):
                    name = f"{method} {former}"
                    text = f"{name} is gone: clients that call it get no answer"
                    yield told("operation-removed", text, new.pointer, operation.pointer, operation=name)
            else:
                yield from self._path(old.get(former) if former else None, new.get(path), former or "", path)

    def _path(self, old: Spot | None, new: Spot, former: str, path: str) -> Iterator[Change]:
        before = dict(_operations(old)) if old else {}
        after = dict(_operations(new))
        for method, operation in before.items():
            name = f"{method} {former}"
            if method not in after:
                text = f"{name} is gone: clients that call it get no answer"
                yield told("operation-removed", text, new.pointer, operation.pointer, operation=name)
        for method, operation in after.items():
            name = f"{method} {path}"
            if old is None or method not in before:
                text = f"{name} is new"
                yield told("operation-added", text, operation.pointer, old.pointer if old else "/paths", operation=name)
            else:
                renamed = dict(zip(_PARAMETER.findall(former), _PARAMETER.findall(path), strict=True))
                names = {one[1:-1]: other[1:-1] for one, other in renamed.items()}
                found = self.operations.of((old, before[method]), (new, operation), names)
                yield from (replace(change, operations=(name,)) for change in found)

    def _webhooks(self) -> Iterator[Change]:
        old, new = self.old.get("webhooks"), self.new.get("webhooks")
        for name, item in old.members():
            if not new.get(name):
                text = f"the webhook {name} is gone: clients wait for it in vain"
                yield told("webhook-removed", text, new.pointer, item.pointer)
        for name, item in new.members():
            yield from self._webhook(name, old.get(name), item)

    def _webhook(self, name: str, old: Spot, new: Spot) -> Iterator[Change]:
        if not old:
            yield told("webhook-added", f"the webhook {name} is new", new.pointer, old.pointer)
            return
        yield from self.operations.sent((old, new), f"webhook {name}")


def _operations(item: Spot) -> Iterator[tuple[str, Spot]]:
    for method in METHODS:
        if item.plain(method) is not None:
            yield method.upper(), item.get(method)
    yield from item.get("additionalOperations").members()


def _paired(old: Mapping[str, Spot], new: Mapping[str, Spot]) -> Iterator[tuple[str | None, str | None]]:
    """Yield (path, path now): what parameters of a path are called is nothing that is sent."""
    free = {_PARAMETER.sub("{}", path): path for path in new if path not in old}
    for path in old:
        yield path, path if path in new else free.pop(_PARAMETER.sub("{}", path), None)
    yield from ((None, path) for path in free.values())
