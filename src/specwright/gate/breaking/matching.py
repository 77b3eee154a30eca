"""Which branch of a union is which branch of another."""

from typing import Any
from urllib.parse import unquote

from specwright.gate.breaking.views import Part, View, canonical
from specwright.spec.pointer import unescape


def name_of(branch: View) -> str:
    """Return what a branch is called: its component, else its title; "" when it has no name."""
    root = branch.roots[0].schema
    if "$ref" in root:
        return unescape(unquote(str(root["$ref"])).rpartition("/")[2])
    return str(root.get("title", ""))


def is_named_alike(mine: View, other: View) -> bool:
    """Tell whether two branches have the same name or say the same by a member that is constant."""
    if name_of(mine) and name_of(mine) == name_of(other):
        return True
    constants = _constants(mine)
    return bool(constants) and constants == _constants(other) and "object" in mine.atoms & other.atoms


def values_of(part: Part, branch: View) -> set[str]:
    """Return what the discriminator of ``part`` calls ``branch``: its component's name unless a mapping says it."""
    mapping = part.schema["discriminator"].get("mapping", {})
    name = name_of(branch)
    named = {value for value, target in mapping.items() if unescape(unquote(str(target))).rpartition("/")[2] == name}
    return named or ({name} if "$ref" in branch.roots[0].schema else set())


def _constants(view: View) -> dict[str, Any]:
    found = {name: view.member(name).values for name in sorted(view.required)}
    return {name: canonical(values[0]) for name, values in found.items() if values is not None and len(values) == 1}
