"""BATCH_MATMUL: operands transposed first where their columns are to be summed, then a product a matrix.

Mirrors micro/kernels/cmsis_nn/batch_matmul.cc and kernels/internal/reference/batch_matmul.h of tflite-micro 90b983c2,
arm_batch_matmul_s8 and arm_batch_matmul_s16 of CMSIS-NN 4ab83cc3 (two outputs at a time with DSP instructions).
"""

from collections.abc import Sequence
from math import prod

from arenafit.costs.core import Core
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, element_bytes, scaled
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _sizes(site: OpContext) -> tuple[int, int, int, int]:
    """Return matrices, rows and columns of each, and the products summed for an element."""
    first, out = site.operand(0).shape, site.outputs[0].shape
    depth = first[-2] if site.option("adj_x", False) else first[-1]
    return prod(out[:-2]), out[-2], out[-1], depth


def _transposed(site: OpContext) -> dict[str, float]:
    """Return the work of transposing in each Invoke but the first; a constant is transposed in the first alone."""
    first, second = site.operand(0), site.operand(1)
    moved = [first] if site.option("adj_x", False) else []
    moved += [second] if not (site.option("adj_y", False) or second.is_constant) else []
    return {
        "transposed": sum(tensor.elements for tensor in moved),
        "transposed_run": sum(tensor.elements // tensor.shape[-2] for tensor in moved),
        "transposed_matrix": sum(prod(tensor.shape[:-2]) for tensor in moved),
        "transposing": len(moved),
        # A second operand of one matrix: both shapes are rewritten.
        "compressed": min(len(first.shape), len(second.shape)) > 2 and second.shape[-3] == 1,
    }


def _dsp(site: OpContext) -> dict[str, float]:
    matrices, rows, columns, depth = _sizes(site)
    lines = matrices * rows
    couples, odd = lines * (columns // 2), lines * (columns % 2)
    return {
        "pair_quad": couples * (depth // 4),
        "pair_rest": couples * (depth % 4),
        "pair_out": couples,
        "odd_quad": odd * (depth // 4),
        "odd_rest": odd * (depth % 4),
        "odd_out": odd,
        "line": lines,
        "line_of_pairs": lines * (columns > 1),
        "matrix": matrices,
        **_transposed(site),
        "call": 1,
    }


def _work(site: OpContext) -> KernelWork | Uncovered:
    first, second = site.operand(0), site.operand(1)
    tag = site.tag
    if first.dtype is not second.dtype or tag not in ("i8", "i16", "f32"):
        return unmeasured(site, first, second)
    if tag == "f32" or site.core is Core.M4_REFERENCE:
        matrices, rows, columns, depth = _sizes(site)
        lines = matrices * rows
        terms: dict[str, float] = {"mac": lines * columns * depth, "out": lines * columns, "line": lines}
        return KernelWork(f"BATCH_MATMUL {tag}", {**terms, "matrix": matrices, **_transposed(site), "call": 1})
    if site.core.has_mve:
        return unmeasured(site, first, second)
    quant = None if second.quant is None else second.quant.per_tensor
    offset = tag == "i8" and quant is not None and quant[1] != 0
    return KernelWork(f"BATCH_MATMUL {tag}{' with offset' if offset else ''}", _dsp(site))


def _macs(site: OpContext) -> int:
    matrices, rows, columns, depth = _sizes(site)
    return matrices * rows * columns * depth


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """Every row is read for each column, and every column for each row."""
    matrices, rows, columns, depth = _sizes(site)
    moved = matrices * rows * columns * depth * element_bytes(site)
    return scaled(site, scratches, {0: moved, 1: moved})


COST = OpCost(("BATCH_MATMUL",), _work, macs=_macs, traffic=_traffic)
