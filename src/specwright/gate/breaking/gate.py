"""Compare the contracts of a workspace with what they were."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from specwright.errors import Problem, SpecError
from specwright.gate.breaking.accepted import Acceptance, problems, usable
from specwright.gate.breaking.change import FAILING, Change, Verdict
from specwright.gate.breaking.contracts import compare
from specwright.gate.breaking.revision import Revision
from specwright.gate.breaking.rules import catalogue, told
from specwright.gate.report import Report
from specwright.spec.document import Document
from specwright.spec.read import read
from specwright.workspace import Source, Workspace

_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True)
class Finding:
    """One change of one API: where it is (``new``) and was (``old``), and why it is accepted if it is.

    Both places are problems that say nothing: a path, a line, a column, a pointer.
    """

    api: str
    change: Change
    new: Problem
    old: Problem
    accepted: str = ""

    @property
    def fails(self) -> bool:
        """Whether it keeps the gate shut."""
        return self.change.verdict in FAILING and not self.accepted


@dataclass(frozen=True)
class Outcome:
    """What became of one API: its changes, the worst first, and what is wrong with what it accepts."""

    api: str
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it keeps the gate shut."""
        return any(finding.fails for finding in self.findings) or any(
            problem.severity == "error" for problem in self.problems
        )


def outcomes(workspace: Workspace, sources: tuple[Source, ...], before: Revision) -> Iterator[Outcome]:
    """Yield what changed in each of ``sources``, and the APIs that are gone; raises SpecError for what is not valid."""
    for source in sources:
        yield _outcome(workspace, source, before)
    known = {source.name for source in workspace.sources()}
    for name, source in before.sources.items():
        if name not in known and len(sources) == len(known):
            text = f"the API {name} is gone: clients that call it get no answer"
            place = Problem(before.shown(str(source.contract)), 1, 1, "")
            here = Problem(str(workspace.specs), 1, 1, "")
            yield Outcome(name, (Finding(name, told("api-removed", text, "", ""), here, place),))


def _outcome(workspace: Workspace, source: Source, before: Revision) -> Outcome:
    new = read(source.contract, workspace.root)
    former = before.sources.get(source.name)
    if former is None:
        place = Problem(before.name, 1, 1, "")
        change = told("api-added", f"the API {source.name} is new", "", "")
        return Outcome(source.name, (Finding(source.name, change, new.problem("", ""), place),))
    try:
        old = read(former.contract, before.root)
    except SpecError as error:
        old = _nothing(former.contract)
        change = told(
            "contract-unreadable", f"what it was is not valid, so nothing can be told: {_first(error)}", "", ""
        )
        return _judged(source.name, [change], new, old, before)
    try:
        changes = compare(old.value, new.value)
    except RecursionError:
        text = "its schemas lead to each other too deeply to be compared"
        changes = [told("contract-unreadable", text, "", "")]
    return _judged(source.name, changes, new, old, before)


def _first(error: SpecError) -> str:
    problem = error.problems[0]
    return f"line {problem.line}: {problem.message}"


def _nothing(file: Path) -> Document:
    return Document(str(file), file, {}, dict)


def _judged(api: str, changes: list[Change], new: Document, old: Document, before: Revision) -> Outcome:
    meant = usable(new, old)
    used: list[Acceptance] = []
    findings = []
    for change in changes:
        covering = [item for item in meant if item.covers(change)]
        used += covering
        place = old.problem(change.old, "")
        old_place = replace(place, path=before.shown(place.path))
        reason = covering[0].why if covering else ""
        findings.append(Finding(api, change, new.problem(change.new, ""), old_place, reason))
    findings.sort(key=lambda finding: (bool(finding.accepted), _RANKS[finding.change.verdict]))
    return Outcome(api, tuple(findings), tuple(problems(new, old, used)))


def shown(outcome: Outcome) -> Outcome:
    """Return ``outcome`` without what nobody has to look at."""
    kept = [finding for finding in outcome.findings if finding.change.verdict in FAILING | {Verdict.WARNING}]
    return replace(outcome, findings=tuple(kept))


def report(found: Iterable[Outcome]) -> Report:
    """Return what fails and what warns, but for what is accepted, for the formats that tell problems."""
    findings: dict[str, tuple[Problem, ...]] = {}
    for outcome in found:
        changes = [finding for finding in shown(outcome).findings if not finding.accepted]
        findings[outcome.api] = (*map(_problem, changes), *outcome.problems)
    return Report(findings, catalogue())


def _problem(finding: Finding) -> Problem:
    change, old = finding.change, finding.old
    text = f"{change.message} (was {old.path}:{old.line}:{old.column})"
    return replace(finding.new, message=text, rule=change.rule, severity="error" if finding.fails else "warning")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return what became of an API as plain values."""
    return {
        "api": outcome.api,
        "fails": outcome.fails,
        "changes": [_change_as_json(finding) for finding in outcome.findings],
        "problems": [_place_as_json(problem) | {"message": problem.message} for problem in outcome.problems],
    }


def _change_as_json(finding: Finding) -> dict[str, Any]:
    change = finding.change
    return {
        "rule": change.rule,
        "verdict": change.verdict.value,
        "message": change.message,
        "operations": list(change.operations),
        "direction": change.direction or None,
        "accepted": finding.accepted or None,
        "new": _place_as_json(finding.new),
        "old": _place_as_json(finding.old),
    }


def _place_as_json(place: Problem) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "column": place.column, "pointer": place.pointer}
