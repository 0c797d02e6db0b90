"""A runner of the protocol for the TFLM that the PyPI package mcufit carries, compiled to wasm32 (needs node).

Run as ``python mcufit_runner.py SHIM MODEL``; SHIM is the package's own script that runs its build under node.
"""

import importlib.util
import math
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arenafit.runtime import CommandRunner, TensorDetails
from arenafit.runtime.types import Array

# TFLM's benchmark tool (tools/benchmarking/generic_model_benchmark.cc) always makes room for 100 resource variables:
# 12 + 100 * 20 bytes of the tail, each of the two allocations rounded up to 16 as the tail stands.
RESOURCE_VARIABLES_BYTES = (2016, 2032)
_SEED = 0xFB


def mcufit_runner() -> CommandRunner:
    """Return the runner, or skip the test and say what is missing."""
    node, found = shutil.which("node"), importlib.util.find_spec("mcufit")
    if node is None or found is None or found.origin is None:
        pytest.skip("the 32-bit witness needs node and the PyPI package mcufit")
    shim = Path(found.origin).parent / "wasm" / "run_benchmark.mjs"
    words = [sys.executable, str(Path(__file__)), node, str(shim)]
    return CommandRunner(f"{shlex.join(words)} {{model}}")


def benchmark_inputs(details: Sequence[TensorDetails]) -> list[Array]:
    """Return the inputs the benchmark tool invokes with: the low bytes of one mt19937, whatever the dtypes."""
    generator = np.random.MT19937()
    generator._legacy_seeding(_SEED)
    return [_random_bytes(tensor, generator) for tensor in details]


def _random_bytes(tensor: TensorDetails, generator: Any) -> Array:
    dtype = np.dtype(tensor.dtype)
    count = math.prod(tensor.shape) * dtype.itemsize
    return np.asarray(generator.random_raw(count) & 0xFF, np.uint8).view(dtype).reshape(tensor.shape)


def output_crcs(log: str) -> list[int]:
    """Return the CRC-32 of each output as the benchmark tool printed it."""
    return [int(text, 16) for text in re.findall(r"Output CRC32: 0x([0-9A-F]+)", log)]


def main(command: list[str]) -> None:
    """Run the build and pass on what it prints; it exits with 0 even when TFLM refused."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    printed = (done.stdout + done.stderr).replace("\0", "")
    sys.stdout.write("[runner] runtime name=mcufit-wasm kernels=reference abi=ilp32-int-enums\n" + printed)
    if "[[ Table ]]: Arena" not in printed:
        lines = [line for line in printed.splitlines() if line.strip()] or ["nothing was printed"]
        sys.stdout.write(f"\n[runner] refused allocate {lines[-1]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
