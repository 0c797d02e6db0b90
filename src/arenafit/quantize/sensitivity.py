"""What quantising each operator costs in exactness, and what it gives in memory: one at a time against int16x8."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from arenafit.accuracy.precision import Precision
from arenafit.errors import UnsupportedModelError
from arenafit.quantize.build import uniform
from arenafit.quantize.support import why_not

if TYPE_CHECKING:
    from collections.abc import Callable

    from arenafit.ir import Op, OpId
    from arenafit.quantize.trials import Trial, TrialRunner

# Noise shows on few samples: the ranking, not the figure, is what is wanted.
SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One operator put to int8 while all others stay in int16 (or float, where TFLM has no int16 kernel).

    `noise` is the share of noise in the energy of the outputs it adds (infinite if that build failed);
    `output_saved_bytes` what its outputs take less than in int16; `saved_bytes` what the arena shrinks by when this
    operator alone changes: nothing if the peak is elsewhere, negative where the conversions beside it cost more.
    """

    op: OpId
    operator: str
    tensor: str
    noise: float
    output_saved_bytes: int
    saved_bytes: int
    note: str = ""


def sensitivities(runner: TrialRunner, progress: Callable[[int, int], None] | None = None) -> tuple[Sensitivity, ...]:
    """Return the sensitivity of each operator that int8 is possible for, the most sensitive first.

    Args:
        runner: of the model; its first samples are used.
        progress: called with the number of operators done and their total.

    Raises:
        UnsupportedModelError: if not even the int16x8 model can be had.
    """
    small = runner.on(runner.samples.first(SAMPLES))
    base = small.try_out(uniform(runner.source, Precision.INT16))
    candidates = [op for op in runner.source.quantisable if why_not(op.name, Precision.INT8) is None]
    found = []
    for number, op in enumerate(candidates):
        found.append(_one(small, base, op))
        if progress is not None:
            progress(number + 1, len(candidates))
    return tuple(sorted(found, key=lambda item: item.noise, reverse=True))


def _one(runner: TrialRunner, base: Trial, op: Op) -> Sensitivity:
    name = _tensor_name(runner, op)
    elements = sum(runner.source.working.tensors[tensor].elements for tensor in op.outputs)
    try:
        trial = runner.try_out({**uniform(runner.source, Precision.INT16), op.id: Precision.INT8})
    except UnsupportedModelError as error:
        return Sensitivity(op.id, op.name, name, inf, elements, 0, str(error))
    added = _noise(trial) - _noise(base)
    return Sensitivity(op.id, op.name, name, max(0.0, added), elements, base.arena_bytes - trial.arena_bytes)


def _noise(trial: Trial) -> float:
    return sum(0.0 if item.sqnr_db == inf else 10.0 ** (-item.sqnr_db / 10) for item in trial.scores)


def _tensor_name(runner: TrialRunner, op: Op) -> str:
    model = runner.source.model
    named = next((tensor for tensor in (*op.outputs, *op.operands) if tensor in model.tensors), None)
    return "" if named is None else model.tensors[named].name
