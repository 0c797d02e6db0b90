"""What a runtime says of a model: a `Measurement`, its `Outputs`, or a `Refusal`; never a prediction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
ModelSource: TypeAlias = bytes | Path | str


class Stage(StrEnum):
    """How far a runtime got before it refused the model."""

    LOAD = "load"
    ALLOCATE = "allocate"
    INVOKE = "invoke"
    CRASH = "crash"
    TIMEOUT = "timeout"


class Category(StrEnum):
    """The titles TFLM's RecordingMicroAllocator prints the tail under (recording_micro_allocator.cc, 90b983c2)."""

    EVAL_TENSORS = "TfLiteEvalTensor data"
    PERSISTENT_TENSORS = "Persistent TfLiteTensor data"
    PERSISTENT_QUANTIZATION = "Persistent TfLiteTensor quantization data"
    PERSISTENT_BUFFERS = "Persistent buffer data"
    VARIABLE_BUFFERS = "TfLiteTensor variable buffer data"
    NODES = "NodeAndRegistration struct"
    OP_DATA = "Operator runtime data"


@dataclass(frozen=True, slots=True)
class RuntimeId:
    """Which runtime spoke: numbers of the tail hold for this kernel library and this ABI only."""

    name: str
    version: str
    kernels: str  # "reference", "cmsis-nn", ...
    abi: str  # "lp64", "ilp32", ...


@dataclass(frozen=True, slots=True)
class TensorDetails:
    """An input or output of a model as the runtime describes it.

    `name` is empty where the runtime knows none. `scales` and `zero_points` are empty for an unquantized tensor and
    hold one value per slice of `quantized_dimension` for a per-channel one.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str  # numpy's name: "int8", "float32", "bool", ...
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    quantized_dimension: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the recording allocator; TFLM prints a category only where it used something."""

    title: str
    used_bytes: int
    requested_bytes: int
    count: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a runtime reported after it allocated and invoked a model.

    `head_bytes`, `tail_bytes` and `total_bytes` are the recording allocator's (its own recorder objects included);
    they are None for a runtime without an arena, such as desktop LiteRT. `min_arena_bytes` is the smallest arena, in
    steps of 16 bytes, that gave the same outputs, or None when it was not looked for. `digests[i][j]` is the SHA-256
    of output j after invocation i.
    """

    model_sha256: str
    runtime: RuntimeId
    head_bytes: int | None
    tail_bytes: int | None
    total_bytes: int | None
    records: tuple[Record, ...]
    min_arena_bytes: int | None
    digests: tuple[tuple[str, ...], ...]
    inputs: tuple[TensorDetails, ...]
    outputs: tuple[TensorDetails, ...]
    log: str

    def record(self, title: str) -> Record:
        """Return the record printed under `title` (see `Category`), all zero when TFLM printed none."""
        return next((record for record in self.records if record.title == title), Record(title, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A model the runtime would not run: a result like a measurement, not an error of ours."""

    model_sha256: str
    runtime: RuntimeId
    stage: Stage
    reason: str  # one line
    log: str


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a model computed: `batches[i][j]` is output j of the i-th invocation, all on one interpreter, in order."""

    model_sha256: str
    runtime: RuntimeId
    inputs: tuple[TensorDetails, ...]
    outputs: tuple[TensorDetails, ...]
    batches: tuple[tuple[Array, ...], ...]

    def digests(self) -> tuple[tuple[str, ...], ...]:
        """Return the SHA-256 of each output of each invocation."""
        return tuple(tuple(digest(array) for array in batch) for batch in self.batches)


def digest(array: Array) -> str:
    """Return the SHA-256 (hex) of an array's elements, little-endian and in C order; shape and dtype are not hashed."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return hashlib.sha256(np.ascontiguousarray(little).tobytes()).hexdigest()
