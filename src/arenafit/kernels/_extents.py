"""Extents that kernels check or take for granted: broadcasts, copies, shapes that must be stored exactly."""

from arenafit.ir import DType
from arenafit.kernels.conditions import Demand, Violation
from arenafit.ops import Operands, ShapeError, find

_CONVERT = "convert the model with fixed shapes"


def broadcasting(most: int) -> Demand:
    """Two operands of different shape have at most so many axes."""

    def condition(operands: Operands) -> Violation | None:
        first, second = operands.input(0), operands.input(1)
        if first is None or second is None or first.shape == second.shape:
            return None
        if max(len(first.shape), len(second.shape)) <= most:
            return None
        return Violation("rank", f"its kernel broadcasts at most {most} axes", "merge axes with a reshape", first.name)

    return condition


def copied(index: int) -> Demand:
    """The output has the type of this operand."""

    def condition(operands: Operands) -> Violation | None:
        source, output = operands.input(index), operands.output()
        if source is None or output is None or (source.dtype is output.dtype and source.dtype is not DType.STRING):
            return None
        clause = f"it copies {source.dtype.label} to {output.dtype.label}"
        return Violation("type", clause, "the file is damaged: convert it again", output.name)

    return condition


def exact_shape(operands: Operands) -> Violation | None:
    """The output's stored shape is the one that its operands give, axis by axis: the kernel checks it."""
    operator = find(operands.op.code)
    if operator is None or operator.output_shapes is None:
        return None
    try:
        shapes = operator.output_shapes(operands)
    except ShapeError:
        return None  # said with the shapes of the whole model
    output = operands.output()
    wanted = shapes[0] if shapes else None
    if output is None or wanted is None or output.shape == wanted:
        return None
    clause = (
        f"its output is stored as {list(output.shape)}, its operands give {list(wanted)}, and its kernel checks that"
    )
    return Violation("shape", clause, _CONVERT, output.name)


def same_shape(operands: Operands) -> Violation | None:
    """The output has the shape of operand 0."""
    source, output = operands.input(0), operands.output()
    if source is None or output is None or source.shape == output.shape:
        return None
    return Violation("shape", "its kernel takes input and output of one shape", _CONVERT, output.name)


def same_operands(operands: Operands) -> Violation | None:
    """All operands have the shape and quantisation of the first (add_n.cc)."""
    first = operands.input(0)
    for index in range(1, len(operands.op.inputs)):
        item = operands.input(index)
        if item is None or first is None or item.shape != first.shape:
            return Violation("shape", "its operands differ in shape", _CONVERT)
        pairs = [(one.quant.scales, one.quant.zero_points) if one.quant else None for one in (item, first)]
        if item.dtype is DType.INT8 and pairs[0] != pairs[1]:
            return Violation("scale", "its operands differ in scale", "quantise the model again", item.name)
    return None


def no_new_axes(operands: Operands) -> Violation | None:
    """No mask inserts axes (strided_slice_common.cc knows none)."""
    if operands.option("ellipsis_mask", 0) or operands.option("new_axis_mask", 0):
        return Violation("option", "its kernel has no ellipsis and no new axes", "slice and reshape instead")
    return None


def one_index_type(operands: Operands) -> Violation | None:
    """Begin and size have one type (slice.cc)."""
    begin, size = operands.input(1), operands.input(2)
    if begin is None or size is None or begin.dtype is size.dtype:
        return None
    return Violation("type", "begin and size differ in type", "convert the model again", begin.name)
