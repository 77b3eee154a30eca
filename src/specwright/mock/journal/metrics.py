"""Metrics of a mock in the format of Prometheus: how many requests there were, and how long they took."""

import os
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED = "PROMETHEUS_MULTIPROC_DIR"  # where the library shares figures between processes, if there are several
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts the requests of all namespaces."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        names = ("api", "operation", "status")
        self._requests = Counter("specwright_requests", "Requests answered", names, registry=self._registry)
        self._seconds = Histogram(
            "specwright_request_seconds", "Time until an answer", ("api",), registry=self._registry, buckets=_SECONDS
        )
        # Asking the library for a child costs more than counting on it.
        self._counter = lru_cache(maxsize=10_000)(self._requests.labels)
        self._timer = lru_cache(maxsize=1000)(self._seconds.labels)

    def count(self, api: str | None, operation: str | None, status: int, seconds: float) -> None:
        """Count one request."""
        self._counter(api or "", operation or "", str(status)).inc()
        self._timer(api or "").observe(seconds)

    def text(self) -> bytes:
        """Return the figures of this process, or of all of them where they are shared."""
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
