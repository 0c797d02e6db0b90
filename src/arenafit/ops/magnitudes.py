"""How large the elements of a float result can be, from the largest magnitudes of the operands; inf: not known."""

from math import inf, prod

import numpy as np

from arenafit.ir import DType
from arenafit.ops.protocol import Operands

# Half of what float32 holds: room for whatever rounding adds.
LARGEST = float(np.finfo(np.float32).max) / 2
_INTEGERS = (DType.INT8, DType.UINT8, DType.INT16)


def dequantised(operands: Operands, _bounds: list[float]) -> float:
    """Return the largest number that stored integers of known scale stand for."""
    source = operands.needed_input(0)
    if source.dtype not in _INTEGERS or source.quant is None or not source.quant.scales:
        return inf
    ends = np.iinfo(source.dtype.label.lower())
    points = source.quant.zero_points or (0,)
    reach = max(max(abs(ends.min - point), abs(ends.max - point)) for point in points)
    scale = max(abs(scale) for scale in source.quant.scales)
    return scale * reach if np.isfinite(scale) else inf


def as_operands(_operands: Operands, bounds: list[float]) -> float:
    """Return that nothing grows."""
    return max(bounds, default=inf)


def added(_operands: Operands, bounds: list[float]) -> float:
    """Return the sum."""
    return sum(bounds)


def multiplied(_operands: Operands, bounds: list[float]) -> float:
    """Return the product."""
    return prod(bounds) if all(bound < inf for bound in bounds) else inf


def at_most_one(_operands: Operands, bounds: list[float]) -> float:
    """Return 1, of operands that are finite."""
    return 1.0 if all(bound < inf for bound in bounds) else inf


def averaged(operands: Operands, bounds: list[float]) -> float:
    """Return the bound of the operand, if all its elements can be added up."""
    return bounds[0] if bounds[0] * operands.needed_input(0).elements < LARGEST else inf


def weighted(operands: Operands, bounds: list[float]) -> float:
    """Return a bound of sums of products with operand 1, operand 2 added."""
    if len(bounds) < 2 or any(bound == inf for bound in bounds):
        return inf
    return bounds[0] * bounds[1] * operands.needed_input(1).elements + sum(bounds[2:])
