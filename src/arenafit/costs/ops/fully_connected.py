"""FULLY_CONNECTED: TFLM's reference loop, or CMSIS-NN's arm_fully_connected_s8 (two or four outputs at a time).

Mirrors tflite-micro 90b983c2 with CMSIS-NN 4ab83cc3.
"""

from collections.abc import Sequence

from arenafit.costs.core import Core
from arenafit.costs.ops import _four_bits, _sixteen_bits
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, element_bytes, scaled
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured
from arenafit.ir import DType


def _dsp(batches: int, outputs: int, depth: int) -> dict[str, float]:
    couples, odd = batches * (outputs // 2), batches * (outputs % 2)
    sixteens, fours, ones = depth // 16, depth % 16 // 4, depth % 4
    return {
        "pair_x16": couples * sixteens,
        "pair_x4": couples * fours,
        "pair_x1": couples * ones,
        "pair_out": couples,
        "odd_x16": odd * sixteens,
        "odd_x4": odd * fours,
        "odd_x1": odd * ones,
        "odd_out": odd,
        "batch": batches,
        "call": 1,
    }


def _mve(batches: int, outputs: int, depth: int) -> dict[str, float]:
    vectors = -(-depth // 16)
    quads, left = batches * (outputs // 4), batches * (outputs % 4)
    return {
        "quad_vector": quads * vectors,
        "quad_out": quads,
        "left_vector": left * vectors,
        "left_out": left,
        "weight_sum": batches * outputs * vectors,
        "batch": batches,
        "call": 1,
    }


def _work(site: OpContext) -> KernelWork | Uncovered:
    rows, weights = site.operand(0), site.operand(1)
    outputs, depth = weights.shape[0], weights.shape[-1]
    batches = site.outputs[0].elements // outputs
    plain = {"mac": batches * outputs * depth, "out": batches * outputs, "batch": batches, "call": 1}
    if rows.dtype is DType.FLOAT32 and weights.dtype is DType.FLOAT32:
        return KernelWork("FULLY_CONNECTED f32", plain)
    if site.core is Core.M4_CMSIS_NN and rows.dtype is DType.INT8 and weights.dtype is DType.INT4:
        return _four_bits.dense(batches, outputs, depth)
    if rows.dtype not in (DType.INT8, DType.INT16) or weights.dtype is not DType.INT8:
        return unmeasured(site, rows, weights)
    if not site.core.has_cmsis_nn:
        return KernelWork(f"FULLY_CONNECTED {site.tag}", plain)
    if rows.dtype is DType.INT16 and not site.core.has_mve:
        return _sixteen_bits.dense(batches, outputs, depth)
    kernel = _mve if site.core.has_mve else _dsp
    return KernelWork(f"FULLY_CONNECTED {site.tag}", kernel(batches, outputs, depth))


def _macs(site: OpContext) -> int:
    return site.outputs[0].elements * site.operand(1).shape[-1]


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """The operand is read anew for each output; CMSIS-NN makes two of one read, four with MVE."""
    at_once = (4 if site.core.has_mve else 2) if site.core.has_cmsis_nn else 1
    outputs, depth = site.operand(1).shape[0], site.operand(1).shape[-1]
    batches = site.outputs[0].elements // outputs
    return scaled(site, scratches, {0: batches * depth * -(-outputs // at_once) * element_bytes(site)})


COST = OpCost(("FULLY_CONNECTED",), _work, macs=_macs, traffic=_traffic)
