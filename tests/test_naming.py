"""Names of the contract -> names of Python."""

import builtins
import keyword
import sys
from random import Random
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwright.plan.naming import distinct, pascal_case, snake_case, words


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("petId", "pet_id"),
        ("PetID", "pet_id"),
        ("pet-id", "pet_id"),
        ("pet.id", "pet_id"),
        ("pet id", "pet_id"),
        ("pet__id", "pet_id"),
        ("_pet_id_", "pet_id"),
        ("filter[petId]", "filter_pet_id"),
        ("HTTPServerURL", "http_server_url"),
        ("X-Rate-Limit", "x_rate_limit"),
        ("iOS", "i_os"),
        ("v2Pets", "v2_pets"),
        ("OAuth2Token", "o_auth2_token"),
        ("ABC", "abc"),
        # text that is no identifier
        ("2fa", "value_2fa"),
        ("", "value"),
        ("$", "value"),
        ("@type", "type_"),
        # words that Python, its builtins or our signatures have taken
        ("class", "class_"),
        ("None", "none"),
        ("match", "match_"),
        ("list", "list_"),
        ("id", "id_"),
        ("self", "self_"),
        ("body", "body_"),
        ("models", "models_"),
        # other scripts
        ("größe", "größe"),
        ("Ünïcode Näme", "ünïcode_näme"),
        ("日本語", "日本語"),
        ("ﬁle", "file"),
        ("\u00aa", "a"),
    ],
)
def test_wire_names_become_identifiers(wire: str, python: str) -> None:
    assert snake_case(wire) == python


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("pet", "Pet"),
        ("pet-owner", "PetOwner"),
        ("petOwner", "PetOwner"),
        ("PetOwner", "PetOwner"),
        ("pet.owner.v1", "PetOwnerV1"),
        ("HTTPError", "HTTPError"),
        ("HttpError", "HttpError"),
        ("URL", "URL"),
        ("get /pets/{petId}", "GetPetsPetId"),
        ("application/problem+json", "ApplicationProblemJson"),
        ("größe", "Größe"),
        ("ßtest", "SStest"),
        ("日本語", "日本語"),
        ("2fa", "Value2fa"),
        ("", ""),
        ("***", ""),
    ],
)
def test_wire_names_become_class_names(wire: str, python: str) -> None:
    assert pascal_case(wire) == python


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("petOwner-id", ["pet", "Owner", "id"]),
        ("HTTPError404", ["HTTP", "Error404"]),
        ("a1B2", ["a1", "B2"]),
        ("__init__", ["init"]),
        ("", []),
    ],
)
def test_texts_split_at_humps_and_punctuation(text: str, parts: list[str]) -> None:
    assert list(words(text)) == parts


@given(st.text())
def test_every_text_becomes_an_identifier_that_hides_nothing(text: str) -> None:
    name = snake_case(text)

    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert not keyword.issoftkeyword(name)
    assert not hasattr(builtins, name)
    assert not name.startswith("__")


@given(st.text())
def test_every_text_becomes_a_class_name_or_nothing(text: str) -> None:
    name = pascal_case(text)

    assert not name or name.isidentifier()
    assert not keyword.iskeyword(name) or name in ("None", "True", "False")


def test_every_letter_and_digit_of_unicode_is_spelled_as_python_reads_it() -> None:
    letters = [letter for letter in map(chr, range(sys.maxunicode + 1)) if letter.isalnum()]
    names = {f"a{letter}": (snake_case(f"a{letter}"), pascal_case(f"a{letter}")) for letter in letters}

    assert not [text for text, pair in names.items() if not all(name.isidentifier() for name in pair)]
    assert not [text for text, pair in names.items() if any(normalize("NFKC", name) != name for name in pair)]


@pytest.mark.parametrize(
    ("wanted", "taken", "names"),
    [
        ({"/s/Pet": "Pet", "/s/Dog": "Dog"}, set(), {"/s/Pet": "Pet", "/s/Dog": "Dog"}),
        ({"/s/pet": "Pet", "/s/Pet": "Pet"}, set(), {"/s/pet": "PetZiez", "/s/Pet": "Pet"}),
        ({"/s/pet": "Pet"}, {"Pet"}, {"/s/pet": "PetZiez"}),
        ({"a": "pet_id", "b": "pet_id"}, set(), {"a": "pet_id", "b": "pet_id_kjyw"}),
    ],
)
def test_a_name_goes_to_the_place_that_is_spelled_so(
    wanted: dict[str, str], taken: set[str], names: dict[str, str]
) -> None:
    assert distinct(wanted, frozenset(taken)) == names


@given(
    st.lists(st.sampled_from(["pet", "Pet", "PET", "pet_", "-pet", "dog", "Dog"]), unique=True),
    st.sets(st.sampled_from(["Pet", "Dog"])),
    st.randoms(),
)
def test_distinct_names_do_not_depend_on_order(keys: list[str], taken: set[str], random: Random) -> None:
    wanted = {f"/s/{key}": pascal_case(key) for key in keys}
    shuffled = list(wanted.items())
    random.shuffle(shuffled)

    names = distinct(wanted, frozenset(taken))

    assert names == distinct(dict(shuffled), frozenset(taken))
    assert len(set(names.values())) == len(keys)
    assert not taken & set(names.values())
