"""Resolve the dependencies of pyproject.toml, for development and every supported Python, into requirements.lock."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run uv, installing it first into the environment that runs this script."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"]
    command += ["--group", "dev", "--no-header", "--quiet", "--output-file", "scripts/requirements.lock"]
    return subprocess.run([sys.executable, "-m", *command, "pyproject.toml"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
