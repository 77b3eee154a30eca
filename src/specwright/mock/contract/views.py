"""How one response shows an item, or a list of them: where in its body, and with which members."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from specwright.mock.contract.answer import Form
from specwright.mock.contract.echo import replaced
from specwright.mock.contract.resources import Resource, member, plain

_WRITTEN_ONCE = ("createdat", "created", "createdon")
_WRITTEN_LAST = ("updatedat", "updated", "updatedon", "modifiedat", "modified")


class View:
    """The items of ``resource`` in the responses of ``form``; the JSON of an item is valid where ``fits`` says so."""

    def __init__(self, form: Form, resource: Resource) -> None:
        self.form, self._resource = form, resource

    # --- one item ---------------------------------------------------------------------------------------------

    @cached_property
    def item(self) -> dict[str, Any] | None:
        """The item of the contract's own example, None where the response shows no item."""
        found = None if self._place is None else _at(self.form.example, self._place)
        return found if isinstance(found, dict) else None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the members that an item has here, or can have."""
        return frozenset(_members(self.form.shape, self._place)) | frozenset(self.item or ())

    @cached_property
    def id_name(self) -> str | None:
        """The member that holds the id."""
        return member(sorted(self.names), self._resource.id_names)

    def fits(self, item: Any) -> bool:
        """Tell whether the response may show ``item``, as it is."""
        return self._place is not None and self._obeys(replaced(self.form.example, self._place, item))

    def taken(self, item: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``item`` with all of ``fields`` if it fits then, or else with those one by one that it fits with."""
        if self.fits({**item, **fields}):
            return {**item, **fields}
        for name, value in fields.items():
            for one in (value, merge_patch(item.get(name), value)):
                if self.fits({**item, name: one}):
                    item = {**item, name: one}
                    break
        return item

    def shown(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """Return ``item`` as the response may show it, completed by the contract's example; None where it shows none."""
        if self.item is None:
            return None
        known = _only(self.names, item)
        return known if self.fits(known) else self.taken(self.item, known)

    def stamped(self, item: dict[str, Any], names: Iterable[str], now: str) -> dict[str, Any]:
        """Return ``item`` with the time ``now`` in those of its members ``names`` that hold one."""
        return self.taken(item, {name: now for name in names if _is_time(item.get(name))})

    def response(self, item: dict[str, Any]) -> Any:
        """Return the response that shows ``item``, None where it cannot."""
        shown = self.shown(item)
        return None if shown is None or self._place is None else self._exact(self._place, shown)

    # --- a list -----------------------------------------------------------------------------------------------

    def listed(self, items: Sequence[dict[str, Any]]) -> Any:
        """Return the response that lists ``items``, None where it cannot."""
        place = self._rows
        if place is None:
            return None
        example, shape = (_first(_at(body, place)) for body in (self.form.example, self.form.shape))
        known = [_only({*example, *shape}, item) for item in items]
        if not self._obeys(replaced(self.form.example, place, known)):
            known = [self._row(place, example, item) for item in known]
        return self._exact(place, known)

    def _row(self, place: tuple[str, ...], example: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
        """Return ``item`` with those of its members that a row may have, and what of ``example`` it must have besides."""

        def fits(row: dict[str, Any]) -> bool:
            return self._obeys(replaced(self.form.example, place, [row]))

        for whole in (item, {**example, **item}):
            if fits(whole):
                return whole
        row = example
        for name, value in item.items():
            if fits({**row, name: value}):
                row = {**row, name: value}
        return row

    # --- where ------------------------------------------------------------------------------------------------

    @cached_property
    def _place(self) -> tuple[str, ...] | None:
        """Where the item is: in the whole body, or in the one member of an envelope that has an id."""
        shape = self.form.shape
        if not isinstance(shape, dict) or member(shape, self._resource.id_names):
            return () if isinstance(shape, dict) else None
        inner = [name for name, value in shape.items() if self._is_item(value)]
        named = [name for name in inner if plain(name) in self._resource.nouns]
        return next(((name,) for names in (inner, named) if len(names) == 1 for name in names), ())

    @cached_property
    def _rows(self) -> tuple[str, ...] | None:
        """Where the list is: the whole body, or the one list of an envelope."""
        body = self.form.example if self.form.shape is not None else None
        if not isinstance(body, dict):
            return () if isinstance(body, list) else None
        inner = [name for name, value in body.items() if isinstance(value, list)]
        named = [name for name in inner if plain(name) in self._resource.nouns]
        return next(((name,) for names in (inner, named) if len(names) == 1 for name in names), None)

    def _is_item(self, value: Any) -> bool:
        return isinstance(value, dict) and member(value, self._resource.id_names) is not None

    def _obeys(self, body: Any) -> bool:
        return self.form.obeys(self.form.declared.media[0], body)

    def _exact(self, place: tuple[str, ...], value: Any) -> Any:
        body = replaced(self.form.example, place, value)
        with suppress(ValidationError):
            return self.form.exact(body, None) if self._obeys(body) else None
        return None


def times(names: Iterable[str], fields: Mapping[str, Any], *, is_new: bool) -> list[str]:
    """Return those of ``names`` that say when an item was made or last changed, unless ``fields`` say it."""
    wanted = (*_WRITTEN_ONCE, *_WRITTEN_LAST) if is_new else _WRITTEN_LAST
    return [name for name in sorted(names) if plain(name) in wanted and name not in fields]


def merge_patch(target: Any, patch: Any) -> Any:
    """Return ``target`` with ``patch`` merged into it (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    base = target if isinstance(target, dict) else {}
    merged = {name: merge_patch(base.get(name), value) for name, value in patch.items() if value is not None}
    return {**{name: value for name, value in base.items() if name not in patch or name in merged}, **merged}


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and value[10:11] == "T"


def _only(names: Collection[str], item: dict[str, Any]) -> dict[str, Any]:
    """Return the members ``names`` of ``item``, all where the contract names none."""
    return {name: value for name, value in item.items() if name in names} if names else item


def _first(rows: Any) -> dict[str, Any]:
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}


def _members(shape: Any, place: tuple[str, ...] | None) -> Iterable[str]:
    found = _at(shape, place) if place is not None else None
    return found if isinstance(found, dict) else ()


def _at(value: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value
