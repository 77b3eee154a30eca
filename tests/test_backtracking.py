"""Which regular expressions can take exponential time, and which are of another dialect."""

import pytest

from specwright.spec.backtracking import is_catastrophic
from specwright.spec.regex import NotEcma, parsed

CATASTROPHIC = [
    r"^(a+)+$",
    r"(a|a)*$",
    r"^(\w*\s?)*$",
    r"^(a*)*$",
    r"(a*b*)*c",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(.*a){12}$",
    r"^(\d+,?)+$",
    r"(x+x+)+y",
    r"^(a|aa)+$",
    r"^(?:.*,)*x",
    r"^([a-z]{1,3})*$",
    r"^(?=(a+)+$)b",
    r"^(\w+\.?)+@x$",
    r"(\d{3,4})*$",
    r"^(é|é)+$",
    r"^(\s*\S+\s*,)*$",
]
SAFE = [
    r"^(?:first|last|after:\d+)$",
    r"^([01]\d|2[0-3]):?([0-5]\d)$",
    r"^([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}$",
    r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    r"^\d+(,\d+)*$",
    r"(a+)+",
    r"(\d{10})+$",
    r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,}$",
    r"^(foo|bar|baz)+$",
    r"^(东|西)*$",
    r"^(?:(?!ab).)*$",
    r"^(\b\w+\b)*$",
    r"^[^@]+@[^@]+\.[^@]+$",
    r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$",
    r"^(([a-zA-Z]|[a-zA-Z][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z]|[A-Za-z][A-Za-z0-9\-]*[A-Za-z0-9])$",
    r"([allocations|forms|members])(,\1)*",
    r"^(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$",
    r"(?P<n>(a+)+)$",
    "(a|b|c|[^x])*" * 60 + "$",
]
ECMA = [
    r"[^]",
    r"[\d-x]",
    r"[\w.-]+",
    "a{",
    "]",
    "}",
    r"(?<n>a)\k<n>",
    r"\p{L}+",
    "x{,3}",
    "[[:alpha:]]",
    r"\cA",
    r"\u{1F600}",
]
OTHER = [
    (r"(?P<n>a)", "name a group (?<name>...)"),
    ("(?i)a", "of another dialect"),
    ("a++", "possessive quantifier"),
    (r"\Aa", "write ^"),
    (r"a\Z", "write $"),
    ("[", "[ without a ]"),
    ("(", "( without a )"),
    (")", ") without a ("),
    ("a{3,2}", "out of order"),
    ("[b-a]", "out of order"),
    ("*", "nothing to repeat"),
    ("\\", "ends in a \\"),
    ("(" * 300, "nested deeper than"),
]


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_two_readings_of_a_repeated_text_are_catastrophic(pattern: str) -> None:
    assert is_catastrophic(pattern)


@pytest.mark.parametrize("pattern", SAFE)
def test_what_reads_a_text_in_one_way_is_safe(pattern: str) -> None:
    assert not is_catastrophic(pattern)


@pytest.mark.parametrize("pattern", ECMA)
def test_what_ecma_knows_is_read(pattern: str) -> None:
    assert parsed(pattern)


@pytest.mark.parametrize(("pattern", "reason"), OTHER)
def test_what_ecma_does_not_know_is_told(pattern: str, reason: str) -> None:
    with pytest.raises(NotEcma) as refused:
        parsed(pattern)
    assert reason in str(refused.value)
