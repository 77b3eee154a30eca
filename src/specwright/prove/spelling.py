"""How values are written where a request has text, and what such text means: parameters in every style, and forms.

Source: OpenAPI 3.1.1 sections 4.8.12 (style values) and 4.8.15 (encoding). It shares no code with what reads requests.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from specwright.plan import Media, Parameter
from specwright.spec.media import is_json
from specwright.spec.parts import item_of, member_of, part_of, types_of

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_BOUNDARY = "specwright-proof"


class Unspellable(Exception):
    """A value has no spelling there, or none that means it; the argument says why."""


# --- what a text means ------------------------------------------------------------------------------------------------


def meaning(contract: Any, schema: Any, value: Any) -> Any:
    """Return what a reader makes of ``value`` once it is text, by the types of ``schema``; raises Unspellable."""
    if isinstance(value, list):
        below = [part_of(contract, schema, lambda part, i=i: item_of(part, i)) for i in range(len(value))]  # type: ignore[misc]
        return [meaning(contract, item, member) for item, member in zip(below, value, strict=True)]
    if isinstance(value, dict):
        members = {name: part_of(contract, schema, lambda part, n=name: member_of(part, n)) for name in value}  # type: ignore[misc]
        return {name: meaning(contract, members[name], member) for name, member in value.items()}
    types = types_of(contract, schema)
    if "array" in types and "string" not in types:
        return [meaning(contract, part_of(contract, schema, lambda part: item_of(part, 0)), value)]
    return _scalar(text_of(value), types)


def _scalar(text: str, types: frozenset[str]) -> Any:
    if len(types) == 7:
        return text  # nothing says what the text could be instead
    is_number = bool(_NUMBER.fullmatch(text)) and bool(types & {"integer", "number"})
    is_word = (text in ("true", "false") and "boolean" in types) or (text == "null" and "null" in types)
    if (is_number or is_word) and "string" in types:
        raise Unspellable("the text may be a string or something else")
    if is_number or is_word:
        return json.loads(text)
    return text


def text_of(value: Any) -> str:
    """Return a scalar as text; raises Unspellable."""
    if value is None or isinstance(value, list | dict):
        raise Unspellable("null, and lists and objects in others, have no text")
    if isinstance(value, float) and value.is_integer():
        raise Unspellable("a text has no 1.0 that is an integer")
    return value if isinstance(value, str) else json.dumps(value)


# --- parameters -------------------------------------------------------------------------------------------------------


def spelled(parameter: Parameter, value: Any) -> str:
    """Return ``value`` as ``parameter`` has it in a request: pairs of a query, text of a path, header or cookie."""
    if parameter.media_type is not None:
        return _content(parameter, value)
    if parameter.location == "query":
        return _query(parameter, value)
    if parameter.location == "path":
        return _path(parameter, value)
    if parameter.location == "header":
        return _plain(_exploded(value, ",", _header) if parameter.explode else _joined(value, ",", _header))
    return f"{parameter.name}={_plain(_joined(value, ',', _cookie))}"


def _content(parameter: Parameter, value: Any) -> str:
    if not is_json(str(parameter.media_type)):
        raise Unspellable(f"no writer for {parameter.media_type}")
    text = json.dumps(value)
    if parameter.location == "query":
        return f"{quote(parameter.name, safe='')}={quote(text, safe='')}"
    if parameter.location == "cookie":
        raise Unspellable("a cookie has no room for JSON")
    return quote(text, safe="") if parameter.location == "path" else text


def _query(parameter: Parameter, value: Any) -> str:
    name = quote(parameter.name, safe="")
    if parameter.style == "deepObject":
        if not isinstance(value, dict) or not value:
            raise Unspellable("deepObject spells objects that have members")
        pairs = ((quote(key, safe=""), quote(text_of(item), safe="")) for key, item in value.items())
        return "&".join(f"{name}%5B{key}%5D={text}" for key, text in pairs)
    separator = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(parameter.style, ",")
    if not parameter.explode or separator != ",":
        return f"{name}={_joined(value, separator, _escaped)}"
    if isinstance(value, dict):
        return _exploded(value, "&", _escaped)
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Unspellable("an empty list has no spelling")
    return "&".join(f"{name}={quote(text_of(item), safe='')}" for item in items)


def _path(parameter: Parameter, value: Any) -> str:
    style, explode = parameter.style, parameter.explode
    if style == "label":
        return "." + (_exploded(value, ".", _undotted) if explode else _joined(value, ",", _undotted))
    if style == "matrix":
        if explode and isinstance(value, dict):
            return ";" + _exploded(value, ";", _escaped)
        items = value if explode and isinstance(value, list) else [value]
        return "".join(f";{parameter.name}={_joined(item, ',', _escaped)}" for item in items)
    text = _exploded(value, ",", _escaped) if explode else _joined(value, ",", _escaped)
    if text in ("", ".", ".."):
        raise Unspellable("a segment of a path cannot be empty or dots")
    return text


def _joined(value: Any, separator: str, encode: Any) -> str:
    if isinstance(value, dict):
        value = [item for pair in value.items() for item in pair]
    if not isinstance(value, list):
        return str(encode(text_of(value)))
    texts = [text_of(item) for item in value]
    if not texts or "" in texts:
        raise Unspellable("an empty list, or an empty item of one, has no spelling")
    return separator.join(encode(text) for text in texts)


def _exploded(value: Any, separator: str, encode: Any) -> str:
    if not isinstance(value, dict):
        return _joined(value, separator, encode)
    if not value:
        raise Unspellable("an object without members has no spelling")
    return separator.join(f"{encode(key)}={encode(text_of(item))}" for key, item in value.items())


def _escaped(text: str) -> str:
    return quote(text, safe="")


def _undotted(text: str) -> str:
    return quote(text, safe="").replace(".", "%2E")


def _header(text: str) -> str:
    if "," in text or "=" in text:
        raise Unspellable("a comma separates the items of a header")
    return text


def _cookie(text: str) -> str:
    if not text.isascii() or not text.isprintable() or set(text) & set(' ",;\\') or not text:
        raise Unspellable("a cookie has no such characters")
    return text


def _plain(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or text != text.strip():
        raise Unspellable("a header holds visible ASCII")
    return text


# --- bodies -----------------------------------------------------------------------------------------------------------


def form_meaning(contract: Any, media: Media, schema: Any, value: Any) -> Any:
    """Return what a reader makes of ``value`` once it is a form; raises Unspellable."""
    if not isinstance(value, dict):
        raise Unspellable("a form is an object")
    return {name: _field_meaning(contract, media, schema, name, member) for name, member in value.items()}


def _field_meaning(contract: Any, media: Media, schema: Any, name: str, value: Any) -> Any:
    part = part_of(contract, schema, lambda inner: member_of(inner, name))
    types = types_of(contract, part)
    if isinstance(value, dict) or _as_json(media, name):
        if "object" not in types and not _as_json(media, name):
            raise Unspellable("an object is a text where none is expected")
        return value
    if isinstance(value, list):
        if not value or any(isinstance(item, list | dict) for item in value):
            raise Unspellable("an empty list, or one of lists and objects, has no fields")
        if len(value) == 1 and "array" not in types:
            raise Unspellable("one field is no list")
        item = part_of(contract, part, lambda inner: item_of(inner, 0))
        return [meaning(contract, item, member) for member in value]
    if "array" in types and len(types) < 7:
        raise Unspellable("one field is a list of one")
    if types & {"object"} and len(types) == 1:
        raise Unspellable("a text is read as JSON where an object is expected")
    return meaning(contract, part, value)


def _as_json(media: Media, name: str) -> bool:
    encoding = media.encoding.get(name, {})
    return is_json(str(encoding.get("contentType", ""))) if isinstance(encoding, Mapping) else False


def form(media: Media, value: Mapping[str, Any], files: frozenset[str]) -> tuple[str, bytes]:
    """Return Content-Type and body of a form; the members ``files`` are sent as files."""
    fields: list[tuple[str, str]] = []
    for name, member in value.items():
        whole = isinstance(member, dict) or _as_json(media, name)
        items = member if isinstance(member, list) and not whole else [member]
        fields += [(name, json.dumps(item) if whole else text_of(item)) for item in items]
    if media.media_type.startswith("multipart/"):
        return f"multipart/form-data; boundary={_BOUNDARY}", _multipart(fields, files)
    pairs = (f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in fields)
    return media.media_type, "&".join(pairs).encode()


def _multipart(fields: list[tuple[str, str]], files: frozenset[str]) -> bytes:
    parts = []
    for name, text in fields:
        file = f'; filename="{name}"\r\nContent-Type: application/octet-stream' if name in files else ""
        parts.append(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{text}\r\n')
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()
