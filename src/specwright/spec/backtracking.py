r"""Regular expressions that can take exponential time.

An engine that backtracks does, on a text that does not match after all, when one text can be read in two ways and be read
again: ``(a+)+$``, ``(a|a)*$``, ``(\\w*\\s?)*$``. The expression is made an automaton with a state for each of its
characters (Glushkov); it is dangerous when two different ways lead from a state back to itself over the same text.
Source: Weber and Seidl, On the degree of ambiguity of finite automata (1991); Weideman et al. (2016).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from specwright.spec.regex import BITS, Chars, Choice, Node, NotEcma, Repeat, Wall, parsed

# So often repeated is as good as for ever; so many states are enough for what people write.
_OFTEN, _MOST_STATES = 10, 150


@cache
def is_catastrophic(pattern: str) -> bool:
    """Tell whether ``pattern`` can take exponential time; False for what is too large to judge."""
    try:
        tree, lookarounds = parsed(pattern)
    except NotEcma:
        return False
    return any(map(_is_dangerous, (tree, *lookarounds)))


@dataclass
class _Automaton:
    """States, each the characters that lead into it, and the ways between them."""

    bits: list[int] = field(default_factory=list)
    ways: dict[int, set[int]] = field(default_factory=dict)
    # Ways that two loops make: one text, two readings.
    doubled: set[tuple[int, int]] = field(default_factory=set)

    def state(self, bits: int) -> int:
        if len(self.bits) >= _MOST_STATES:
            raise _TooLarge
        self.bits.append(bits)
        return len(self.bits) - 1

    def connect(self, sources: Iterable[int], targets: Iterable[int]) -> None:
        for source in sources:
            for target in targets:
                ways = self.ways.setdefault(source, set())
                if target in ways:
                    self.doubled.add((source, target))
                ways.add(target)


@dataclass(frozen=True)
class _Part:
    """What a part of an expression begins and ends with, and whether it can be empty."""

    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    is_empty: bool = True


class _TooLarge(Exception):
    """The expression has more states than are looked at."""


def _is_dangerous(tree: Choice) -> bool:
    if not _repeats_parts(tree):
        return False
    automaton = _Automaton()
    try:
        whole = _built(automaton, tree)
    except _TooLarge:
        return False
    # Where the expression may end in a loop an engine is content, and never comes back for another reading.
    loops = [loop for loop in _loops(automaton.ways) if not loop & whole.last]
    return any(_reads_twice(automaton, loop) for loop in loops)


def _repeats_parts(node: Node) -> bool:
    """Tell whether something of more than one character is repeated."""
    match node:
        case Repeat(Choice() | Repeat() as body, _, most):
            return most >= _OFTEN or _repeats_parts(body)
        case Choice(branches):
            return any(_repeats_parts(item) for branch in branches for item in branch)
    return False


def _built(automaton: _Automaton, node: Node) -> _Part:
    match node:
        case Chars(bits):
            return _single(automaton, bits)
        case Wall():
            # No other state is led into by the same: what stands here is judged nowhere else.
            return _single(automaton, 1 << (BITS + len(automaton.bits)))
        case Choice(branches):
            parts = [_in_order(automaton, [_built(automaton, item) for item in branch]) for branch in branches]
            return _Part(
                frozenset().union(*(part.first for part in parts)),
                frozenset().union(*(part.last for part in parts)),
                any(part.is_empty for part in parts),
            )
        case Repeat(body, least, most):
            return _repeated(automaton, body, least, most)


def _single(automaton: _Automaton, bits: int) -> _Part:
    state = frozenset({automaton.state(bits)})
    return _Part(state, state, is_empty=False)


def _repeated(automaton: _Automaton, body: Node, least: int, most: int) -> _Part:
    if most == 0:
        return _Part()
    if most < _OFTEN:
        part = _Part()
        for number in range(most, 0, -1):  # x(x(x)?)?: so that nothing is read in two ways that need not be
            part = _in_order(automaton, [_built(automaton, body), part])
            part = part if number <= least else _Part(part.first, part.last)
        return part
    part = _built(automaton, body)
    if least < most or not isinstance(body, Chars):
        automaton.connect(part.last, part.first)
    return _Part(part.first, part.last, part.is_empty or least == 0)


def _in_order(automaton: _Automaton, parts: list[_Part]) -> _Part:
    whole = _Part()
    for part in parts:
        automaton.connect(whole.last, part.first)
        first = whole.first | part.first if whole.is_empty else whole.first
        last = whole.last | part.last if part.is_empty else part.last
        whole = _Part(first, last, whole.is_empty and part.is_empty)
    return whole


def _loops(ways: Mapping[int, set[int]]) -> list[frozenset[int]]:
    """Return the sets of states that lead to one another."""
    back: dict[int, set[int]] = {}
    for source, targets in ways.items():
        for target in targets:
            back.setdefault(target, set()).add(source)
    found, left = [], set(ways)
    while left:
        start = left.pop()
        loop = frozenset(_reached(ways, ways[start]) & (_reached(back, back.get(start, set())) | {start}))
        left -= loop
        found += [loop] if start in loop else []
    return found


def _reached(ways: Mapping[int, set[int]], starts: Iterable[int]) -> set[int]:
    found, waiting = set(starts), list(starts)
    while waiting:
        new = ways.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _reads_twice(automaton: _Automaton, loop: frozenset[int]) -> bool:
    """Tell whether one text leads from a state of ``loop`` back to it in two ways."""
    if any(source in loop and target in loop for source, target in automaton.doubled):
        return True
    bits, ways = automaton.bits, {state: automaton.ways[state] & loop for state in loop}
    # Two readers of the same text, who start in the same state, part, and meet again.
    back: dict[tuple[int, int], list[tuple[int, int]]] = {}
    seen = {(state, state) for state in loop}
    waiting = list(seen)
    while waiting:
        one, other = waiting.pop()
        for pair in ((a, b) for a in ways[one] for b in ways[other] if bits[a] & bits[b]):
            back.setdefault(pair, []).append((one, other))
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    # Once parted, whoever meets again came from a pair that had parted.
    return any(one != other for state in loop for one, other in back.get((state, state), []))
