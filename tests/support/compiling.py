"""Compiles exported sources: against headers that stand for TFLM's, and against TFLM's own where they are at hand."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

STUBS = Path(__file__).parent / "tflm_stubs"
VARIABLE = "ARENAFIT_TFLM_INCLUDE"


def real_headers() -> list[Path]:
    """Return the include folders of the real TFLM, or skip."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no include folders of TFLM")
    return [Path(folder) for folder in named.split(os.pathsep)]


def compile_all(
    sources: Sequence[Path],
    own: Sequence[Path] = (),
    headers: Sequence[Path] = (STUBS,),
    define: str = "",
    flags: Sequence[str] = ("-DTF_LITE_STATIC_MEMORY",),
) -> None:
    """Check that each of `sources` compiles without a warning, `own` and `headers` being include folders."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    includes = [f"-I{folder}" for folder in own] + [f"-isystem{folder}" for folder in headers]
    always = ["-x", "c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    for source in sources:
        command = [compiler, *always, *flags, *([f"-D{define}"] if define else []), *includes, str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
