"""TFLM in wasm32 as a second witness, and the inputs that its benchmark tool invokes with."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime import TensorDetails
from arenafit.runtime.types import Array
from arenafit.runtime.wasm32 import Wasm32Runtime

# TFLM's benchmark tool (tools/benchmarking/generic_model_benchmark.cc) always makes room for 100 resource variables:
# 12 + 100 * 20 bytes of the tail, each of the two allocations rounded up to 16 as the tail stands.
RESOURCE_VARIABLES_BYTES = (2016, 2032)
_SEED = 0xFB


def mcufit_runner() -> Wasm32Runtime:
    """Return the runtime, or skip the test and say what is missing."""
    try:
        return Wasm32Runtime()
    except RuntimeUnavailableError as error:
        pytest.skip(f"the 32-bit witness needs node and the PyPI package mcufit: {error}")


def benchmark_inputs(details: Sequence[TensorDetails]) -> list[Array]:
    """Return the inputs the benchmark tool invokes with: the low bytes of one mt19937, whatever the dtypes."""
    generator = np.random.MT19937()
    generator._legacy_seeding(_SEED)
    return [_random_bytes(tensor, generator) for tensor in details]


def _random_bytes(tensor: TensorDetails, generator: Any) -> Array:
    dtype = np.dtype(tensor.dtype)
    count = math.prod(tensor.shape) * dtype.itemsize
    return np.asarray(generator.random_raw(count) & 0xFF, np.uint8).view(dtype).reshape(tensor.shape)
