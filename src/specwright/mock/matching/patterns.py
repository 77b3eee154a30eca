"""What clients write to be matched against: refused with a reason when malformed, and evaluated in bounded time."""

import jsonschema_rs

# Fancy patterns (look-around, back-references) could be made to backtrack for ever; all others take linear time.
_BOUNDED = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
_TOO_LONG = jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded


class BadPattern(ValueError):
    """A request pattern is malformed, asks for what is not supported, or takes too long to match."""


class Regex:
    """A regular expression that must match the whole of a text, as WireMock has it."""

    def __init__(self, pattern: str, flags: str = "") -> None:
        self._pattern = pattern
        whole = f"^(?{flags}:{pattern})$"
        try:
            # Alone, too: "a)|(b" is no expression, although it would be one in between.
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_BOUNDED)
            self._validator = jsonschema_rs.Draft202012Validator({"pattern": whole}, pattern_options=_BOUNDED)
        except ValueError:
            raise BadPattern(f"{pattern!r} is not a regular expression") from None

    def fullmatch(self, text: str) -> bool:
        """Tell whether the whole of ``text`` matches; raises BadPattern when that takes too long to find out."""
        if self._validator.is_valid(text):
            return True
        if any(isinstance(error.kind, _TOO_LONG) for error in self._validator.iter_errors(text)):
            raise BadPattern(f"{self._pattern!r} takes too long to match: write it without nested repetition")
        return False


class Budget:
    """How many steps one comparison may take: a short pattern can ask for more work than a server has time."""

    def __init__(self, what: str) -> None:
        self._what, self._left = what, 50_000

    def spend(self, steps: int = 1) -> None:
        """Count ``steps``; raises BadPattern when there have been too many."""
        self._left -= steps
        if self._left < 0:
            raise BadPattern(f"{self._what} takes too long to match: make it more specific")
