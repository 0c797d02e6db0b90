"""Networks cut into stripes by hand: every stripe runs the same layers on the rows it needs, and results are joined."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import strategies as st

from arenafit.ir import DType, Model, TensorId
from support.models import NONE, RELU, VALID
from support.rewrite_nets import Net

Rows = tuple[int, int]  # [first, end)
INT8, FLOAT32, INT16 = DType.INT8, DType.FLOAT32, DType.INT16


@dataclass(frozen=True, slots=True)
class Layer:
    """A window of `kernel` rows and columns at a `stride`, over an image padded by `rows` and `columns`."""

    kind: str
    kernel: int = 1
    stride: int = 1
    rows: Rows = (0, 0)
    columns: Rows = (0, 0)
    channels: int = 4

    def height(self, height: int) -> int:
        """Return how many rows come out of so many."""
        return (height + sum(self.rows) - self.kernel) // self.stride + 1

    def leaves(self, height: int) -> bool:
        """Whether the windows leave rows over."""
        return (height + sum(self.rows) - self.kernel) % self.stride != 0

    def needed(self, rows: Rows, height: int) -> Rows:
        """Return the rows of an image of `height` that these rows are made of."""
        first, end = rows[0] * self.stride - self.rows[0], (rows[1] - 1) * self.stride + self.kernel - self.rows[0]
        return max(0, first), min(height, end)


class Striper:
    """Writes one stripe after another; constants are made by the first and read by all."""

    def __init__(self, dtype: DType, layers: Sequence[Layer], shape: Sequence[int], along: int = 1) -> None:
        self.net = Net(dtype)
        self.layers, self.along = tuple(layers), along
        self.source = self.net.input(*shape)
        self.heights = [shape[along]]
        for layer in self.layers:
            self.heights.append(layer.height(self.heights[-1]))
        self._known: dict[int, tuple[TensorId | None, ...]] = {}

    def stripe(self, rows: Rows) -> TensorId:
        """Append the stripe that makes these rows of the result."""
        wanted = [rows]
        for layer, height in zip(reversed(self.layers), reversed(self.heights[:-1]), strict=True):
            wanted.append(layer.needed(wanted[-1], height))
        wanted.reverse()
        tensor = self.cut(self.source, wanted[0])
        for index, layer in enumerate(self.layers):
            tensor = self._layer(index, layer, tensor, wanted[index : index + 2])
        return tensor

    def cut(self, source: TensorId, rows: Rows) -> TensorId:
        """SLICE of rows."""
        shape = list(self.net.shape(source))
        begin = [0] * 4
        begin[self.along], shape[self.along] = rows[0], rows[1] - rows[0]
        return self.net.op("SLICE", (source, self.net.ints(*begin), self.net.ints(*shape)), shape, kind="SliceOptions")

    def join(self, parts: Sequence[TensorId]) -> TensorId:
        """CONCATENATION of rows."""
        shape = list(self.net.shape(parts[0]))
        shape[self.along] = sum(self.net.shape(part)[self.along] for part in parts)
        return self.net.op("CONCATENATION", parts, shape, kind="ConcatenationOptions", axis=self.along)

    def _layer(self, index: int, layer: Layer, tensor: TensorId, rows: Sequence[Rows]) -> TensorId:
        (first, end), (made_first, made_end) = rows
        above = max(0, layer.rows[0] - made_first * layer.stride)
        height = self.heights[index]
        below = max(0, (made_end - 1) * layer.stride + layer.kernel - layer.rows[0] - height)
        assert end - first + above + below >= layer.kernel
        amounts = ((above, below), layer.columns) if self.along == 1 else (layer.columns, (above, below))
        padded = self.net.pad(tensor, *amounts) if sum(layer.rows) + sum(layer.columns) else tensor
        made = LAYERS[layer.kind](self.net, layer, padded)
        self._dedupe_constants(index)
        if layer.kind == "residual":
            # Of what came in, the rows that come out.
            kept = self.cut(tensor, (made_first - first, made_end - first))
            made = self.net.add(kept, made)
        return made

    def _dedupe_constants(self, index: int) -> None:
        op = self.net.editor.ops()[-1]
        known = self._known.setdefault(index, op.inputs[1:])
        self.net.editor.update_op(replace(op, inputs=(op.inputs[0], *known)))


def _conv(net: Net, layer: Layer, tensor: TensorId) -> TensorId:
    return net.conv(tensor, layer.channels, kernel=layer.kernel, stride=layer.stride, padding=VALID, activation=RELU)


def _depthwise(net: Net, layer: Layer, tensor: TensorId) -> TensorId:
    return net.depthwise(tensor, kernel=layer.kernel, stride=layer.stride, padding=VALID, activation=NONE)


def _pool(net: Net, layer: Layer, tensor: TensorId) -> TensorId:
    return net.pool(tensor, layer.kernel, kind="MAX")


def _average(net: Net, layer: Layer, tensor: TensorId) -> TensorId:
    return net.pool(tensor, layer.kernel, kind="AVERAGE")


def _relu(net: Net, _: Layer, tensor: TensorId) -> TensorId:
    return net.op("RELU", (tensor,), net.shape(tensor))


def _residual(net: Net, layer: Layer, tensor: TensorId) -> TensorId:
    return net.conv(tensor, net.shape(tensor)[3], kernel=layer.kernel, padding=VALID, activation=NONE)


LAYERS: dict[str, Callable[[Net, Layer, TensorId], TensorId]] = {
    "average": _average,
    "conv": _conv,
    "depthwise": _depthwise,
    "pool": _pool,
    "relu": _relu,
    "residual": _residual,
}


def striped(dtype: DType = INT8, along: int = 1, stripes: int = 3) -> Model:
    """Return two padded convolutions with a residual one between them and a pooling, cut into stripes."""
    layers = (
        Layer("conv", 3, 2, (1, 1), (1, 1)),
        Layer("residual", 3, 1, (1, 1), (1, 1)),
        Layer("conv", 3, 1, (1, 1), (1, 1), 6),
        Layer("pool", 2, 2),
    )
    striper = Striper(dtype, layers, (1, 24, 24, 2), along)
    height = striper.heights[-1]
    limits = [height * index // stripes for index in range(stripes + 1)]
    parts = [striper.stripe((first, end)) for first, end in pairwise(limits)]
    return striper.net.finish(striper.join(parts))


@st.composite
def layer_lists(draw: st.DrawFn) -> list[Layer]:
    """Draw one to five layers."""
    found = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(sorted(LAYERS)))
        if kind in ("pool", "average"):
            found.append(Layer(kind, 2, 2))
        elif kind == "relu":
            found.append(Layer(kind))
        elif kind == "residual":
            found.append(Layer(kind, 3, 1, (1, 1), (1, 1)))
        else:
            kernel = draw(st.integers(1, 4))
            pads = st.tuples(st.integers(0, kernel - 1), st.integers(0, kernel - 1))
            found.append(Layer(kind, kernel, draw(st.integers(1, 2)), draw(pads), draw(pads), draw(st.integers(1, 5))))
    return found


@st.composite
def stripers(draw: st.DrawFn) -> tuple[Striper, list[Rows]]:
    """Draw a network, and the rows of its result that each stripe makes."""
    dtype = draw(st.sampled_from((INT8, FLOAT32, INT16)))
    along = draw(st.integers(1, 2))
    shape = [1, draw(st.integers(12, 30)), draw(st.integers(12, 30)), draw(st.integers(1, 3))]
    layers: list[Layer] = []
    heights, widths = shape[along], shape[3 - along]
    for layer in draw(layer_lists()):
        across = replace(layer, rows=layer.columns)
        if min(layer.height(heights), across.height(widths)) < 3:
            break
        # Of rows that no stripe makes nobody can tell how they were padded, which sums would have to know.
        if layer.leaves(heights) and any(item.kind == "residual" for item in layers):
            break
        layers.append(layer)
        heights, widths = layer.height(heights), across.height(widths)
    cuts = draw(st.sets(st.integers(1, heights - 1), min_size=1, max_size=3))
    limits = [0, *sorted(cuts), heights]
    return Striper(dtype, layers or [Layer("relu")], shape, along), list(pairwise(limits))
