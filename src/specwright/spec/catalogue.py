"""Every rule by its id: what it asks, why, and how to mend what breaks it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One rule: its ``severity``, what it ``asks``, ``why``, how to ``mend`` a breach, a ``bad`` and a ``good`` example."""

    severity: str
    asks: str
    why: str = ""
    mend: str = ""
    bad: str = ""
    good: str = ""


def _error(asks: str) -> Entry:
    return Entry("error", asks)


def _warning(asks: str) -> Entry:
    return Entry("warning", asks)


CATALOGUE: Mapping[str, Entry] = {
    "default": _warning("Every default obeys its own schema."),
    "depth": _error("Values nest at most 200 levels deep."),
    "dialect": _error("The dialect of a schema is one that is known."),
    "duplicate-key": _error("No object has a key twice."),
    "example": _warning("Every example obeys its schema."),
    "media-type": _warning("Bodies have media types that handlers can read."),
    "method": _warning("Operations have methods that are served."),
    "name": _error("Header fields, cookies and schemes have names that a message can carry."),
    "operation-id-unique": _error("No two operations share an operationId."),
    "parameter": _error("No parameter takes the whole query string."),
    "parameter-unique": _error("No operation or path declares a parameter twice."),
    "path-parameter": _error("Every name in a path template is a declared path parameter, and the other way round."),
    "path-unique": _error("No two paths match the same requests."),
    "pattern": _error("Every regular expression can be compiled."),
    "provenance": _error("Every x-provenance mark has a basis, a known source and a reason."),
    "ref": _error("Every reference resolves, inside the workspace."),
    "ref-kind": _error("Every reference leads to an object of the kind that its place needs."),
    "ref-loop": _error("No reference leads back to itself."),
    "response": _warning("Every response can be sent."),
    "schema": _error("Every schema is a JSON Schema."),
    "security-defined": _error("Every security requirement names a scheme of the components."),
    "server": _warning("Operations are served below the path of the first server."),
    "size": _error("A file has at most 32 MiB."),
    "structure": _error("The document has the shape that its OpenAPI version prescribes."),
    "syntax": _error("The text is YAML or JSON."),
    "utf8": _error("The text is UTF-8."),
    "version": _error("The document says an OpenAPI version that is known."),
    "yaml": _error("The YAML holds what JSON can say, nothing else."),
}
