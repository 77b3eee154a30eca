"""What a server does with a good request, a bad one and one without a token, before it is measured."""

import json
from dataclasses import replace

from scripts.bench.process import Contender, Running, post
from scripts.bench.schemas import compiled

LENIENT = "accepts the invalid body"


def faults(contender: Contender, running: Running) -> list[str]:
    """Return everything that a server which enforces the contract would not do."""
    requests = contender.requests
    status, body = post(running.port, requests["valid"])
    invalid, _ = post(running.port, requests["invalid"])
    anonymous, _ = post(running.port, replace(requests["valid"], token=""))
    found = {
        f"answers {status}, not {contender.case.status}": status != contender.case.status,
        "its answer breaks the contract": not _is_declared(contender, body),
        LENIENT: invalid < 400,
        f"answers {invalid} to the invalid body": invalid >= 500,
        "asks for no token": anonymous < 400,
    }
    return [fault for fault, is_so in found.items() if is_so]


def _is_declared(contender: Contender, body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return compiled(contender.case.document, contender.case.answer_schema).is_valid(answer)
