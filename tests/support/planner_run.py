"""Builds an exported arena_planner with a driver that plays TFLM's part, and runs it."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.compiling import STUBS

_DRIVER = Path(__file__).parent / "planner_driver.cc"


@dataclass(frozen=True, slots=True)
class Played:
    """What came of the calls: (memory, place) of each buffer, the head and the arena; or where it was refused."""

    buffers: tuple[tuple[int, int], ...]
    head_bytes: int | None
    arena_bytes: int | None
    refused: str | None
    log: tuple[str, ...]


def build(folder: Path, name: str) -> Path:
    """Compile `folder`/arena_planner.cc as C++11 with the driver for the model called `name`; return the program."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    program = folder / "planner_driver"
    flags = ["-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti", "-DTF_LITE_STATIC_MEMORY"]
    include = [f"-I{folder}", f"-isystem{STUBS}"]
    parts = ((folder / "arena_planner.cc", "c++11"), (_DRIVER, "c++17"))
    objects = []
    for source, standard in parts:
        made = folder / f"{source.stem}.o"
        command = [
            compiler,
            f"-std={standard}",
            *flags,
            f"-DMODEL={name}",
            *include,
            "-c",
            str(source),
            "-o",
            str(made),
        ]
        _run(command)
        objects.append(str(made))
    _run([compiler, *objects, "-o", str(program)])
    return program


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def play(program: Path, sizes: Sequence[int | str], blocks: Sequence[int] = ()) -> Played:
    """Run the program: AddBuffer for each of `sizes`, the memories beginning at `blocks` of one buffer."""
    command = [str(program), *map(str, blocks)]
    text = "\n".join(map(str, sizes))
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    buffers = [rest.split() for kind, rest in lines if kind == "buffer"]
    ends = [rest.split() for kind, rest in lines if kind == "head"]
    return Played(
        tuple((int(memory), int(place)) for memory, place in buffers),
        int(ends[0][0]) if ends else None,
        int(ends[0][2]) if ends else None,
        next((rest for kind, rest in lines if kind == "refused"), None),
        tuple(rest for kind, rest in lines if kind == "log"),
    )
