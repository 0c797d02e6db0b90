"""Constants that are dequantised at run time are written out in floating point.

A DEQUANTIZE of weights puts a float copy of them into the arena for the whole invocation; as a float constant they
stay in flash, where they take two or four times what they took. The values are those the kernel computes
(tensorflow/lite/kernels/internal/reference/dequantize.h, commit 90b983c2): in double precision, rounded once.

Of per-channel parameters TFLM's kernel knows the first channel's alone (tensorflow/lite/micro/micro_allocator.cc);
desktop LiteRT uses them all. Both cannot be kept: there the fold is for TFLM alone, and computes what TFLM does.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Model, Op, Tensor
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move, Validity

_INTEGERS = (DType.INT8, DType.UINT8, DType.INT16)


class FoldDequantize:
    """Offers a move per DEQUANTIZE of a constant."""

    name = "fold_dequantize"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves."""
        for site in sites(model):
            for op in site.graph.ops:
                if _values(site, op) is not None:
                    extra = site.output(op).size_bytes - site.input(op).size_bytes
                    note = f"constant dequantised in the file (+{extra:,} bytes of flash)"
                    if _parameters(site, op) is None and site.input(op).dtype is not DType.FLOAT16:
                        yield Move(
                            self.name, (op.id,), validity=Validity.TFLM, note=f"{note}, all with one scale as TFLM"
                        )
                    else:
                        yield Move(self.name, (op.id,), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the result of the operator as a constant.

        Raises:
            UnsupportedModelError: if the operator is no DEQUANTIZE of a constant.
        """
        site, op = locate(model, move.where[0])
        values = _values(site, op)
        if values is None:
            raise UnsupportedModelError(f"{op.name} {op.id} does not dequantise a constant")
        editor = edit(model)
        editor.update_tensor(replace(site.output(op), data=Constant.of(values), shape_signature=None), site.index)
        editor.set_schedule([present for present in editor.ops(site.index) if present.id != op.id], site.index)
        editor.prune_tensors()
        return editor.build()


def _values(site: Site, op: Op) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None":
    if op.name != "DEQUANTIZE" or site.output(op).id in site.named:
        return None
    source, result = site.constant(op, 0), site.output(op)
    if source is None or result.dtype is not DType.FLOAT32 or source.shape != result.shape:
        return None
    if source.dtype is DType.FLOAT16:
        return source.array().astype(np.float32)
    first = _parameters(site, op) or _first_parameters(source)
    if first is None or source.dtype not in _INTEGERS:
        return None
    scale, zero_point = first
    stored = source.array().astype(np.int32) - zero_point
    return (np.float64(np.float32(scale)) * stored).astype(np.float32)


def _parameters(site: Site, op: Op) -> tuple[float, int] | None:
    """Return the scale and the zero point of all the operand, None if it has several."""
    quant = site.input(op).quant
    return quant.per_tensor if quant else None


def _first_parameters(tensor: Tensor) -> tuple[float, int] | None:
    if tensor.quant is None or not tensor.quant.scales or not tensor.quant.zero_points:
        return None
    return tensor.quant.scales[0], tensor.quant.zero_points[0]


REWRITE = FoldDequantize()
