"""Models with weights of 4 bits, two to a byte, made of models with weights of 8."""

from dataclasses import replace

import numpy as np

from arenafit.ir import Constant, DType, Editor, Model, Quant, Tensor

_RATIO = 127 / 7
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def with_narrow_weights(model: Model) -> Model:
    """Return `model` with its int8 weights rounded to 4 bits."""
    editor = Editor(model)
    for op in model.main.ops:
        if op.name not in _WEIGHTED:
            continue
        _, weights, bias = model.main.inputs_of(op)
        if weights is not None and weights.dtype is DType.INT8 and bias is not None:
            editor.update_tensor(replace(weights, dtype=DType.INT4, data=_packed(weights), quant=_coarser(weights)))
            stored = np.round(bias.array() / _RATIO).astype(bias.dtype.numpy)
            editor.update_tensor(replace(bias, data=Constant.of(stored), quant=_coarser(bias)))
    return editor.build()


def _packed(weights: Tensor) -> Constant:
    """The weights rounded to 4 bits; the earlier of two stands in the lower half of a byte."""
    stored = np.clip(np.round(weights.array().reshape(-1) / _RATIO), -7, 7).astype(np.int8)
    pairs = np.append(stored, np.zeros(len(stored) % 2, dtype=np.int8)).view(np.uint8).reshape(-1, 2) & 15
    return Constant.of(pairs[:, 0] | pairs[:, 1] << 4)


def _coarser(tensor: Tensor) -> Quant | None:
    if tensor.quant is None:
        return None
    return replace(tensor.quant, scales=tuple(float(np.float32(scale * _RATIO)) for scale in tensor.quant.scales))
