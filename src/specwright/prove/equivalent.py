"""Mutations that nobody can tell from the contract: what they drop or loosen, something else still says.

That no value tells two schemas apart cannot be known of all; it is said when none of the values that a proof would try does.
"""

import json
from collections.abc import Iterator
from typing import Any

from specwright.prove.mutations import Mutation
from specwright.prove.values import PLAIN, breaking, edging
from specwright.prove.witness import Witness
from specwright.spec.media import is_form
from specwright.spec.pointer import deref, resolve, walk

# Below these a schema speaks of the same value as the one around it.
_SAME_VALUE = frozenset({"allOf", "anyOf", "oneOf"})
_SAME_VALUE_ONE = frozenset({"not", "if", "then", "else"})
_NAMES = frozenset({"properties", "patternProperties", "$defs", "schemas"})  # below which a keyword is a name
_BINARY = "bytes are not judged"
_FORMS = "a form spells objects, lists and texts one way only"
_NO_VALUE = "no value that was tried is judged differently"


def equivalent(contract: Any, mutation: Mutation) -> str:
    """Return why ``mutation`` changes nothing that a client could see, as far as that is known; nothing where it is not."""
    node = resolve(contract, mutation.pointer)
    if not isinstance(node, dict) or mutation.keyword in ("content", "responses", "security", "schema"):
        return ""
    if node.get("format") == "binary":
        return _BINARY
    if mutation.keyword == "type" and _is_of_forms(contract, mutation):
        return _FORMS
    changed = mutation.applied(contract)
    before, after = Witness(contract, "request"), Witness(changed, "request")
    values = [*_values(node, mutation.keyword), *_values(resolve(changed, mutation.pointer), mutation.keyword)]
    roots = list(_roots(changed, mutation.pointer, set()))
    is_text = any(_is_text(contract, root) for root in roots)
    tried = [value for value in values if not is_text or _is_spelled(node, value)]
    if all(before.is_valid(root, value) == after.is_valid(root, value) for root in roots for value in tried):
        return f"{_NO_VALUE}{' and can be spelled there' if is_text else ''}"
    return ""


def _is_of_forms(contract: Any, mutation: Mutation) -> bool:
    """Tell whether ``mutation`` is about a body that only forms spell."""
    operation = resolve(contract, mutation.operation)
    media = deref(contract, operation.get("requestBody", {})).get("content", {})
    said = json.dumps(operation.get("responses", {}))
    return bool(media) and all(map(is_form, media)) and "/schemas/" not in said and "parameters" not in mutation.pointer


def _values(schema: Any, keyword: str) -> Iterator[Any]:
    """Yield values at the edge of what ``schema`` says by ``keyword`` and by what stands beside it."""
    yield from PLAIN.values()
    for start in [*PLAIN.values(), *schema.get("examples", ())]:
        for name in {keyword, *schema} if keyword in schema else schema:
            yield from edging(schema, name, start)
            yield from breaking(schema, name, start)


def _roots(contract: Any, pointer: str, seen: set[str]) -> Iterator[str]:
    """Yield the outermost schemas that speak of the value that the schema at ``pointer`` speaks of."""
    above, _, last = pointer.rpartition("/")
    holder = above.rpartition("/")[2]
    if last in _SAME_VALUE_ONE and holder not in _NAMES:
        yield from _roots(contract, above, seen)
    elif holder in _SAME_VALUE and last.isdigit():
        yield from _roots(contract, above.rpartition("/")[0], seen)
    else:
        users = [
            place for place, node in walk(contract) if isinstance(node, dict) and node.get("$ref") == f"#{pointer}"
        ]
        found = [root for user in users if user not in seen for root in _roots(contract, user, seen | {user})]
        yield from found or [pointer]


def _is_text(contract: Any, pointer: str) -> bool:
    """Tell whether the schema at ``pointer`` is that of a parameter or a header."""
    holder = resolve(contract, pointer.rpartition("/")[0])
    return isinstance(holder, dict) and (holder.get("in") is not None or "/headers/" in pointer)


def _is_spelled(schema: Any, value: Any) -> bool:
    """Tell whether a text can mean ``value``, and not something else, where ``schema`` says what a text means."""
    if value in (None, "") or value in ([], {}):
        return False
    return isinstance(value, str) or "string" not in str(schema.get("type", ""))
