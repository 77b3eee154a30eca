"""What a client asks of the answer: ``Prefer: code=404, example=dog, dynamic=true, seed=abc``, as Prism has it.

RFC 7240. A client that cannot add a header says it in the query: ``__code``, ``__example``, ``__dynamic``, ``__seed``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

_NAMES = ("code", "example", "dynamic", "seed")
_KEYS = {f"__{name}".encode() for name in _NAMES}
# The items of a list between commas, and a quoted text: neither ends within quotes (RFC 9110, section 5.6).
_ITEMS = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"')
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


@dataclass(frozen=True)
class Preference:
    """Which answer is wanted; None and False leave it to the mock."""

    code: int | None = None
    example: str | None = None
    dynamic: bool = False
    seed: str | None = None

    @property
    def picks(self) -> bool:
        """Whether this picks an answer of the contract; a seed alone does not."""
        return self.dynamic or self.code is not None or self.example is not None


NO_PREFERENCE = Preference()


@dataclass
class BadPreference(Exception):
    """A preference has a value that it cannot have; ``str`` tells which it may have. Prism answers 422."""

    detail: str

    def __str__(self) -> str:
        return self.detail


def preference(headers: Iterable[tuple[bytes, bytes]], query_string: bytes) -> Preference:
    """Return what a request of ASGI prefers: its headers count, or else its query; raises BadPreference."""
    fields = [value.decode("utf-8", "replace") for name, value in headers if name == b"prefer"]
    said = _said(", ".join(fields)) if fields else {}
    if said:
        return _preference(said, "Prefer: ")
    return _preference(_asked(query_string), "__") if b"__" in query_string else NO_PREFERENCE


def without(query_string: bytes) -> bytes:
    """Return ``query_string`` without the keys that are preferences."""
    if b"__" not in query_string:
        return query_string
    return b"&".join(part for part in query_string.split(b"&") if part.partition(b"=")[0] not in _KEYS)


def applied(wanted: Preference) -> str:
    """Return the value of the header Preference-Applied (RFC 7240 section 3), empty when nothing is preferred."""
    values = {
        "code": wanted.code and str(wanted.code),
        "example": wanted.example,
        "dynamic": "true" if wanted.dynamic else None,
        "seed": wanted.seed,
    }
    return ", ".join(f"{name}={_word(value)}" for name, value in values.items() if value)


def _said(field: str) -> dict[str, str]:
    """Return the preferences of ours in a header field; of one that is repeated the first counts."""
    said: dict[str, str] = {}
    for item in _ITEMS.findall(field):
        before, _, after = item.partition("=")
        name, parameters, _ = before.partition(";")
        if (name := name.strip().lower()) in _NAMES:
            said.setdefault(name, "" if parameters else _value(after))
    return said


def _asked(query_string: bytes) -> dict[str, str]:
    """Return the preferences of ours in a query string, as ``_said`` does."""
    ours = b"&".join(part for part in query_string.split(b"&") if part.partition(b"=")[0] in _KEYS)
    pairs = parse_qsl(ours.decode("utf-8", "replace"), keep_blank_values=True)
    return {name.removeprefix("__"): value for name, value in reversed(pairs)}


def _preference(said: Mapping[str, str], prefix: str) -> Preference:
    for name, value in said.items():
        allowed, pattern = _ALLOWED[name]
        if not (value.isprintable() and pattern.fullmatch(value)):
            raise BadPreference(f"{prefix}{name}={ascii(value[:40])[1:-1]}: {name} must be {allowed}")
    code = int(said["code"]) if "code" in said else None
    return Preference(code, said.get("example"), said.get("dynamic") == "true", said.get("seed"))


# What a value may be: in words, and as a pattern.
_ALLOWED = {
    "code": ("a status code of three digits, as in code=404", re.compile("[0-9]{3}")),
    "example": ("the name of an example of the response, as in example=dog", re.compile(".+")),
    "dynamic": ("true or false", re.compile("true|false")),
    "seed": ("a text, as in seed=abc", re.compile(".+")),
}


def _value(text: str) -> str:
    """Return the value at the start of ``text``; what follows a semicolon are its parameters."""
    quoted = _QUOTED.match(text)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text.partition(";")[0].strip()


def _word(value: str) -> str:
    """Return ``value`` as a token, or else as a quoted text."""
    return value if _TOKEN.fullmatch(value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
