"""What tests of sweeps share: a small classifier with samples it can be learnt from, a PostgreSQL of their own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from arenafit.ir import DType, Model
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.space import Parameter, Space
from arenafit.tflite import write_bytes
from support.models import RELU, Sketch

_DEBIAN = Path("/usr/lib/postgresql")
CLASSES = 3


def classifier() -> Model:
    """Return a float net of 12 x 12 x 2 inputs, two convolutions, a pooling and three classes."""
    sketch = Sketch(DType.FLOAT32, seed=4)
    tensor = sketch.conv(sketch.input(1, 12, 12, 2), 16, activation=RELU)
    tensor = sketch.conv(sketch.pool(tensor, 2), 8, activation=RELU)
    return sketch.finish(sketch.softmax(sketch.dense(tensor, CLASSES)))


def save_samples(path: Path, count: int = 80, seed: int = 3) -> Path:
    """Write samples with labels (which row of the image is bright), and return the file."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    inputs = random.normal(0.0, 0.3, (count, 12, 12, 2)).astype(np.float32)
    for place, label in enumerate(labels):
        inputs[place, 4 * label : 4 * label + 4] += 1.0
    np.savez(path, x=inputs, labels=labels)
    return path


def space() -> Space:
    """Return a space of some hundred combinations."""
    return Space(
        (
            Parameter("input", ("keep", "0.75", "0.5")),
            Parameter("pool#1.window", ("keep", "3")),
            Parameter("conv#0.channels", (), 4, 16, 2),
            Parameter("conv#2.channels", (), 2, 8, 2),
            Parameter("recipe", ("int8",)),
            Parameter("io", ("int8", "float")),
        )
    )


def priced_config(trials: int, **plan: object) -> StudyConfig:
    """Return a sweep that prices only."""
    given = {"effort": 1, **plan}
    made = Plan(model="net", priced_only=True, trials=trials, **given)  # type: ignore[arg-type]  # what a test names
    return StudyConfig(made, space(), write_bytes(classifier()))


def postgres_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None if PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None and shutil.which("pg_ctl") is not None:
        return Path(found).parent
    folders = sorted(_DEBIAN.glob("*/bin"))
    return folders[-1] if folders and (folders[-1] / "initdb").exists() else None


@contextmanager
def postgres() -> Iterator[str]:
    """Start a PostgreSQL of its own in a temporary directory, and return its URL; skips where there is none."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL (Debian: apt install postgresql)")
    pytest.importorskip("psycopg2", reason="needs psycopg2-binary")
    owner = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="sweep-pg-"))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-A", "trust", "-U", "sweep", "--no-sync"], owner, folder)
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _run([programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], owner, folder)
        try:
            yield f"postgresql://sweep@/postgres?host={folder}"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], owner, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], owner: str | None, folder: Path) -> None:
    # PostgreSQL refuses to run as root. Its server keeps stdout open, so nothing may wait for the end of a pipe.
    with (folder / "said").open("ab") as said:
        subprocess.run(
            [str(part) for part in command], check=True, stdout=said, stderr=said, user=owner, cwd=folder, timeout=120
        )
