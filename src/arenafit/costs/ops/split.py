"""SPLIT and SPLIT_V: element by element, a run per output and outer element (micro/kernels/split*.cc, 90b983c2)."""

from itertools import accumulate
from math import prod

import numpy as np

from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values, output_bytes

# The axis operand; SPLIT has it first, SPLIT_V last.
_AXIS_INPUT = {"SPLIT": 0, "SPLIT_V": 2}


def _work(site: OpContext) -> KernelWork | Uncovered:
    axis = site.constant_ints(_AXIS_INPUT[site.op.name])
    if axis is None:
        return Uncovered("the axis is no constant")
    shape = site.outputs[0].shape
    rows = prod(shape[: axis[0] % len(shape)])
    elements = sum(tensor.elements for tensor in site.outputs)
    terms = {"element": elements, "run": rows * len(site.outputs), "call": 1}
    return KernelWork(site.op.name, terms)


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    source, axis = values[0 if site.op.name == "SPLIT_V" else 1], values[_AXIS_INPUT[site.op.name]]
    if source is None or axis is None:
        return None
    along = int(axis.ravel()[0]) % source.ndim
    ends = list(accumulate(tensor.shape[along] for tensor in site.outputs))
    return np.split(source, ends[:-1], axis=along)


COST = OpCost(("SPLIT", "SPLIT_V"), _work, copied_bytes=output_bytes, evaluate=_evaluate)
