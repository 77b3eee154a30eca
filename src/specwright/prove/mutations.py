"""Every way in which a server may enforce something else than its contract: one change to the contract it serves.

The proof keeps to the true contract, so that it must notice.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from specwright.plan import Direction
from specwright.plan.directions import HIDDEN
from specwright.prove.altered import GONE, changes, says_something
from specwright.spec.pointer import deref, escape, resolve, unescape
from specwright.spec.structure import below, children, operations

_MESSAGES: Mapping[str, Direction] = {"parameters": "request", "requestBody": "request", "responses": "response"}


@dataclass(frozen=True)
class Mutation:
    """One change to what is served of one operation: ``keyword`` of the object at ``pointer`` becomes ``value``, or GONE.

    ``operator`` says what kind of change it is.
    """

    operation: str
    operator: str
    pointer: str
    keyword: str
    value: Any

    @property
    def place(self) -> str:
        """Where the change is in the contract."""
        return f"{self.pointer}/{escape(self.keyword)}"

    @property
    def name(self) -> str:
        """The change in a few words."""
        is_plain = self.value is not GONE and self.keyword not in ("content", "responses", "security", "schema")
        return f"{self.operator}: {json.dumps(self.value)[:60]}" if is_plain else self.operator

    def applied(self, contract: Any) -> Any:
        """Return ``contract`` with the change, and with this one operation alone."""
        method = self.operation.rpartition("/")[2]
        path = unescape(self.operation.split("/")[2])
        item = {key: value for key, value in contract["paths"][path].items() if key in (method, "parameters")}
        copy = json.loads(json.dumps({**contract, "paths": {path: item}}))
        node = resolve(copy, self.pointer)
        if self.value is GONE:
            del node[self.keyword]
        else:
            node[self.keyword] = self.value
        return copy


def mutations(contract: Any) -> Iterator[Mutation]:
    """Yield every mutation of every operation of ``contract``, bundled OpenAPI 3.1; some change nothing that can be seen."""
    for operation, path, _, node in operations(contract):
        for pointer, direction, kind, found in _reached(contract, operation, f"/paths/{escape(path)}"):
            for operator, keyword, value in _changes(kind, direction, found):
                yield Mutation(operation, operator, pointer, keyword, value)
        for operator, keyword, value in [*_statuses(node), *_open(node.get("security", contract.get("security", [])))]:
            yield Mutation(operation, operator, operation, keyword, value)


def chosen(found: Iterable[Mutation], count: int, seed: int) -> list[Mutation]:
    """Return ``count`` of ``found`` by chance, or all: of every kind of change as many as of the others, where there are."""
    kinds: dict[str, list[Mutation]] = {}
    for mutation in found:
        kinds.setdefault(f"{mutation.operator.partition(' ')[0]} {mutation.keyword}", []).append(mutation)
    chance = random.Random(seed)  # noqa: S311 - a choice that can be repeated, no secret
    for group in kinds.values():
        chance.shuffle(group)
    ranked = [some for row in zip_longest(*(kinds[kind] for kind in sorted(kinds))) for some in row if some]
    return ranked[:count]


# --- what an operation says -------------------------------------------------------------------------------------------


def _reached(contract: Any, operation: str, item: str) -> Iterator[tuple[str, Direction, str, Any]]:
    """Yield (pointer, direction, kind, node) for every object that judges messages of ``operation``, once each."""
    starts = [
        (below(parent, key, token), _MESSAGES[key], kind)
        for parent, sort in ((operation, "operation"), (item, "pathItem"))
        for key, token, kind, _ in children(sort, resolve(contract, parent))
        if key in _MESSAGES
    ]
    seen, waiting = set(), starts[::-1]
    while waiting:
        pointer, direction, kind = waiting.pop()
        node = resolve(contract, pointer)
        if pointer in seen or not isinstance(node, dict) or _is_hidden(contract, node, direction):
            continue
        seen.add(pointer)
        yield pointer, direction, kind, node
        if isinstance(node.get("$ref"), str) and node["$ref"].startswith("#/"):
            waiting.append((unquote(node["$ref"][1:]), direction, kind))
        inner = [
            (below(pointer, key, token), direction, child)
            for key, token, child, _ in children(kind, node)
            if key != "contentSchema"  # which nobody asserts
        ]
        waiting += [some for some in reversed(inner) if some[2] in ("schema", "mediaType", "header")]


def _is_hidden(contract: Any, node: Any, direction: Direction) -> bool:
    schema = deref(contract, node)
    return isinstance(schema, dict) and schema.get(HIDDEN[direction]) is True


def _changes(kind: str, direction: Direction, node: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield (operator, keyword, its new value)."""
    if kind == "schema":
        for keyword, value in node.items():
            if says_something(keyword, value):
                yield from ((operator, keyword, new) for operator, new in changes(keyword, value))
    elif node.get("required") is True and node.get("in") != "path":
        yield "do not require it", "required", False
    if kind == "mediaType" and node.get("schema", True) is not True:
        yield "do not check the body", "schema", True
    if kind in ("requestBody", "response") and node.get("content"):
        first = next(iter(node["content"].values()))
        if direction == "request":
            yield "take any media type", "content", {**node["content"], "*/*": first}
        else:
            yield "send another media type", "content", {"application/x-unheard-of+json": first}


def _statuses(operation: Any) -> Iterator[tuple[str, str, Any]]:
    declared = operation["responses"]
    for status in declared:
        others = {key: response for key, response in declared.items() if key != status}
        yield f"do not declare {status}", "responses", others or {"599": declared[status]}
        if status.isdigit() and str(int(status) + 5) not in declared:
            yield (
                f"answer {int(status) + 5} for {status}",
                "responses",
                {**others, str(int(status) + 5): declared[status]},
            )


def _open(alternatives: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield ways to let more callers in."""
    if not alternatives or {} in alternatives:
        return
    yield "drop the auth check", "security", []
    yield "make authentication optional", "security", [*alternatives, {}]
    for index, requirement in enumerate(alternatives):
        for name, scopes in requirement.items():
            less = {key: asked for key, asked in requirement.items() if key != name}
            if less:
                yield f"drop the scheme {name}", "security", _with(alternatives, index, less)
            for scope in scopes:
                fewer = {**requirement, name: [other for other in scopes if other != scope]}
                yield f"drop the scope {scope}", "security", _with(alternatives, index, fewer)


def _with(items: list[Any], index: int, item: Any) -> list[Any]:
    return [*items[:index], item, *items[index + 1 :]]
