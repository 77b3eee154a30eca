"""Bodies: bytes -> JSON values by Content-Type, and the choice of a media type by Accept.

Strict where JSON is loose elsewhere: invalid UTF-8, NaN, lone surrogates and bottomless nesting are refused.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson

from specwright.plan import Media
from specwright.runtime.refusals import Breach, Refusal
from specwright.runtime.types import File
from specwright.runtime.values import properties_of, typed, types_of
from specwright.spec.refs import deref, resolve
from specwright.spec.violations import Violation, type_of

_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1"}
_MAX_FIELDS = 1000
# orjson is strict, and makes floats of integers beyond 64 bits: those are read once more, exactly.
_LARGE_INTEGER = re.compile(rb"[0-9]{19}")


def essence(media_type: str) -> str:
    """Return ``type/subtype`` in lower case, parameters aside."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Tell whether ``media_type`` is JSON: application/json, text/json, anything +json."""
    return essence(media_type).endswith(("/json", "+json"))


@lru_cache(maxsize=1024)
def matching(content_type: str, declared: tuple[str, ...]) -> str | None:
    """Return the declared media type (or range) that a Content-Type falls under, the most specific first."""
    kind = essence(content_type)
    exact = [name for name in declared if essence(name) == kind]
    if exact:
        wanted = _parameters(content_type)
        return max(exact, key=lambda name: len(_parameters(name).items() & wanted.items()))
    ranges = (f"{kind.partition('/')[0]}/*", "*/*")
    return next((name for wanted in ranges for name in declared if essence(name) == wanted), None)


@lru_cache(maxsize=1024)
def negotiated(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the offered media type that an Accept header prefers; None when it takes none of them (RFC 9110, 12.5.1)."""
    ranges = [_accepted(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda name: _quality(name, ranges))
    return best if _quality(best, ranges) > 0 else None


def _accepted(part: str) -> tuple[str, float]:
    kind, _, rest = part.partition(";")
    quality = 1.0
    for item in rest.split(";"):
        key, _, value = item.partition("=")
        if key.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 1.0
    return kind.strip().lower(), quality


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    kind = essence(media_type)
    wanted = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    found = [(wanted.index(name), -quality) for name, quality in ranges if name in wanted]
    return -min(found)[1] if found else 0.0


def _parameters(media_type: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in media_type.split(";")[1:])
    return {key.strip().lower(): value.strip().strip('"').lower() for key, _, value in pairs}


class BodyParser:
    """Parses bodies of one declared media type."""

    def __init__(self, media: Media, contract: Any) -> None:
        self._media, self._contract = media, contract
        self._schema = resolve(contract, media.pointer) if media.pointer else True

    def parse(self, content_type: str, data: bytes) -> Any:
        """Return the value of a body that is not multipart; raises Refusal when it is malformed."""
        if is_json(content_type):
            return _json(content_type, data)
        if essence(content_type) == "application/x-www-form-urlencoded":
            return self.from_fields(_form_fields(_text(content_type, data)))
        if essence(content_type).startswith("text/"):
            return _text(content_type, data)
        return data

    def from_fields(self, fields: Mapping[str, list[str]]) -> dict[str, Any]:
        """Return the object that form fields spell, by the schema and the encoding of the media type."""
        properties = properties_of(self._contract, self._schema)
        nested: dict[str, Any] = {}
        for name, texts in fields.items():
            base, bracket, _ = name.partition("[")
            if bracket and base in properties and name not in properties:
                _deepen(nested.setdefault(base, {}), name[len(base) :], texts)
            elif isinstance(nested.get(name), dict):
                raise Refusal(400, f"the form field {name!r} has both a value and members")
            else:
                nested[name] = texts if len(texts) > 1 else texts[0]
        return {name: self._field(name, properties.get(name, True), raw) for name, raw in nested.items()}

    def _field(self, name: str, schema: Any, raw: Any) -> Any:
        if isinstance(raw, dict):
            return typed(self._contract, schema, raw)
        content_type = str(self._media.encoding.get(name, {}).get("contentType", ""))
        if is_json(content_type) or (not content_type and _is_object(self._contract, schema)):
            return self._json_field(schema, raw)
        return typed(self._contract, schema, raw)

    def _json_field(self, schema: Any, raw: Any) -> Any:
        """Return what JSON text spells; a list comes as one text or as one text an item."""
        texts = raw if isinstance(raw, list) else [raw]
        try:
            values = [orjson.loads(text) for text in texts]
        except (orjson.JSONDecodeError, TypeError):
            return raw
        types = types_of(self._contract, schema)
        is_item = len(values) > 1 or ("array" in types and type_of(values[0]) not in types)
        return values if is_item else values[0]


def _is_object(contract: Any, schema: Any) -> bool:
    node = deref(contract, schema)
    return isinstance(node, dict) and node.get("type") == "object"


def _deepen(found: Any, brackets: str, texts: list[str]) -> None:
    """Put ``[a][b]`` into nested maps; a list spelled ``[]`` gets running keys."""
    keys = brackets[1:].removesuffix("]").split("][")
    if len(keys) > 20:
        raise Refusal(400, "form fields nest too deeply")
    for key in keys[:-1]:
        found = found.setdefault(key, {}) if isinstance(found, dict) else found
    if not isinstance(found, dict) or keys[-1] in found:
        raise Refusal(400, f"the form field {keys[-1]!r} has both a value and members")
    if keys[-1]:
        found[keys[-1]] = texts if len(texts) > 1 else texts[0]
    else:
        found.update({str(len(found) + index): text for index, text in enumerate(texts)})


def _json(content_type: str, data: bytes) -> Any:
    charset = _parameters(content_type).get("charset", "utf-8")
    if _CHARSETS.get(charset) not in ("utf-8", "ascii"):
        raise Refusal(415, f"JSON is UTF-8, not {charset}")
    try:
        value = orjson.loads(data)
        return json.loads(data) if _LARGE_INTEGER.search(data) else value
    except (ValueError, RecursionError) as error:
        breach = Breach("body", Violation("", "json", f"is not valid JSON: {error}"))
        raise Refusal(400, f"the body is not valid JSON: {error}", (breach,)) from None


def _text(content_type: str, data: bytes) -> str:
    charset = _parameters(content_type).get("charset", "utf-8")
    if charset not in _CHARSETS:
        raise Refusal(415, f"the charset {charset} is not supported: use utf-8")
    try:
        return data.decode(_CHARSETS[charset])
    except UnicodeDecodeError:
        breach = Breach("body", Violation("", "charset", f"is not valid {charset}"))
        raise Refusal(400, f"the body is not valid {charset}", (breach,)) from None


def _form_fields(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for count, (name, value) in enumerate(pairs(text)):
        if count >= _MAX_FIELDS:
            raise Refusal(413, f"the form has more than {_MAX_FIELDS} fields")
        try:
            fields.setdefault(name, []).append(unquote(value.replace("+", " "), errors="strict"))
        except UnicodeDecodeError:
            raise Refusal(400, "the form is not valid UTF-8") from None
    return fields


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, still encoded value) of a query string or form; raises Refusal when a name is no UTF-8."""
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            try:
                yield unquote(name.replace("+", " "), errors="strict"), value
            except UnicodeDecodeError:
                raise Refusal(400, "a parameter name is not valid UTF-8") from None


class Part(NamedTuple):
    """One part of a multipart body: its text (of a file a character a byte), and the file if it is one."""

    text: str
    file: File | None


def attached(value: dict[str, Any], parts: Mapping[str, list[Part]]) -> dict[str, Any]:
    """Return ``value`` with the files of ``parts`` where their texts stand."""
    files = {name: [part.file for part in found] for name, found in parts.items() if all(part.file for part in found)}
    placed = {
        name: found if isinstance(value[name], list) else found[0]
        for name, found in files.items()
        if isinstance(value.get(name), str | list)
    }
    return {**value, **placed}


async def multipart_parts(content_type: str, data: bytes) -> dict[str, list[Part]]:
    """Return the parts of a multipart body by name."""
    # Imported here because few contracts have multipart bodies.
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def stream() -> Any:
        yield data

    headers = Headers({"content-type": content_type})
    try:
        form = await MultiPartParser(headers, stream(), max_fields=_MAX_FIELDS, max_part_size=len(data) + 1).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Refusal(400, f"the multipart body cannot be read: {error}") from None
    parts: dict[str, list[Part]] = {}
    for name, part in form.multi_items():
        parts.setdefault(name, []).append(await _part(part) if isinstance(part, UploadFile) else Part(part, None))
    return parts


async def _part(upload: Any) -> Part:
    octets = await upload.read()
    await upload.close()
    return Part(octets.decode("latin-1"), File(octets, upload.filename, upload.content_type))


def offered(media: Sequence[Media]) -> tuple[str, ...]:
    """Return the media types of ``media`` as a tuple, for negotiation."""
    return tuple(item.media_type for item in media)
