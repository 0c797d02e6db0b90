"""Which input rows an output row needs, for kinds of operators: windows, element by element, along the last axis."""

from arenafit.ir import Op, Tensor
from arenafit.ops.protocol import Operands
from arenafit.ops.rows import SAME_PADDING, Pointwise, Window, is_steady, same_padding

_LAST_AXIS = 3


def spatial_window(
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


def convolution(operands: Operands, axis: int) -> Window | None:
    graph, op = operands.graph, operands.op
    source, weights = graph.inputs_of(op)[:2]
    options = op.options
    if source is None or weights is None or options is None or len(weights.shape) != 4:
        return None
    if not all(is_steady(graph, operand) for operand in op.inputs[1:3] if operand is not None):
        return None
    dilation = (int(options.get("dilation_h_factor", 1)) or 1, int(options.get("dilation_w_factor", 1)) or 1)
    extents = ((weights.shape[1] - 1) * dilation[0] + 1, (weights.shape[2] - 1) * dilation[1] + 1)
    strides = (int(options["stride_h"]), int(options["stride_w"]))
    return spatial_window(source, graph.tensor(op.outputs[0]), axis, extents, strides, padding=int(options["padding"]))


def pool(operands: Operands, axis: int) -> Window | None:
    graph, op = operands.graph, operands.op
    source = graph.inputs_of(op)[0]
    options = op.options
    if source is None or options is None:
        return None
    extents = (int(options["filter_height"]), int(options["filter_width"]))
    strides = (int(options["stride_h"]), int(options["stride_w"]))
    return spatial_window(source, graph.tensor(op.outputs[0]), axis, extents, strides, padding=int(options["padding"]))


def channel_crop(operands: Operands, axis: int) -> Pointwise | None:
    """A SLICE or STRIDED_SLICE that takes whole rows and some channels."""
    graph, op = operands.graph, operands.op
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
    if masked or not at_start or strides[:3] != [1, 1, 1] or not spans_rows(op, limits, axis):
        return None
    return Pointwise((0,))


def spans_rows(op: Op, limits: list[Tensor], axis: int) -> bool:
    # What is cut of a row must be said without naming how many rows there are: a stripe has fewer.
    ends = [int(value) for value in limits[1].array().reshape(-1)]
    if op.name == "SLICE":
        return ends[axis] == -1
    return op.options is not None and bool(int(op.options.get("end_mask", 0) or 0) >> axis & 1)


def pointwise(operands: Operands, axis: int) -> Pointwise | None:
    graph, op = operands.graph, operands.op
    output = graph.tensor(op.outputs[0])
    streamed = []
    for position, operand in enumerate(graph.inputs_of(op)):
        if operand is None:
            continue
        if operand.is_constant:
            if not constant_along(operand, axis):
                return None
            continue
        if operand.shape[:3] != output.shape[:3]:
            return None
        streamed.append(position)
    return Pointwise(tuple(streamed)) if streamed else None


def constant_along(tensor: Tensor, axis: int) -> bool:
    shape = (1,) * (4 - len(tensor.shape)) + tensor.shape
    return len(shape) == 4 and shape[axis] == 1


def over_last(operands: Operands, _axis: int) -> Pointwise | None:
    """Every element depends on those along the last axis alone."""
    graph, op = operands.graph, operands.op
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    return Pointwise((0,)) if source is not None and not source.is_constant and source.shape == output.shape else None


def kept_rows(operands: Operands, axis: int) -> Pointwise | None:
    """A reduction within rows."""
    graph, op = operands.graph, operands.op
    source, axes = graph.inputs_of(op)[:2]
    keeps = op.options is not None and bool(op.options.get("keep_dims"))
    if source is None or source.is_constant or axes is None or not axes.is_constant or not keeps:
        return None
    rank = len(source.shape)
    reduced = {int(value) % rank for value in axes.array().reshape(-1)} if rank else {axis}
    return None if axis in reduced else Pointwise((0,))


def pad_amounts(operands: Operands) -> list[tuple[int, int]] | None:
    """What is added before and after each axis of an image, nothing along its batch."""
    graph, op = operands.graph, operands.op
    source, amounts = graph.inputs_of(op)[:2]
    output = graph.tensor(op.outputs[0])
    if source is None or amounts is None or not amounts.is_constant or amounts.elements != 8 or len(op.inputs) > 2:
        return None
    if len(source.shape) != 4 or zero_points(source) != zero_points(output):
        return None
    pads = [(int(before), int(after)) for before, after in amounts.array().reshape(4, 2)]
    return None if min(min(pair) for pair in pads) < 0 or pads[0] != (0, 0) else pads


def zero_points(tensor: Tensor) -> tuple[int, ...]:
    return tensor.quant.zero_points if tensor.quant else ()
