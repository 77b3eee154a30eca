"""Format generated Python as one batch with ruff, by fixed settings: the workspace's own are not ours to follow."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_SETTINGS = """\
line-length = 120
target-version = "py311"
[lint]
select = ["F401", "F811", "I", "PIE790", "RUF022", "UP"]
[lint.per-file-ignores]
"__init__.py" = ["F401"]
[lint.isort]
known-third-party = ["specwright"]
"""


class UnformattableError(Exception):
    """A text is no Python; the argument is what the formatter says."""


def formatted(sources: Mapping[str, str]) -> dict[str, str]:
    """Return ``sources`` (file name -> Python) with unused imports removed, the rest sorted, and formatted.

    Raises UnformattableError.
    """
    # Imported here because only a run that renders needs the formatter.
    from ruff import find_ruff_bin

    with tempfile.TemporaryDirectory(prefix="specwright-") as folder:
        root = Path(folder)
        (root / "ruff.toml").write_text(_SETTINGS)
        for name, text in sources.items():
            (root / name).write_text(text, encoding="utf-8")
        for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
            arguments = [find_ruff_bin(), command[0], "--config", "ruff.toml", "--no-cache", *command[1:], "."]
            done = subprocess.run(arguments, cwd=root, check=False, capture_output=True)  # noqa: S603 - our own words only
            if done.returncode:
                raise UnformattableError(done.stderr.decode())
        return {name: (root / name).read_text(encoding="utf-8") for name in sources}
