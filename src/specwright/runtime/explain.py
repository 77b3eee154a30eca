"""Refusals in the words of an API: what its hook answers is checked as every response is."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from specwright.plan import Operation
from specwright.runtime.refusals import Breach, Refusal, Refusals, declared_status, unsaid
from specwright.runtime.responses import Answer, Response

logger = logging.getLogger("specwright.runtime")


@dataclass(frozen=True)
class Refused:
    """A request that was refused: by which operation, with which status, why, and everything that is wrong with it."""

    operation_id: str
    status: int
    detail: str
    breaches: tuple[Breach, ...]


# Returns one of the operation's error responses, None where the default will do.
Explain = Callable[[Refused], Response | None]
# Returns a response as it is sent, or what in it breaks the contract.
Check = Callable[[Response], Answer | list[str]]


class Explained:
    """Says refusals as ``explain`` does, and as ``default`` does where there is none or it says nothing sound."""

    def __init__(self, explain: Explain | None, default: Refusals) -> None:
        self._explain, self._default = explain, default

    def answer(self, operation: Operation, refusal: Refusal, check: Check) -> Answer:
        """Return the answer; a hook that fails or breaks the contract is logged and not followed."""
        try:
            answer = _said(self._explain, operation, refusal, check) if self._explain else None
        except Exception:
            logger.exception("refused failed at %s", operation.operation_id)
            answer = None
        return answer or self._default.answer(operation, refusal)


def _said(explain: Explain, operation: Operation, refusal: Refusal, check: Check) -> Answer | None:
    status = declared_status(operation, refusal.status)
    response = explain(Refused(operation.operation_id, status, refusal.detail, refusal.breaches))
    if response is None:
        return None
    answer = _error(check(response))
    if isinstance(answer, list):
        logger.error("refused broke the contract of %s: %s", operation.operation_id, "; ".join(answer))
        return None
    return answer._replace(headers={**unsaid(refusal.headers, answer.headers), **answer.headers})


def _error(answer: Answer | list[str]) -> Answer | list[str]:
    if isinstance(answer, Answer) and answer.status < 400:
        return [f"status {answer.status} is no error"]
    return answer
