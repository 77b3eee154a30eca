"""Regular expressions of ECMA-262 (section 22.2.1, Annex B included), read into a tree.

What other dialects have and ECMA-262 has not raises NotEcma with what to write instead.
"""

import re
from dataclasses import dataclass
from typing import Final

# A set of characters is a number with a bit for each; those beyond fall on what is left of the bits.
_EXACT, BITS = 1024, 2048
ANYTHING: Final = (1 << BITS) - 1
UNBOUNDED: Final = 1 << 30

_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(,?)(\d*)\}")
_OPENING = re.compile(r"\(\?(?::|=|!|<=|<!|<([^>]*)>)|\((?!\?)")
_HEX = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "f": "\f", "0": "\0"}
_MOST_DEPTH = 100


class NotEcma(Exception):
    """The text is no regular expression of ECMA-262; the message says why."""


@dataclass(frozen=True)
class Chars:
    """One character of a set."""

    bits: int


@dataclass(frozen=True)
class Wall:
    """What consumes nothing but has a say: an assertion, a reference to what a group matched."""


@dataclass(frozen=True)
class Repeat:
    """``body``, ``least`` to ``most`` times."""

    body: "Node"
    least: int
    most: int


@dataclass(frozen=True)
class Choice:
    """One of several, each a sequence."""

    branches: tuple[tuple["Node", ...], ...]


Node = Chars | Wall | Repeat | Choice


def _char(code: int) -> int:
    return 1 << (code if code < _EXACT else _EXACT + code % (BITS - _EXACT))


def _range(first: int, last: int) -> int:
    exact = (1 << min(last + 1, _EXACT)) - (1 << first) if first < _EXACT else 0
    beyond = range(max(first, _EXACT), last + 1)
    if len(beyond) >= BITS - _EXACT:
        return exact | (ANYTHING >> _EXACT << _EXACT)
    for code in beyond:
        exact |= _char(code)
    return exact


_DIGITS = _range(48, 57)
_WORDS = _DIGITS | _range(65, 90) | _range(97, 122) | _char(95)
_SPACES = _range(9, 13) | _char(32) | _char(160)
_LINE_ENDS = _char(10) | _char(13)
_CLASSES = {"d": _DIGITS, "w": _WORDS, "s": _SPACES}
# Of a property of Unicode nothing is known here: letters are what it mostly is.
_PROPERTY = re.compile(r"([pP])\{[^{}]*\}")
_LETTERS = _range(65, 90) | _range(97, 122) | (ANYTHING >> 128 << 128)


def parsed(pattern: str) -> tuple[Choice, tuple[Choice, ...]]:
    """Return ``pattern`` as a tree, and the bodies of its lookarounds as trees of their own; raises NotEcma."""
    reader = _Reader(pattern)
    tree = reader.choice(0)
    if reader.at < len(pattern):
        raise NotEcma("it has a ) without a (")
    return tree, tuple(reader.lookarounds)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lookarounds: list[Choice] = []

    def choice(self, depth: int) -> Choice:
        if depth > _MOST_DEPTH:
            raise NotEcma(f"its groups are nested deeper than {_MOST_DEPTH} levels")
        branches: list[tuple[Node, ...]] = []
        sequence: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                self.at += 1
                branches.append(tuple(sequence))
                sequence = []
            else:
                sequence.append(self._quantified(self._atom(depth)))
        return Choice((*branches, tuple(sequence)))

    def _quantified(self, node: Node) -> Node:
        found = _QUANTIFIER.match(self.text, self.at)
        if not found:
            return node
        self.at = found.end()
        if self.text[self.at : self.at + 1] == "+":
            raise NotEcma("it has a possessive quantifier, which only other dialects know: remove the second +")
        if self.text[self.at : self.at + 1] == "?":
            self.at += 1
        if found[1] is None:
            least, most = {"*": (0, UNBOUNDED), "+": (1, UNBOUNDED), "?": (0, 1)}[found[0]]
        else:
            least = _small(found[1])
            most = _small(found[3]) if found[3] else UNBOUNDED if found[2] else least
        if most < least:
            raise NotEcma(f"the numbers of {found[0]} are out of order")
        return Repeat(node, least, most)

    def _atom(self, depth: int) -> Node:
        char = self.text[self.at]
        if char == "(":
            return self._group(depth)
        self.at += 1
        match char:
            case ".":
                return Chars(ANYTHING & ~_LINE_ENDS)
            case "^" | "$":
                return Wall()
            case "[":
                return self._set()
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise NotEcma(f"its {char} has nothing to repeat")
        return Chars(_char(ord(char)))

    def _group(self, depth: int) -> Node:
        found = _OPENING.match(self.text, self.at)
        if not found:
            what = self.text[self.at : self.at + 4]
            instead = ": name a group (?<name>...)" if what.startswith("(?P") else ""
            raise NotEcma(f"{what} is of another dialect{instead}")
        self.at = found.end()
        body = self.choice(depth + 1)
        if self.at >= len(self.text):
            raise NotEcma("it has a ( without a )")
        self.at += 1
        if found[0] in ("(?=", "(?!", "(?<=", "(?<!"):
            self.lookarounds.append(body)
            return Wall()
        return body

    def _escape(self) -> Node:
        if self.at >= len(self.text):
            raise NotEcma("it ends in a \\")
        char = self.text[self.at]
        if char in "bB" or char in "123456789":
            self.at += 1
            return Wall()
        if char in "AZzG":
            instead = "^" if char in "AG" else "$"
            raise NotEcma(f"\\{char} is of another dialect: write {instead}")
        if char == "k" and (named := re.compile(r"k<[^>]*>").match(self.text, self.at)):
            self.at = named.end()
            return Wall()
        return Chars(self._class())

    def _class(self) -> int:
        """Return the characters that the escape after a backslash stands for."""
        char = self.text[self.at]
        if found := _PROPERTY.match(self.text, self.at):
            self.at = found.end()
            return _LETTERS if found[1] == "p" else ANYTHING & ~_LETTERS
        if found := _HEX.match(self.text, self.at):
            self.at = found.end()
            return _char(int(found[1] or found[2] or found[3], 16))
        self.at += 1
        if char == "c":
            self.at += 1
            return _char(ord(self.text[self.at - 1 : self.at] or "c") % 32)
        if char.lower() in _CLASSES:
            bits = _CLASSES[char.lower()]
            return bits if char.islower() else ANYTHING & ~bits
        return _char(ord(_CONTROL.get(char, char)))

    def _set(self) -> Node:
        is_negative = self.text[self.at : self.at + 1] == "^"
        self.at += is_negative
        bits = 0
        while self.text[self.at : self.at + 1] != "]":
            first = self._member()
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                last = self._member()
                bits |= self._between(first, last)
            else:
                bits |= first
        self.at += 1
        return Chars(ANYTHING & ~bits if is_negative else bits)

    def _member(self) -> int:
        if self.at >= len(self.text):
            raise NotEcma("it has a [ without a ]")
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return _char(ord(char))
        if self.at >= len(self.text):
            raise NotEcma("it ends in a \\")
        if self.text[self.at] == "b":
            self.at += 1
            return _char(8)
        return self._class()

    def _between(self, first: int, last: int) -> int:
        """Return a range; a class at an end of one stands for itself (Annex B)."""
        if first.bit_count() != 1 or last.bit_count() != 1:
            return first | last | _char(45)
        low, high = first.bit_length() - 1, last.bit_length() - 1
        if high < low and high < _EXACT:
            raise NotEcma(f"the range {chr(low) if low < _EXACT else ''}-{chr(high)} is out of order")
        return _range(low, high) if low <= high else ANYTHING >> _EXACT << _EXACT


def _small(digits: str) -> int:
    return int(digits) if len(digits) < 9 else UNBOUNDED
