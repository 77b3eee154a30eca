"""Forms: the fields of urlencoded and multipart bodies -> the object that the schema means."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus

from specwright.plan import Media, Parameter
from specwright.plan.objects import members
from specwright.runtime.media import BadJson, json_value, pairs, text_of
from specwright.runtime.parameters import ParameterReader
from specwright.runtime.refusals import Breach, Refusal
from specwright.runtime.styles import MISSING, Malformed, Raw
from specwright.runtime.types import File
from specwright.runtime.values import Reading
from specwright.spec.excerpt import excerpt
from specwright.spec.media import essence, is_json
from specwright.spec.parts import properties_of
from specwright.spec.pointer import escape, resolve
from specwright.spec.schemas import Schemas
from specwright.spec.violations import Violation, type_of

_MAX_FIELDS = 1000
_STYLED = frozenset({"style", "explode", "allowReserved"})


class Part(NamedTuple):
    """One field of a form: its text (of a file a character a byte), and the file if it is one."""

    text: str
    file: File | None


Parts = Mapping[str, list[Part]]


async def parts_of(content_type: str, data: bytes) -> Parts:
    """Return the fields of a form by name; raises Refusal when it is malformed."""
    if essence(content_type) == "multipart/form-data":
        return await _multipart(content_type, data)
    return {
        name: [Part(text, None) for text in texts] for name, texts in _urlencoded(text_of(content_type, data)).items()
    }


class FormReader:
    """Reads forms of one declared media type."""

    def __init__(self, media: Media, contract: Any, schemas: Schemas) -> None:
        self._media, self._contract = media, contract
        self._schema = resolve(contract, media.pointer) if media.pointer else True
        self._properties = properties_of(contract, self._schema)
        self._reading = Reading(contract, self._schema)
        readers = {
            name: self._reader(name, encoding, schemas)
            for name, encoding in media.encoding.items()
            if name in self._properties and encoding.keys() & _STYLED
        }
        self._styled = {name: reader for name, reader in readers.items() if reader.style.shape != "scalar"}

    def read(self, parts: Parts) -> dict[str, Any]:
        """Return the object that a form spells, by the schema and the encoding of the media type."""
        fields = {name: [part.text for part in found] for name, found in parts.items()}
        return {**self._plain(fields), **self._of_style(fields)}

    def _reader(self, name: str, encoding: Mapping[str, Any], schemas: Schemas) -> ParameterReader:
        """Return what reads a field that the encoding gives a style: it is spelled as a query parameter is."""
        style = encoding.get("style", "form")
        pointer = members(self._contract, str(self._media.pointer), self._schema)[name].places[-1]
        parameter = replace(_FIELD, name=name, style=style, explode=encoding.get("explode", style == "form"))
        reader = ParameterReader(replace(parameter, pointer=pointer), self._contract, schemas)
        reader.style.foreign = frozenset(self._properties) - {name}
        return reader

    def _of_style(self, fields: dict[str, list[str]]) -> dict[str, Any]:
        query = {name: [quote(text, safe=",|") for text in texts] for name, texts in fields.items()}
        found = {}
        for name, reader in self._styled.items():
            try:
                value = reader.spelled(Raw({}, query, {}, {}))
            except Malformed as error:
                style, received = reader.parameter.style, excerpt(fields.get(name, fields))
                breach = Breach("body", Violation(f"/{escape(name)}", "style", str(error), style, received))
                raise Refusal(400, f"the form field {name!r} {error}", (breach,)) from None
            if value is not MISSING:
                found[name] = value
        return found

    def _plain(self, fields: Mapping[str, list[str]]) -> dict[str, Any]:
        styled = frozenset(
            name for reader in self._styled.values() for name in (*reader.style.names, reader.parameter.name)
        )
        nested: dict[str, Any] = {}
        for name, texts in fields.items():
            base, bracket, _ = name.partition("[")
            if name in styled or (bracket and base in styled):
                continue
            if bracket and base in self._properties and name not in self._properties:
                _deepen(nested.setdefault(base, {}), name[len(base) :], texts)
            elif isinstance(nested.get(name), dict):
                raise Refusal(400, f"the form field {name!r} has both a value and members")
            else:
                nested[name] = texts if len(texts) > 1 else texts[0]
        return {name: self._field(name, self._reading.member(name), raw) for name, raw in nested.items()}

    def _field(self, name: str, reading: Reading, raw: Any) -> Any:
        if isinstance(raw, dict):
            return reading.value(raw)
        content_type = str(self._media.encoding.get(name, {}).get("contentType", ""))
        if is_json(content_type) or (not content_type and _is_composed(reading)):
            return self._json_field(reading, raw)
        return reading.value(raw)

    def _json_field(self, reading: Reading, raw: Any) -> Any:
        """Return what JSON text spells; a list comes as one text or as one text an item."""
        texts = raw if isinstance(raw, list) else [raw]
        try:
            values = [json_value(text.encode()) for text in texts]
        except BadJson:
            return raw
        is_item = len(values) > 1 or ("array" in reading.types and type_of(values[0]) not in reading.types)
        return values if is_item else values[0]


def _is_composed(reading: Reading) -> bool:
    """Tell whether a field is an object or a list of them: what JSON spells where the encoding says nothing."""
    item = reading.item(0) if reading.types - {"null"} == {"array"} else reading
    return item.types - {"null"} == {"object"}


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


def _urlencoded(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for count, (name, value) in enumerate(pairs(text)):
        if count >= _MAX_FIELDS:
            raise Refusal(413, f"the form has more than {_MAX_FIELDS} fields")
        try:
            fields.setdefault(name, []).append(unquote_plus(value, errors="strict"))
        except UnicodeDecodeError:
            raise Refusal(400, "the form is not valid UTF-8") from None
    return fields


def attached(value: dict[str, Any], parts: Parts) -> dict[str, Any]:
    """Return ``value`` with the files of ``parts`` where their texts stand."""
    files = {name: [part.file for part in found] for name, found in parts.items() if all(part.file for part in found)}
    placed = {
        name: found if isinstance(value[name], list) else found[0]
        for name, found in files.items()
        if isinstance(value.get(name), str | list)
    }
    return {**value, **placed}


async def _multipart(content_type: str, data: bytes) -> Parts:
    # Imported here because few contracts have multipart bodies.
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException

    async def stream() -> Any:
        yield data

    headers = Headers({"content-type": content_type})
    parser = _multipart_parser()(headers, stream(), max_fields=_MAX_FIELDS, max_part_size=len(data) + 1)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Refusal(400, f"the multipart body cannot be read: {error}") from None
    if not parser.is_whole:
        raise Refusal(400, "the multipart body ends before its closing boundary")
    parts: dict[str, list[Part]] = {}
    for name, part in form.multi_items():
        parts.setdefault(name, []).append(await _part(part) if isinstance(part, UploadFile) else Part(part, None))
    return parts


@cache
def _multipart_parser() -> Any:
    from starlette.formparsers import MultiPartParser

    class Parser(MultiPartParser):
        """A parser that knows whether it has seen the closing boundary: without it parts may be missing."""

        is_whole = False

        def on_end(self) -> None:
            self.is_whole = True

    return Parser


async def _part(upload: Any) -> Part:
    octets = await upload.read()
    await upload.close()
    return Part(octets.decode("latin-1"), File(octets, upload.filename, upload.content_type))


_FIELD = Parameter(
    name="",
    identifier="",
    location="query",
    required=False,
    description="",
    annotation="Any",
    pointer="",
    style="form",
    explode=True,
    media_type=None,
    default=None,
    optional=True,
)
