"""How a report is spelled: a module a format."""

from collections.abc import Mapping

from specwright.gate.formats.github import as_github
from specwright.gate.formats.json import as_json
from specwright.gate.formats.junit import as_junit
from specwright.gate.formats.sarif import as_sarif
from specwright.gate.formats.text import as_text
from specwright.gate.report import Format

FORMATS: Mapping[str, Format] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
    "junit": as_junit,
}
