"""How a PAD in front of a convolution or a pooling can become the padding of that operator itself.

A window operator reads, for output o and tap t, row o * stride + t * dilation - before; what lies outside its input
adds nothing. A PAD of zeros in front moves `before`. So the two are one operator wherever SAME (or VALID) on the bare
input gives as many outputs and the same `before`; a kernel widened by zero taps, `front` of them at its start, moves
it too. The padding arithmetic is TFLM's (tensorflow/lite/kernels/padding.h, commit 90b983c2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Model, Op, Options, Tensor, holds_plain_data, same_values
from arenafit.rewrites._finite import claim_for, largest
from arenafit.rewrites._sites import SAME, VALID, Site, edit, locate, sites
from arenafit.rewrites.protocol import Claim, Move

_RELU, _RELU6 = 1, 3
_WINDOW_OPTIONS = ("Conv2DOptions", "DepthwiseConv2DOptions", "Pool2DOptions")
_INTEGERS = (DType.INT8, DType.UINT8, DType.INT16)


@dataclass(frozen=True, slots=True)
class PaddedAxis:
    """A window along one axis of the bare input: sizes in elements, `before` counts the PAD's share too."""

    extent: int
    outputs: int
    kernel: int
    stride: int
    dilation: int
    before: int


@dataclass(frozen=True, slots=True)
class Fold:
    """How to take a PAD into its reader: the padding to set, and the taps to add per axis (height, width)."""

    padding: int
    kernel: tuple[int, int]
    front: tuple[int, int]


def folds(site: Site, pad: Op, reader: Op, widest: int) -> Iterator[Fold]:
    """Yield the ways to take `pad` into `reader` with kernels up to `widest` times as long, cheapest first."""
    axes = _axes(site, pad, reader)
    if axes is None or not _is_neutral(site, pad, reader):
        return
    found: list[tuple[int, Fold]] = []
    for padding in (VALID, SAME):
        choices = [list(_widenings(axis, padding, widest)) for axis in axes]
        for (height, top), (width, left) in product(*choices):
            found.append((height * width, Fold(padding, (height, width), (top, left))))
    for _, fold in sorted(found, key=lambda entry: (entry[0], entry[1].front, entry[1].padding)):
        yield fold


def _widenings(axis: PaddedAxis, padding: int, widest: int) -> Iterator[tuple[int, int]]:
    """Yield (kernel, front) that reproduce `axis` under `padding`."""
    for kernel in range(axis.kernel, max(axis.kernel, widest * axis.kernel - 1) + 1):
        outputs, before = window(axis.extent, kernel, axis.stride, axis.dilation, padding)
        shift = before - axis.before
        front = shift // axis.dilation
        if outputs == axis.outputs and shift % axis.dilation == 0 and 0 <= front <= kernel - axis.kernel:
            yield kernel, front


def window(extent: int, kernel: int, stride: int, dilation: int, padding: int) -> tuple[int, int]:
    """Return (outputs, elements of padding before) of a window operator along one axis."""
    reach = (kernel - 1) * dilation + 1
    outputs = -(-extent // stride) if padding == SAME else (extent + stride - reach) // stride
    return outputs, max((outputs - 1) * stride + reach - extent, 0) // 2


def pad_amounts(site: Site, pad: Op) -> tuple[tuple[int, int], ...] | None:
    """Return (before, after) per axis of a PAD or PADV2 with constant amounts."""
    amounts = site.constant(pad, 1)
    if amounts is None or amounts.elements != 2 * len(site.input(pad).shape):
        return None
    return tuple((int(before), int(after)) for before, after in amounts.array().reshape(-1, 2).tolist())


def pad_value(site: Site, pad: Op) -> float | None:
    """Return the stored value that a PAD or PADV2 writes; None if it is not constant."""
    if len(pad.inputs) > 2 and pad.inputs[2] is not None:
        value = site.constant(pad, 2)
        return None if value is None or value.elements != 1 else float(value.array().reshape(-1)[0])
    return zero_of(site.output(pad))


def zero_of(tensor: Tensor) -> float | None:
    """Return the stored value that stands for 0; None if the tensor has one per channel."""
    if tensor.dtype is DType.FLOAT32 or tensor.quant is None or not tensor.quant.scales:
        return 0.0
    return None if tensor.quant.per_tensor is None else float(tensor.quant.per_tensor[1])


def _axes(site: Site, pad: Op, reader: Op) -> tuple[PaddedAxis, PaddedAxis] | None:
    amounts = pad_amounts(site, pad)
    kernel = _kernel(site, reader)
    options = reader.options
    if options is None or options.kind not in _WINDOW_OPTIONS:
        return None
    shape, result = site.input(pad).shape, site.output(reader).shape
    if amounts is None or kernel is None or len(shape) != 4 or len(result) != 4:
        return None
    if amounts[0] != (0, 0) or amounts[3] != (0, 0) or any(min(pair) < 0 for pair in amounts):
        return None
    made = []
    for position, name, size in ((1, "h", kernel[0]), (2, "w", kernel[1])):
        stride = int(options[f"stride_{name}"])
        dilation = int(options.get(f"dilation_{name}_factor", 1) or 1)
        if stride < 1 or size < 1 or dilation < 1:
            return None
        padded = shape[position] + sum(amounts[position])
        outputs, before = window(padded, size, stride, dilation, options["padding"])
        if outputs != result[position]:
            return None
        made.append(PaddedAxis(shape[position], outputs, size, stride, dilation, before + amounts[position][0]))
    return made[0], made[1]


def _kernel(site: Site, reader: Op) -> tuple[int, int] | None:
    if reader.name == "MAX_POOL_2D" and reader.options is not None and reader.options.kind == "Pool2DOptions":
        return int(reader.options["filter_height"]), int(reader.options["filter_width"])
    if reader.name not in WEIGHTED:
        return None
    shape = site.input(reader, 1).shape
    return (shape[1], shape[2]) if len(shape) == 4 else None


def _is_neutral(site: Site, pad: Op, reader: Op) -> bool:
    source = site.input(pad)
    value = pad_value(site, pad)
    if value is None or not same_values(source, site.output(pad)) or reader.inputs[0] != pad.outputs[0]:
        return False
    if reader.name in WEIGHTED:
        # Zeros that a kernel multiplies with an infinite weight are not the same as none.
        return value == zero_of(source) and _has_finite_weights(site, reader)
    # A pooling skips what is outside: the same as reading a value that no element is below. -0.0 would tell in floats.
    return source.dtype is not DType.FLOAT32 and value <= _lowest(site, source)


def _has_finite_weights(site: Site, reader: Op) -> bool:
    weights = site.input(reader, 1)
    return weights.dtype is not DType.FLOAT32 or largest(site, weights.id) < np.inf


def _lowest(site: Site, tensor: Tensor) -> float:
    """Return a bound that no element of the stored tensor is below."""
    lowest = float(np.iinfo(tensor.dtype.label.lower()).min) if tensor.dtype in _INTEGERS else -np.inf
    producer = site.graph.producers.get(tensor.id)
    options = producer.options if producer is not None else None
    zero = zero_of(tensor)
    is_clamped = options is not None and options.get("fused_activation_function") in (_RELU, _RELU6)
    return lowest if zero is None or not is_clamped else max(lowest, zero)


def widen_weights(weights: Tensor, fold: Fold) -> Tensor | None:
    """Return `weights` with zero taps around; None if they cannot be (packed, or zero is not stored as 0)."""
    if weights.shape[1:3] == fold.kernel:
        return weights
    zero_points = weights.quant.zero_points if weights.quant else ()
    if not holds_plain_data(weights) or any(zero_points):
        return None
    before = fold.front
    after = tuple(fold.kernel[axis] - weights.shape[axis + 1] - before[axis] for axis in range(2))
    wide: Any = np.pad(weights.array(), ((0, 0), (before[0], after[0]), (before[1], after[1]), (0, 0)))
    return replace(weights, data=Constant.of(wide), shape=tuple(wide.shape), shape_signature=None)


def propose_folds(model: Model, rewrite: str, *, widest: int) -> Iterator[Move]:
    """Yield, for each PAD that its one reader can take in, the cheapest way.

    Args:
        model: the model.
        rewrite: name of the rewrite that asks.
        widest: 1 for kernels as they are; above it, only folds that widen the kernel, up to as many times its length.
    """
    for site in sites(model):
        for pad in site.graph.ops:
            reader = site.reader(site.output(pad).id) if pad.name in ("PAD", "PADV2") else None
            fold = None if reader is None else next(folds(site, pad, reader, widest), None)
            if reader is None or fold is None:
                continue
            kernel = _kernel(site, reader)
            if (kernel == fold.kernel) != (widest == 1) or not _can_widen(site, reader, fold):
                continue
            parameters = (("padding", fold.padding), ("kernel", fold.kernel), ("front", fold.front))
            # Zero taps add nothing to a sum, unless they meet an infinity or a NaN.
            claim = Claim.BIT_EXACT if kernel == fold.kernel else claim_for(site, site.input(pad))
            note = f"{pad.name} folded into {reader.name}"
            yield Move(rewrite, (pad.id, reader.id), parameters, claim=claim, note=note)


def _can_widen(site: Site, reader: Op, fold: Fold) -> bool:
    if reader.name == "MAX_POOL_2D":
        return _kernel(site, reader) == fold.kernel
    return widen_weights(site.input(reader, 1), fold) is not None


def apply_fold(model: Model, move: Move) -> Model:
    """Return the model with the PAD of `move` taken into its reader.

    Raises:
        UnsupportedModelError: if the two are not what the move was made for.
    """
    (site, pad), (_, reader) = (locate(model, op_id) for op_id in move.where)
    parameters: Mapping[str, Any] = dict(move.parameters)
    fold = Fold(parameters["padding"], parameters["kernel"], parameters["front"])
    if site.reader(pad.outputs[0]) != reader or fold not in folds(site, pad, reader, WIDEST):
        raise UnsupportedModelError(f"{pad.name} {pad.id} cannot be folded into {reader.name} {reader.id}")
    editor = edit(model)
    options = Options("", ()) if reader.options is None else reader.options.with_values(padding=fold.padding)
    inputs = [pad.inputs[0], *reader.inputs[1:]]
    wide = widen_weights(site.input(reader, 1), fold) if reader.name in WEIGHTED else None
    if wide is not None and wide != site.input(reader, 1):
        inputs[1] = editor.add_tensor(
            f"{wide.name}/wide", wide.dtype, wide.shape, quant=wide.quant, data=wide.data, graph=site.index
        )
    editor.update_op(replace(reader, inputs=tuple(inputs), options=options), site.index)
    editor.set_schedule([op for op in editor.ops(site.index) if op.id != pad.id], site.index)
    editor.prune_tensors()
    return editor.build()


# A kernel of k taps is widened to 2k - 1 at most: enough to centre a causal one.
WIDEST = 2
WEIGHTED: Mapping[str, int] = MappingProxyType({"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3})
