"""What a gap between two schemas means for those who use the contract: one line a kind.

Verdicts follow buf and oasdiff where they have one. Only what is refused in a request and what is new in a response can
break; the other way round a gap is good news.
"""

from typing import NamedTuple

from specwright.gate.breaking.change import Verdict

_B, _W, _D, _N = Verdict.BREAKING, Verdict.WARNING, Verdict.DOCUMENTATION, Verdict.COMPATIBLE


class Kind(NamedTuple):
    """Names of what is refused now and of what is let through now, the verdicts on the first in requests and on the
    second in responses.
    """

    narrowed: str
    widened: str
    request: Verdict = _B
    response: Verdict = _B


KINDS = {
    "type": Kind("type-narrowed", "type-widened"),
    "null": Kind("null-refused", "null-allowed"),
    "enum": Kind("enum-narrowed", "enum-widened", response=_W),
    "bound": Kind("bound-tightened", "bound-loosened"),
    "multiple-of": Kind("multiple-tightened", "multiple-loosened"),
    "pattern": Kind("pattern-tightened", "pattern-loosened"),
    "format": Kind("format-tightened", "format-loosened"),
    "format-hint": Kind("format-hint-added", "format-hint-removed", _W, _W),
    "content": Kind("content-tightened", "content-loosened"),
    "unique-items": Kind("unique-items-added", "unique-items-removed"),
    "items": Kind("items-refused", "items-added"),
    "contains": Kind("contains-tightened", "contains-loosened"),
    "required": Kind("required-added", "required-removed"),
    "closed": Kind("additional-properties-refused", "additional-properties-allowed", response=_W),
    "closed-property": Kind("property-refused", "property-unexpected", response=_W),
    "pattern-property": Kind("pattern-properties-tightened", "pattern-properties-loosened"),
    "property-names": Kind("property-names-tightened", "property-names-loosened"),
    "dependency": Kind("dependency-tightened", "dependency-loosened"),
    "unevaluated": Kind("unevaluated-tightened", "unevaluated-loosened"),
    "not": Kind("not-tightened", "not-loosened"),
    "condition": Kind("condition-tightened", "condition-loosened"),
    "alternative": Kind("alternative-removed", "alternative-added"),
    "overlap": Kind("alternatives-overlap", "alternatives-no-longer-exclusive", response=_W),
    "effort": Kind("schema-too-complex", "schema-too-complex"),
    "discriminator-value": Kind("discriminator-value-removed", "discriminator-value-added", response=_W),
}
# Of members that one of two schemas does not know: what it is when they go, and when they come; verdicts as above,
# but that a member that goes from a response is told as well.
MEMBERS = {
    "property": Kind("property-removed", "property-added", _W, _W),
    "unsent": Kind("property-unsent", "property-sent", _B, _W),
}
# What is said besides, alike in both directions but for who minds.
TEXTS = {
    "default": Kind("default-changed", "", _W, _D),
    "discriminator": Kind("discriminator-changed", "", _W, _W),
    "xml": Kind("xml-changed", "", _W, _W),
    "deprecated": Kind("deprecated-changed", "", _D, _D),
    "description": Kind("description-changed", "", _D, _D),
    "examples": Kind("examples-changed", "", _D, _D),
}
