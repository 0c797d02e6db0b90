"""Calibration: the least and greatest value of every tensor over the samples, run through LiteRT in float."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from arenafit.errors import DataError, UnsupportedModelError
from arenafit.ir import DType, Model, Op, OpId, Tensor, TensorId
from arenafit.quantize.support import SupportRule, known_support
from arenafit.tflite import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from arenafit.accuracy.precision import Precision
    from arenafit.accuracy.samples import Samples

# Beyond this a value is a stand-in for infinity (the padding of a maximum, say), no value to make room for.
LARGEST_VALUE = 3e38


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value seen in a tensor."""

    low: float
    high: float

    def union(self, other: Range) -> Range:
        """Return the smallest range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


def collect(working: Model, samples: Samples, progress: Callable[[int], None] | None = None) -> dict[TensorId, Range]:
    """Return the range of each float tensor of the main graph that is no constant.

    The reference kernels of LiteRT compute it, with all tensors kept; variables keep their state from sample to sample.

    Args:
        working: the float model as `working.working_copy` makes it.
        samples: input sets that fit it.
        progress: called with the number of samples done.

    Raises:
        UnsupportedModelError: if LiteRT does not run the model.
        DataError: if a tensor becomes NaN or infinite for a sample.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415 - heavy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that keeping all tensors is for debugging
        try:
            interpreter = Interpreter(
                model_content=write_bytes(working),
                num_threads=1,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
                experimental_preserve_all_tensors=True,
            )
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise UnsupportedModelError(f"LiteRT, which calibration runs on, refuses the model: {error}") from error
    slots = [detail["index"] for detail in interpreter.get_input_details()]
    # LiteRT numbers the tensors of the main graph as the file does.
    graph = working.main
    written = {*graph.inputs, *graph.producers}
    data = [(place, item) for place, item in enumerate(graph.tensors) if item.id in written and _is_data(item)]
    # A result of a loop that nobody reads is given no memory there.
    watched = [(place, item) for place, item in data if graph.uses.get(item.id) or item.id in graph.outputs]
    found: dict[TensorId, Range] = {item.id: Range(0.0, 0.0) for _, item in data}
    for number, inputs in enumerate(samples):
        try:
            for slot, array in zip(slots, inputs, strict=True):
                interpreter.set_tensor(slot, array)
            interpreter.invoke()
            values = [interpreter.get_tensor(place) for place, _ in watched]
        except (RuntimeError, ValueError) as error:
            raise UnsupportedModelError(f"LiteRT, which calibration runs on, stopped: {error}") from error
        for (_, tensor), array in zip(watched, values, strict=True):
            seen = _range_of(array, tensor, number)
            found[tensor.id] = found[tensor.id].union(seen) if number else seen
        if progress is not None:
            progress(number + 1)
    return found


def _is_data(tensor: Tensor) -> bool:
    return tensor.dtype is DType.FLOAT32 and not tensor.is_constant


def _range_of(values: np.ndarray, tensor: Tensor, sample: int) -> Range:
    if np.isnan(values).any():
        raise DataError(f"sample {sample} makes the model compute NaN (first in tensor '{tensor.name}')")
    usable = values[np.abs(values) < LARGEST_VALUE]
    if usable.size == 0:
        return Range(0.0, 0.0)
    return Range(float(usable.min()), float(usable.max()))


def tied(
    working: Model,
    ranges: Mapping[TensorId, Range],
    choice: Mapping[OpId, Precision],
    also: Sequence[Sequence[TensorId]] = (),
) -> dict[TensorId, Range]:
    """Return `ranges` as TFLM's kernels need them: equal where an operator copies values, fixed where it says so.

    Operators that stay float demand nothing. Tensors that several copying operators connect all get one range, and so
    do those of each sequence in `also`.
    """
    groups = _Groups()
    for members in also:
        groups.join(list(members))
    result = dict(ranges)
    for op in working.main.ops:
        if op.id in choice and known_support(op.name).rule is SupportRule.SAME:
            groups.join(_data_of(working, op))
            _make_room_for_constants(working, op, result)
    for members in groups.members():
        known = [result[member] for member in members if member in result]
        if not known:
            continue
        whole = known[0]
        for extent in known[1:]:
            whole = whole.union(extent)
        result |= {member: whole for member in members if member in result}
    for op in working.main.ops:
        fixed = known_support(op.name).fixed if op.id in choice else None
        if fixed is not None:
            result[op.outputs[0]] = Range(*fixed)
    return result


def _make_room_for_constants(working: Model, op: Op, ranges: dict[TensorId, Range]) -> None:
    output = op.outputs[0] if op.outputs else None
    if output not in ranges:
        return
    for tensor in working.main.inputs_of(op):
        if tensor is None or not tensor.is_constant or tensor.dtype is not DType.FLOAT32:
            continue
        values = tensor.array()
        usable = values[np.abs(values) < LARGEST_VALUE]
        if usable.size:
            ranges[output] = ranges[output].union(Range(float(usable.min()), float(usable.max())))


def _data_of(working: Model, op: Op) -> list[TensorId]:
    tensors = (working.tensors[tensor_id] for tensor_id in (*op.operands, *op.outputs))
    return [tensor.id for tensor in tensors if _is_data(tensor)]


class _Groups:
    """Tensors joined into sets."""

    def __init__(self) -> None:
        self._leader: dict[TensorId, TensorId] = {}

    def _find(self, tensor: TensorId) -> TensorId:
        leader = self._leader.setdefault(tensor, tensor)
        while leader != self._leader[leader]:
            leader = self._leader[leader]
        return leader

    def join(self, tensors: list[TensorId]) -> None:
        """Put all of `tensors` into one set."""
        for other in tensors[1:]:
            self._leader[self._find(other)] = self._find(tensors[0])

    def members(self) -> list[list[TensorId]]:
        """Return the sets."""
        sets: dict[TensorId, list[TensorId]] = {}
        for tensor in self._leader:
            sets.setdefault(self._find(tensor), []).append(tensor)
        return list(sets.values())
