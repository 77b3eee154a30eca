"""The fixture ``partner_mock`` in the tests of somebody else."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mocked import clinic

from specwright.mock.testing.started import started

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
BOOKING = """
import json
from urllib.request import Request, urlopen

def book(mock, start="2030-01-01T00:00:00Z"):
    body = json.dumps({"room": "one", "start": start}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer any"}
    with urlopen(Request(mock.url("clinic") + "/bookings", body, headers)) as response:
        return json.load(response)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(clinic(tmp_path_factory.mktemp("clinic")), []) as url:
        yield url


@pytest.fixture
def shared(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of pytest below this one use a mock that runs already."""
    monkeypatch.setenv("SPECWRIGHT_MOCK_URL", server)


def test_readme_says_it_right(pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "specs" / "nexhealth", pytester.path / "contracts" / "specs" / "nexhealth")
    pytester.makeini("[pytest]\nspecwright_root = contracts")
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(import httpx.*?)^```$", page, re.MULTILINE | re.DOTALL)
    pytester.makepyfile(example)

    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.usefixtures("shared")
def test_tests_do_not_see_each_other(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        BOOKING
        + """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_booking(partner_mock, number):
    book(partner_mock)
    assert len(partner_mock.requests(method="POST")) == 1
    assert len(partner_mock.state()["apis"]["clinic"]["bookings"]) == 1

def test_header_does_as_well_as_the_path(partner_mock):
    book(partner_mock)
    server = partner_mock.server
    with urlopen(Request(server + "/__admin/requests", headers=partner_mock.headers)) as response:
        assert json.load(response)["meta"]["total"] == 1
"""
    )

    pytester.runpytest().assert_outcomes(passed=4)


@pytest.mark.usefixtures("shared")
def test_namespace_is_dropped_and_its_ids_come_again(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        BOOKING
        + """
def test_booking(partner_mock):
    print("booked", partner_mock.namespace, book(partner_mock))

def test_before_is_gone(partner_mock):
    print("left", *partner_mock.admin("GET", "/namespaces")["namespaces"])
"""
    )

    first, second = pytester.runpytest("-s"), pytester.runpytest("-s")

    (one, booking), (two, again) = (
        re.search(r"booked (\w+) (\w+)", str(run.stdout)).groups() for run in (first, second)
    )
    assert one != two
    assert booking == again
    assert one not in re.search(r"left (.*)", str(first.stdout)).group(1)


@pytest.mark.usefixtures("shared")
def test_clock_and_faults_are_the_tests_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        BOOKING
        + """
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
import pytest

def test_clock(partner_mock):
    partner_mock.freeze(datetime(2030, 1, 1, tzinfo=UTC))
    partner_mock.advance(timedelta(hours=1))
    assert partner_mock.admin("GET", "/clock")["currentInstant"] == "2030-01-01T01:00:00Z"

def test_faults(partner_mock):
    partner_mock.faults([{"errorStatus": 503}])
    with pytest.raises(HTTPError) as caught:
        book(partner_mock)
    caught.value.close()
    assert caught.value.code == 503
    partner_mock.faults([])
    book(partner_mock)

def test_mistakes(partner_mock):
    from specwright.mock.testing.client import MockRefused
    with pytest.raises(MockRefused, match="the mock serves clinic, not odd"):
        partner_mock.url("odd")
    with pytest.raises(MockRefused, match="404: there is no scenario odd"):
        partner_mock.switch("odd", "on")
"""
    )

    pytester.runpytest().assert_outcomes(passed=3)


@pytest.mark.usefixtures("shared")
def test_hundred_tests_in_four_processes_share_one_mock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        BOOKING
        + """
import pytest

@pytest.mark.parametrize("number", range(100))
def test_booking(partner_mock, number):
    book(partner_mock)
    assert len(partner_mock.requests()) == len(partner_mock.state()["apis"]["clinic"]["bookings"]) == 1
"""
    )

    pytester.runpytest_subprocess("-n", "4").assert_outcomes(passed=100)


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("specwright_mock_args = nothing", "specwright: no such API: nothing; *"),
        ("specwright_root = elsewhere", "specwright: *elsewhere*specs*"),
    ],
)
def test_mock_that_does_not_start_says_why(pytester: pytest.Pytester, ini: str, said: str) -> None:
    clinic(pytester.path)
    pytester.makeini(f"[pytest]\n{ini}")
    pytester.makepyfile("def test_one(partner_mock): pass\ndef test_two(partner_mock): pass")

    run = pytester.runpytest()

    run.assert_outcomes(errors=2)
    run.stdout.fnmatch_lines(["*mock` did not start (exit status 2):", said])


def test_mock_that_is_not_there_is_missed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(partner_mock): pass")

    run = pytester.runpytest("--partner-mock-url", "http://127.0.0.1:1")

    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*MockRefused: no mock answers on http://127.0.0.1:1: *"])


def test_plugin_loads_nothing_until_it_is_used() -> None:
    code = "import pytest, sys; before = set(sys.modules); import specwright.mock.testing.pytest_plugin; print(*set(sys.modules) - before)"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(run.stdout.split()) == {
        "specwright",
        "specwright.mock",
        "specwright.mock.testing",
        "specwright.mock.testing.pytest_plugin",
    }
