"""Rules about what a generated server cannot serve, so that it is said before it is met.

What can never be sent or answered is an error; what is served otherwise than one may think is a warning.
"""

import re
from collections.abc import Iterator
from typing import Any

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.media import is_json, is_media_type, is_structured, is_text
from specwright.spec.parts import types_of
from specwright.spec.pointer import deref, escape, mapping

# RFC 9110 section 5.6.2, and RFC 6265 section 4.1.1 as far as servers can do without it.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_COOKIE = re.compile(r"[!#-+\--:<>-~]+")
_HOLDERS = {"requestBody": "decoded: handlers get {}", "response": "encoded: handlers answer {}"}
_BODILESS = ("204", "304")


def methods_are_served(document: Document) -> Iterator[Problem]:
    """Methods beyond the fixed ones (OpenAPI 3.2, additionalOperations) are read but not served."""
    for pointer, kind, node in document.objects:
        if kind == "pathItem" and node.get("additionalOperations"):
            message = "additionalOperations are not served: only the fixed methods are"
            yield document.advice(f"{pointer}/additionalOperations", message, "method")


def names_can_be_sent(document: Document) -> Iterator[Problem]:
    """Header fields, cookies and schemes of HTTP have names that a message can carry."""
    for pointer, kind, node in document.objects:
        if kind in ("parameter", "securityScheme"):
            yield from _unsendable(document, f"{pointer}/name", node.get("in"), node.get("name"))
        if kind == "securityScheme" and node.get("type") == "http":
            yield from _unsendable(document, f"{pointer}/scheme", "scheme", node.get("scheme"))
        if kind == "response":
            for name in mapping(node.get("headers")):
                yield from _unsendable(document, f"{pointer}/headers/{escape(name)}", "header", name)


def media_types_are_decoded(document: Document) -> Iterator[Problem]:
    """Bodies of JSON, forms and text are read; of others a handler gets the bytes, and their schema goes unasked."""
    for pointer, kind, node in document.objects:
        for name, media in mapping(node.get("content")).items() if kind in _HOLDERS else ():
            place = f"{pointer}/content/{escape(name)}"
            message = (
                f"{name} is not {_HOLDERS[kind].format('text' if is_text(name) else 'bytes')}, and this is not checked"
            )
            if not is_media_type(name):
                yield document.advice(place, f"{name!r} is no media type: no message has it", "media-type")
            elif _is_undecoded(document.value, name, media):
                yield document.advice(f"{place}/schema", message, "media-type")
            if "itemSchema" in mapping(media):
                yield document.advice(f"{place}/itemSchema", message, "media-type")


def parameter_contents_are_decoded(document: Document) -> Iterator[Problem]:
    """What a parameter is spelled in is JSON, or a text to its schema."""
    for pointer, kind, node in document.objects:
        for name, media in mapping(node.get("content")).items() if kind == "parameter" else ():
            if not is_json(name) and _lacks_text(document.value, media):
                message = f"{name} is not decoded in a parameter: no text obeys this schema"
                yield document.problem(f"{pointer}/content/{escape(name)}/schema", message, "parameter-content")


def answers_can_be_sent(document: Document) -> Iterator[Problem]:
    """A status that ends no exchange is no answer, and some have no body."""
    for pointer, kind, node in document.objects:
        for status, response in mapping(node.get("responses")).items() if kind == "operation" else ():
            place = f"{pointer}/responses/{escape(status)}"
            if status.startswith("1"):
                message = f"{status} comes before the answer: no handler can return it"
                yield document.advice(place, message, "response")
            elif status in _BODILESS and mapping(deref(document.value, response)).get("content"):
                yield document.advice(place, f"a {status} has no body: this content is not sent", "response")


def servers_are_the_first(document: Document) -> Iterator[Problem]:
    """Operations are served below the path of the document's first server, its variables at their defaults."""
    servers = mapping(document.value).get("servers")
    first = mapping(servers[0]) if isinstance(servers, list) and servers else {}
    path = re.sub(r"^([^/]*:)?//[^/]*", "", str(first.get("url", "")))
    for name in re.findall(r"\{([^{}]*)\}", path):
        default = mapping(mapping(first.get("variables")).get(name)).get("default")
        message = f"the path of the server is served with {name} at its default {default!r} alone"
        yield document.advice("/servers/0/url", message, "server")
    for pointer, kind, node in document.objects:
        if kind in ("pathItem", "operation") and pointer.startswith("/paths/") and node.get("servers"):
            message = "served below the path of the document's first server, not of these"
            yield document.advice(f"{pointer}/servers", message, "server")


def _unsendable(document: Document, place: str, where: Any, name: Any) -> Iterator[Problem]:
    wanted = {"header": _TOKEN, "scheme": _TOKEN, "cookie": _COOKIE}.get(str(where))
    if wanted is not None and isinstance(name, str) and not wanted.fullmatch(name):
        yield document.problem(place, f"no message can carry a {where} named {name!r}", "name")


def _is_undecoded(contract: Any, media_type: str, media: Any) -> bool:
    return not is_structured(media_type) and _lacks_text(contract, media)


def _lacks_text(contract: Any, media: Any) -> bool:
    """Tell whether the schema of a media type takes values that no text is."""
    schema = mapping(deref(contract, media)).get("schema")
    return isinstance(schema, dict) and "string" not in types_of(contract, schema)
