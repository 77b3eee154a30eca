"""Say everything that is wrong with a contract, each problem with its place.

Its structure comes first: what OpenAPI's own schema says. Then the rules.
"""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from specwright.errors import Problem, SpecError
from specwright.spec.dialects import Dialect, is_openapi_3_0
from specwright.spec.document import Document
from specwright.spec.pointer import escape, has, unescape
from specwright.spec.rules import ADVICE, RULES, Rule
from specwright.spec.schemas import schema_validator
from specwright.spec.upgrade import upgrade

_VERSION = re.compile(r"3\.[012]\.\d+")


def check(document: Document, more: tuple[Rule, ...] = ()) -> list[Problem]:
    """Return every problem of the bundled ``document``, in the order of its lines; warnings included.

    ``more`` rules are asked besides those of this room. What is told only where it is asked for has the severity off.
    """
    return _check(document, RULES + ADVICE + more)[1]


def usable(document: Document) -> Document:
    """Return the bundled ``document`` said in OpenAPI 3.1; raises SpecError with all that keeps it from being used."""
    native, problems = _check(document, RULES)
    found = [problem for problem in problems if problem.severity == "error"]
    if found:
        raise SpecError(found)
    return native


def _check(document: Document, rules: tuple[Rule, ...]) -> tuple[Document, list[Problem]]:
    version = document.value.get("openapi") if isinstance(document.value, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        found = f", not {version!r}" if version is not None else ""
        problem = document.problem("/openapi", f"openapi must be 3.0.x, 3.1.x or 3.2.x{found}", "version")
        return document, sorted({*document.problems, problem})
    native = upgrade(document)
    found_by_rules = (problem for rule in rules for problem in rule(native))
    problems: dict[tuple[str, int, int, str], Problem] = {}
    for problem in chain(document.problems, structure(document), found_by_rules):
        # One sentence at one place is said once, whichever rule says it first.
        problems.setdefault((problem.path, problem.line, problem.column, problem.message), problem)
    return native, sorted(problems.values())


def structure(document: Document) -> Iterator[Problem]:
    """The document has the shape that its OpenAPI version prescribes."""
    schema = _published_schema(document.value["openapi"][:3])
    for violation in schema_validator(schema).violations(_without_foreign_schemas(document)):
        if violation.keyword == "format":
            continue  # a server URL may be a template, which no URI is; formats of schemas are checked as schemas
        parent, key = (unescape(token) for token in f"//{violation.pointer}".rsplit("/", 2)[1:])
        named = f"{parent}/{key}" if key.isdigit() else repr(key) if key else "the document"
        yield document.problem(violation.pointer, f"{named} {violation.message}", "structure")


def _without_foreign_schemas(document: Document) -> Any:
    """Return the value of ``document`` for OpenAPI's own schema to judge, which of 3.0 knows only schemas of 3.0."""
    value, dialects = document.value, document.dialects
    if not is_openapi_3_0(value) or set(dialects.values()) <= {Dialect.OPENAPI_3_0}:
        return value
    if not has(value, "/components/schemas") or not isinstance(value["components"]["schemas"], dict):
        return value
    foreign = {place for place, dialect in dialects.items() if dialect is not Dialect.OPENAPI_3_0}
    schemas = {
        name: {} if f"/components/schemas/{escape(name)}" in foreign else schema
        for name, schema in value["components"]["schemas"].items()
    }
    return {**value, "components": {**value["components"], "schemas": schemas}}


def _published_schema(version: str) -> Any:
    """Return the schema of OpenAPI ``version`` as openapi-spec-validator publishes it, without loading its code."""
    package = find_spec("openapi_spec_validator")
    assert package is not None  # noqa: S101 - it is a dependency
    folder = Path(str(package.origin)).parent
    return json.loads((folder / f"resources/schemas/v{version}/schema.json").read_text(encoding="utf-8"))
