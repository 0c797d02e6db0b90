"""Makes the float model that quantisation starts from: weights stored smaller (fp16, int8) become float32 again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Editor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from arenafit.ir import Model, Op, Options, Quant, Tensor

_STORED = (DType.INT8, DType.INT16, DType.UINT8)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model whose data are all float32; `notes` say in a sentence each what was changed for that."""

    model: Model
    notes: tuple[str, ...]


def prepare(model: Model) -> Prepared:
    """Return `model` with float32 weights.

    TFLM refuses float16 weights and float activations with int8 weights (hybrid kernels). Their values are known, so
    both can be written out in float32 and then quantised together with the activations.

    Raises:
        UnsupportedModelError: if the model is no float model: its activations are quantised already, it computes on no
            floats, or an input or output has no elements.
    """
    _check(model)
    reduced = [tensor for tensor in model.main.tensors if _is_reduced(model, tensor)]
    if not reduced:
        return Prepared(model, ())
    editor = Editor(model)
    for tensor in reduced:
        data = Constant.of(_values(tensor))
        editor.update_tensor(replace(tensor, dtype=DType.FLOAT32, quant=None, data=data, extras=()))
    schedule = []
    for op in model.main.ops:
        if op.name == "DEQUANTIZE" and _is_reduced(model, model.tensors[op.operands[0]]):
            target = editor.tensor(op.outputs[0])
            editor.update_tensor(replace(target, data=editor.tensor(op.operands[0]).data, quant=None))
        else:
            schedule.append(op)
    editor.set_schedule([replace(op, options=_without_hybrid_flags(op)) for op in schedule])
    editor.prune_tensors()
    kinds = ", ".join(sorted({tensor.dtype.label.lower() for tensor in reduced}))
    note = f"{len(reduced)} constants were stored as {kinds}; they were written out in float32 before quantising"
    return Prepared(editor.build(), (note,))


def _check(model: Model) -> None:
    for tensor_id in (*model.main.inputs, *model.main.outputs):
        tensor = model.tensors[tensor_id]
        if tensor.elements == 0:
            raise UnsupportedModelError(f"input or output '{tensor.name}' has no elements (shape {tensor.shape})")
    activations = [tensor for tensor in model.main.tensors if not tensor.is_constant]
    quantised = next((item for item in activations if item.dtype in _STORED and item.quant and item.quant.scales), None)
    if quantised is not None:
        raise UnsupportedModelError(
            f"the model is quantised already (tensor '{quantised.name}' is {quantised.dtype.label.lower()}): give the "
            "float model it was made from; `fit --io int8` takes QUANTIZE and DEQUANTIZE off its ends"
        )
    if not any(tensor.dtype is DType.FLOAT32 for tensor in activations):
        raise UnsupportedModelError("the model computes on no float data: there is nothing to quantise")


def _is_reduced(model: Model, tensor: Tensor) -> bool:
    """Whether `tensor` is a constant standing for float values in another type."""
    if not tensor.is_constant or tensor.id in model.main.outputs:
        return False
    return tensor.dtype is DType.FLOAT16 or (
        tensor.dtype in _STORED and tensor.quant is not None and bool(tensor.quant.scales)
    )


def _values(tensor: Tensor) -> NDArray[np.float32]:
    if not tensor.is_plain:
        raise UnsupportedModelError(f"the weights '{tensor.name}' are sparse: convert the model without sparsity")
    stored = tensor.array()
    if tensor.dtype is DType.FLOAT16 or tensor.quant is None:
        return stored.astype(np.float32)
    scale, zero_point = _broadcast(tensor, tensor.quant)
    return ((stored.astype(np.float64) - zero_point) * scale).astype(np.float32)


def _broadcast(tensor: Tensor, quant: Quant) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shape = [1] * len(tensor.shape)
    if len(quant.scales) > 1:
        shape[quant.dimension] = len(quant.scales)
    zero_points = quant.zero_points or (0,) * len(quant.scales)
    if len(zero_points) not in (1, len(quant.scales)) or (
        len(quant.scales) > 1 and tensor.shape[quant.dimension] != len(quant.scales)
    ):
        raise UnsupportedModelError(f"the weights '{tensor.name}' are quantised in blocks, which is not supported")
    scales = np.asarray(quant.scales, np.float32).astype(np.float64)
    points = np.broadcast_to(np.asarray(zero_points, np.float64), scales.shape)
    return scales.reshape(shape), points.reshape(shape)


def _without_hybrid_flags(op: Op) -> Options | None:
    # asymmetric_quantize_inputs says how a hybrid kernel quantises its input; without hybrid weights it means nothing.
    if op.options is None or op.options.get("asymmetric_quantize_inputs") is None:
        return op.options
    return op.options.with_values(asymmetric_quantize_inputs=False)
