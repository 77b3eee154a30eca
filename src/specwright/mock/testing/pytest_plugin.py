"""Fixtures for the tests of those who call partners: one mock a session, a namespace of it for each test.

Every run of pytest loads this, so that what it needs is imported where it is needed.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from specwright.mock.testing.client import PartnerMock


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the fixtures can be told."""
    group = parser.getgroup("specwright", "mock partners")
    group.addoption(
        "--partner-mock-url",
        metavar="URL",
        help="use the mock that runs there (default: SPECWRIGHT_MOCK_URL; a mock is started when there is none)",
    )
    parser.addini("specwright_root", "folder with specs/ (default: that of this file)", "string", ".")
    parser.addini("specwright_mock_args", "options of `specwright mock`, APIs included", "args", [])


@pytest.fixture(scope="session")
def partner_mock_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """Return the URL of a mock that runs as long as the session."""
    from specwright.mock.testing.started import DidNotStart, started

    url = pytestconfig.getoption("--partner-mock-url") or os.environ.get("SPECWRIGHT_MOCK_URL")
    if url:
        yield url.rstrip("/")
        return
    root = pytestconfig.rootpath / pytestconfig.getini("specwright_root")
    try:
        with started(root, pytestconfig.getini("specwright_mock_args")) as url:
            yield url
    except DidNotStart as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def partner_mock(partner_mock_server: str, request: pytest.FixtureRequest) -> "Iterator[PartnerMock]":
    """Return a namespace of the mock that this test has alone; the same test finds the same ids and data in each run."""
    from uuid import uuid4

    from specwright.mock.testing.client import PartnerMock

    mock = PartnerMock(partner_mock_server, uuid4().hex)
    mock.admin("PUT", f"/namespaces/{mock.namespace}", {"seed": request.node.nodeid[-1000:]})
    yield mock
    mock.admin("DELETE", f"/namespaces/{mock.namespace}")
