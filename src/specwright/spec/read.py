"""Read a contract: everything that is wrong with it, or the document that every later stage works on."""

from pathlib import Path

from specwright.errors import Problem, SpecError
from specwright.spec.check import check, usable
from specwright.spec.document import Document
from specwright.spec.load import load
from specwright.spec.refs import bundle
from specwright.spec.rules import Rule
from specwright.spec.shared import gathered


def bundled(path: Path, root: Path, remote: frozenset[str] = frozenset()) -> Document:
    """Return the contract at ``path`` as its author says it, its references local; raises SpecError when it is no text.

    Files below ``root`` may be referenced, and what the hosts ``remote`` serve.
    """
    return bundle(_loaded(path), root, remote)


def problems_of(path: Path, root: Path, more: tuple[Rule, ...] = ()) -> list[Problem]:
    """Return every problem of the contract at ``path``, errors and warnings; files below ``root`` may be referenced.

    ``more`` rules are asked besides those of this room.
    """
    try:
        problems = check(bundled(path, root), more)
    except SpecError as error:
        return list(error.problems)
    return [problem for problem in problems if problem.severity != "off"]


def read(path: Path, root: Path) -> Document:
    """Return the contract at ``path``, bundled and in OpenAPI 3.1; raises SpecError with every error in it.

    A folder is read as one contract without operations that has the schemas of all its files.
    """
    return usable(bundled(path, root))


def _loaded(path: Path) -> Document:
    return gathered(path) if path.is_dir() else load(path)
