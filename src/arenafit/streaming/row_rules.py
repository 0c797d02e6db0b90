"""Which operators beside windows and element-wise ones work row by row: along the last axis, or on whole rows.

Each rule returns the positions of the operands that are read row by row, or None.
"""

from collections.abc import Callable, Mapping

from arenafit.ir import Graph, Op

Positions = tuple[int, ...]
_LAST_AXIS = 3


def _over_last(graph: Graph, op: Op, _axis: int) -> Positions | None:
    """Every element depends on those along the last axis alone."""
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    return (0,) if source is not None and not source.is_constant and source.shape == output.shape else None


def _fully_connected(graph: Graph, op: Op, _axis: int) -> Positions | None:
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    constants = [tensor for tensor in graph.inputs_of(op)[1:] if tensor is not None]
    if source is None or source.is_constant or not constants or not all(item.is_constant for item in constants):
        return None
    weights = constants[0].shape
    # Else LiteRT gives the output two dimensions.
    keeps = op.options is not None and bool(op.options.get("keep_num_dims"))
    if not keeps or len(source.shape) != len(output.shape) or source.shape[:_LAST_AXIS] != output.shape[:_LAST_AXIS]:
        return None
    return (0,) if weights == (output.shape[-1], source.shape[-1]) else None


def _reduction(graph: Graph, op: Op, axis: int) -> Positions | None:
    source, axes = graph.inputs_of(op)[:2]
    keeps = op.options is not None and bool(op.options.get("keep_dims"))
    if source is None or source.is_constant or axes is None or not axes.is_constant or not keeps:
        return None
    rank = len(source.shape)
    reduced = {int(value) % rank for value in axes.array().reshape(-1)} if rank else {axis}
    return None if axis in reduced else (0,)


def _reshape(graph: Graph, op: Op, axis: int) -> Positions | None:
    """A RESHAPE within rows."""
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    if source is None or source.is_constant or len(source.shape) != len(output.shape):
        return None
    same_rows = source.shape[: axis + 1] == output.shape[: axis + 1] and source.shape[:axis] == (1,) * axis
    return (0,) if same_rows else None


ROW_RULES: Mapping[str, Callable[[Graph, Op, int], Positions | None]] = {
    **dict.fromkeys(("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"), _over_last),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), _reduction),
    "FULLY_CONNECTED": _fully_connected,
    "RESHAPE": _reshape,
}
