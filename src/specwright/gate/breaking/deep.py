"""Room for schemas that lead to schemas that lead to schemas: each step is a few calls deep."""

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_STACK = 512 << 20  # bytes that are reserved, and used only as far as it goes down
_CALLS = 100_000
_Result = TypeVar("_Result")


def with_room(work: Callable[[], _Result]) -> _Result:
    """Return what ``work`` returns, which may be called far more deeply than Python allows; raises RecursionError."""
    found: list[_Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    size, limit = threading.stack_size(_STACK), sys.getrecursionlimit()
    thread = threading.Thread(target=run)
    try:
        sys.setrecursionlimit(_CALLS)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if failed:
        raise failed[0]
    return found[0]
