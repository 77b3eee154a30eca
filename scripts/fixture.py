"""Run tests that use ``partner_mock`` in several processes against one mock; print how long each waits for its namespace."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from specwright.mock.testing.started import started

ROOT = Path(__file__).parents[1]
CONFTEST = """
import json, time
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    started = time.perf_counter()
    yield
    item.waited = time.perf_counter() - started

@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    started = time.perf_counter()
    yield
    with open("waited.jsonl", "a") as file:
        file.write(json.dumps(item.waited + time.perf_counter() - started) + "\\n")
"""
TESTS = """
import json
from urllib.request import Request, urlopen
import pytest

HEADERS = {{"Authorization": "Bearer any", "Accept": "application/vnd.Nexhealth+json;version=2"}}
APPOINTMENT = {{"patient_id": 2897, "provider_id": 104, "start_time": "2030-04-15T15:00:00Z", "appointment_type_id": 27}}

@pytest.mark.parametrize("number", range({count}))
def test_slot_is_free(partner_mock, number):
    url = partner_mock.url("nexhealth") + "/appointments?subdomain=happy-smiles&location_id=13"
    body = json.dumps({{"appt": APPOINTMENT}}).encode()
    urlopen(Request(url, body, {{**HEADERS, "Content-Type": "application/json"}})).close()
    assert len(partner_mock.requests()) == 1
"""


def main() -> int:
    """Print the time of the run and of the fixture; the exit status is that of pytest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=500, help="how many (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=4, help="of pytest-xdist (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started(ROOT, ["nexhealth"]) as url:
        Path(folder, "conftest.py").write_text(CONFTEST, encoding="utf-8")
        Path(folder, "test_many.py").write_text(TESTS.format(count=options.tests), encoding="utf-8")
        began = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(options.processes)]
        run = subprocess.run(command, cwd=folder, env={**os.environ, "SPECWRIGHT_MOCK_URL": url}, check=False)
        took = time.perf_counter() - began
        waited = [1000 * json.loads(line) for line in Path(folder, "waited.jsonl").read_text("utf-8").splitlines()]
    print(f"{len(waited)} tests in {options.processes} processes on one mock: {took:.1f} s")
    print(f"partner_mock, made and dropped: p50 {median(waited):.1f} ms, p99 {quantiles(waited, n=100)[98]:.1f} ms")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
