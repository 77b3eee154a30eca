"""Where things are: the root folder, the contracts in it, the templates."""

import keyword
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from specwright.errors import UsageError

# Folder in specs/ and package in generated/ of what contracts share.
SHARED = "_shared"
_CONTRACTS = ("openapi.yaml", "openapi.yml", "openapi.json")


@dataclass(frozen=True)
class Source:
    """One API of the workspace: its ``name`` (folder in specs/), its ``package`` in generated/, its contract."""

    name: str
    package: str
    contract: Path

    @property
    def files(self) -> list[Path]:
        """The contract; every file of it if it is a folder. What they refer to is not among them."""
        return [self.contract] if self.contract.is_file() else [x for x in self.contract.rglob("*") if x.is_file()]


@dataclass(frozen=True)
class Workspace:
    """A folder with ``specs/<api>/openapi.{yaml,yml,json}``; output goes to its ``generated/``."""

    root: Path

    @property
    def specs(self) -> Path:
        """The folder of the contracts."""
        return self.root / "specs"

    @property
    def generated(self) -> Path:
        """The folder that generate owns."""
        return self.root / "generated"

    @property
    def templates(self) -> tuple[Path, ...]:
        """The folders of the templates: those of the workspace count before those of the package."""
        packaged = Path(__file__).with_name("templates")
        checkout = Path(__file__).parents[2] / "templates"
        return self.root / "templates", packaged if packaged.is_dir() else checkout

    @property
    def shared(self) -> Source | None:
        """The folder of the schemas that several contracts refer to, if there is one."""
        folder = self.specs / SHARED
        return Source(SHARED, SHARED, folder) if folder.is_dir() else None

    @property
    def prove_hosts(self) -> tuple[str, ...]:
        """The hosts besides this one that ``specwright prove`` may send requests to; raises UsageError for no list of them."""
        path = self.root / "pyproject.toml"
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path}: {error}") from None
        hosts = document.get("tool", {}).get("specwright", {}).get("prove-hosts", [])
        if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
            raise UsageError(f"{path}: [tool.specwright] prove-hosts must be a list of host names")
        return tuple(hosts)

    def sources(self, names: list[str] | None = None) -> tuple[Source, ...]:
        """Return the APIs called ``names``, or all, by name; raises UsageError for an unknown or ambiguous one."""
        found = at(self.specs)
        packages: dict[str, str] = {}
        for source in found:
            other = packages.setdefault(source.package, source.name)
            if other != source.name:
                raise UsageError(f"specs/{other} and specs/{source.name} would both be generated/{source.package}")
        known = {source.name: source for source in found}
        unknown = [name for name in names or () if name not in known]
        if unknown:
            raise UsageError(f"no such API: {', '.join(unknown)}; {self.specs} has {', '.join(known) or 'none'}")
        return tuple(known[name] for name in names) if names else tuple(found)


def at(specs: Path) -> list[Source]:
    """Return the APIs in the folder ``specs``; raises UsageError for one that has several contracts."""
    return [source for folder in sorted(specs.iterdir()) if (source := _source(folder))]


def find(root: Path | None) -> Workspace:
    """Return the workspace at ``root``, or the nearest one upward from the current directory; raises UsageError."""
    if root is not None:
        if not (root / "specs").is_dir():
            raise UsageError(f"{root} is no workspace: it has no folder specs/")
        return Workspace(root)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "specs").is_dir():
            return Workspace(folder)
    raise UsageError(f"no folder specs/ in {here} or above it: make specs/<api>/openapi.yaml, or name a --root")


def _source(folder: Path) -> Source | None:
    if not folder.is_dir() or folder.name.startswith((".", "_")):
        return None
    contracts = [folder / name for name in _CONTRACTS if (folder / name).is_file()]
    if len(contracts) > 1:
        raise UsageError(f"{folder} has {' and '.join(path.name for path in contracts)}: keep one contract")
    name = folder.name
    # Import statements find no name that is not in this form.
    plain = name.isidentifier() and not keyword.iskeyword(name) and unicodedata.is_normalized("NFKC", name)
    return Source(name, name if plain else _identifier(name), contracts[0]) if contracts else None


def _identifier(name: str) -> str:
    # Imported here because the plan is slow to load, and most folders have names that are packages.
    from specwright.plan.naming import snake_case

    return snake_case(name)
