"""Rules of the user: functions in a Python file that the configuration names.

from specwright.gate.own import rule

@rule("paths-in-english", severity="warning")
def paths_are_in_english(document: Document) -> Iterator[Problem]:
    '''Every path is spelled in English.'''
    yield document.problem(pointer, message)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import CodeType, FunctionType

from specwright.errors import Problem, UsageError
from specwright.plugins import imported, line_in
from specwright.spec.catalogue import Entry
from specwright.spec.document import Document
from specwright.spec.load import display
from specwright.spec.rules import Rule


@dataclass(frozen=True)
class OwnRule:
    """A rule of the user: its id, the severity of what it finds, the function that finds it."""

    name: str
    severity: str
    check: Rule

    @property
    def entry(self) -> Entry:
        """What the catalogue says of it: the text of its function."""
        asks, _, why = (self.check.__doc__ or f"What {display(self.file)} asks.").strip().partition("\n\n")
        return Entry(self.severity, " ".join(asks.split()), why=" ".join(why.split()), mend="", bad="", good="")

    @property
    def file(self) -> Path:
        """Where it is written."""
        return Path(self._code.co_filename)

    @property
    def _code(self) -> CodeType:
        return self.check.__code__

    def problems(self, document: Document) -> list[Problem]:
        """Return what it finds in ``document``, bundled and in OpenAPI 3.1; raises UsageError when it fails."""
        try:
            found = list(self.check(document))
        except Exception as error:
            raise UsageError(_blame(self.file, self._code.co_firstlineno, error)) from error
        if not all(isinstance(problem, Problem) for problem in found):
            place = f"{display(self.file)}:{self._code.co_firstlineno}"
            raise UsageError(f"{place}: {self.name} must yield problems: document.problem(pointer, message)")
        return [replace(problem, rule=self.name, severity=self.severity) for problem in found]


def rule(name: str, *, severity: str = "error") -> Callable[[Rule], OwnRule]:
    """Make a function from the document to its problems a rule of the gate; its docstring is what it asks."""
    if severity not in ("error", "warning"):
        raise ValueError(f"the severity of {name} is error or warning, not {severity!r}")

    def made(check: Rule) -> OwnRule:
        if not isinstance(check, FunctionType):
            raise TypeError(f"the rule {name} is no function")
        return OwnRule(name, severity, check)

    return made


def rules_in(file: Path) -> tuple[OwnRule, ...]:
    """Return the rules that the Python in ``file`` makes, in its order; raises UsageError when it fails or has none."""
    file = file.absolute()  # as Python names it in what it raises
    name = f"specwright_rules_{sha256(str(file).encode()).hexdigest()[:12]}"
    try:
        module = imported(file, name)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(_blame(file, 1, error)) from error
    found = tuple(item for item in vars(module).values() if isinstance(item, OwnRule))
    if not found:
        raise UsageError(f"{display(file)}:1: there is no rule here: decorate one with @rule(id)")
    return found


def _blame(file: Path, line: int, error: Exception) -> str:
    """Return one sentence that says where in ``file`` an error began, ``line`` if it did not pass through it."""
    line = line_in(file, error) or line
    if isinstance(error, SyntaxError) and error.filename == str(file):
        line = error.lineno or line
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{display(file)}:{line}: {type(error).__name__}: {' '.join(said.split())}"
