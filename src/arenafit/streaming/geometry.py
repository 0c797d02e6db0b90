"""Which input rows an operator needs for an output row: the geometry that streaming rests on.

A row is a slice of a tensor (1, H, W, C) along the streaming axis: H, or W for 1-D models whose H is 1. An operator is
either a window (output row o reads input rows o*stride - before ... + extent), or pointwise (output row o reads row o
of each streamed operand), or a reduction, which ends a stream (see `reduction`). Everything else cannot be streamed.
`resampling` holds what changes the image's size otherwise.
"""

from collections.abc import Callable, Mapping

from arenafit.ir import DType, Graph, Op, Tensor, TensorId
from arenafit.ir.well_formed import is_sound
from arenafit.streaming import resampling
from arenafit.streaming.reduction import reduction
from arenafit.streaming.row_rules import ROW_RULES, Positions
from arenafit.streaming.window import (
    MIRRORED,
    SAME_PADDING,
    VALID_PADDING,
    Geometry,
    PadValue,
    Pointwise,
    Window,
    same_padding,
)

__all__ = ["SAME_PADDING", "VALID_PADDING", "Geometry", "PadValue", "Pointwise", "Window", "geometry", "same_padding"]

# Element types of tensorflow/lite/micro/kernels/mirror_pad.cc (2026-08), which are those of GATHER, too.
_MIRRORABLE = (DType.INT8, DType.FLOAT32)


def geometry(graph: Graph, op: Op, axis: int) -> Geometry | None:
    """Return how `op` reads rows along `axis` (1 = H, 2 = W), or None if it cannot be streamed."""
    if not is_sound(op):
        return None
    whole = reduction(graph, op, axis)
    if whole is not None:
        return whole
    rule = _RULES.get(op.name)
    if rule is None or len(op.outputs) != 1:
        return None
    output = graph.tensor(op.outputs[0])
    if len(output.shape) != 4 or output.shape[0] != 1 or output.is_constant:
        return None
    return rule(graph, op, axis)


def is_steady(graph: Graph, tensor: TensorId) -> bool:
    """Whether a tensor is a constant, or a constant dequantised at run time: equal in every trip of a loop."""
    maker = graph.producers.get(tensor)
    if maker is None:
        return graph.tensor(tensor).is_constant
    return maker.name == "DEQUANTIZE" and all(graph.tensor(operand).is_constant for operand in maker.operands)


def _spatial_window(
    source: Tensor, output: Tensor, axis: int, extents: tuple[int, int], strides: tuple[int, int], *, padding: int
) -> Window | None:
    if len(source.shape) != 4 or source.shape[0] != 1 or min(strides) < 1:
        return None
    cross = 3 - axis
    along = axis - 1
    pads, cross_pads = (0, 0), (0, 0)
    if padding == SAME_PADDING:
        pads = same_padding(source.shape[axis], extents[along], strides[along])
        cross_pads = same_padding(source.shape[cross], extents[1 - along], strides[1 - along])
    covered = (source.shape[axis] + sum(pads) - extents[along]) // strides[along] + 1
    if covered != output.shape[axis]:
        return None
    return Window(extents[along], strides[along], *pads, *cross_pads)


def _convolution(graph: Graph, op: Op, axis: int) -> Window | None:
    source, weights = graph.inputs_of(op)[:2]
    options = op.options
    if source is None or weights is None or options is None or len(weights.shape) != 4:
        return None
    if not all(is_steady(graph, operand) for operand in op.inputs[1:3] if operand is not None):
        return None
    dilation = (int(options.get("dilation_h_factor", 1)) or 1, int(options.get("dilation_w_factor", 1)) or 1)
    extents = ((weights.shape[1] - 1) * dilation[0] + 1, (weights.shape[2] - 1) * dilation[1] + 1)
    strides = (int(options["stride_h"]), int(options["stride_w"]))
    return _spatial_window(source, graph.tensor(op.outputs[0]), axis, extents, strides, padding=int(options["padding"]))


def _pool(graph: Graph, op: Op, axis: int) -> Window | None:
    source = graph.inputs_of(op)[0]
    options = op.options
    if source is None or options is None:
        return None
    extents = (int(options["filter_height"]), int(options["filter_width"]))
    strides = (int(options["stride_h"]), int(options["stride_w"]))
    return _spatial_window(source, graph.tensor(op.outputs[0]), axis, extents, strides, padding=int(options["padding"]))


def _max_pool(graph: Graph, op: Op, axis: int) -> Window | None:
    found = _pool(graph, op, axis)
    if found is None:
        return None
    return Window(
        found.extent, found.stride, found.before, found.after, found.cross_before, found.cross_after, "lowest"
    )


def _average_pool(graph: Graph, op: Op, axis: int) -> Window | None:
    # The kernel divides by the taps inside the image, which padding written out would change.
    found = _pool(graph, op, axis)
    if found is None or found.pads or found.cross_before or found.cross_after:
        return None
    return found


def _pad_amounts(graph: Graph, op: Op) -> list[tuple[int, int]] | None:
    """What is added before and after each axis of an image, nothing along its batch."""
    source, amounts = graph.inputs_of(op)[:2]
    output = graph.tensor(op.outputs[0])
    if source is None or amounts is None or not amounts.is_constant or amounts.elements != 8 or len(op.inputs) > 2:
        return None
    if len(source.shape) != 4 or _zero_points(source) != _zero_points(output):
        return None
    pads = [(int(before), int(after)) for before, after in amounts.array().reshape(4, 2)]
    return None if min(min(pair) for pair in pads) < 0 or pads[0] != (0, 0) else pads


def _pad(graph: Graph, op: Op, axis: int) -> Geometry | None:
    pads = _pad_amounts(graph, op)
    if pads is None:
        return None
    if pads[1:3] == [(0, 0), (0, 0)]:
        return Pointwise((0,))  # channels only: row by row
    if pads[3] != (0, 0):
        return None
    return Window(1, 1, *pads[axis], *pads[3 - axis])


def _mirror_pad(graph: Graph, op: Op, axis: int) -> Window | None:
    pads, source = _pad_amounts(graph, op), graph.inputs_of(op)[0]
    if pads is None or source is None or pads[3] != (0, 0) or op.options is None or source.dtype not in _MIRRORABLE:
        return None
    kind = MIRRORED[int(op.options["mode"])]
    # Beyond the other end of the image kernels take what they like.
    shift = 1 if kind == "reflect" else 0
    if any(max(pad) > extent - shift for pad, extent in zip(pads[1:3], source.shape[1:3], strict=True)):
        return None
    return Window(1, 1, *pads[axis], *pads[3 - axis], kind)


def _channel_crop(graph: Graph, op: Op, axis: int) -> Pointwise | None:
    """A SLICE or STRIDED_SLICE that takes whole rows and some channels."""
    source = graph.inputs_of(op)[0]
    output = graph.tensor(op.outputs[0])
    limits = [tensor for tensor in graph.inputs_of(op)[1:] if tensor is not None]
    if source is None or source.is_constant or len(source.shape) != 4 or source.shape[:3] != output.shape[:3]:
        return None
    if any(not limit.is_constant or limit.elements != 4 for limit in limits):
        return None
    first = [int(value) for value in limits[0].array().reshape(-1)]
    strides = [int(value) for value in limits[2].array().reshape(-1)] if len(limits) > 2 else [1] * 4
    masked = op.options is not None and any(
        op.options.get(name) for name in ("ellipsis_mask", "new_axis_mask", "offset")
    )
    begins = 0 if op.options is None else int(op.options.get("begin_mask", 0) or 0)
    at_start = all(value == 0 or begins >> place & 1 for place, value in enumerate(first[:3]))
    if masked or not at_start or strides[:3] != [1, 1, 1] or not _spans_rows(op, limits, axis):
        return None
    return Pointwise((0,))


def _spans_rows(op: Op, limits: list[Tensor], axis: int) -> bool:
    # What is cut of a row must be said without naming how many rows there are: a stripe has fewer.
    ends = [int(value) for value in limits[1].array().reshape(-1)]
    if op.name == "SLICE":
        return ends[axis] == -1
    return op.options is not None and bool(int(op.options.get("end_mask", 0) or 0) >> axis & 1)


def _zero_points(tensor: Tensor) -> tuple[int, ...]:
    return tensor.quant.zero_points if tensor.quant else ()


def _pointwise(graph: Graph, op: Op, axis: int) -> Pointwise | None:
    output = graph.tensor(op.outputs[0])
    streamed = []
    for position, operand in enumerate(graph.inputs_of(op)):
        if operand is None:
            continue
        if operand.is_constant:
            if not _constant_along(operand, axis):
                return None
            continue
        if operand.shape[:3] != output.shape[:3]:
            return None
        streamed.append(position)
    return Pointwise(tuple(streamed)) if streamed else None


def _constant_along(tensor: Tensor, axis: int) -> bool:
    shape = (1,) * (4 - len(tensor.shape)) + tensor.shape
    return len(shape) == 4 and shape[axis] == 1


def _concatenation(graph: Graph, op: Op, axis: int) -> Pointwise | None:
    if op.options is None or int(op.options["axis"]) not in (3, -1):
        return None
    if any(operand is None or operand.is_constant for operand in graph.inputs_of(op)):
        return None
    return _pointwise(graph, op, axis)


def _row_by_row(rule: Callable[[Graph, Op, int], Positions | None]) -> Callable[[Graph, Op, int], Pointwise | None]:
    def positions(graph: Graph, op: Op, axis: int) -> Pointwise | None:
        found = rule(graph, op, axis)
        return None if found is None else Pointwise(found)

    return positions


_UNARY_AND_BINARY = (
    "ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "RELU", "RELU6", "RELU_N1_TO_1",
    "RELU_0_TO_1", "LEAKY_RELU", "PRELU", "LOGISTIC", "TANH", "HARD_SWISH", "ELU", "ABS", "NEG", "EXP", "LOG", "SQRT",
    "RSQRT", "SQUARE", "FLOOR", "CEIL", "ROUND", "SIN", "COS", "QUANTIZE", "DEQUANTIZE",
)  # fmt: skip

_RULES: Mapping[str, Callable[[Graph, Op, int], Geometry | None]] = {
    **dict.fromkeys(_UNARY_AND_BINARY, _pointwise),
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "MAX_POOL_2D": _max_pool,
    "AVERAGE_POOL_2D": _average_pool,
    "PAD": _pad,
    "MIRROR_PAD": _mirror_pad,
    "SLICE": _channel_crop,
    "STRIDED_SLICE": _channel_crop,
    "CONCATENATION": _concatenation,
    **{name: _row_by_row(rule) for name, rule in ROW_RULES.items()},
    **resampling.RULES,
}
