"""How large the elements of a float tensor can become: where a bound is known, neither infinities nor NaN arise.

A bound holds whatever the model is given. It begins at integers, which DEQUANTIZE makes floats of known size; float
inputs of a model have none.
"""

from collections.abc import Mapping
from math import inf
from types import MappingProxyType

import numpy as np

from arenafit import ops
from arenafit.ir import DType, Tensor, TensorId, holds_plain_data
from arenafit.ops import Operands
from arenafit.ops.magnitudes import LARGEST
from arenafit.rewrites._sites import Site
from arenafit.rewrites.protocol import Claim

_RELU_N1_TO_1, _RELU6 = 2, 3
_FUSED: Mapping[int, float] = MappingProxyType({_RELU_N1_TO_1: 1.0, _RELU6: 6.0})
# A chain of operators longer than this has no bound worth having.
_DEEPEST = 200


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
    operator = None if maker is None else ops.find(maker.code)
    if maker is None:
        found = _of_constant(tensor)
    elif depth > _DEEPEST or len(maker.outputs) != 1 or operator is None or operator.magnitude is None:
        found = inf
    else:
        bounds = [_largest(site, operand, known, depth + 1) for operand in maker.operands]
        found = operator.magnitude(Operands(maker, site.graph), bounds)
        # What a kernel adds up has to be finite on the way, before it is clamped.
        fused = int((maker.options.get("fused_activation_function", 0) if maker.options else 0) or 0)
        found = min(found, _FUSED.get(fused, inf)) if found < LARGEST else inf
    known[tensor_id] = found
    return found


def _of_constant(tensor: Tensor) -> float:
    if not holds_plain_data(tensor) or tensor.dtype is not DType.FLOAT32:
        return inf if tensor.dtype is DType.FLOAT32 else 0.0
    values = np.abs(tensor.array())
    most = float(values.max(initial=0.0))
    return most if most < LARGEST else inf
