"""Whether two JSON values are the same, as WireMock's ``equalToJson`` means it."""

from collections.abc import Callable, Mapping
from typing import Any

from specwright.mock.matching.patterns import Budget

# What an expected value may say instead of a value: JsonUnit's placeholders, the ones that WireMock documents.
_PLACEHOLDERS: Mapping[str, Callable[[Any], bool]] = {
    "${json-unit.ignore}": lambda _: True,
    "${json-unit.any-string}": lambda value: isinstance(value, str),
    "${json-unit.any-number}": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "${json-unit.any-boolean}": lambda value: isinstance(value, bool),
}


class Same:
    """Compares to ``expected``; raises BadPattern when that takes too long."""

    def __init__(self, expected: Any, *, any_order: bool, extra: bool) -> None:
        self._expected, self._any_order, self._extra = expected, any_order, extra

    def __call__(self, actual: Any) -> bool:
        """Tell whether ``actual`` is the expected value."""
        return self._same(self._expected, actual, Budget("equalToJson"))

    def _same(self, expected: Any, actual: Any, budget: Budget) -> bool:
        budget.spend()
        if isinstance(expected, str) and expected in _PLACEHOLDERS:
            return _PLACEHOLDERS[expected](actual)
        if isinstance(expected, dict):
            return isinstance(actual, dict) and self._same_members(expected, actual, budget)
        if isinstance(expected, list):
            return isinstance(actual, list) and self._same_items(expected, actual, budget)
        # True is 1 to Python, not to JSON.
        return bool(expected == actual) and isinstance(expected, bool) == isinstance(actual, bool)

    def _same_members(self, expected: Mapping[str, Any], actual: Mapping[str, Any], budget: Budget) -> bool:
        if not self._extra and actual.keys() - expected.keys():
            return False
        return all(name in actual and self._same(value, actual[name], budget) for name, value in expected.items())

    def _same_items(self, expected: list[Any], actual: list[Any], budget: Budget) -> bool:
        if len(expected) > len(actual) or (len(expected) < len(actual) and not self._extra):
            return False
        if not self._any_order:
            return all(self._same(*pair, budget) for pair in zip(expected, actual, strict=False))
        options = [[i for i, item in enumerate(actual) if self._same(wanted, item, budget)] for wanted in expected]
        taken: dict[int, int] = {}
        return all(_assign(wanted, options, taken, set(), budget) for wanted in range(len(expected)))


def _assign(wanted: int, options: list[list[int]], taken: dict[int, int], seen: set[int], budget: Budget) -> bool:
    """Give ``wanted`` an item of its own, moving others to another one where need be (bipartite matching)."""
    for item in options[wanted]:
        budget.spend()
        if item not in seen:
            seen.add(item)
            if item not in taken or _assign(taken[item], options, taken, seen, budget):
                taken[item] = wanted
                return True
    return False
