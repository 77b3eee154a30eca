"""What kind of body a media type is: read and written as values, as text, or as the bytes that it is."""

import re

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# RFC 9110 section 8.3.1; a star stands for any.
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
# What is sent for a range when the handler does not say it: nothing that would claim what is not known.
_CONCRETE = {"text/*": "text/plain", "application/*": "application/octet-stream", "*/*": "application/octet-stream"}


def essence(media_type: str) -> str:
    """Return ``type/subtype`` in lower case, parameters aside."""
    return media_type.partition(";")[0].strip().lower()


def is_media_type(text: str) -> bool:
    """Tell whether ``text`` is spelled as a media type or a range of them."""
    return bool(_MEDIA_TYPE.fullmatch(essence(text))) and text.isascii() and text.isprintable()


def is_range(media_type: str) -> bool:
    """Tell whether ``media_type`` stands for many: ``image/*``, ``*/*``."""
    kind, _, subtype = essence(media_type).partition("/")
    return subtype == "*" and (kind == "*" or "*" not in kind)


def is_json(media_type: str) -> bool:
    """Tell whether ``media_type`` is JSON: application/json, text/json, anything +json."""
    return essence(media_type).endswith(("/json", "+json"))


def is_form(media_type: str) -> bool:
    """Tell whether bodies of ``media_type`` are forms."""
    return essence(media_type) in _FORMS


def is_structured(media_type: str) -> bool:
    """Tell whether bodies of ``media_type`` are values: JSON, forms, and what may be anything."""
    return is_json(media_type) or is_form(media_type) or essence(media_type) == "*/*"


def is_text(media_type: str) -> bool:
    """Tell whether bodies of ``media_type`` are text."""
    return essence(media_type).startswith("text/")


def concrete(media_type: str) -> str | None:
    """Return what may be sent as ``media_type``: itself, or what says least in a range; None when nothing is safe."""
    return _CONCRETE.get(essence(media_type)) if is_range(media_type) else media_type


def with_charset(media_type: str) -> str:
    """Return ``media_type`` with the charset that text is written in: without one, clients guess."""
    kind, *parameters = media_type.split(";")
    kept = [item.strip() for item in parameters if item.partition("=")[0].strip().lower() != "charset"]
    return "; ".join([kind.strip(), *kept, "charset=utf-8"])
