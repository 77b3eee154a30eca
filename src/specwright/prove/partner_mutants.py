"""Mutants of a partner: its partner.py with one rule, one write or one comparison changed, and its world with one blind spot."""

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from specwright.mock.app import Mock, Served
from specwright.mock.calendar import Calendar
from specwright.mock.clock import Clock
from specwright.mock.scene import Records, Scene
from specwright.prove.behaviour import Behaviour, held
from specwright.prove.evidence import Mutant

_WRITES = frozenset(
    {"book", "overbook", "release", "put", "put_json", "remove", "_put", "_hold", "hold", "_book", "_move"}
)
_RELAXED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_SWAPPED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Broken:
    """A partner that is wrong in one way, and where its file says so."""

    name: str
    place: str
    partner: type


def killed(mock: Mock, api: str, served: Served, behaviour: Behaviour, broken: Broken) -> Mutant:
    """Hold all conversations with a partner that is ``broken`` until one goes wrong."""
    mock.replace({api: replace(served, behaviour=replace(served.behaviour, partner=broken.partner))})
    try:
        return _tried(mock, api, behaviour, broken)
    finally:
        mock.replace({api: served})


def _tried(mock: Mock, api: str, behaviour: Behaviour, broken: Broken) -> Mutant:
    for conversation in behaviour.conversations:
        try:
            wrong = held(mock, api, behaviour, conversation)
        except Exception as error:  # noqa: BLE001 - a broken partner may not even start
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            return Mutant(broken.name, api, broken.place, f"{conversation.what}: {wrong}"[:300])
    reason = next((why for text, why in behaviour.equivalent.items() if text in broken.name), "")
    return Mutant(broken.name, api, broken.place, "", reason)


def broken_partners(path: Path, partner: type[Any]) -> Iterator[Broken]:
    """Yield every mutant of the ``partner`` that is defined in ``path``."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    for number, edit in enumerate(list(_edits(tree))):
        old = edit.holder[edit.index]
        edit.holder[edit.index] = edit.new if isinstance(old, ast.cmpop) else ast.copy_location(edit.new, old)
        module = _module(path, tree, f"{path.parent.name}_{number}")
        edit.holder[edit.index] = old
        yield Broken(edit.name, f"{path.parent.name}/{path.name}:{edit.line}", module.Partner)
    for name, (word, blind) in _BLIND.items():
        if word in text:  # else the partner does not stand on it
            yield Broken(name, "the scene of the partner", _on(partner, blind))


# --- its file ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Edit:
    """One change to a tree: item ``index`` of ``holder`` becomes ``new``."""

    line: int
    name: str
    holder: list[Any]
    index: int
    new: Any


def _edits(tree: ast.Module) -> Iterator[_Edit]:
    for node in _inside(tree):
        match node:
            case ast.Compare():
                yield from _compared(node)
            case ast.If(test=ast.BoolOp() as test):
                whole = ast.unparse(test)
                for index, part in enumerate(test.values):
                    neutral = ast.Constant(isinstance(test.op, ast.And))
                    yield _Edit(test.lineno, f"drop {ast.unparse(part)} of {whole}", test.values, index, neutral)
        for block in _blocks(node):
            for index, statement in enumerate(block):
                if isinstance(statement, ast.Raise) or _is_write(statement):
                    yield _Edit(statement.lineno, f"drop {_line(statement)}", block, index, ast.Pass())


def _compared(node: ast.Compare) -> Iterator[_Edit]:
    operator, ops = type(node.ops[0]), cast(list[Any], node.ops)
    if operator in _RELAXED:
        yield _Edit(node.lineno, f"move the bound of {_line(node)} by the least", ops, 0, _RELAXED[operator]())
    if operator in _SWAPPED:
        yield _Edit(node.lineno, f"say the opposite of {_line(node)}", ops, 0, _SWAPPED[operator]())


def _line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:80]


def _inside(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what is in functions, but for the checks of a world, which are made before the mock starts."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        is_check = isinstance(node, ast.FunctionDef) and any("validator" in ast.unparse(d) for d in node.decorator_list)
        if not is_check:
            yield node
            waiting += ast.iter_child_nodes(node)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def _is_write(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute | ast.Name) and _called(call.func) in _WRITES
    )


def _called(function: ast.Attribute | ast.Name) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id


def _module(path: Path, tree: ast.Module, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"specwright_mutants.{name}", path)
    if spec is None:
        raise ImportError(f"{path} cannot be imported")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    exec(compile(tree, str(path), "exec"), vars(module))  # noqa: S102 - the workspace's own partner
    return module


# --- what it stands on --------------------------------------------------------------------------------------------------


class _Overbooking(Calendar):
    book = Calendar.overbook


class _Holding(Calendar):
    def release(self, key: str) -> None:
        """Free nothing."""


class _Free(Calendar):
    def book(self, key: str, resources: Any, period: Any) -> None:
        """Hold nothing."""

    overbook = book


class _Forgetful(Records):
    def put(self, key: str, record: Any) -> None:
        """Keep nothing."""

    def put_json(self, key: str, text: str) -> None:
        """Keep nothing."""


class _Forgetting(Scene[Any]):
    def records(self, kind: str) -> Records:
        """Return records that keep nothing."""
        return _Forgetful(self.store, self.owner, kind)


def _with_calendar(calendar: type[Calendar]) -> Callable[[Scene[Any]], Scene[Any]]:
    def blind(scene: Scene[Any]) -> Scene[Any]:
        other = replace(scene)
        vars(other)["calendar"] = calendar(scene.store, scene.owner)
        return other

    return blind


_LONG_AGO = Clock(frozen=datetime(1999, 1, 1, tzinfo=UTC))
# What is wrong -> a word in what stands on it, what makes a scene that is wrong so.
_BLIND: Mapping[str, tuple[str, Callable[[Scene[Any]], Scene[Any]]]] = {
    "no booking is a conflict": ("calendar", _with_calendar(_Overbooking)),
    "nothing is freed": (".release(", _with_calendar(_Holding)),
    "nothing is held": ("calendar", _with_calendar(_Free)),
    "nothing is stored": ("records(", lambda scene: _Forgetting(**vars(replace(scene)))),
    "the clock stands still long ago": ("clock", lambda scene: replace(scene, clock=_LONG_AGO)),
}


def _on(partner: type[Any], blind: Callable[[Scene[Any]], Scene[Any]]) -> type:
    def start(self: Any, scene: Scene[Any]) -> None:
        partner.__init__(self, blind(scene))

    return type(partner.__name__, (partner,), {"__init__": start})
