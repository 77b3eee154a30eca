"""``x-specwright-ignore`` in a contract: a rule that does not hold at or below an object, and why it does not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from specwright.errors import Problem
from specwright.gate.catalogue import GATE, IGNORE, IGNORE_UNUSED
from specwright.spec.document import Document
from specwright.spec.near import did_you_mean
from specwright.spec.pointer import has, walk

KEY = "x-specwright-ignore"
_FORM = "{rule: …, why: …}"


@dataclass(frozen=True)
class Ignore:
    """``rule`` does not hold at or below the object at ``pointer`` of the bundle; the ignore is at ``place``."""

    rule: str
    pointer: str
    place: str


def ignores_in(document: Document) -> list[tuple[str, Any]]:
    """Return (pointer of the object, what it says) of every object of the bundled ``document`` that ignores rules."""
    if not _may_ignore(document):
        return []
    # What is no object of OpenAPI's own table: info, servers, tags.
    value = document.value if isinstance(document.value, dict) else {}
    others = {key: item for key, item in value.items() if key not in ("paths", "webhooks", "components")}
    nodes = chain(((pointer, node) for pointer, _, node in document.objects), walk(others))
    found = {pointer: node[KEY] for pointer, node in nodes if isinstance(node, dict) and KEY in node}
    return list(found.items())


def read_ignores(document: Document, rules: Mapping[str, Any]) -> tuple[list[Ignore], list[Problem]]:
    """Return the ignores of ``document``, and what is wrong with those that cannot be meant."""
    ignores: list[Ignore] = []
    problems: list[Problem] = []
    for pointer, said in ignores_in(document):
        for index, item in enumerate(said if isinstance(said, list) else [None]):
            place = f"{pointer}/{KEY}/{index}"
            faults = list(_faults(item, rules)) if isinstance(said, list) else [f"{KEY} must be a list of {_FORM}"]
            problems += [problem_at(document, place, fault, IGNORE) for fault in faults]
            if not faults:
                ignores.append(Ignore(item["rule"], pointer, place))
    return ignores, problems


def silencing(document: Document, ignores: list[Ignore], problem: Problem) -> list[Ignore]:
    """Return the ignores that silence ``problem``."""
    meant = [ignore for ignore in ignores if ignore.rule == problem.rule]
    pointers = list(_places(document, problem)) if meant else []
    return [ignore for ignore in meant if any(_is_within(pointer, ignore.pointer) for pointer in pointers)]


def unused(document: Document, ignore: Ignore) -> Problem:
    """Return the warning that ``ignore`` silences nothing."""
    message = f"there is nothing of {ignore.rule!r} to ignore here: remove it"
    return replace(problem_at(document, ignore.place, message, IGNORE_UNUSED), severity=GATE[IGNORE_UNUSED].severity)


def problem_at(document: Document, pointer: str, message: str, rule: str) -> Problem:
    """Return a problem at ``pointer`` of the bundle.

    What stands beside a reference to another file is in the bundle where the target is, and in the contract's own file.
    """
    origin, inside = document.origin(pointer)
    own = document if has(origin.value, inside) else replace(document, origins={})
    return own.problem(pointer, message, rule)


def _may_ignore(document: Document) -> bool:
    """Tell whether a file of the bundle names the key at all: most do not, and a large one takes long to walk."""
    files = {document.file, *(origin.file for origin, _ in document.origins.values())}
    return any(KEY.encode() in file.read_bytes() for file in files if file.is_file())


def _faults(item: Any, rules: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(item, str):
        yield f"the ignore of {item!r} must give a reason: write {{rule: {item}, why: …}}"
        return
    if not isinstance(item, dict) or not isinstance(item.get("rule"), str):
        yield f"an ignore must be {_FORM}"
        return
    if item["rule"] not in rules:
        otherwise = ": `specwright explain` lists them"
        yield f"there is no rule {item['rule']!r}{did_you_mean(item['rule'], rules, otherwise)}"
    if not isinstance(item.get("why"), str) or not item["why"].strip():
        yield f"the ignore of {item['rule']!r} must give a reason: say why in one sentence"


def _places(document: Document, problem: Problem) -> Iterator[str]:
    """Yield the pointers in the bundle of the place of ``problem``, which is said in its own file."""
    if problem.path == document.path:
        yield problem.pointer
    for place, (origin, inside) in document.origins.items():
        if origin.path == problem.path and _is_within(problem.pointer, inside):
            yield place + problem.pointer[len(inside) :]


def _is_within(pointer: str, around: str) -> bool:
    return pointer == around or pointer.startswith(f"{around}/")
