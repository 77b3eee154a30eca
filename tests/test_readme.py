"""The Python of README.md does what README.md says, and its commands print what it shows."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conversation import call
from gated import PETS, Gated

from specwright.mock.clock import Clock
from specwright.mock.scene import Scene
from specwright.mock.store import Owner, open_store
from specwright.mock.world import World
from specwright.runtime.refusals import Refusal

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
# A test among them is run by test_pytest_plugin.py.
BLOCKS = re.findall(r"^```python\n(?!import httpx)(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
START, CALLER, REFUSED, PARTNER, OWN_RULE = BLOCKS
SHOWN = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
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


def test_small_partner_books_once():
    store = open_store("sqlite://")
    store.add_namespace("readme", "{}", 0)
    scene = Scene(store, Owner(1, "lobbie"), "readme", "seed", Clock(), World(), {}, frozenset())
    names = after(PARTNER)
    wanted = {"startDateTime": "2030-01-07T10:00:00-08:00", "practitionerId": 7}
    body = names["api"].AppointmentCreate(appointmentTypeId=10, locationId=1, schedulerConfigId=101, **wanted)
    partner = names["Partner"](scene)

    booked = asyncio.run(partner.create_appointment(account_id=42, location_id=1, body=body))

    assert booked.body.end_time.isoformat() == "2030-01-07T10:30:00-08:00"
    with pytest.raises(Refusal, match="booked at that time"):
        asyncio.run(partner.create_appointment(account_id=42, location_id=1, body=body))


def test_own_rule_is_asked(gated: Gated):
    gated.write("specs/pets/openapi.yaml", PETS.replace("SCHEMA", "true").replace("List pets", "List pets."))
    gated.write("checks/our_rules.py", OWN_RULE)
    gated.write("pyproject.toml", '[tool.specwright]\nown-rules = ["checks/our_rules.py"]\n')

    said = "specs/pets/openapi.yaml:10:7: warning: leave out the full stop: this is a title"
    assert gated.validate() == (0, [said])


@pytest.mark.parametrize(("command", "said"), SHOWN, ids=[command for command, _ in SHOWN])
def test_commands_print_what_is_shown(command, said):
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )

    assert ran.stdout.decode() == said
