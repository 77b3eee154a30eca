"""A mock in a process of its own, for as long as a block runs."""

import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, cast

_GRACE = 15  # seconds that a mock has to end


class DidNotStart(Exception):
    """The mock ended before it served; the message holds what it said."""


@contextmanager
def started(root: Path, options: Sequence[str]) -> Iterator[str]:
    """Run the mock of the workspace at ``root`` and return its URL; raises DidNotStart with what it said."""
    command = [sys.executable, "-m", "specwright", "--root", str(root), "mock", "--port", "0", "--log-format", "off"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C is for who started it, and ends it then
    )
    lines = cast(IO[str], process.stdout)
    url, said = _url(lines)
    # Read on, though nobody asks, so that who writes is never kept waiting.
    rest = Thread(target=_drain, args=(lines,), daemon=True)
    rest.start()
    if not url:
        status = process.wait()
        raise DidNotStart(f"`specwright --root {root} mock` did not start (exit status {status}):\n{said}")
    try:
        yield url
    finally:
        _end(process)
        rest.join(_GRACE)


def _url(lines: IO[str]) -> tuple[str, str]:
    """Return the URL that is said in ``lines``, empty when they end without one, and what was said before it."""
    said = ""
    for line in lines:
        if line.startswith("mock on "):
            return line.split()[2], said
        said += line
    return "", said


def _drain(lines: IO[str]) -> None:
    with lines:
        deque(lines, maxlen=0)


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
