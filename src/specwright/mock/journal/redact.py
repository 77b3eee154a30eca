"""Secrets and patient data out of what is kept: recognised by the names of members, headers and parameters.

Ids, times, types and flags stay, so that requests can still be found by them. What has no names is not kept at all.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import unquote_plus

import orjson

MARKER = "REDACTED"
MOST_BYTES = 64 * 1024  # of a body
TOO_LARGE = f"[CUT: more than {MOST_BYTES} bytes]"
_LONGEST_NAME, _MOST_NAMES = 100, 10_000
_CONTAINERS = (dict, list)

# Both are asked of names in snake_case. The first are telling whatever follows; the second are not in reason_id.
_ALWAYS = (
    "password|passwd|pwd|passphrase|secret|api_?key|subscription_key|private_key|authorization|cookie|credentials?|"
    "access_?token|refresh_?token|id_?token|birth|birthday|birthdate|dob|date_?of_?birth|ssn|social_security|insurance|"
    "insured|policy_number|member_number|nhs|medicare|medicaid|passport|national_id|tax_id|driver_licen[cs]e"
)
_UNLESS_ID = (
    "tokens?|jwt|auth|otp|pin|signature|"
    "names?|(?:first|last|middle|full|given|family|user|patient|client|staff|sur|nick|maiden)_?names?|surname|"
    "e_?mails?|mail|(?:e_?mail)_?address|phones?|(?:tele|mobile|cell|home|work)_?phones?|phone_?numbers?|"
    "contact_number|mobile|cell|tel|telecom|fax|"
    "gender|sex|pronouns?|race|ethnicity|religion|marital_status|weight|height|"
    "address(?:es)?|location_value|street|city|post_?code|postal|zip|zip_?code|"
    "notes?|reasons?|comments?|remarks?|memo|answers?|symptoms?|diagnos[ei]s|complaints?|allerg(?:y|ies)|"
    "medications?|conditions?|"
    "received"  # what our own refusals repeat of a request
)
_SENSITIVE = re.compile(
    f"(?:^|_)(?:{_ALWAYS})(?:_|$)|(?!.*_(?:ids?|uuid|guid|types?|at|count)$)(?:^|.*_)(?:{_UNLESS_ID})(?:_|$)"
)
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_PAIR = re.compile(r"([?&#])([^=&#]*)=([^&#]*)")
_SCHEMES = frozenset({"basic", "bearer", "digest"})


class Keeping(Protocol):
    """Decides what is kept of a message."""

    def url(self, text: str) -> str:
        """Return what is kept of a URL."""

    def header(self, name: str, value: str) -> str:
        """Return what is kept of the value of a header or cookie."""

    def body(self, media_type: str, data: bytes) -> str | bytes:
        """Return what is kept of a body; bytes where it is no text."""


class Redacting:
    """Keeps what is neither secret nor patient data; ``secrets`` are the names of a contract's API keys."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._is_sensitive = _Known(frozenset(name.lower() for name in secrets))

    def url(self, text: str) -> str:
        """Return ``text`` with a marker for the sensitive values of its query and fragment."""
        return _PAIR.sub(self._pair, text) if "=" in text else text

    def header(self, name: str, value: str) -> str:
        """Return ``value``, a marker when ``name`` is sensitive; the authentication scheme stays."""
        if self._is_sensitive[name]:
            scheme, space, _ = value.partition(" ")
            return f"{scheme} {MARKER}" if space and scheme.lower() in _SCHEMES else MARKER
        return self.url(value) if "?" in value else value

    def body(self, media_type: str, data: bytes) -> str:
        """Return JSON and forms with markers for sensitive values; of other bodies, a note that there was one."""
        if not data:
            return ""
        if len(data) > MOST_BYTES:
            return TOO_LARGE
        if "x-www-form-urlencoded" in media_type.lower():
            return self.url(f"?{data.decode(errors='replace')}")[1:]
        try:
            value = orjson.loads(data)
            return orjson.dumps(MARKER if isinstance(value, str) else self.value(value)).decode()
        except (ValueError, TypeError):  # no JSON, or deeper than any that was meant
            return f"[{MARKER}: {len(data)} bytes that are no JSON object]"

    def value(self, value: Any) -> Any:
        """Return the JSON value ``value``, changed in place, with markers for the sensitive values in it."""
        is_sensitive = self._is_sensitive
        waiting: list[Any] = [value] if isinstance(value, _CONTAINERS) else []
        for node in waiting:  # which grows on the way
            is_object = isinstance(node, dict)
            pairs: Any = node.items() if is_object else enumerate(node)
            for key, item in pairs:
                if is_object and is_sensitive[key]:
                    node[key] = _marked(item)
                elif isinstance(item, str):
                    if "://" in item:
                        node[key] = self.url(item)
                elif isinstance(item, _CONTAINERS):
                    waiting.append(item)
        return value

    def _pair(self, found: re.Match[str]) -> str:
        sign, name, value = found.groups()
        return f"{sign}{name}={MARKER}" if value and self._is_sensitive[unquote_plus(name)] else found[0]


class _Known(dict[str, bool]):
    """Whether what has a name is sensitive, by the name: clients send the same ones again and again."""

    def __init__(self, secrets: frozenset[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def __missing__(self, name: str) -> bool:
        """Return what is not known yet, and know it unless that is too much to remember."""
        if len(name) > _LONGEST_NAME:
            return True  # nothing harmless is called so
        is_sensitive = name.lower() in self._secrets or _SENSITIVE.search(_WORDS.sub("_", name).lower()) is not None
        if len(self) < _MOST_NAMES:
            self[name] = is_sensitive
        return is_sensitive


class Verbatim:
    """Keeps everything but what is too large: for hosts that no real patient data reaches."""

    def url(self, text: str) -> str:
        """Return ``text``."""
        return text

    def header(self, name: str, value: str) -> str:  # noqa: ARG002 - as Keeping has it
        """Return ``value``."""
        return value

    def body(self, media_type: str, data: bytes) -> str | bytes:  # noqa: ARG002 - as Keeping has it
        """Return the text of ``data``, ``data`` itself where it is none."""
        if len(data) > MOST_BYTES:
            return TOO_LARGE
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data


def _marked(value: Any) -> Any:
    """Return what stands for a sensitive value: flags, null and what is empty or zero tell nothing, and stay."""
    return MARKER if value and value is not True else value
