"""Path -> operation, in time that does not grow with the number of operations.

A trie of path segments: literal segments before patterned ones (``{id}.json``) before whole parameters, as OpenAPI
asks (3.1.1, section 4.8.8.2: concrete paths are matched before templated ones).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")

_TEMPLATE = re.compile(r"\{([^{}]*)\}")


@dataclass
class _Node(Generic[Target]):
    literals: "dict[str, _Node[Target]]" = field(default_factory=dict)
    # The longer the literal part, the more concrete: a whole parameter, which is any text, comes last.
    patterns: "list[tuple[int, re.Pattern[str], _Node[Target]]]" = field(default_factory=list)
    whole: "_Node[Target] | None" = None
    # One entry for every template that ends here: the names of its parameters, and what each method leads to.
    ends: "list[tuple[tuple[str, ...], dict[str, Target]]]" = field(default_factory=list)


class Match(NamedTuple, Generic[Target]):
    """What a path leads to: targets by method, and the still encoded values of the path parameters."""

    targets: Mapping[str, Target]
    values: Mapping[str, str]


class Router(Generic[Target]):
    """A table of (method, path template, target)."""

    def __init__(self, routes: Iterable[tuple[str, str, Target]]) -> None:
        self._root: _Node[Target] = _Node()
        self._static: dict[str, Match[Target]] = {}
        for method, path, target in routes:
            self._add(method, path, target)

    def match(self, path: str, method: str) -> Match[Target] | None:
        """Return what the percent-encoded ``path`` leads to, None when nothing.

        The most concrete template wins; of several that differ in names alone, the one that has ``method``.
        """
        known = self._static.get(path)
        if known is not None:
            return known
        found = self._find(self._root, path.split("/"), 0, ())
        if found is None:
            return None
        values, ends = found
        names, targets = ends[0]
        if method not in targets:
            names, targets = next((end for end in ends if method in end[1]), ends[0])
        return Match(targets, dict(zip(names, values, strict=True)))

    def _add(self, method: str, path: str, target: Target) -> None:
        node = self._root
        names: tuple[str, ...] = ()
        for segment in path.split("/"):
            found = _TEMPLATE.findall(segment)
            names += tuple(found)
            node = self._below(node, segment) if found else node.literals.setdefault(segment, _Node())
        targets = next((targets for known, targets in node.ends if known == names), None)
        if targets is None:
            targets = {}
            node.ends.append((names, targets))
        targets[method] = target
        if not names:
            self._static[path] = Match(targets, {})

    def _below(self, node: _Node[Target], segment: str) -> _Node[Target]:
        if _TEMPLATE.fullmatch(segment):
            node.whole = node.whole or _Node()
            return node.whole
        pattern = _pattern(segment)
        for _, known, child in node.patterns:
            if known.pattern == pattern:
                return child
        fresh: _Node[Target] = _Node()
        node.patterns.append((len(_TEMPLATE.sub("", segment)), re.compile(pattern, re.DOTALL), fresh))
        node.patterns.sort(key=lambda entry: -entry[0])
        return fresh

    def _find(
        self, node: _Node[Target], segments: list[str], index: int, values: tuple[str, ...]
    ) -> tuple[tuple[str, ...], "list[tuple[tuple[str, ...], dict[str, Target]]]"] | None:
        """Return the values and the ends of the most concrete template that the rest of ``segments`` leads to."""
        while index < len(segments):
            segment = segments[index]
            literal = node.literals.get(segment) or (node.literals.get(unquote(segment)) if "%" in segment else None)
            index += 1
            if literal is not None:
                if node.whole is None and not node.patterns:
                    node = literal
                    continue
                found = self._find(literal, segments, index, values)
                if found:
                    return found
            for _, pattern, child in node.patterns:
                taken = pattern.fullmatch(segment)
                found = self._find(child, segments, index, (*values, *taken.groups())) if taken else None
                if found:
                    return found
            if node.whole is None or not segment:
                return None
            node, values = node.whole, (*values, segment)
        return (values, node.ends) if node.ends else None


def _pattern(segment: str) -> str:
    """Return a pattern that takes every literal where it first comes: what it has taken it never tries again.

    Elsewhere a literal would leave less for the rest, so nothing is missed, and no path makes it backtrack.
    """
    first, *rest = (re.escape(part) for part in _TEMPLATE.split(segment)[::2])
    *inner, last = (f"(.+?){literal}" for literal in rest)
    return first + "".join(f"(?>{part})" for part in inner) + last
