"""Inside the child process: one job on desktop LiteRT's reference kernels."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

from arenafit.runtime.child_job import batches_of, invoke_all, result_frame
from arenafit.runtime.details import from_interpreter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.runtime.child_job import Report
    from arenafit.runtime.types import Array, TensorDetails

_M_PERTURB = -6  # glibc's malloc.h


def preload() -> None:
    """Import what every job needs, once, before any fork."""
    from ai_edge_litert import interpreter  # noqa: F401, PLC0415 - loads the shared library


def run(job: dict[str, Any], arrays: tuple[Array, ...], report: Report) -> None:
    """Run the job with the reference resolver."""
    run_with("BUILTIN_REF", job, arrays, report)


def run_with(resolver: str, job: dict[str, Any], arrays: tuple[Array, ...], report: Report) -> None:
    """Load, allocate, invoke; report each stage as it begins and the result at the end."""
    report({"stage": "load"})
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(_M_PERTURB, job["poison_byte"])
    session = LiteRtSession(arrays[0].tobytes(), resolver)
    report({"stage": "allocate"})
    session.allocate()
    report({"stage": "inputs"})
    batches = batches_of(job, arrays[1:], session.inputs)
    results = invoke_all(session, batches, job["reset"], report)
    report(*result_frame(job, session, results))


class LiteRtSession:
    """A model on LiteRT's interpreter, one thread, no delegate."""

    def __init__(self, content: bytes, resolver: str) -> None:
        from ai_edge_litert import interpreter  # noqa: PLC0415 - heavy

        self._interpreter = interpreter.Interpreter(
            model_content=content,
            num_threads=1,
            experimental_op_resolver_type=interpreter.OpResolverType[resolver],
        )
        self.inputs: tuple[TensorDetails, ...] = ()
        self.outputs: tuple[TensorDetails, ...] = ()

    def allocate(self) -> None:
        """Allocate tensors and read the details of inputs and outputs."""
        self._interpreter.allocate_tensors()
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self.inputs = tuple(from_interpreter(entry["name"], entry) for entry in inputs)
        self.outputs = tuple(from_interpreter(entry["name"], entry) for entry in outputs)
        self._input_indices = [entry["index"] for entry in inputs]
        self._output_indices = [entry["index"] for entry in outputs]

    def reset(self) -> None:
        """Reset variable tensors."""
        self._interpreter.reset_all_variables()

    def set_inputs(self, batch: Sequence[Array]) -> None:
        """Write every input."""
        for index, array in zip(self._input_indices, batch, strict=True):
            self._interpreter.set_tensor(index, array)

    def invoke(self) -> tuple[Array, ...]:
        """Invoke and return a copy of every output."""
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(index) for index in self._output_indices)
