"""The requests and responses of an operation: its parameters, bodies and headers, each with its Python type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from specwright.plan import naming
from specwright.plan.definitions import Definitions
from specwright.plan.directions import Direction
from specwright.plan.model import Body, Choice, Header, Location, Media, Parameter, Response
from specwright.spec.media import concrete, is_range, is_structured, is_text
from specwright.spec.parts import types_of
from specwright.spec.pointer import deref, escape, resolve

_STYLES: dict[str, str] = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
# OpenAPI 3.1.1 section 4.8.12.1: header parameters of these names "SHALL be ignored".
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
# Section 4.8.17.1 says so of Content-Type; the others frame the message, which is for the server to do.
_FRAME_HEADERS = frozenset({"content-type", "content-length", "transfer-encoding", "connection"})
_RESPONSE_FIELDS = frozenset({"body", "status", "media_type", "media_types", "header_names"})


@dataclass(frozen=True)
class Messages:
    """Plans the messages of ``contract``; ``base`` starts the names of what they define.

    ``shared`` are the class names of the responses that are components, by reference and status.
    """

    contract: Any
    definitions: Definitions
    shared: Mapping[tuple[str, str], str]

    # --- parameters -------------------------------------------------------------------------------------------

    def parameters(self, pointer: str, path: str, operation: dict[str, Any], base: str) -> tuple[Parameter, ...]:
        """Return the parameters of the operation at ``pointer`` and those of its path that it does not say anew."""
        found = self._declared(pointer, path, operation)
        kept = {f"{where}/{name}": entry for (name, where), entry in found.items() if not _is_ignored(name, where)}
        names = naming.arguments([parameter for _, parameter in kept.values()])
        return tuple(self._parameter(*entry, names[key], base) for key, entry in kept.items())

    def negotiates(self, pointer: str, path: str, operation: dict[str, Any]) -> bool:
        """Tell whether Accept is what HTTP says: a parameter of that name is ignored, but it says of what use it is."""
        names = {(name.lower(), where) for name, where in self._declared(pointer, path, operation)}
        return ("accept", "header") not in names

    def _declared(
        self, pointer: str, path: str, operation: dict[str, Any]
    ) -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
        """Return (name, location) -> (where it stands, parameter) of the operation at ``pointer`` and of its path."""
        found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        item = f"/paths/{escape(path)}"
        for holder, place in ((self.contract["paths"][path], item), (operation, pointer)):
            for index, node in enumerate(holder.get("parameters", ())):
                where, parameter = self._follow(f"{place}/parameters/{index}", node)
                found[parameter["name"], parameter["in"]] = where, parameter
        return found

    def _parameter(self, pointer: str, parameter: dict[str, Any], identifier: str, base: str) -> Parameter:
        location: Location = parameter["in"]
        media_type, schema_pointer, schema = self._parameter_schema(pointer, parameter)
        style = parameter.get("style", _STYLES.get(location, "form"))
        required = parameter.get("required", False)
        base = naming.base(pointer, base, naming.pascal_case(parameter["name"]))
        annotation = self.definitions.annotation(schema_pointer, base, "request")
        has_default = "default" in schema and self.definitions.obeys(schema_pointer, schema["default"])
        optional = not required and not has_default
        return Parameter(
            name=parameter["name"],
            identifier=identifier,
            location=location,
            required=required,
            description=parameter.get("description", ""),
            annotation=_optional(annotation) if optional else annotation,
            pointer=schema_pointer,
            style=style,
            explode=parameter.get("explode", style in ("form", "cookie")),
            media_type=media_type,
            default=schema["default"] if has_default else None,
            optional=optional,
        )

    def _parameter_schema(self, pointer: str, parameter: dict[str, Any]) -> tuple[str | None, str, dict[str, Any]]:
        if "content" in parameter:
            media_type, media = next(iter(parameter["content"].items()))
            pointer, schema = f"{pointer}/content/{escape(media_type)}/schema", media.get("schema", {})
        else:
            media_type, schema, pointer = None, parameter.get("schema", {}), f"{pointer}/schema"
        resolved = deref(self.contract, schema)
        return media_type, pointer, resolved if isinstance(resolved, dict) else {}

    # --- bodies -----------------------------------------------------------------------------------------------

    def body(self, pointer: str, operation: dict[str, Any], base: str) -> Body | None:
        """Return what the request of the operation at ``pointer`` carries, if it carries anything."""
        if "requestBody" not in operation:
            return None
        where, body = self._follow(f"{pointer}/requestBody", operation["requestBody"])
        media = self._media(where, body, naming.base(where, base, "Request"), "request")
        required = body.get("required", False)
        annotation = " | ".join(dict.fromkeys(item.annotation for item in media)) or "Any"
        return Body(
            required=required,
            description=body.get("description", ""),
            annotation=annotation if required else _optional(annotation),
            media=media,
        )

    def _media(self, pointer: str, holder: dict[str, Any], base: str, direction: Direction) -> tuple[Media, ...]:
        return tuple(
            self._one_media(f"{pointer}/content/{escape(media_type)}", media_type, node, base, direction)
            for media_type, node in sorted(holder.get("content", {}).items(), key=_json_first)
        )

    def _one_media(self, pointer: str, media_type: str, node: dict[str, Any], base: str, direction: Direction) -> Media:
        pointer, media = self._follow(pointer, node)
        encoding = media.get("encoding", {})
        if "schema" not in media:
            return Media(media_type, None, _raw_annotation(media_type, direction), encoding)
        if not is_structured(media_type):
            place = f"{pointer}/schema" if self._is_judged(media_type, media["schema"]) else None
            return Media(media_type, place, _raw_annotation(media_type, direction), encoding)
        annotation = self.definitions.annotation(f"{pointer}/schema", base, direction)
        return Media(media_type, f"{pointer}/schema", annotation, encoding)

    def _is_judged(self, media_type: str, schema: Any) -> bool:
        """Tell whether a schema can be asked about a text: one of values that the text only spells cannot."""
        return not is_text(media_type) or "string" in types_of(self.contract, schema)

    # --- responses --------------------------------------------------------------------------------------------

    def responses(self, pointer: str, operation: dict[str, Any], base: str) -> tuple[Response, ...]:
        """Return the responses of the operation at ``pointer``, one a status and type of its body."""
        found: list[Response] = []
        for status, node in sorted(operation.get("responses", {}).items()):
            if not status.startswith("x-"):
                where, response = self._follow(f"{pointer}/responses/{status}", node)
                name = self.shared.get((str(node.get("$ref")), status), f"{base}{naming.status_name(status)}")
                found.extend(self._response(where, response, status, name))
        return tuple(found) or (Response(f"{base}Default", "default", "Not declared by the contract.", None, (), ()),)

    def _response(self, pointer: str, response: dict[str, Any], status: str, name: str) -> list[Response]:
        """Return one class for every distinct type among the media types; the first has the plain name."""
        media = self._media(pointer, response, naming.base(pointer, name, "") + "Body", "response")
        headers = self._headers(pointer, response, naming.base(pointer, name, ""))
        by_type: dict[str | None, list[Media]] = {}
        for item in media:
            by_type.setdefault(item.annotation, []).append(item)
        groups = list(by_type.items()) or [(None, [])]
        others = {
            group[0].media_type: name + (naming.pascal_case(group[0].media_type) or "Any") for _, group in groups[1:]
        }
        names = [name, *naming.distinct(others).values()]
        return [
            Response(
                class_name=names[index],
                status=status,
                description=response.get("description", ""),
                annotation=annotation,
                media=tuple(group),
                headers=headers,
                choice=_choice(group),
            )
            for index, (annotation, group) in enumerate(groups)
        ]

    def _headers(self, pointer: str, response: dict[str, Any], base: str) -> tuple[Header, ...]:
        nodes = {n: h for n, h in response.get("headers", {}).items() if n.lower() not in _FRAME_HEADERS}
        wanted = {name: naming.snake_case(name) for name in nodes}
        wanted = {name: f"{field}_" if field in _RESPONSE_FIELDS else field for name, field in wanted.items()}
        identifiers = naming.distinct(wanted)
        return tuple(
            self._header(name, identifiers[name], *self._follow(f"{pointer}/headers/{escape(name)}", node), base)
            for name, node in sorted(nodes.items())
        )

    def _header(self, name: str, identifier: str, pointer: str, header: dict[str, Any], base: str) -> Header:
        has_schema = "schema" in header
        annotation = (
            self.definitions.annotation(
                f"{pointer}/schema", naming.base(pointer, base, naming.pascal_case(name)), "response"
            )
            if has_schema
            else "str"
        )
        required = header.get("required", False)
        return Header(
            name=name,
            identifier=identifier,
            required=required,
            description=header.get("description", ""),
            annotation=annotation if required else _optional(annotation),
            pointer=f"{pointer}/schema" if has_schema else None,
        )

    def _follow(self, pointer: str, node: Any) -> tuple[str, dict[str, Any]]:
        """Return where the object at ``pointer`` really stands, and the object."""
        place, current = pointer, node
        while "$ref" in current:
            place = unquote(current["$ref"][1:])
            current = resolve(self.contract, place)
        return place, deref(self.contract, node)


def _json_first(item: tuple[str, Any]) -> tuple[bool, str]:
    return "json" not in item[0], item[0]


def _is_ignored(name: str, location: str) -> bool:
    return location == "header" and name.lower() in _IGNORED_HEADERS


def _optional(annotation: str) -> str:
    return annotation if annotation in ("Any", "None") or annotation.endswith(" | None") else f"{annotation} | None"


def _choice(media: list[Media]) -> Choice | None:
    """Return how a handler says which of ``media`` its body is, None where that needs no saying."""
    names = [item.media_type for item in media]
    if any(is_range(name) for name in names):
        is_known = any(concrete(name) for name in names)
        return Choice("str | None" if is_known else "str", required=not is_known)
    if len(names) > 1 and not is_structured(names[0]):
        return Choice(f"Literal[{', '.join(ascii(name) for name in names)}] | None", required=False)
    return None


def _raw_annotation(media_type: str, direction: Direction) -> str:
    if is_structured(media_type):
        return "Any"
    if direction == "request":
        return "str" if is_text(media_type) else "bytes"
    return "Text" if is_text(media_type) else "Content"
