"""The rules about the gate itself: what its configuration and the ignores in a contract must be."""

from collections.abc import Mapping

from specwright.spec.catalogue import Entry

CONFIGURATION, IGNORE, IGNORE_UNUSED = "configuration", "ignore", "ignore-unused"

GATE: Mapping[str, Entry] = {
    CONFIGURATION: Entry(
        severity="error",
        asks="[tool.specwright] of pyproject.toml names rules that there are, and levels that a rule can have.",
        why="A misspelled rule would stay on, or off, and nobody would know.",
        mend="Write a rule's id as `specwright explain` lists it, and error, warning or off.",
        bad='[tool.specwright.rules]\noperation-id-uniq = "off"',
        good='[tool.specwright.rules]\nexample = "off"',
    ),
    IGNORE: Entry(
        severity="error",
        asks="x-specwright-ignore is a list of {rule, why}, and no rule that generation needs is among them.",
        why="Who reads the contract later must learn why a rule does not hold here; and from a contract that breaks "
        "what generation needs, nothing can be generated, reason or not.",
        mend="Name the rule and give the reason in one sentence; mend what cannot be ignored.",
        bad="x-specwright-ignore: [example]",
        good="x-specwright-ignore:\n- rule: example\n  why: The vendor's page shows this text, and clients know it.",
    ),
    IGNORE_UNUSED: Entry(
        severity="warning",
        asks="Every x-specwright-ignore silences something.",
        why="One that silences nothing any more hides the next problem of that rule.",
        mend="Remove it.",
        bad="x-specwright-ignore: [{rule: example, why: It was wrong once.}]\ntype: string\nexample: right",
        good="type: string\nexample: right",
    ),
}
