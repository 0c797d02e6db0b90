"""From a float model and a wish per operator to a model TFLM has the kernels for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arenafit.accuracy.precision import Precision
from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Op, OpId, TensorId
from arenafit.quantize import engine, variables
from arenafit.quantize.io import strip_io, with_float_io
from arenafit.quantize.islands import bring_in, island_of
from arenafit.quantize.ranges import Range, collect, tied
from arenafit.quantize.support import known_support, why_not
from arenafit.quantize.working import restored, working_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arenafit.accuracy.samples import Samples


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A float model with its working copy and what calibration found: all that any recipe needs."""

    model: Model
    working: Model
    ranges: Mapping[TensorId, Range]

    @property
    def quantisable(self) -> tuple[Op, ...]:
        """The operators that compute on float data, in schedule order."""
        return tuple(op for op in self.working.main.ops if _computes_on_floats(self.working, op))


@dataclass(frozen=True, slots=True)
class Style:
    """Choices that hold for the whole model.

    `float_io` keeps float inputs and outputs, converted at the ends; otherwise they are quantised where an operator
    beside them is. `dense_per_channel` gives every FULLY_CONNECTED a scale per output: more exact where the rows of its
    weights differ in size, at 8 bytes of tail each; False where the weights need it, None nowhere.
    """

    float_io: bool = False
    dense_per_channel: bool | None = False


@dataclass(frozen=True, slots=True)
class KeptFloat:
    """An operator that stays float, and why."""

    operator: str
    tensor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Built:
    """A quantised model: `precisions` holds the operators that are quantised, `kept` those that could not be."""

    model: Model
    precisions: Mapping[OpId, Precision]
    kept: tuple[KeptFloat, ...]


def calibrated(model: Model, samples: Samples, progress: Callable[[int], None] | None = None) -> Calibrated:
    """Return `model` with the ranges its tensors have over `samples`.

    Args:
        model: a float model, as `preparation.prepare` makes it.
        samples: input sets that fit it.
        progress: called with the number of samples done.

    Raises:
        UnsupportedModelError: if LiteRT does not run the model.
        DataError: if a sample makes it compute NaN.
    """
    working = working_copy(model)
    return Calibrated(model, working, collect(working, samples, progress))


def build(source: Calibrated, wanted: Mapping[OpId, Precision], style: Style | None = None) -> Built:
    """Return the model with each operator in the precision wanted, where TFLM has it, else in float.

    Args:
        source: the calibrated model.
        wanted: a precision for every operator of `source.quantisable`; absent means float.
        style: choices for the whole model.

    Raises:
        UnsupportedModelError: if no operator can be quantised, or litert-quantizer fails.
    """
    style = style or Style()
    held = variables.find(source.working)
    precisions, kept = _settled(source, held, wanted)
    if not precisions:
        reasons = "; ".join(dict.fromkeys(item.reason for item in kept)) or "it computes on no float data"
        raise UnsupportedModelError(f"nothing in this model can be quantised: {reasons}")
    ranges = tied(source.working, source.ranges, precisions, [item.tensors for item in held])
    theirs = {key: value for key, value in precisions.items() if engine.handles(source.working.ops[key].name, value)}
    ours = {
        island: precision
        for op in source.quantisable
        if (precision := precisions.get(op.id)) is not None
        and op.id not in theirs
        and (island := island_of(source.working, op)) is not None
    }
    made = engine.quantise(source.working, theirs, ranges, dense_per_channel=style.dense_per_channel)
    quantised = bring_in(made, ours, ranges)
    quantised = variables.initialised(quantised, held, precisions, ranges)
    finished = with_float_io(quantised, source.model) if style.float_io else strip_io(quantised)
    return Built(restored(finished, source.model), precisions, tuple(kept))


def _settled(
    source: Calibrated, held: tuple[variables.Variable, ...], wanted: Mapping[OpId, Precision]
) -> tuple[dict[OpId, Precision], list[KeptFloat]]:
    """Return the precisions that can be had of those wanted, and what must stay float."""
    joint = variables.agreed(held, wanted)
    precisions: dict[OpId, Precision] = {}
    kept: list[KeptFloat] = []
    for op in source.quantisable:
        precision = joint.get(op.id, wanted.get(op.id, Precision.FLOAT))
        if wanted.get(op.id, Precision.FLOAT) is Precision.FLOAT:
            continue
        reason = why_not(op.name, precision) or _why_not_here(source.working, op, precision)
        if op.name in variables.ACCESSES and op.id not in joint:
            reason = f"{op.name}: another graph than the main one uses the variable too"
        if reason is None and precision is not Precision.FLOAT:
            precisions[op.id] = precision
        elif reason is not None:
            kept.append(KeptFloat(op.name, _first_name(source.model, op), reason))
    return precisions, kept


def _why_not_here(working: Model, op: Op, precision: Precision) -> str | None:
    if precision is not Precision.INT16:
        return None
    tensors = working.main.inputs_of(op)
    needed = [tensors[place] for place in known_support(op.name).int8_operands if place < len(tensors)]
    if all(tensor is None or tensor.is_constant for tensor in needed):
        return None
    return f"TFLM's int16 kernel for {op.name} wants an int8 constant where this model computes an operand"


def uniform(source: Calibrated, precision: Precision) -> dict[OpId, Precision]:
    """Return the wish that every operator be in `precision`."""
    return {op.id: precision for op in source.quantisable}


def _computes_on_floats(working: Model, op: Op) -> bool:
    tensors = (working.tensors[tensor_id] for tensor_id in (*op.operands, *op.outputs))
    return any(tensor.dtype is DType.FLOAT32 and not tensor.is_constant for tensor in tensors)


def _first_name(model: Model, op: Op) -> str:
    named = next((tensor for tensor in (*op.outputs, *op.operands) if tensor in model.tensors), None)
    return model.tensors[named].name if named is not None else ""
