"""Problems for programs: JSON, as problems.schema.json beside this package says."""

import json

from specwright.gate.report import Report


def as_json(report: Report) -> str:
    """Return the report as one JSON object."""
    problems = report.problems
    value = {
        "version": 1,
        "contracts": list(report.findings),
        "errors": sum(problem.severity == "error" for problem in problems),
        "warnings": sum(problem.severity == "warning" for problem in problems),
        "problems": [
            {
                "path": problem.path,
                "line": problem.line,
                "column": problem.column,
                "pointer": problem.pointer,
                "rule": problem.rule,
                "severity": problem.severity,
                "message": problem.message,
            }
            for problem in problems
        ],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
