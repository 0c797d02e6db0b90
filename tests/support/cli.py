"""Runs the command line: in this process for speed, in one of its own for the truth."""

import os
import subprocess
import sys
from collections.abc import Mapping

from typer.testing import CliRunner, Result

from arenafit.cli import build_app

# A plain terminal of fixed width: what golden files were written with.
PLAIN = {"COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}


def invoke(*arguments: str) -> Result:
    """Run the command line in this process."""
    return CliRunner(env=PLAIN).invoke(build_app(), arguments)


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "arenafit", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **PLAIN, **(env or {})},
    )
