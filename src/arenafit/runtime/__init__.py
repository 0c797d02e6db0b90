"""The real TFLM in a child process, and other runners."""

from arenafit.runtime.compare import Difference, first_difference
from arenafit.runtime.inputs import KINDS, Domain, GeneratedInputs, input_sets
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.litert import LiteRtPool, LiteRtRuntime
from arenafit.runtime.runner import CommandRunner
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
    "CommandRunner",
    "Difference",
    "Domain",
    "GeneratedInputs",
    "LiteRtPool",
    "LiteRtRuntime",
    "Measurement",
    "Outputs",
    "Record",
    "Refusal",
    "RunLimits",
    "RuntimeId",
    "Stage",
    "TensorDetails",
    "TflmPool",
    "TflmRuntime",
    "digest",
    "first_difference",
    "input_sets",
]
