"""The contracts as they were: at a git revision, or in a folder.

Git is only read, and nothing is checked out: what is in specs/ is written to a folder of its own.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from specwright.errors import UsageError
from specwright.spec.load import display
from specwright.workspace import Source, Workspace, at

# Where a pull request usually goes.
_MAIN = ("origin/main", "main", "origin/master", "master")
_LINK = "120000"


@dataclass(frozen=True)
class Revision:
    """Contracts to compare with: ``root``, which references may not leave, the APIs by name, and what it is called."""

    name: str
    root: Path
    sources: dict[str, Source]
    is_temporary: bool = False

    def shown(self, path: str) -> str:
        """Return a path in this revision as the user would name it."""
        inside = Path(path).resolve()
        if not self.is_temporary or not inside.is_relative_to(self.root.resolve()):
            return path
        return f"{self.name}:{inside.relative_to(self.root.resolve())}"


@contextmanager
def revision(workspace: Workspace, against: str | None) -> Iterator[Revision]:
    """Provide the contracts of a git ref, the main branch unless ``against`` says which, or of a folder or file.

    Raises UsageError when there is no such thing, and says what to do.
    """
    if against is not None and Path(against).exists():
        yield _folder(workspace, Path(against))
        return
    name, commit = _commit(workspace.root, against)
    with TemporaryDirectory(prefix="specwright-") as folder:
        _extract(workspace.root, commit, Path(folder))
        yield Revision(name, Path(folder), _sources(Path(folder)), is_temporary=True)


def _folder(workspace: Workspace, path: Path) -> Revision:
    """Read ``path`` as a workspace, as the specs/ of one, or as the one contract of a workspace."""
    if path.is_file():
        names = [source.name for source in workspace.sources()]
        name = path.parent.name if path.parent.name in names else names[0] if len(names) == 1 else ""
        if not name:
            raise UsageError(f"{path} is one contract, {workspace.specs} has several: name a folder that has them all")
        return Revision(display(path), path.parent, {name: Source(name, name, path)})
    if (path / "specs").is_dir():
        return Revision(display(path), path, _sources(path))
    return Revision(display(path), path, {source.name: source for source in at(path)})


def _sources(root: Path) -> dict[str, Source]:
    return {source.name: source for source in at(root / "specs")} if (root / "specs").is_dir() else {}


def _commit(root: Path, against: str | None) -> tuple[str, str]:
    """Return the name of a revision and its commit."""
    try:
        _git(root, "rev-parse", "--git-dir")
    except subprocess.CalledProcessError:
        raise UsageError(f"{root} is in no git repository: name a folder to compare with, --against DIR") from None
    for name in [against] if against is not None else _MAIN:
        commit = _resolved(root, name)
        if commit:
            return name, commit
    wanted = f"no such git ref or folder: {against}" if against is not None else f"none of {', '.join(_MAIN)} is here"
    raise UsageError(f"{wanted}; {_advice(root, against)}")


def _advice(root: Path, against: str | None) -> str:
    branch = (against or "main").removeprefix("origin/")
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        return f"this clone is shallow: git fetch --depth=1 origin {branch}:refs/remotes/origin/{branch}"
    return "name one with --against REF, or a folder with --against DIR"


def _resolved(root: Path, name: str) -> str:
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
    except subprocess.CalledProcessError:
        return ""


def _extract(root: Path, commit: str, folder: Path) -> None:
    """Write the specs/ of ``commit`` into ``folder``."""
    prefix = _git(root, "rev-parse", "--show-prefix").decode().strip()
    try:
        listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{prefix}specs")
    except subprocess.CalledProcessError as error:
        raise UsageError(f"git cannot read {commit[:12]}: {error.stderr.decode(errors='replace').strip()}") from None
    entries = [entry.decode().partition("\t") for entry in listed.split(b"\0") if entry]
    for facts, _, path in entries:
        mode, kind, name = facts.split()
        if kind == "blob":
            _write(folder / Path(path).relative_to(prefix), mode, _git(root, "cat-file", "blob", name))


def _write(file: Path, mode: str, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if mode == _LINK:
        file.symlink_to(content.decode())
    else:
        file.write_bytes(content)


def _git(root: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True).stdout  # noqa: S603, S607 - no shell, and git is the user's
    except FileNotFoundError:
        raise UsageError("git is not installed: name a folder to compare with, --against DIR") from None
