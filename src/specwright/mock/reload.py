"""Follow changes of specs/ and templates/ while a mock runs: what it serves is made anew, what it knows stays."""

import asyncio
import fcntl
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from watchfiles import Change, DefaultFilter, awatch

from specwright.errors import SpecError, UsageError
from specwright.mock.app import Mock, Served
from specwright.mock.server import served
from specwright.mock.settings import Settings
from specwright.workspace import Workspace

# What importing contracts and partners leaves in sys.modules.
_PACKAGES = ("generated", "specwright_partners")

# Path -> when it was changed, and its size.
_Stamps = Mapping[Path, tuple[int, int]]
_T = TypeVar("_T")


class Reloading:
    """Makes what a mock serves anew whenever the files differ from those that were there when this was made.

    ``names`` are the APIs, none for all there are; ``generate`` brings generated/ up to date.
    """

    def __init__(
        self,
        workspace: Workspace,
        names: Sequence[str],
        settings: Settings,
        generate: Callable[[], object],
    ) -> None:
        self._workspace, self._names, self._settings, self._generate = workspace, list(names), settings, generate
        self._folders = [folder for folder in (workspace.specs, workspace.root / "templates") if folder.is_dir()]
        self._seen = _stamps(self._folders)

    async def follow(self, mock: Mock) -> None:
        """Replace what ``mock`` serves at every change, for ever; what is wrong is told, and the old goes on."""
        is_followed = False
        async for changes in awatch(*self._folders, rust_timeout=200, yield_on_timeout=True):
            if changes or not is_followed:  # the first time for what was changed before anybody looked
                await self._reload(mock)
            is_followed = True

    async def _reload(self, mock: Mock) -> None:
        try:
            stamps = _stamps(self._folders)
            changed = {path for path in stamps.keys() | self._seen if stamps.get(path) != self._seen.get(path)}
            self._seen = stamps
            if changed:
                made = await asyncio.to_thread(self._made)
                mock.replace(made)
                print(f"reloaded: {', '.join(self._touched(changed, made)) or 'no API is left'}", flush=True)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the new, the old goes on
            print(f"{_said(error)}\nnot reloaded: the mock goes on as it was", file=sys.stderr, flush=True)

    def _made(self) -> dict[str, Served]:
        with _alone(self._workspace.specs):
            self._generate()
            sources = self._workspace.sources(self._names)
            return _imported_anew(lambda: served(self._workspace, sources, self._settings))

    def _touched(self, changed: set[Path], made: Mapping[str, Served]) -> list[str]:
        """Return the names of the APIs whose folders were changed; of all when something was that they share."""
        specs = self._workspace.specs
        names = {path.relative_to(specs).parts[0] if path.is_relative_to(specs) else "" for path in changed}
        return sorted(names) if names <= made.keys() else list(made)


def _said(error: Exception) -> str:
    match error:
        case SpecError():
            return str(error)
        case UsageError():
            return f"specwright: {error}"
    return f"specwright: {type(error).__name__}: {error}"


def _stamps(folders: Sequence[Path]) -> _Stamps:
    is_watched = DefaultFilter()
    files = [path for folder in folders for path in folder.rglob("*") if is_watched(Change.modified, str(path))]
    return {path: (stat.st_mtime_ns, stat.st_size) for path in files if path.is_file() for stat in [path.stat()]}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process of this mock generate, or read what is being generated."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _imported_anew(make: Callable[[], _T]) -> _T:
    """Return what ``make`` makes of packages that it imports anew; the old ones are back when it fails."""
    old = _forget_packages()
    importlib.invalidate_caches()
    try:
        return make()
    except BaseException:
        _forget_packages()
        sys.modules.update(old)
        raise


def _forget_packages() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]
    return {name: sys.modules.pop(name) for name in names}
