"""Every rule that is not about schemas: what it is called, what it does to clients."""

from specwright.gate.breaking.change import FAILING, Change, Verdict
from specwright.gate.breaking.kinds import KINDS, MEMBERS, TEXTS
from specwright.spec.catalogue import Entry

_B, _U, _W = Verdict.BREAKING, Verdict.UNDECIDED, Verdict.WARNING
_N, _D = Verdict.COMPATIBLE, Verdict.DOCUMENTATION

RULES = {
    "api-removed": _B,
    "api-added": _N,
    "contract-unreadable": _U,
    "operation-removed": _B,
    "operation-added": _N,
    "operation-id-changed": _W,
    "operation-deprecated": _D,
    "webhook-removed": _B,
    "webhook-added": _N,
    "callback-removed": _B,
    "callback-added": _N,
    "parameter-removed": _B,
    "parameter-added": _N,
    "parameter-required-added": _B,
    "parameter-became-required": _B,
    "parameter-became-optional": _N,
    "parameter-style-changed": _B,
    "parameter-reserved-refused": _B,
    "parameter-reserved-allowed": _N,
    "parameter-empty-refused": _B,
    "parameter-empty-allowed": _N,
    "parameter-content-changed": _U,
    "path-parameter-renamed": _W,
    "request-body-removed": _B,
    "request-body-added": _N,
    "request-body-required-added": _B,
    "request-body-became-required": _B,
    "request-body-became-optional": _N,
    "request-media-type-removed": _B,
    "request-media-type-added": _N,
    "request-encoding-changed": _U,
    "response-media-type-removed": _B,
    "response-media-type-added": _N,
    "response-encoding-changed": _U,
    "response-success-removed": _B,
    "response-success-added": _W,
    "response-error-removed": _N,
    "response-error-added": _N,
    "response-header-removed": _W,
    "response-header-required-removed": _B,
    "response-header-became-optional": _B,
    "response-header-became-required": _N,
    "response-header-added": _N,
    "response-header-style-changed": _B,
    "response-link-removed": _W,
    "response-link-changed": _W,
    "security-added": _B,
    "security-scope-added": _B,
    "security-alternative-removed": _B,
    "security-alternative-added": _N,
    "security-scheme-changed": _B,
    "server-removed": _B,
    "server-added": _N,
    "server-variable-changed": _B,
    "description-changed": _D,
    "examples-changed": _D,
}


def told(  # noqa: PLR0913 - what a change is
    rule: str, message: str, new: str, old: str, *, operation: str = "", direction: str = ""
) -> Change:
    """Return the change that ``rule`` is about."""
    return Change(rule, RULES[rule], message, new, old, (operation,) if operation else (), direction)


def catalogue() -> dict[str, Entry]:
    """Return every rule that fails the gate or warns, as the formats of the gate tell it."""
    verdicts = dict(RULES)
    for table in (KINDS, MEMBERS, TEXTS):
        for kind in table.values():
            verdicts |= {
                f"request-{kind.narrowed}": kind.request,
                f"response-{kind.widened or kind.narrowed}": kind.response,
            }
    verdicts |= {f"response-{kind.narrowed}": kind.response for kind in MEMBERS.values()}
    told = {rule: verdict for rule, verdict in verdicts.items() if verdict in FAILING | {_W}}
    return {rule: _entry(rule, verdict) for rule, verdict in sorted(told.items())}


def _entry(rule: str, verdict: Verdict) -> Entry:
    says = "warns" if verdict is _W else "fails the gate"
    mend = f"Take it back, or accept it: x-specwright-accepted: [{{break: {rule}, why: REASON}}] in the new contract."
    return Entry("warning" if verdict is _W else "error", f"A change that is {rule} {says}.", mend=mend)
