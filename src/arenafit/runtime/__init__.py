"""The real TFLM in a child process, and other runners."""

from arenafit.runtime.inputs import KINDS, GeneratedInputs, input_sets
from arenafit.runtime.jobs import Limits
from arenafit.runtime.tflm import TflmPool, TflmRuntime
from arenafit.runtime.types import (
    Category,
    Measurement,
    Outputs,
    Record,
    Refusal,
    RuntimeId,
    Stage,
    TensorDetails,
    digest,
)

__all__ = [
    "KINDS",
    "Category",
    "GeneratedInputs",
    "Limits",
    "Measurement",
    "Outputs",
    "Record",
    "Refusal",
    "RuntimeId",
    "Stage",
    "TensorDetails",
    "TflmPool",
    "TflmRuntime",
    "digest",
    "input_sets",
]
