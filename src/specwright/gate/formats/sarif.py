"""Problems as SARIF 2.1.0 (OASIS), for code scanning."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from specwright.errors import Problem, one_line
from specwright.gate.report import Report
from specwright.spec.catalogue import Entry

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(report: Report) -> str:
    """Return the report as one run of SARIF, with what the catalogue says of every rule."""
    # Imported here because it is slow to load.
    from importlib.metadata import version

    indexes = {name: index for index, name in enumerate(report.rules)}
    driver = {
        "name": "specwright",
        "semanticVersion": version("specwright"),
        "rules": [_rule(name, entry) for name, entry in report.rules.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(problem, indexes) for problem in report.problems],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str, entry: Entry) -> dict[str, Any]:
    said = {
        "id": name,
        "shortDescription": {"text": entry.asks},
        "defaultConfiguration": {"enabled": False} if entry.severity == "off" else {"level": entry.severity},
        "help": {"text": "\n".join(filter(None, (entry.mend, entry.why))) or entry.asks, "markdown": _markdown(entry)},
    }
    return {**said, "fullDescription": {"text": entry.why}} if entry.why else said


def _markdown(entry: Entry) -> str:
    examples = [(title, text) for title, text in (("Bad", entry.bad), ("Good", entry.good)) if text]
    shown = [f"{title}:\n\n```yaml\n{text}\n```" for title, text in examples]
    return "\n\n".join(filter(None, [entry.asks, entry.why, entry.mend, *shown]))


def _result(problem: Problem, indexes: dict[str, int]) -> dict[str, Any]:
    place = {
        "physicalLocation": {
            "artifactLocation": _artifact(problem.path),
            "region": {"startLine": problem.line, "startColumn": problem.column},
        },
        "logicalLocations": [{"fullyQualifiedName": problem.pointer, "kind": "member"}],
    }
    known = {"ruleIndex": indexes[problem.rule]} if problem.rule in indexes else {}
    return {
        "ruleId": problem.rule,
        **known,
        "level": problem.severity,
        "message": {"text": one_line(problem.message)},
        "locations": [place],
        "partialFingerprints": {"specwright/v1": _fingerprint(problem)},
    }


def _artifact(path: str) -> dict[str, str]:
    if "://" in path:
        return {"uri": path}
    file = Path(path)
    return {"uri": file.as_uri()} if file.is_absolute() else {"uri": quote(file.as_posix()), "uriBaseId": "%SRCROOT%"}


def _fingerprint(problem: Problem) -> str:
    """Return what stays the same while lines move."""
    said = f"{problem.path}\0{problem.rule}\0{problem.pointer}\0{problem.message}"
    return sha256(said.encode()).hexdigest()[:32]
