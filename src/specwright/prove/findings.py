"""Failures of Schemathesis -> findings: of every constraint one, the shortest, where Schemathesis tells one an operation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemathesis.core import NotSet
from schemathesis.core.failures import Failure
from schemathesis.generation.case import Case
from schemathesis.openapi import checks as failed

from specwright.plan import Api, Operation
from specwright.prove.evidence import Finding
from specwright.prove.witness import Error, Witness
from specwright.spec.pointer import escape

_Place = tuple[str, str]  # pointer and keyword
_LONGEST = 300  # characters of a detail


class Places:
    """Tells which constraints of ``api`` a failure is about."""

    def __init__(self, api: Api) -> None:
        self._operations = {(item.method.upper(), item.path): item for item in api.operations}
        self._witness = Witness(api.contract, "request")

    def operation(self, case: Case[Any]) -> Operation | None:
        """Return the operation that ``case`` calls, None when it calls none."""
        return self._operations.get((case.operation.method.upper(), case.operation.path))

    def of(self, failure: Failure, case: Case[Any]) -> list[_Place]:
        """Return the pointers and keywords that ``failure`` is about; pointers of requests begin with the location."""
        match failure:
            case failed.JsonSchemaError():
                steps = [str(step) for step in failure.schema_path]
                return [(_pointer("response", failure.instance_path), steps[-1] if steps else "schema")]
            case failed.MissingHeaders():
                return [(f"/response header/{escape(name)}", "required") for name in failure.missing_headers]
            case failed.UndefinedStatusCode():
                return [("/response", f"status {failure.status_code}")]
        return self._broken(case) or [(_negated(case), failure.code)]

    def _broken(self, case: Case[Any]) -> list[_Place]:
        """Return what is wrong with the request, as the independent witness has it."""
        operation = self.operation(case)
        if operation is None:
            return []
        raw: Mapping[str, Any] = (
            {key.value: value for key, value in case.meta.raw_containers.items()} if case.meta else {}
        )
        sent = {
            "path": raw.get("path", case.path_parameters),
            "query": raw.get("query", case.query),
            "header": raw.get("header", case.headers),
            "cookie": raw.get("cookie", case.cookies),
        }
        found = [place for item in operation.parameters for place in self._parameter(item, sent[item.location] or {})]
        body = raw.get("body", case.body)
        for media in operation.body.media if operation.body else ():
            if media.media_type == case.media_type and media.pointer and not isinstance(body, NotSet):
                found += [
                    (_pointer("body", error.place), error.keyword)
                    for error in _outer(self._witness, media.pointer, body)
                ]
        return found

    def _parameter(self, parameter: Any, sent: Mapping[str, Any]) -> Iterator[_Place]:
        pointer = f"/{parameter.location}/{escape(parameter.name)}"
        if parameter.name not in sent:
            if parameter.required:
                yield pointer, "required"
            return
        for error in _outer(self._witness, parameter.pointer, sent[parameter.name]):
            yield f"{pointer}{_pointer('', error.place)}", error.keyword


def _outer(witness: Witness, pointer: str, value: Any) -> Iterable[Error]:
    return (error for error in witness.errors(pointer, value) if not error.nested)


def _pointer(start: str, steps: Iterable[str | int]) -> str:
    return "".join(f"/{escape(str(step))}" for step in ([start] if start else []) + list(steps))


def _negated(case: Case[Any]) -> str:
    """Return the place that Schemathesis says it has made wrong."""
    data = case.meta.phase.data if case.meta else None
    where, name = getattr(data, "parameter_location", None), getattr(data, "parameter", None)
    return "".join(f"/{escape(str(step))}" for step in (where and where.value, name) if step)


def detail(failure: Failure) -> str:
    """Return what a failure says, in one line."""
    return " ".join(str(failure).split())[:_LONGEST]


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return of every operation, pointer, keyword and check the finding with the shortest curl, in order."""
    best: dict[tuple[str, str, str, str], Finding] = {}
    for some in sorted(findings, key=lambda item: (len(item.curl), item.curl)):
        best.setdefault((some.operation, some.pointer, some.keyword, some.check), some)
    return tuple(best[key] for key in sorted(best))
