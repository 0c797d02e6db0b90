"""Inside the child process: one job on a tflite_micro wheel (any since 0.dev20231010: reference kernels, 64-bit).

Mirrors python/tflite_micro/runtime.py of the wheel; its wrapper is called directly, so that the model is parsed for
resource variables once and not again for every arena size that is tried.
"""

from __future__ import annotations

import ctypes
import inspect
import os
from typing import TYPE_CHECKING, Any

from arenafit.runtime.bisect import smallest_working_arena
from arenafit.runtime.child_job import batches_of, invoke_all, result_frame
from arenafit.runtime.details import from_interpreter
from arenafit.runtime.log import parse_recording
from arenafit.runtime.probe import probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.runtime.child_job import Report
    from arenafit.runtime.types import Array, TensorDetails

_M_PERTURB = -6  # glibc's malloc.h


def preload() -> None:
    """Import what every job needs, once, before any fork."""
    from tflite_micro import runtime  # noqa: F401, PLC0415 - loads the shared library


def run(job: dict[str, Any], arrays: tuple[Array, ...], report: Report) -> None:
    """Load, allocate, invoke; report each stage as it begins and the result at the end."""
    report({"stage": "load"})
    model = LoadedModel(arrays[0].tobytes())
    # Fresh pages are zero and would hide a read of memory that nobody wrote.
    ctypes.CDLL(None).mallopt(_M_PERTURB, job["poison_byte"])
    report({"stage": "allocate"})
    session = TflmSession(model, job["arena_bytes"])
    report({"stage": "inputs"})
    batches = batches_of(job, arrays[1:], session.inputs)
    results = invoke_all(session, batches, job["reset"], report)
    session.print_allocations()
    header, sent = result_frame(job, session, results)
    report({"stage": "min_arena"})
    header["min_arena_bytes"] = _min_arena(job, model, batches, results) if job["min_arena"] else None
    report(header, sent)


class LoadedModel:
    """A model's bytes with what the wheel's own parser says of them."""

    def __init__(self, content: bytes) -> None:
        parser = _parser()
        self.content = content
        self.resource_variables = parser.count_resource_variables(content)
        subgraph = parser.schema_fb.Model.GetRootAs(content).Subgraphs(0)
        self.input_names = [_name(subgraph, subgraph.Inputs(i)) for i in range(subgraph.InputsLength())]
        self.output_names = [_name(subgraph, subgraph.Outputs(i)) for i in range(subgraph.OutputsLength())]


def _parser() -> Any:
    """Return what has the wheel's schema and counts resource variables: a module of its own until 2026-02."""
    from tflite_micro import runtime  # noqa: PLC0415 - heavy, and absent on some platforms

    return runtime if hasattr(runtime, "count_resource_variables") else runtime.flatbuffer_utils


def _more_arguments() -> tuple[int, ...]:
    """Return what the wrapper wants since 2026-07 besides: the size of a decompression memory, none here."""
    from tflite_micro import runtime  # noqa: PLC0415 - heavy, and absent on some platforms

    wanted = inspect.signature(runtime.Interpreter.__init__).parameters
    return (0,) if "alt_decompression_memory_size" in wanted else ()


def _name(subgraph: Any, index: int) -> str:
    return (subgraph.Tensors(index).Name() or b"").decode(errors="replace")


class TflmSession:
    """A model on TFLM's recording interpreter in an arena of a given size."""

    def __init__(self, model: LoadedModel, arena_bytes: int) -> None:
        from tflite_micro import runtime  # noqa: PLC0415 - heavy, and absent on some platforms

        recording = runtime._ENUM_TRANSLATOR[runtime.InterpreterConfig.kAllocationRecording]  # noqa: SLF001
        self._wrapper = runtime._runtime.InterpreterWrapper(  # noqa: SLF001 - see the module's docstring
            model.content, [], arena_bytes, model.resource_variables, recording, *_more_arguments()
        )
        self.inputs: tuple[TensorDetails, ...] = tuple(
            from_interpreter(name, self._wrapper.GetInputTensorDetails(i)) for i, name in enumerate(model.input_names)
        )
        self.outputs: tuple[TensorDetails, ...] = tuple(
            from_interpreter(name, self._wrapper.GetOutputTensorDetails(i)) for i, name in enumerate(model.output_names)
        )

    def reset(self) -> None:
        """Put variable tensors, resource variables and kernel state back to their start (MicroInterpreter::Reset)."""
        self._wrapper.Reset()

    def set_inputs(self, batch: Sequence[Array]) -> None:
        """Write every input but those that are left as they are: an empty array says so."""
        for i, array in enumerate(batch):
            if array.size or not self.inputs[i].shape or 0 in self.inputs[i].shape:
                self._wrapper.SetInputTensor(array, i)

    def invoke(self) -> tuple[Array, ...]:
        """Invoke and return a copy of every output."""
        self._wrapper.Invoke()
        return tuple(self._wrapper.GetOutputTensor(i) for i in range(len(self.outputs)))

    def print_allocations(self) -> None:
        """Print the recording allocator's report to stderr."""
        self._wrapper.PrintAllocations()


def _min_arena(
    job: dict[str, Any], model: LoadedModel, batches: Sequence[tuple[Array, ...]], expected: Sequence[tuple[Array, ...]]
) -> int | None:
    recorded = parse_recording(_own_log())
    if recorded is None:
        return None

    def works(arena_bytes: int) -> bool:
        return probe(lambda: _same(TflmSession(model, arena_bytes), batches, expected, job))

    return smallest_working_arena(works, recorded.total_bytes, job["arenas"][-1])


def _same(
    session: TflmSession,
    batches: Sequence[tuple[Array, ...]],
    expected: Sequence[tuple[Array, ...]],
    job: dict[str, Any],
) -> bool:
    """Return whether the outputs are as expected, where they are valid: after the last Invoke of each frame."""
    results = invoke_all(session, batches, job["reset"], lambda _header, _arrays=(): None)
    last = slice(job["calls"] - 1, None, job["calls"])
    return all(
        ours.tobytes() == theirs.tobytes()
        for batch, wanted in zip(results[last], expected[last], strict=True)
        for ours, theirs in zip(batch, wanted, strict=True)
    )


def _own_log() -> str:
    return os.pread(2, os.fstat(2).st_size, 0).decode(errors="replace")
