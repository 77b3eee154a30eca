"""Names of the contract -> names of Python. Every name is a function of the text it comes from, never of order."""

import builtins
import hashlib
import keyword
import re
import unicodedata

# What generated modules import or define themselves: a class of that name would hide it.
RESERVED_CLASSES = frozenset(
    {
        *("Annotated", "Any", "AwareDatetime", "BaseModel", "ClassVar", "ConfigDict", "Dict", "Field", "Handlers"),
        *("List", "Literal", "Mapping", "Model", "None", "Optional", "Protocol", "Response", "RootModel", "True"),
        *("False", "TypeAlias", "TypeAliasType", "UUID", "Union"),
    }
)
_RESERVED_ARGUMENTS = frozenset({"self", "body", "models"})
_WORDS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words(text: str) -> list[str]:
    """Split ``text`` at everything that is no letter or digit, and at its humps: ``petOwner-id`` -> pet Owner id."""
    normal = unicodedata.normalize("NFKC", text)
    return [word for run in _WORDS.findall(normal) for word in _HUMPS.split(run) if word]


def pascal_case(text: str) -> str:
    """Return ``text`` as a class name: ``pet-owner`` -> ``PetOwner``, ``2fa`` -> ``_2fa``; empty when it has no word."""
    name = "".join(word[0].upper() + word[1:] for word in words(text))
    return name if not name or name.isidentifier() else f"_{name}"


def snake_case(text: str) -> str:
    """Return ``text`` as an argument or function name: ``petId`` -> ``pet_id``, ``class`` -> ``class_``."""
    name = "_".join(word.lower() for word in words(text)) or "value"
    if not name.isidentifier():
        name = f"_{name}"
    taken = keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _RESERVED_ARGUMENTS
    return f"{name}_" if taken or hasattr(builtins, name) else name


def digest(text: str) -> str:
    """Return four letters that stand for ``text``: the last resort where two places want the same name."""
    letters = hashlib.sha256(text.encode()).digest()[:4]
    return "".join(chr(ord("a") + byte % 26) for byte in letters)


def distinct(wanted: dict[str, str], taken: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return a name for every key of ``wanted`` (place -> name), all different and none in ``taken``.

    Of several places that want one name, the one whose last token is spelled exactly so keeps it; the others get a
    suffix made of their own place. A name that is taken gets the suffix of what it is not.
    """
    owners: dict[str, list[str]] = {}
    for place, name in wanted.items():
        owners.setdefault(name, []).append(place)
    names = {}
    for name, places in owners.items():
        keeper = None if name in taken else min(places, key=lambda place: (_last(place) != name, place))
        for place in places:
            names[place] = name if place == keeper else _suffixed(name, place)
    return names


def _last(place: str) -> str:
    return place.rpartition("/")[2]


def _suffixed(name: str, place: str) -> str:
    suffix = digest(place)
    return f"{name}{suffix.capitalize()}" if name[:1].isupper() else f"{name}_{suffix}"
