"""Say a contract in OpenAPI 3.1 and its schemas in JSON Schema 2020-12, the native language of every later stage."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from specwright.spec.dialects import NATIVE, Dialect, dialect_of
from specwright.spec.document import Document
from specwright.spec.drafts import Moves, modernize
from specwright.spec.pointer import fragment
from specwright.spec.structure import below, children, objects


def upgrade(document: Document) -> Document:
    """Return the bundled ``document`` in OpenAPI 3.1; the document itself when it is."""
    default = dialect_of(document.value)
    if {default, *document.dialects.values()} == {NATIVE}:
        return document
    upgrader = _Upgrader(document.dialects)
    value = upgrader.said("openapi", "", document.value, default)
    value.pop("jsonSchemaDialect", None)
    if default is Dialect.OPENAPI_3_0:
        value["openapi"] = "3.1.0"
    if not upgrader.moves:
        return replace(document, value=value)
    _follow(value, upgrader.moves)
    origins = {
        f"{_moved(upgrader.moves, place)}/{after}": document.origin(f"{place}/{before}")
        for place, moves in upgrader.moves.items()
        for before, after in moves
    }
    return replace(document, value=value, origins={**document.origins, **origins})


class _Upgrader:
    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self.moves: dict[str, Moves] = {}
        self._dialects = dialects

    def said(self, kind: str, place: str, node: Any, dialect: Dialect) -> Any:
        """Return a copy of ``node``, which stands at ``place`` and is in ``dialect`` unless a nearer one is noted."""
        if not isinstance(node, dict):
            return node
        dialect = self._dialects.get(place, dialect)
        if dialect is Dialect.OPENAPI_3_0 and "$ref" in node:
            # "This object cannot be extended with additional properties, and any properties added SHALL be ignored."
            return {"$ref": node["$ref"]}
        copy = dict(node)
        for key, token, child, item in children(kind, node):
            said = self.said(child, below(place, key, token), item, dialect)
            if token is None:
                copy[key] = said
            else:
                copy[key] = copy[key].copy() if copy[key] is node[key] else copy[key]
                copy[key][token] = said
        if kind == "schema" and (moves := modernize(copy, dialect)):
            self.moves[place] = moves
        if kind == "requestBody" and dialect is Dialect.OPENAPI_3_0 and isinstance(copy.get("content"), dict):
            copy["content"] = {name: _media(name, media) for name, media in copy["content"].items()}
        return copy


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


def _follow(value: Any, moves: Mapping[str, Moves]) -> None:
    """Let the references of ``value``, a copy of our own, lead to where things went."""
    for _, _, node in objects(value):
        target = unquote(node["$ref"][1:]) if isinstance(node.get("$ref"), str) else ""
        if target and (moved := _moved(moves, target)) != target:
            node["$ref"] = f"#{fragment(moved)}"


def _moved(moves: Mapping[str, Moves], pointer: str) -> str:
    """Return where what stood at ``pointer`` stands now."""
    before = after = ""
    for token in pointer.split("/")[1:]:
        after += f"/{dict(moves.get(before, ())).get(token, token)}"
        before += f"/{token}"
    return after
