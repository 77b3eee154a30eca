"""Send every operation of a workspace valid requests, in process, and say where its mock breaks the contract.

The workspace is the current directory, its packages generated. The least request that the contract requires is sent,
and for every media type one with everything that can be sent. Answers are judged by the ``jsonschema`` library, which
the product does not use. Exit status: 0 when all is well, 1 when not.
"""

import argparse
import asyncio
import fnmatch
import json
import logging
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from scripts.corpus.contract import Contract, Operation, is_json
from scripts.corpus.requests import is_impossible, requests
from specwright.mock.app import Mock
from specwright.mock.server import load
from specwright.runtime.samples import NoSample
from specwright.workspace import find

PATIENCE = 120  # seconds that one operation may take
_SHOWN = 800  # characters of a request or answer that are told


class OutOfTime(BaseException):
    """One operation takes too long; no ``except Exception`` on the way keeps it."""


def _out_of_time(*_: object) -> None:
    raise OutOfTime


def faults(contract: Contract, operation: Operation, response: httpx.Response) -> Iterator[str]:
    """Yield how ``response`` is not what the contract declares for a valid request."""
    declared = {name.lower(): place for name, place in contract.below(operation.pointer, "responses").items()}
    status = response.status_code
    place = declared.get(str(status)) or declared.get(f"{status // 100}xx") or declared.get("default")
    if not declared and status < 400:  # OpenAPI 3.1 lets a contract be silent on answers
        return
    if place is None or (status >= 400 and any(name[0] not in "45" for name in declared)):
        yield f"{status} {response.text[:_SHOWN]}"
        return
    for name, header in contract.below(place, "headers").items():
        if contract[header].get("required") and name not in response.headers:
            yield f"{status} lacks the header {name}"
    media = contract.below(place, "content")
    if operation.method == "HEAD" or not (media or response.content):
        return
    said = response.headers.get("content-type", "")
    kind = said.partition(";")[0].lower()
    names = [name for name in media if fnmatch.fnmatch(kind, name.partition(";")[0].strip().lower())]
    if not names:
        yield f"{status} with Content-Type {said!r}; {list(media)} are declared"
        return
    holder = media[said if said in media else min(names, key=lambda name: "*" in name)]
    if "schema" in contract[holder] and (is_json(kind) or kind.startswith("text/")):
        found = contract.faults(f"{holder}/schema", json.loads(response.content) if is_json(kind) else response.text)
        yield from (f"{status} with a body that is not valid: {fault}" for fault in found[:3])


class Log(logging.Handler):
    """Keeps what the server says it did wrong."""

    lines: list[str]

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception, or else the message."""
        error = record.exc_info[1] if record.exc_info else None
        text = repr(error) if error else record.getMessage()
        self.lines.append(" ".join(text.split())[:500])


def trial(contract: Contract, operation: Operation, mock: Mock, log: Log) -> Iterator[str]:
    """Yield what is wrong with the answers of one operation, with the request that shows it."""
    known = set()
    for make in requests(contract, operation, mock.base_urls[0]):
        try:
            request = make()
        except NoSample as error:
            yield f"no request: {error}"
            continue
        same = (request.url, *request.headers.items(), request.read())
        if same in known:
            continue
        known.add(same)
        log.lines = []
        try:
            response = asyncio.run(_sent(mock, request))
            found = list(faults(contract, operation, response))
        except Exception as error:  # noqa: BLE001 - whatever the server raises is the finding
            found = [f"{type(error).__name__}: {error}"]
        sent = f"{request.url.raw_path.decode()} {dict(request.headers)} {request.read()!r}"[:_SHOWN]
        yield from (" ".join([*log.lines, fault, f"after {sent}"]) for fault in found)


async def _sent(mock: Mock, request: httpx.Request) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(mock)) as client:
        return await client.send(request)


def main() -> int:
    """Try every operation of every API of the current workspace."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    count, impossible, found = 0, 0, {}
    workspace = find(Path())
    log = Log()
    logging.getLogger().addHandler(log)
    for source in workspace.sources():
        mock = load(workspace, [source])
        bundled = workspace.generated / source.package / "openapi.json"
        contract = Contract(json.loads(bundled.read_bytes()), _version(source.contract))
        for operation in contract.operations():
            if is_impossible(contract, operation):
                impossible += 1
                continue
            count += 1
            wrong = timed(contract, operation, mock, log)
            if wrong:
                found[f"{source.name} {operation}"] = wrong
    print(json.dumps({"operations": count, "impossible": impossible, "faults": found}, indent=1))
    return int(bool(found))


def timed(contract: Contract, operation: Operation, mock: Mock, log: Log) -> list[str]:
    """Return what ``trial`` yields, or that it did not end in time."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(PATIENCE)
    try:
        return list(trial(contract, operation, mock, log))
    except OutOfTime:
        return [f"no end after {PATIENCE} seconds"]
    finally:
        signal.alarm(0)


def _version(file: Path) -> str:
    """Return the version that the document was written in: the bundled one may be another."""
    found = re.search(r"""openapi["']?\s*:\s*["']?([0-9.]+)""", file.read_text(encoding="utf-8-sig"))
    return found[1] if found else ""


if __name__ == "__main__":
    sys.exit(main())
