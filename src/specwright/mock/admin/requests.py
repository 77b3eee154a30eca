"""The requests that a namespace received, as WireMock's request journal has them."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from specwright.mock.admin.ask import Ask, Refusal
from specwright.mock.journal import entry as journal
from specwright.mock.journal import near
from specwright.mock.journal.entry import Entry
from specwright.mock.matching.patterns import BadPattern
from specwright.mock.matching.requests import Matcher, pattern
from specwright.mock.reply import Reply, json_reply

_WHOLE = re.compile("[0-9]{1,9}")


def requests(ask: Ask) -> Reply:
    """Return the newest requests, newest first: ``limit`` of them, ``since`` a time, only the ``unmatched``."""
    limit, since = _limit(ask.query.get("limit")), ask.query.get("since")
    unmatched = ask.query.get("unmatched") == "true"
    return _asked(ask, lambda entries: journal.listed(entries, since, limit, unmatched=unmatched))


def request(ask: Ask) -> Reply:
    """Return one request by its id."""
    return json_reply(_one(ask)[1])


def drop_requests(ask: Ask) -> Reply:
    """Forget all requests."""
    ask.house.journals.remove(ask.namespace.id)
    return json_reply({})


def drop_request(ask: Ask) -> Reply:
    """Forget one request."""
    ask.house.journals.remove(ask.namespace.id, [_one(ask)[0]])
    return json_reply({})


def count(ask: Ask) -> Reply:
    """Return how many requests match a pattern."""
    matcher = _pattern(ask)
    return _asked(ask, lambda entries: journal.counted(entries, matcher))


def find(ask: Ask) -> Reply:
    """Return the requests that match a pattern."""
    matcher = _pattern(ask)
    return _asked(ask, lambda entries: journal.found(entries, matcher))


def remove(ask: Ask) -> Reply:
    """Forget the requests that match a pattern, and return them."""
    matcher = _pattern(ask)
    try:
        matching = [(number, entry) for number, entry in _entries(ask) if matcher(entry["request"])]
    except BadPattern as error:
        raise Refusal(422, str(error)) from None
    ask.house.journals.remove(ask.namespace.id, [number for number, _ in matching])
    return json_reply(journal.removed([entry for _, entry in matching]))


def unmatched(ask: Ask) -> Reply:
    """Return the requests that no operation took."""
    return _asked(ask, journal.unmatched)


def unmatched_near_misses(ask: Ask) -> Reply:
    """Return what the requests that no operation took nearly were, and why they were not."""
    return _asked(ask, lambda entries: near.near_misses(list(entries), _reachable(ask)))


def request_near_misses(ask: Ask) -> Reply:
    """Return the operations that a request like the one sent here nearly reaches."""
    document = ask.json()
    if (
        not isinstance(document, dict)
        or not isinstance(document.get("method"), str)
        or not isinstance(document.get("url"), str)
    ):
        raise Refusal(422, 'send a request: {"method": "GET", "url": "/..."}')
    return json_reply(near.nearest_operations(document, _reachable(ask)))


def pattern_near_misses(ask: Ask) -> Reply:
    """Return the requests that nearly match a pattern."""
    matcher, document = _pattern(ask), ask.json()
    return _asked(ask, lambda entries: near.nearest_requests(entries, matcher, document))


def _limit(text: str | None) -> int | None:
    if text is not None and not _WHOLE.fullmatch(text):
        raise Refusal(422, f"limit is a whole number, not {text[:100]!r}")
    return int(text) if text else None


def _asked(ask: Ask, answer: Callable[[Iterable[Entry]], dict[str, Any]]) -> Reply:
    try:
        return json_reply(
            answer(entry for _, entry in _entries(ask))
            | {"requestJournalDisabled": ask.house.settings.journal == "off"}
        )
    except BadPattern as error:
        raise Refusal(422, str(error)) from None


def _entries(ask: Ask) -> list[tuple[int, Entry]]:
    """Return the entries that are kept, oldest first, by number."""
    return [(number, _placed(ask, entry)) for number, entry in ask.house.journals.entries(ask.namespace.id)]


def _placed(ask: Ask, entry: Entry) -> Entry:
    """Return ``entry`` with where in the contract stands what the request broke."""
    violations = (entry["refused"] or {}).get("violations")
    if violations and entry["api"] in ask.house.behaviours:
        behaviour = ask.house.behaviours[entry["api"]]
        pointers = {item.operation_id: item.pointer for item in behaviour.api.operations}
        for item in violations if entry["operation"] in pointers else ():
            place = pointers[entry["operation"]], item["in"], item["pointer"], item["keyword"]
            item["contract"] = behaviour.places.of(*place)
    return entry


def _one(ask: Ask) -> tuple[int, Entry]:
    wanted = ask.parameters["id"]
    for number, entry in _entries(ask):
        if entry["id"] == wanted:
            return number, entry
    raise Refusal(
        404, f"there is no request {wanted}; of each namespace the newest {ask.house.settings.journal_limit} are kept"
    )


def _pattern(ask: Ask) -> Matcher:
    try:
        return pattern(ask.json())
    except BadPattern as error:
        raise Refusal(422, str(error)) from None


def _reachable(ask: Ask) -> list[near.Reachable]:
    return [
        near.Reachable(name, item.operation_id, item.method, f"/{name}{behaviour.api.base_path}{item.path}")
        for name, behaviour in ask.house.behaviours.items()
        for item in behaviour.api.operations
    ]
