"""Convolutions and poolings: tensorflow/lite/kernels/padding.h says how many windows fit."""

from dataclasses import replace

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.shapes.rule import Rule, Shape, Sizing

SAME = 0


def windows(size: int, window: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Return how many windows fit along an axis of `size`; none or fewer if it is too short."""
    if padding == SAME:
        return -(-size // stride)
    return (size - (window - 1) * dilation - 1) // stride + 1


def _extent(op: Op, axis: str, size: int, window: int) -> int:
    options = op.options
    if options is None:
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) has no options")
    dilation = int(options.get(f"dilation_{axis}_factor", 1) or 1)
    found = windows(size, window, int(options[f"stride_{axis}"]), int(options["padding"]), dilation)
    if found < 1:
        raise UnsupportedModelError(
            f"{op.code.label} (operator {op.id}): its window of {window} does not fit into {size} any more"
        )
    return found


def _four(op: Op, shape: Shape) -> tuple[int, int, int, int]:
    if len(shape) != 4:
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) reads a tensor of {len(shape)} dimensions")
    return shape


def _convolution(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    batch, height, width, channels = _four(op, sizing.shape(op, 0))
    count, rows, columns, depth = sizing.shape(op, 1)
    before_channels = sizing.old_operand(op, 0)[-1]
    groups = max(1, before_channels // max(1, sizing.old_operand(op, 1)[-1]))
    if depth * groups != channels:
        if channels % groups:
            raise UnsupportedModelError(f"CONV_2D (operator {op.id}): {channels} channels in {groups} groups")
        op = sizing.resize_constant(op, 1, (count, rows, columns, channels // groups))
    op = _bias(sizing, op, count)
    shape = (_extent(op, "h", height, rows), _extent(op, "w", width, columns))
    return ((batch, *shape, count),)


def _depthwise(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    batch, height, width, channels = _four(op, sizing.shape(op, 0))
    one, rows, columns, count = sizing.shape(op, 1)
    multiplier = int(op.options["depth_multiplier"]) if op.options else 1
    if count != channels * multiplier:
        count = channels * multiplier
        op = sizing.resize_constant(op, 1, (one, rows, columns, count))
    op = _bias(sizing, op, count)
    shape = (_extent(op, "h", height, rows), _extent(op, "w", width, columns))
    return ((batch, *shape, count),)


def _bias(sizing: Sizing, op: Op, count: int) -> Op:
    bias = op.inputs[2] if len(op.inputs) > 2 else None
    if bias is not None and sizing.is_constant(bias):
        return sizing.resize_constant(op, 2, (count,))
    return op


def _pooling(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    batch, height, width, channels = _four(op, sizing.shape(op, 0))
    if op.options is None:
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) has no options")
    rows, columns = int(op.options["filter_height"]), int(op.options["filter_width"])
    before, after = sizing.old_operand(op, 0), sizing.old(op.outputs[0])
    # A pooling over everything stays one.
    if len(after) == 4 and after[1] == 1 and before[1] > 1 and height != before[1]:
        rows = height
    if len(after) == 4 and after[2] == 1 and before[2] > 1 and width != before[2]:
        columns = width
    if (rows, columns) != (int(op.options["filter_height"]), int(op.options["filter_width"])):
        op = _with(op, filter_height=rows, filter_width=columns)
        sizing.update_op(op)
    shape = (_extent(op, "h", height, rows), _extent(op, "w", width, columns))
    return ((batch, *shape, channels),)


def _with(op: Op, **values: int) -> Op:
    return replace(op, options=None if op.options is None else op.options.with_values(**values))


def dense(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    """FULLY_CONNECTED: all but the batches is one vector, or the last axis is."""
    source, old = sizing.shape(op, 0), sizing.old_operand(op, 0)
    units, depth = sizing.shape(op, 1)
    known_weights = sizing.before.tensors.get(sizing.needed(op, 1))
    old_depth = depth if known_weights is None else known_weights.shape[-1]
    whole_rows = len(old) > 0 and old[-1] == old_depth
    total, old_total = 1, 1
    for extent in source:
        total *= extent
    for extent in old:
        old_total *= extent
    wanted = source[-1] if whole_rows else total // max(1, old_total // max(1, old_depth))
    if wanted != depth:
        op = sizing.resize_constant(op, 1, (units, wanted))
    op = _bias(sizing, op, units)
    keeps = bool(op.options and op.options.get("keep_num_dims"))
    old_out = sizing.old(op.outputs[0])
    if keeps or (len(old_out) == len(source) and whole_rows and old_out[:-1] == old[:-1]):
        return ((*source[:-1], units),)
    return ((*((total // wanted,)), units),)


RULES = {
    Family.CONVOLUTION: Rule(_convolution, weighted=True),
    Family.DEPTHWISE: Rule(_depthwise, weighted=True),
    Family.DENSE: Rule(dense, weighted=True),
    Family.POOLING: Rule(_pooling, same_quant=True),
}
