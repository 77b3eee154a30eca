"""Python of the user: files that run as modules, and where in them something went wrong."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from specwright.errors import UsageError
from specwright.spec.load import display


def imported(file: Path, name: str) -> ModuleType:
    """Return what the Python in ``file`` makes, as the module ``name``; raises UsageError, or whatever it raises."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{display(file)} is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def line_in(file: Path, error: BaseException) -> int | None:
    """Return the line of ``file`` at which ``error`` left it, None when it did not pass through it."""
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(file.absolute()):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
