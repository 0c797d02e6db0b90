"""How large the elements of a float tensor can become: where a bound is known, neither infinities nor NaN arise.

A bound holds whatever the model is given. It begins at integers, which DEQUANTIZE makes floats of known size; float
inputs of a model have none.
"""

from collections.abc import Callable, Mapping
from math import inf, prod
from types import MappingProxyType

import numpy as np

from arenafit.ir import DType, Op, Tensor, TensorId, holds_plain_data
from arenafit.rewrites._sites import Site
from arenafit.rewrites.protocol import Claim

# Half of what float32 holds: room for whatever rounding adds.
_LARGEST = float(np.finfo(np.float32).max) / 2
_INTEGERS = (DType.INT8, DType.UINT8, DType.INT16)
_RELU_N1_TO_1, _RELU6 = 2, 3
_FUSED: Mapping[int, float] = MappingProxyType({_RELU_N1_TO_1: 1.0, _RELU6: 6.0})
# A chain of operators longer than this has no bound worth having.
_DEEPEST = 200

# From an operator and the bounds of its operands to the bound of its result.
Rule = Callable[[Site, Op, list[float]], float]


def claim_for(site: Site, tensor: Tensor) -> Claim:
    """Return what may be claimed of a change that differs only where `tensor` holds infinities or NaN."""
    if tensor.dtype is not DType.FLOAT32 or largest(site, tensor.id) < inf:
        return Claim.BIT_EXACT
    return Claim.EQUAL_FOR_FINITE


def largest(site: Site, tensor: TensorId) -> float:
    """Return the greatest magnitude that an element of a float tensor can have; infinity if none is known."""
    return _largest(site, tensor, {}, 0)


def _largest(site: Site, tensor_id: TensorId, known: dict[TensorId, float], depth: int) -> float:
    if tensor_id in known:
        return known[tensor_id]
    tensor, maker = site.graph.tensor(tensor_id), site.graph.producers.get(tensor_id)
    if maker is None:
        found = _of_constant(tensor)
    elif depth > _DEEPEST or len(maker.outputs) != 1 or maker.name not in _RULES:
        found = inf
    else:
        bounds = [_largest(site, operand, known, depth + 1) for operand in maker.operands]
        found = _RULES[maker.name](site, maker, bounds)
        # What a kernel adds up has to be finite on the way, before it is clamped.
        fused = int((maker.options.get("fused_activation_function", 0) if maker.options else 0) or 0)
        found = min(found, _FUSED.get(fused, inf)) if found < _LARGEST else inf
    known[tensor_id] = found
    return found


def _of_constant(tensor: Tensor) -> float:
    if not holds_plain_data(tensor) or tensor.dtype is not DType.FLOAT32:
        return inf if tensor.dtype is DType.FLOAT32 else 0.0
    values = np.abs(tensor.array())
    most = float(values.max(initial=0.0))
    return most if most < _LARGEST else inf


def _dequantised(site: Site, op: Op, _bounds: list[float]) -> float:
    source = site.input(op)
    if source.dtype not in _INTEGERS or source.quant is None or not source.quant.scales:
        return inf
    ends = np.iinfo(source.dtype.label.lower())
    points = source.quant.zero_points or (0,)
    reach = max(max(abs(ends.min - point), abs(ends.max - point)) for point in points)
    scale = max(abs(scale) for scale in source.quant.scales)
    return scale * reach if np.isfinite(scale) else inf


def _as_operands(_site: Site, _op: Op, bounds: list[float]) -> float:
    return max(bounds, default=inf)


def _sum(_site: Site, _op: Op, bounds: list[float]) -> float:
    return sum(bounds)


def _product(_site: Site, _op: Op, bounds: list[float]) -> float:
    return prod(bounds) if all(bound < inf for bound in bounds) else inf


def _at_most_one(_site: Site, _op: Op, bounds: list[float]) -> float:
    return 1.0 if all(bound < inf for bound in bounds) else inf


def _averaged(site: Site, op: Op, bounds: list[float]) -> float:
    source = site.input(op)
    return bounds[0] if bounds[0] * source.elements < _LARGEST else inf


def _weighted(site: Site, op: Op, bounds: list[float]) -> float:
    if len(bounds) < 2 or any(bound == inf for bound in bounds):
        return inf
    taps = site.input(op, 1).elements
    return bounds[0] * bounds[1] * taps + sum(bounds[2:])


_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "DEQUANTIZE": _dequantised,
        **dict.fromkeys(("LOGISTIC", "TANH"), _at_most_one),
        **dict.fromkeys(("ADD", "SUB"), _sum),
        "MUL": _product,
        **dict.fromkeys(("AVERAGE_POOL_2D", "MEAN"), _averaged),
        **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"), _weighted),
        **dict.fromkeys(
            (
                "ABS", "CONCATENATION", "EXPAND_DIMS", "GATHER", "MAXIMUM", "MAX_POOL_2D", "MINIMUM",
                "MIRROR_PAD", "NEG", "PAD", "RELU", "RELU6", "RESHAPE", "RESIZE_NEAREST_NEIGHBOR", "SLICE", "SQUEEZE",
                "STRIDED_SLICE", "TRANSPOSE",
            ),
            _as_operands,
        ),
    }
)  # fmt: skip
