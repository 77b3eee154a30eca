"""The requests and responses of an operation: its parameters, bodies and headers, each with its Python type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from specwright.plan import naming
from specwright.plan.definitions import Definitions
from specwright.plan.directions import Direction
from specwright.plan.model import Body, Header, Location, Media, Parameter, Response
from specwright.spec.pointer import escape, resolve
from specwright.spec.refs import deref

_STYLES: dict[str, str] = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
# OpenAPI 3.1.1 section 4.8.12.1: header parameters of these names "SHALL be ignored".
_IGNORED_HEADERS = frozenset({"content-type", "authorization"})
_RESPONSE_FIELDS = frozenset({"body", "status", "media_types", "header_names"})


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
        found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        item = f"/paths/{escape(path)}"
        for holder, place in ((self.contract["paths"][path], item), (operation, pointer)):
            for index, node in enumerate(holder.get("parameters", ())):
                where, parameter = self._follow(f"{place}/parameters/{index}", node)
                found[parameter["name"], parameter["in"]] = where, parameter
        kept = {f"{where}/{name}": entry for (name, where), entry in found.items() if not _is_ignored(name, where)}
        names = naming.arguments([parameter for _, parameter in kept.values()])
        return tuple(self._parameter(*entry, names[key], base) for key, entry in kept.items())

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
        if not _is_structured(media_type):
            return Media(media_type, f"{pointer}/schema", _raw_annotation(media_type, direction), encoding)
        annotation = self.definitions.annotation(f"{pointer}/schema", base, direction)
        return Media(media_type, f"{pointer}/schema", annotation, encoding)

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
            )
            for index, (annotation, group) in enumerate(groups)
        ]

    def _headers(self, pointer: str, response: dict[str, Any], base: str) -> tuple[Header, ...]:
        nodes = {n: h for n, h in response.get("headers", {}).items() if n.lower() != "content-type"}
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


def _is_structured(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json")) or kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "*/*",
    )


def _raw_annotation(media_type: str, direction: Direction) -> str:
    if _is_structured(media_type):
        return "Any"
    is_text = media_type.lower().startswith("text/")
    if direction == "request":
        return "str" if is_text else "bytes"
    return "Text" if is_text else "Content"
