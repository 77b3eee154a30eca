"""Whether two schemas certainly have no value in common."""

from specwright.gate.breaking.views import NUMBERS, View, canonical

_DEEPEST = 4
_DEEPEST_UNION = 2  # a union of unions of unions has very many alternatives


def are_disjoint(mine: View, other: View, depth: int = 0) -> bool:
    """Tell whether it is certain that no value obeys both."""
    common = mine.atoms & other.atoms
    if not common or _of_values(mine, other):
        return True
    if depth >= (_DEEPEST_UNION if mine.unions or other.unions else _DEEPEST):
        return False
    if mine.unions:
        part, union = mine.unions[0]
        return all(are_disjoint(each, other, depth + 1) for each in mine.alternatives(part, union))
    if other.unions:
        return are_disjoint(other, mine, depth + 1)
    return (common <= NUMBERS and _of_numbers(mine, other)) or (
        common == {"object"} and _of_objects(mine, other, depth)
    )


def _of_values(mine: View, other: View) -> bool:
    if mine.values is None or other.values is None:
        return False
    return not set(map(canonical, mine.values)) & set(map(canonical, other.values))


def _of_numbers(mine: View, other: View) -> bool:
    return mine.upper[0] < other.lower[0] or other.upper[0] < mine.lower[0]


def _of_objects(mine: View, other: View, depth: int) -> bool:
    return (
        _lacks(mine, other)
        or _lacks(other, mine)
        or any(
            are_disjoint(mine.member(name), other.member(name), depth + 1) for name in mine.required & other.required
        )
    )


def _lacks(mine: View, other: View) -> bool:
    """Tell whether ``other`` must have a member that ``mine`` refuses."""
    return any(not mine.member(name).atoms for name in other.required)
