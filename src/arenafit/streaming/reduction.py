"""Operators that average a whole image into one pixel: the end of a stream, its rows added up as they are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arenafit.ir import DType, Graph, Op, Tensor
from arenafit.streaming.exact_mean import Quantiser, mean_quantiser, pool_quantiser

_NO_ACTIVATION = 0


@dataclass(frozen=True, slots=True)
class Reduction:
    """An operator that averages the first `rows` rows of its operand, each with all its `columns`, channel by channel.

    Float sums are taken in the order of the kernels, row by row and pixel by pixel, then divided and bounded by the
    fused `activation`; int8 sums are exact in whatever order, and `quantiser` says what becomes of them.
    """

    rows: int
    columns: int
    activation: int = _NO_ACTIVATION
    quantiser: Quantiser | None = None

    @property
    def values(self) -> int:
        """How many values are averaged in each channel."""
        return self.rows * self.columns


def reduction(graph: Graph, op: Op, axis: int) -> Reduction | None:
    """Return how `op` averages rows along `axis` (1 = H, 2 = W), or None if it does not, or not in a way known."""
    rule = _RULES.get(op.name)
    source = reduced(graph, op)
    if rule is None or source is None or source.is_constant or source.shape[axis] < 2:
        return None
    # Columns are runs of pixels in the order of the kernels only where the image is one row high.
    if axis == 2 and source.shape[1] != 1:
        return None
    return rule(graph, op, source, axis)


def reduced(graph: Graph, op: Op) -> Tensor | None:
    """Return the image (1, H, W, C) that an operator makes one pixel of; None if it is no such operator."""
    if op.name not in _RULES or len(op.outputs) != 1:
        return None
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    if source is None or len(source.shape) != 4 or source.shape[0] != 1 or source.dtype is not output.dtype:
        return None
    return source if output.elements == source.shape[3] and output.shape[-1] == source.shape[3] else None


def _average_pool(graph: Graph, op: Op, source: Tensor, axis: int) -> Reduction | None:
    options = op.options
    if options is None or graph.tensor(op.outputs[0]).shape[:3] != (1, 1, 1):
        return None
    extents = (1, int(options["filter_height"]), int(options["filter_width"]))
    rows, columns = extents[axis], extents[3 - axis]
    if not 2 <= rows <= source.shape[axis] or columns != source.shape[3 - axis]:
        return None
    activation = int(options.get("fused_activation_function", _NO_ACTIVATION) or _NO_ACTIVATION)
    if source.dtype is DType.FLOAT32:
        return Reduction(rows, columns, activation)
    quantiser = pool_quantiser(rows * columns)
    if source.dtype is not DType.INT8 or quantiser is None or activation != _NO_ACTIVATION:
        return None
    return Reduction(rows, columns, quantiser=quantiser)


def _mean(graph: Graph, op: Op, source: Tensor, axis: int) -> Reduction | None:
    axes, output = graph.inputs_of(op)[1], graph.tensor(op.outputs[0])
    if axes is None or not axes.is_constant:
        return None
    named = {int(item) % 4 for item in axes.array().reshape(-1)}
    if not named <= {1, 2} or any(source.shape[item] > 1 for item in {1, 2} - named):
        return None
    rows, columns = source.shape[axis], source.shape[3 - axis]
    if source.dtype is DType.FLOAT32:
        return Reduction(rows, columns)
    if source.dtype is not DType.INT8 or not _per_tensor(source) or not _per_tensor(output):
        return None
    found = mean_quantiser(rows * columns, *_scale(source), *_scale(output))
    return None if found is None else Reduction(rows, columns, quantiser=found)


def _per_tensor(tensor: Tensor) -> bool:
    return tensor.quant is not None and len(tensor.quant.scales) == 1 and len(tensor.quant.zero_points) == 1


def _scale(tensor: Tensor) -> tuple[float, int]:
    quant = tensor.quant
    return (0.0, 0) if quant is None else (quant.scales[0], quant.zero_points[0])


_RULES: Mapping[str, Callable[[Graph, Op, Tensor, int], Reduction | None]] = {
    "AVERAGE_POOL_2D": _average_pool,
    "MEAN": _mean,
}
