"""Problems as JUnit's XML: a test suite a contract, a test case a problem."""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from specwright.errors import Problem, one_line
from specwright.gate.report import Report


def as_junit(report: Report) -> str:
    """Return the report as JUnit XML: a contract without problems is one test that passes."""
    suites = Element("testsuites", {"name": "specwright validate", **_numbers(report, *report.findings.values())})
    for contract, problems in report.findings.items():
        suite = SubElement(suites, "testsuite", {"name": one_line(contract), **_numbers(report, problems)})
        for problem in problems:
            _case(suite, report, contract, problem)
        if not problems:
            SubElement(suite, "testcase", classname=one_line(contract), name="valid")
    indent(suites)
    return tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


def _numbers(report: Report, *suites: tuple[Problem, ...]) -> dict[str, str]:
    """Return the attributes that count the test cases of ``suites``; one without problems has a case that passes."""
    tests = sum(max(len(problems), 1) for problems in suites)
    failures = sum(report.fails(problem) for problems in suites for problem in problems)
    return {"tests": str(tests), "failures": str(failures), "errors": "0"}


def _case(suite: Element, report: Report, contract: str, problem: Problem) -> None:
    place = f"{problem.path}:{problem.line}:{problem.column}"
    case = SubElement(
        suite,
        "testcase",
        classname=one_line(contract),
        name=one_line(f"{problem.rule} at {place}"),
        file=one_line(problem.path),
        line=str(problem.line),
    )
    if report.fails(problem):
        failure = SubElement(case, "failure", type=problem.rule, message=one_line(problem.message))
        failure.text = str(problem)
    else:
        SubElement(case, "system-out").text = str(problem)
