"""The Python of README.md does what README.md says."""

import re
from pathlib import Path
from typing import Any

import pytest
from conversation import call

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
# What follows is run by test_pytest_plugin.py.
START, CALLER, REFUSED, *_ = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HEADERS = [("authorization", "Bearer secret"), ("content-type", "application/json")]


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    """``generated`` is imported as a user of this workspace imports it."""
    monkeypatch.syspath_prepend(ROOT)


def after(*blocks: str) -> dict[str, Any]:
    """Return the names that ``blocks`` define."""
    names: dict[str, Any] = {}
    exec("\n".join(blocks), names)  # noqa: S102 - it is our own page
    return names


def test_appointments_are_served():
    app = after(START)["app"]

    assert call(app, "POST", "/v1/appointments/app_1", HEADERS).json == {"id": "app_1"}
    assert call(app, "POST", "/v1/appointments/app_2", HEADERS).status == 404
    assert call(app, "POST", "/v1/appointments/app_1").status == 401


def test_caller_is_known():
    names = after(START, CALLER)

    class Asking(names["Appointments"]):
        async def update_appointment(self, **arguments: Any) -> Any:
            callers.append(names["caller"].get())
            return await super().update_appointment(**arguments)

    callers: list[str] = []
    app = names["caspen"].create_app(Asking(), authenticate=names["authenticate"])
    call(app, "POST", "/v1/appointments/app_1", HEADERS)

    assert callers == ["ada"]


def test_refusals_are_said_in_other_words():
    reply = call(after(START, REFUSED)["app"], "POST", "/v1/appointments/app_1", HEADERS, [b'{"service_id":"x"}'])

    assert reply.status == 422
    assert reply.json["message"] == "Look again."
    assert list(reply.json["errors"]) == ["service_id"]
