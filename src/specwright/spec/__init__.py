"""What the author of a contract wrote: read, resolved, checked, and said in OpenAPI 3.1."""

from dataclasses import replace
from pathlib import Path

from specwright.errors import Problem, SpecError
from specwright.spec.check import check, errors
from specwright.spec.document import Document
from specwright.spec.load import load
from specwright.spec.refs import bundle
from specwright.spec.upgrade import upgrade


def problems_of(file: Path, root: Path) -> list[Problem]:
    """Return every problem of the contract in ``file``, errors and warnings; files below ``root`` may be referenced."""
    try:
        return check(bundle(load(file), root))
    except SpecError as error:
        return list(error.problems)


def read(file: Path, root: Path) -> Document:
    """Return the contract in ``file``, bundled and in OpenAPI 3.1; raises SpecError with every error in it."""
    document = bundle(load(file), root)
    found = errors(document)
    if found:
        raise SpecError(found)
    return replace(document, value=upgrade(document.value))
