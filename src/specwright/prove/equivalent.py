"""Mutations that nobody can tell from the contract: what they drop or loosen, something else still says."""

from typing import Any

from jsonschema import Draft202012Validator

from specwright.prove.altered import GONE
from specwright.prove.mutations import Mutation
from specwright.prove.values import PLAIN, RANGES
from specwright.prove.witness import FORMATS, Witness
from specwright.spec.pointer import resolve

_LEAST = {"minContains": 1, "minItems": 0, "minLength": 0, "minProperties": 0}  # what they are where they are not said
_TEXTS = ("path", "query", "header", "cookie")


def equivalent(contract: Any, mutation: Mutation) -> str:
    """Return why ``mutation`` changes nothing that a client could see, as far as that is known; nothing where it is not."""
    node = resolve(contract, mutation.pointer)
    before = {mutation.keyword: node.get(mutation.keyword)}
    after = {} if mutation.value is GONE else {mutation.keyword: mutation.value}
    listed = _listed(node, mutation.keyword)
    if listed is not None and all(_allows(before, value) == _allows(after, value) for value in listed):
        return f"the {'const' if 'const' in node else 'enum'} beside it allows no value that this would"
    if mutation.value is GONE and _LEAST.get(mutation.keyword) == node.get(mutation.keyword):
        return "it says what is so anyway"
    if mutation.keyword in ("minimum", "maximum") and _is_of_format(node, mutation):
        return f"the format {node['format']} beside it has the same bound"
    if _is_alternative(contract, mutation):
        return "another alternative beside it says the same of every type of value"
    holder = resolve(contract, mutation.pointer.rpartition("/")[0])
    is_text = isinstance(holder, dict) and (holder.get("in") in _TEXTS or "/headers/" in mutation.pointer)
    if mutation.keyword == "type" and node.get("type") == "string" and is_text:
        return "what stands there is a text whatever it is"
    return ""


def _listed(node: Any, keyword: str) -> list[Any] | None:
    if keyword in ("enum", "const"):
        return None
    return [node["const"]] if "const" in node else node.get("enum")


def _allows(schema: Any, value: Any) -> bool:
    return bool(Draft202012Validator(schema, format_checker=FORMATS).is_valid(value))


def _is_of_format(node: Any, mutation: Mutation) -> bool:
    low, high = RANGES.get(str(node.get("format")), (None, None))
    bound = low if mutation.keyword == "minimum" else high
    is_looser = (
        mutation.value is GONE or (mutation.value < bound if mutation.keyword == "minimum" else mutation.value > bound)
        if bound is not None
        else False
    )
    return is_looser and bool(node[mutation.keyword] == bound)


def _is_alternative(contract: Any, mutation: Mutation) -> bool:
    """Tell whether alternatives allow the same values of every type before and after ``mutation`` of one of them."""
    around, keyword, _ = mutation.pointer.rsplit("/", 2) if mutation.keyword == "type" else ("", "", "")
    if keyword not in ("anyOf", "oneOf"):
        return False
    before, after = Witness(contract, "request"), Witness(mutation.applied(contract), "request")
    return all(before.is_valid(around, value) == after.is_valid(around, value) for value in PLAIN.values())
