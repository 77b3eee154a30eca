"""What schemas say besides: defaults, deprecation, descriptions, examples."""

from collections.abc import Iterator

from specwright.gate.breaking.gaps import Gap, told
from specwright.gate.breaking.views import View, canonical

# Keyword -> kind.
_KEYWORDS = {
    "default": "default",
    "deprecated": "deprecated",
    "title": "description",
    "description": "description",
    "externalDocs": "description",
    "$comment": "description",
    "example": "examples",
    "examples": "examples",
    "xml": "xml",
}


def text_gaps(inner: View, outer: View) -> Iterator[Gap]:
    """Yield what two schemas say differently of the same values."""
    for keyword, kind in _KEYWORDS.items():
        mine, other = inner.said(keyword), outer.said(keyword)
        if mine != other and list(map(canonical, mine)) != list(map(canonical, other)):
            what = f"{keyword} {told(mine[:1]) or 'none'}, not {told(other[:1]) or 'none'}"
            yield Gap(kind, what, inner.place, outer.place, mild=True)
    yield from _discriminators(inner, outer)


def _discriminators(inner: View, outer: View) -> Iterator[Gap]:
    mine, other = (
        {item["propertyName"] for item in view.said("discriminator") if isinstance(item, dict)}
        for view in (inner, outer)
    )
    if mine != other:
        what = f"the discriminator {told(sorted(mine)) or 'none'}, not {told(sorted(other)) or 'none'}"
        yield Gap("discriminator", what, inner.place, outer.place, mild=True)
