"""Partners with whom conversations are held, as `specwright prove` holds them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from specwright.mock.app import Mock, Served
from specwright.mock.server import load, served
from specwright.mock.settings import Settings
from specwright.prove.behaviour import FILE, Behaviour, behaviour_of
from specwright.workspace import find

WORKSPACE = find(Path(__file__).parents[1])
SETTINGS = Settings(auth="strict", journal="off")


@dataclass(frozen=True)
class Stage:
    """One partner, the file it is in, and what it must do."""

    mock: Mock
    served: Served
    behaviour: Behaviour
    file: Path

    @property
    def partner(self) -> Any:
        return self.served.behaviour.partner


@cache
def stage(name: str) -> Stage:
    (source,) = WORKSPACE.sources([name])
    folder = source.contract.parent
    mock = load(WORKSPACE, [source], SETTINGS)
    found = served(WORKSPACE, [source], SETTINGS)[name]
    return Stage(mock, found, behaviour_of(folder / FILE), folder / "partner.py")
