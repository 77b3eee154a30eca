"""Advice on what a contract leaves unsaid."""

from collections.abc import Iterator
from dataclasses import replace

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.media import is_form, is_json
from specwright.spec.pointer import escape, mapping
from specwright.spec.structure import operations


def operations_have_ids(document: Document) -> Iterator[Problem]:
    """Every operation names the function that will serve it."""
    for pointer, path, method, operation in operations(document.value):
        if "operationId" not in operation:
            message = f"{method.upper()} {path} has no operationId: name the function that serves it"
            yield document.advice(pointer, message, "operation-id")


def operations_have_summaries(document: Document) -> Iterator[Problem]:
    """Every operation says what it does."""
    for pointer, path, method, operation in operations(document.value):
        if not operation.get("summary") and not operation.get("description"):
            message = f"{method.upper()} {path} has no summary: say in a few words what it does"
            yield document.advice(pointer, message, "operation-summary")


def refusals_are_described(document: Document) -> Iterator[Problem]:
    """Every operation says how it refuses a request."""
    yield from _without(document, "4", "refuses a request: add a 4XX response, or default", "response-4xx")


def failures_are_described(document: Document) -> Iterator[Problem]:
    """Every operation says how it fails."""
    # Few contracts do, and few can: it is asked where a configuration asks for it.
    problems = _without(document, "5", "fails: add a 5XX response, or default", "response-5xx")
    yield from (replace(problem, severity="off") for problem in problems)


def contents_have_schemas(document: Document) -> Iterator[Problem]:
    """Whatever holds values (JSON, forms) says which; bytes and text need no schema."""
    for pointer, _, node in document.objects:
        for name, media in mapping(node, "content").items():
            is_bare = isinstance(media, dict) and not media.keys() & {"schema", "itemSchema", "$ref"}
            if is_bare and (is_json(name) or is_form(name)):
                message = f"{name} has no schema: say what it holds, {{}} if that can be anything"
                yield document.advice(f"{pointer}/content/{escape(name)}", message, "media-type-schema")


def _without(document: Document, digit: str, what: str, rule: str) -> Iterator[Problem]:
    for pointer, path, method, operation in operations(document.value):
        responses = operation.get("responses", {})
        if isinstance(responses, dict) and not any(status[:1] == digit or status == "default" for status in responses):
            message = f"{method.upper()} {path} does not say how it {what}"
            yield document.advice(f"{pointer}/responses", message, rule)
