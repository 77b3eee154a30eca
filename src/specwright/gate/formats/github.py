"""Problems as GitHub's workflow commands: annotations at the lines of a pull request."""

from specwright.errors import Problem, one_line
from specwright.gate.report import Report


def as_github(report: Report) -> str:
    """Return a workflow command for every problem."""
    return "".join(f"{_command(problem)}\n" for problem in report.problems)


def _command(problem: Problem) -> str:
    properties = {
        "file": problem.path,
        "line": problem.line,
        "col": problem.column,
        "title": f"specwright {problem.rule}",
    }
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{problem.severity} {said}::{_data(one_line(problem.message))}"


def _data(said: str) -> str:
    """Return ``said`` as the runner's own toolkit escapes the text of a command."""
    return said.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(said: str) -> str:
    return _data(said).replace(":", "%3A").replace(",", "%2C")
