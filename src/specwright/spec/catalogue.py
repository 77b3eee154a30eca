"""Every rule by its id: what it asks, why, and how to mend what breaks it. The texts stand in catalogue.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One rule: its ``severity``, what it ``asks``, ``why``, how to ``mend`` a breach, a ``bad`` and a ``good`` example.

    A rule whose severity is ``off`` is asked only where the configuration asks for it.
    """

    severity: str
    asks: str
    why: str = ""
    mend: str = ""
    bad: str = ""
    good: str = ""


def _read(file: Path) -> Mapping[str, Entry]:
    return {name: Entry(**texts) for name, texts in tomllib.loads(file.read_text(encoding="utf-8")).items()}


CATALOGUE: Mapping[str, Entry] = _read(Path(__file__).with_suffix(".toml"))
