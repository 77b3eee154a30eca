"""Say a contract in OpenAPI 3.1 and its schemas in JSON Schema 2020-12, the native language of every later stage."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from specwright.spec.dialects import NATIVE, Dialect, dialect_of
from specwright.spec.document import Document
from specwright.spec.drafts import Moves, modernize
from specwright.spec.pointer import fragment
from specwright.spec.structure import below, children


def upgrade(document: Document) -> Document:
    """Return the bundled ``document`` in OpenAPI 3.1; the document itself when it is."""
    default = dialect_of(document.value)
    others = set(document.dialects.values()) - {default}
    if default is NATIVE and not others:
        return document
    upgrader = _Upgrader(document.dialects if others else {})
    value = upgrader.said("openapi", document.value, default)
    value.pop("jsonSchemaDialect", None)
    if default is Dialect.OPENAPI_3_0:
        value["openapi"] = "3.1.0"
    moves = upgrader.moves
    for reference in upgrader.references if moves else ():
        _follow(reference, moves)
    origins = {
        f"{_moved(moves, place)}/{after}": document.origin(f"{place}/{before}")
        for place, members in moves.items()
        for before, after in members
    }
    return replace(document, value=value, origins={**document.origins, **origins})


class _Upgrader:
    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self.moves: dict[str, Moves] = {}
        self.references: list[dict[str, Any]] = []
        self._dialects = dialects
        # The way down to the node that is being said: few documents need it as a pointer.
        self._way: list[tuple[str, str | int | None]] = []

    def said(self, kind: str, node: Any, dialect: Dialect) -> Any:
        """Return a copy of ``node``, which is in ``dialect`` unless another one is noted at its place."""
        if not isinstance(node, dict):
            return node
        if self._dialects:
            dialect = self._dialects.get(self._place(), dialect)
        copy = self._with_children(kind, node, dialect)
        if "$ref" in copy:
            self.references.append(copy)
        if kind == "schema" and (moves := modernize(copy, dialect)):
            self.moves[self._place()] = moves
        if kind == "requestBody" and dialect is Dialect.OPENAPI_3_0 and isinstance(copy.get("content"), dict):
            copy["content"] = {name: _media(name, media) for name, media in copy["content"].items()}
        return copy

    def _with_children(self, kind: str, node: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
        if dialect is Dialect.OPENAPI_3_0 and "$ref" in node:
            # "This object cannot be extended with additional properties, and any properties added SHALL be ignored."
            return {"$ref": node["$ref"]}
        copy = dict(node)
        for key, token, child, item in children(kind, node):
            self._way.append((key, token))
            said = self.said(child, item, dialect)
            self._way.pop()
            if token is None:
                copy[key] = said
            else:
                copy[key] = copy[key].copy() if copy[key] is node[key] else copy[key]
                copy[key][token] = said
        return copy

    def _place(self) -> str:
        place = ""
        for key, token in self._way:
            place = below(place, key, token)
        return place


def _media(name: str, media: Any) -> Any:
    """Of multipart parts 3.0 says: ``style``, ``explode`` and ``allowReserved`` SHALL be ignored; 3.1 heeds them."""
    encoding = media.get("encoding") if isinstance(media, dict) else None
    if not name.lower().startswith("multipart/") or not isinstance(encoding, dict):
        return media
    kept = {
        field: {key: value for key, value in item.items() if key not in ("style", "explode", "allowReserved")}
        for field, item in encoding.items()
        if isinstance(item, dict)
    }
    return {**media, "encoding": kept}


def _follow(reference: dict[str, Any], moves: Mapping[str, Moves]) -> None:
    """Let ``reference``, which is of our own making, lead to where its target went."""
    target = unquote(reference["$ref"][1:]) if isinstance(reference["$ref"], str) else ""
    moved = _moved(moves, target)
    if moved != target:
        reference["$ref"] = f"#{fragment(moved)}"


def _moved(moves: Mapping[str, Moves], pointer: str) -> str:
    """Return where what stood at ``pointer`` stands now."""
    before = after = ""
    for token in pointer.split("/")[1:]:
        after += f"/{dict(moves.get(before, ())).get(token, token)}"
        before += f"/{token}"
    return after
