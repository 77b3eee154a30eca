"""Whether two schemas are the same word by word, wherever they stand and whatever the components are called."""

from typing import Any
from urllib.parse import unquote

from specwright.gate.breaking.views import TEXTS, UNIONS, Part, canonical
from specwright.spec.pointer import has, resolve
from specwright.spec.structure import CHILDREN

_SETS = frozenset({"required", "type", "enum"})
_SHAPES = CHILDREN["schema"]
_Pair = tuple[str, str]


class Sameness:
    """Compares schemas of one contract with schemas of another; no pair of components is looked at twice.

    Unless they are ``literal``, schemas may differ in what says nothing about values.
    """

    def __init__(self, mine: Any, other: Any, *, literal: bool) -> None:
        self._mine, self._other, self._literal = mine, other, literal
        self._known: dict[_Pair, bool] = {}

    def nodes(self, mine: Any, other: Any) -> bool:
        """Tell whether two schemas are the same, and all that they refer to."""
        pairs: list[_Pair] = []
        return self._local(mine, other, pairs) and all(self._settled(pair) for pair in pairs)

    def keyword(self, mine: Part, other: Part, keyword: str) -> bool:
        """Tell whether ``keyword`` of two parts is the same."""
        pairs: list[_Pair] = []
        found = self._members(keyword, mine.schema.get(keyword), other.schema.get(keyword), pairs)
        return found and all(self._settled(pair) for pair in pairs)

    def _settled(self, root: _Pair) -> bool:
        """Look at all pairs that ``root`` leads to; what leads to a difference differs."""
        edges: dict[_Pair, list[_Pair]] = {}
        differ, waiting = set(), [root]
        while waiting:
            pair = waiting.pop()
            if pair in edges or pair in self._known:
                continue
            edges[pair] = []
            if not self._targets(pair, edges[pair]):
                differ.add(pair)
            waiting += edges[pair]
        self._spread(edges, differ)
        self._known.update((pair, pair not in differ) for pair in edges)
        return self._known[root]

    def _spread(self, edges: dict[_Pair, list[_Pair]], differ: set[_Pair]) -> None:
        sources: dict[_Pair, list[_Pair]] = {}
        for pair, targets in edges.items():
            for target in targets:
                sources.setdefault(target, []).append(pair)
        waiting = [*differ, *(pair for pair in sources if self._known.get(pair) is False)]
        while waiting:
            for pair in sources.get(waiting.pop(), ()):
                if pair not in differ:
                    differ.add(pair)
                    waiting.append(pair)

    def _targets(self, pair: _Pair, pairs: list[_Pair]) -> bool:
        mine, other = (unquote(ref[1:]) for ref in pair)
        if not has(self._mine, mine) or not has(self._other, other):
            return False
        return self._local(resolve(self._mine, mine), resolve(self._other, other), pairs)

    def _local(self, mine: Any, other: Any, pairs: list[_Pair]) -> bool:
        """Tell whether two schemas are the same if ``pairs``, which it adds to, are."""
        if not isinstance(mine, dict) or not isinstance(other, dict):
            return canonical(mine) == canonical(other)
        keys, others = self._keys(mine), self._keys(other)
        if "discriminator" in keys and any(mine.get(union) != other.get(union) for union in UNIONS):
            return False  # what its components are called is sent
        return keys == others and all(self._members(key, mine[key], other[key], pairs) for key in keys)

    def _keys(self, schema: dict[str, Any]) -> set[str]:
        return {key for key in schema if not key.startswith("x-") and (self._literal or key not in TEXTS)}

    def _members(self, key: str, mine: Any, other: Any, pairs: list[_Pair]) -> bool:
        if key == "$ref":
            pairs.append((mine, other))
            return True
        shape = _SHAPES.get(key, "")
        if shape == "{schema}" and isinstance(mine, dict) and isinstance(other, dict):
            return mine.keys() == other.keys() and all(self._local(mine[name], other[name], pairs) for name in mine)
        if shape == "[schema]" and isinstance(mine, list) and isinstance(other, list):
            return len(mine) == len(other) and all(map(lambda a, b: self._local(a, b, pairs), mine, other))
        if shape == "schema":
            return self._local(mine, other, pairs)
        if key in _SETS and isinstance(mine, list) and isinstance(other, list):
            return sorted(map(canonical, mine)) == sorted(map(canonical, other))
        return mine is other or canonical(mine) == canonical(other)
