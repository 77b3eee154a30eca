"""Near misses in WireMock's shape: what a request nearly was, and which requests a pattern nearly matches."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from specwright.mock.journal.entry import Entry
from specwright.mock.matching.requests import Matcher, Request, path_of

_NEAREST = 3
_MOST_REQUESTS = 50  # comparing is slow, and nobody reads more
_MOST_SEGMENTS, _MOST_CHARACTERS = 30, 80


class Reachable(NamedTuple):
    """One operation of the mock: ``path`` starts at its root and has its parameters in braces."""

    api: str
    operation: str
    method: str
    path: str


def near_misses(entries: Sequence[Entry], operations: Sequence[Reachable]) -> dict[str, Any]:
    """Return what the newest unmatched of ``entries`` nearly were.

    Of a request that reached no operation these are the nearest by path and method; of one that the contract refused it
    is its operation, with why. Both in WireMock's shape, to which ``api``, ``operation`` and ``refused`` are added.
    """
    unmatched = [entry for entry in entries if not entry["wasMatched"]][-_MOST_REQUESTS:]
    return {"nearMisses": [miss for entry in reversed(unmatched) for miss in _misses(entry, operations)]}


def nearest_operations(request: Request, operations: Sequence[Reachable]) -> dict[str, Any]:
    """Return the operations nearest to ``request``, which has a method and a url."""
    return {"nearMisses": _nearest(request, operations)}


def nearest_requests(entries: Iterable[Entry], matcher: Matcher, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the requests nearest to the pattern ``document``, which ``matcher`` was made of, that do not match it."""
    distances = [(matcher.distance(entry["request"]), entry["request"]) for entry in entries]
    missed = sorted((pair for pair in distances if pair[0] > 0), key=lambda pair: pair[0])
    return {"nearMisses": [_miss(request, document, distance) for distance, request in missed[:_NEAREST]]}


def _misses(entry: Entry, operations: Sequence[Reachable]) -> list[dict[str, Any]]:
    request, own = entry["request"], (entry["api"], entry["operation"])
    meant = [operation for operation in operations if (operation.api, operation.operation) == own]
    if not meant:
        return _nearest(request, operations)
    refused = entry["refused"] or {}
    violations = len(refused.get("violations", ())) or 1
    # Method and path agree: every violation is a step away, and no number of them is another operation.
    miss = _operation_miss(request, meant[0], violations / (violations + 10))
    return [{**miss, "refused": refused}]


def _nearest(request: Request, operations: Sequence[Reachable]) -> list[dict[str, Any]]:
    path, method = path_of(request), str(request["method"]).upper()
    distances = [(_distance(path, method, operation), operation) for operation in operations]
    nearest = sorted(distances, key=lambda pair: pair[0])[:_NEAREST]
    return [_operation_miss(request, operation, distance) for distance, operation in nearest]


def _operation_miss(request: Request, operation: Reachable, distance: float) -> dict[str, Any]:
    pattern = {"method": operation.method.upper(), "urlPathTemplate": operation.path}
    named = {"api": operation.api, "operation": operation.operation}
    return {**_miss(request, pattern, distance), **named}


def _miss(request: Request, pattern: Mapping[str, Any], distance: float) -> dict[str, Any]:
    return {"request": request, "requestPattern": pattern, "matchResult": {"distance": round(distance, 4)}}


def _distance(path: str, method: str, operation: Reachable) -> float:
    """Return how far a request is from an operation: the path counts three times what the method does."""
    given, declared = (text.strip("/").split("/")[:_MOST_SEGMENTS] for text in (path, operation.path))
    steps = [_apart(*pair) for pair in zip_longest(given, declared, fillvalue="")]
    return (3 * sum(steps) / len(steps) + (method != operation.method.upper())) / 4


def _apart(given: str, declared: str) -> float:
    if given and declared.startswith("{") and declared.endswith("}"):
        return 0.0
    return 0.0 if given == declared else _unlike(given[:_MOST_CHARACTERS], declared[:_MOST_CHARACTERS])


@lru_cache(maxsize=4096)
def _unlike(one: str, other: str) -> float:
    return 1 - SequenceMatcher(None, one, other, autojunk=False).ratio()
