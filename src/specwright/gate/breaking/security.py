"""Changes of what clients must prove: schemes, alternatives of requirements, scopes."""

from collections.abc import Iterator, Mapping
from typing import Any

from specwright.gate.breaking.change import Change
from specwright.gate.breaking.rules import told
from specwright.gate.breaking.spots import Spot

_Need = Mapping[str, frozenset[str]]
# Of a scheme and of its flows, what says nothing about what is sent.
_TEXTS = frozenset({"description", "scopes", "deprecated", "bearerFormat"})


def scheme_changes(old: Spot, new: Spot) -> Iterator[Change]:
    """Yield the security schemes that ask for something else under the same name."""
    before, after = _schemes(old), _schemes(new)
    for name, scheme in before.items():
        now = after.get(name)
        if now is not None and _substance(scheme.value) != _substance(now.value):
            text = f"security scheme '{name}' changed: what clients send as proof is not what is asked for"
            yield told("security-scheme-changed", text, now.pointer, scheme.pointer)


class Security:
    """Compares what operations require; schemes that are only called otherwise are the same."""

    def __init__(self, old: Any, new: Any) -> None:
        self._old, self._new = Spot(old, "", old), Spot(new, "", new)
        self._former = _renamed(_schemes(self._old), _schemes(self._new))

    def of(self, old: Spot, new: Spot) -> Iterator[Change]:
        """Yield what changed for clients of an operation."""
        before, was = _required(self._old, old)
        after, now = _required(self._new, new)
        after = [{self._former.get(name, name): scopes for name, scopes in need.items()} for need in after]
        for need in before:
            if not any(_is_met(other, need) for other in after):
                yield _harder(need, after, now, was)
        for need in after:
            # Otherwise who comes with this was let in before.
            if not any(_is_met(other, need) for other in before):
                text = f"clients may come with {_told([need])} now"
                yield told("security-alternative-added", text, now, was)


def _required(contract: Spot, operation: Spot) -> tuple[list[_Need], str]:
    """Return the alternatives, and where they stand; nothing at all is one of them when nothing is required."""
    owner = operation if operation.plain("security") is not None else contract
    needs: list[_Need] = [
        {name: frozenset(scopes or ()) for name, scopes in need.items()} for need in owner.plain("security") or [{}]
    ]
    return needs, owner.below("security")


def _is_met(need: _Need, proof: _Need) -> bool:
    """Tell whether who could meet ``proof`` meets ``need``."""
    return all(name in proof and scopes <= proof[name] for name, scopes in need.items())


def _harder(need: _Need, after: list[_Need], new: str, old: str) -> Change:
    if not need:
        return told("security-added", f"clients without {_told(after)} are refused now", new, old)
    same = [other for other in after if other.keys() == need.keys()]
    if same:
        more = sorted({scope for name in need for scope in same[0][name] - need[name]})
        text = f"clients whose {_told([need])} lacks {', '.join(more)} are refused now"
        return told("security-scope-added", text, new, old)
    if any(need.keys() < other.keys() for other in after):
        return told("security-added", f"clients with {_told([need])} alone are refused now", new, old)
    return told("security-alternative-removed", f"clients with {_told([need])} are refused now", new, old)


def _told(needs: list[_Need]) -> str:
    return " or ".join(" and ".join(sorted(need)) or "nothing" for need in needs)


def _schemes(contract: Spot) -> dict[str, Spot]:
    return dict(contract.get("components").get("securitySchemes").members())


def _renamed(old: Mapping[str, Spot], new: Mapping[str, Spot]) -> dict[str, str]:
    """Return what schemes were called that are called otherwise now."""
    gone = {name: _substance(scheme.value) for name, scheme in old.items() if name not in new}
    found: dict[str, str] = {}
    for name, scheme in new.items():
        if name not in old:
            same = [former for former, value in gone.items() if value == _substance(scheme.value)]
            found.update({name: same[0]} if same else {})
    return found


def _substance(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _substance(item) for key, item in value.items() if key not in _TEXTS and not key.startswith("x-")}
