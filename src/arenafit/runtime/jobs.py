"""Turns models and inputs into jobs for a worker, and replies into results of ours."""

from __future__ import annotations

import hashlib
import signal
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from arenafit.errors import DataError, ModelFormatError
from arenafit.runtime.details import from_json
from arenafit.runtime.inputs import FramedInputs, GeneratedInputs
from arenafit.runtime.log import exception_in, parse_recording, reason_in, says_arena_too_small, without_traceback
from arenafit.runtime.types import Measurement, Outputs, Refusal, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.runtime.host import Reply, Worker
    from arenafit.runtime.types import Array, ModelSource, RuntimeId, TensorDetails

Inputs: TypeAlias = "GeneratedInputs | Sequence[Sequence[Array]]"

_DOING = {
    "load": "while the model was loaded",
    "allocate": "while tensors were allocated",
    "inputs": "while inputs were set",
    "invoke": "while the model was invoked",
    "min_arena": "while the smallest arena was looked for",
}


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What one job may take.

    `arenas_bytes` are the arena sizes to try in turn; `poison_byte` fills memory before the runtime gets it, so that
    a model which reads what nobody wrote is not flattered by fresh zero pages (0 turns that off).
    `invoke_cpu_seconds` is the CPU time that each Invoke may take; None sets no limit but the timeout.
    """

    timeout_seconds: float = 60.0
    arenas_bytes: tuple[int, ...] = (2 << 20, 64 << 20)
    poison_byte: int = 0x5A
    invoke_cpu_seconds: float | None = None

    def within(self, timeout_seconds: float | None) -> RunLimits:
        """Return these limits with another timeout, or these when it is None."""
        return self if timeout_seconds is None else replace(self, timeout_seconds=timeout_seconds)


def read_model(model: ModelSource) -> bytes:
    """Return the model's bytes.

    Raises:
        ModelFormatError: if it is a path that cannot be read.
    """
    if isinstance(model, bytes):
        return model
    try:
        return Path(model).read_bytes()
    except OSError as error:
        raise ModelFormatError(f"cannot read {model}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run a model on: input sets; whether variables start anew for each, and the smallest arena is wanted."""

    inputs: Inputs
    reset: bool = False
    min_arena: bool = False


def measure(
    worker: Worker, runtime: RuntimeId, model: bytes, wanted: Wanted, limits: RunLimits
) -> Measurement | Refusal:
    """Return what the runtime says of the model."""
    reply = _ask(worker, model, wanted, limits, "measure")
    sha256, header = hashlib.sha256(model).hexdigest(), reply.header
    if header["end"] != "done":
        return _refusal(runtime, sha256, header, limits)
    recorded = parse_recording(header["log"])
    return Measurement(
        model_sha256=sha256,
        runtime=runtime,
        head_bytes=recorded.head_bytes if recorded else None,
        tail_bytes=recorded.tail_bytes if recorded else None,
        total_bytes=recorded.total_bytes if recorded else None,
        records=recorded.records if recorded else (),
        min_arena_bytes=header.get("min_arena_bytes"),
        digests=tuple(tuple(batch) for batch in header["digests"]),
        inputs=from_json(header["inputs"]),
        outputs=from_json(header["outputs"]),
        log=without_traceback(header["log"]),
    )


def run(worker: Worker, runtime: RuntimeId, model: bytes, wanted: Wanted, limits: RunLimits) -> Outputs | Refusal:
    """Return what the model computes for each input set, all invoked on one interpreter."""
    reply = _ask(worker, model, wanted, limits, "run")
    sha256, header = hashlib.sha256(model).hexdigest(), reply.header
    if header["end"] != "done":
        return _refusal(runtime, sha256, header, limits)
    outputs: tuple[TensorDetails, ...] = from_json(header["outputs"])
    width = len(outputs)
    count = header["invocations"]
    batches = tuple(reply.arrays[i * width : (i + 1) * width] for i in range(count))
    return Outputs(sha256, runtime, from_json(header["inputs"]), outputs, batches)


def _ask(worker: Worker, model: bytes, wanted: Wanted, limits: RunLimits, verb: str) -> Reply:
    inputs = wanted.inputs
    generated = inputs if isinstance(inputs, GeneratedInputs) else None
    sets: Sequence[Sequence[Array]] = () if isinstance(inputs, GeneratedInputs) else inputs
    job = {
        "verb": verb,
        "min_arena": wanted.min_arena,
        "reset": wanted.reset,
        "timeout_seconds": limits.timeout_seconds,
        "arenas": limits.arenas_bytes,
        "poison_byte": limits.poison_byte,
        "invoke_cpu_seconds": limits.invoke_cpu_seconds,
        "batches": len(sets),
        "calls": inputs.calls if isinstance(inputs, FramedInputs) else 1,
        "generate": None if generated is None else asdict(generated),
    }
    arrays = [np.asarray(array) for batch in sets for array in batch]
    return worker.ask(job, [np.frombuffer(model, np.uint8), *arrays])


def _refusal(runtime: RuntimeId, sha256: str, header: dict[str, Any], limits: RunLimits) -> Refusal:
    exception, stage = exception_in(header["log"]), header["stage"]
    log = without_traceback(header["log"])
    said = reason_in(log) or exception or "nothing was printed"
    doing = _DOING[stage]
    if header["end"] == "timeout":
        reason = f"still running after {limits.timeout_seconds:g} s {doing}"
        return Refusal(sha256, runtime, Stage.TIMEOUT, reason, log)
    if header["end"] == "lost":
        return Refusal(sha256, runtime, Stage.CRASH, "the child process was lost, perhaps for want of memory", log)
    if header["end"] == "signal" and header["signal"] == signal.SIGXCPU and limits.invoke_cpu_seconds is not None:
        reason = f"still running after {limits.invoke_cpu_seconds:.0f} s of CPU {doing}, far more than its work takes"
        return Refusal(sha256, runtime, Stage.TIMEOUT, f"{reason}: a loop of it may never end", log)
    if header["end"] == "signal":
        name = (signal.strsignal(header["signal"]) or f"signal {header['signal']}").lower()
        return Refusal(sha256, runtime, Stage.CRASH, f"{name} {doing}; last words: {said}", log)
    if stage == "inputs":
        raise DataError(f"the runtime does not take these inputs: {exception or said}")
    if stage == "load":
        return Refusal(sha256, runtime, Stage.LOAD, f"the runtime cannot load the model: {said}", log)
    if stage == "allocate" and says_arena_too_small(log):
        said = f"an arena of {limits.arenas_bytes[-1]:,} bytes, the largest tried, is too small: {said}"
    return Refusal(sha256, runtime, Stage.INVOKE if stage == "invoke" else Stage.ALLOCATE, said, log)
