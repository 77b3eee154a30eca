"""Work that is shared out over processes."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeAlias

# It and what it is made of can be pickled; what it returns too.
Job: TypeAlias = Callable[[], Any]


def done(jobs: Sequence[Job], workers: int) -> Iterator[Any]:
    """Yield what every job returns, in order; in processes of their own if there may be several."""
    if workers < 2:
        yield from (job() for job in jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_called, jobs)


def cores() -> int:
    """Return how many processes make sense here."""
    return os.cpu_count() or 1


def _called(job: Job) -> Any:
    return job()
