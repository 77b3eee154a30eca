"""What a world may hold, and what is said of one that holds something else."""

from pathlib import Path

import pytest

from specwright.errors import SpecError
from specwright.mock.world import Fixture, read_world
from specwright.mock.world import World as CommonWorld


class Location(Fixture):
    id: int


class Practitioner(Fixture):
    id: int
    location_ids: tuple[int, ...] = ()
    room_id: int | None = None


class Existing(Fixture):
    location_id: int | None


class World(CommonWorld):
    locations: tuple[Location, ...] = ()
    practitioners: tuple[Practitioner, ...] = ()
    appointments: tuple[Existing, ...] = ()


def messages(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        read_world(path, World)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in raised.value.problems]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "world.yaml"


def test_a_world_is_read(path):
    path.write_text("locations: [{id: 1}]\nappointments: [{location_id: 1}, {location_id: null}]\n", encoding="utf-8")

    assert read_world(path, World).locations == (Location(id=1),)


def test_without_a_file_a_world_has_one_client(path):
    assert [(client.id, client.secret) for client in read_world(path, CommonWorld).clients] == [("client", "secret")]


def test_every_mistake_has_its_place(path):
    assert messages(path, "locations:\n  - {id: one}\nrooms: []\n") == [
        "2:6: locations.0.id: input should be a valid integer, unable to parse string as an integer",
        "3:1: rooms: extra inputs are not permitted",
    ]


def test_an_id_that_nothing_has_is_told(path):
    text = """\
locations: [{id: 1}]
practitioners: [{id: 7, location_ids: [1, 2], room_id: 3}]
appointments: [{location_id: 9}]
"""
    (message,) = messages(path, text)

    assert message.split("; ") == [
        "1:1: the world: practitioners.0.location_ids: none of locations has the id 2",
        "appointments.0.location_id: none of locations has the id 9",
    ]
