"""Random networks over rows: dense layers, norms, softmax and element-wise operators on tensors of any rank.

The forms converters write: (N, K), (1, N, K), (B, T, K), (B, T, 1, K); means with and without the dimension kept;
reshapes between them; a convolution in front whose rows become one dimension.
"""

from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arenafit.ir import DType, Model, Quant, TensorId
from arenafit.rewrites.rows_to_nhwc import REWRITE
from support.convnets import Draw
from support.models import NONE, RELU, RELU6
from support.netsketch import NetSketch, Sliding

_QUANTS = {
    "SOFTMAX": Quant((1 / 256,), (-128,)),
    "LOG_SOFTMAX": Quant((16 / 256,), (127,)),
    "L2_NORMALIZATION": Quant((1 / 128,), (0,)),
}
_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "SOFTMAX": ("SoftmaxOptions", {"beta": 1.0}),
    "LOG_SOFTMAX": ("LogSoftmaxOptions", {}),
    "L2_NORMALIZATION": ("L2NormOptions", {}),
}


class RowSketch(NetSketch):
    """A sketch of operators that work row by row."""

    def rows_of(self, tensor: TensorId) -> int:
        """Return the number of rows."""
        return prod(self.shape(tensor)[:-1])

    def linear(self, source: TensorId, units: int, *, activation: int = NONE, bias: bool = True) -> TensorId:
        """FULLY_CONNECTED over the last dimension; two dimensions are written as converters did, without keeping."""
        *rows, depth = self.shape(source)
        weights, biases = self._weights((units, depth), None, depth)
        operands = (source, self._matched(weights, source), self._matched(biases, source) if bias else None)
        options = {"fused_activation_function": activation, "keep_num_dims": len(rows) > 1}
        return self._op("FULLY_CONNECTED", operands, (*rows, units), "FullyConnectedOptions", options)

    def over_last(self, name: str, source: TensorId) -> TensorId:
        """SOFTMAX, LOG_SOFTMAX or L2_NORMALIZATION."""
        kind, options = _OPTIONS[name]
        quant = _QUANTS[name] if self.dtype is DType.INT8 else None
        return self._op(name, (source,), self.shape(source), kind, options, quant=quant)

    def reduced(self, name: str, source: TensorId, *, keep: bool) -> TensorId:
        """A reduction of whole rows, given back as one element a row."""
        *rows, _ = self.shape(source)
        axis = self.editor.add_constant("axis", np.array([-1 if keep else len(rows)], dtype=np.int32))
        shape = (*rows, 1) if keep else tuple(rows)
        quant = self.quant(source) if name.startswith("REDUCE") else None
        made = self._op(name, (source, axis), shape, "ReducerOptions", {"keep_dims": keep}, quant=quant)
        return made if keep else self.viewed(made, (*rows, 1))

    def viewed(self, source: TensorId, shape: tuple[int, ...]) -> TensorId:
        """RESHAPE of one quantisation."""
        target = self.editor.add_constant("shape", np.array(shape, dtype=np.int32))
        options = {"new_shape": tuple(shape)}
        return self._op("RESHAPE", (source, target), shape, "ReshapeOptions", options, quant=self.quant(source))

    def joined(self, *parts: TensorId) -> TensorId:
        """CONCATENATION along the last dimension of parts of one quantisation."""
        *rows, _ = self.shape(parts[0])
        shape = (*rows, sum(self.shape(part)[-1] for part in parts))
        options = {"axis": -1, "fused_activation_function": NONE}
        return self._op("CONCATENATION", parts, shape, "ConcatenationOptions", options, quant=self.quant(parts[0]))


class _Drawer:
    def __init__(self, draw: Draw, dtype: DType) -> None:
        self._draw = draw
        self._dtype = dtype
        self._sketch = RowSketch(dtype, draw(st.integers(0, 9)), draw(st.sampled_from((3, -128, 0))))
        self._outputs: list[TensorId] = []

    def run(self) -> Model:
        draw, sketch = self._draw, self._sketch
        tensor = self._image() if draw(st.integers(0, 3)) == 3 else self._rows()
        for _ in range(draw(st.integers(1, 5))):
            blocks = (self._linear, self._linear, self._norm, self._pointwise, self._residual, self._last, self._shape)
            tensor = draw(st.sampled_from(blocks))(tensor)
            if draw(st.integers(0, 9)) == 9:
                self._outputs.append(tensor)
        return sketch.finish(*dict.fromkeys([*self._outputs, tensor]))

    def _rows(self) -> TensorId:
        count, depth = self._draw(st.integers(2, 9)), self._draw(st.integers(1, 8))
        forms: tuple[tuple[int, ...], ...] = ((count,), (1, count), (2, count), (count, 2, 1), (1, count, 1))
        return self._sketch.input(*self._draw(st.sampled_from(forms)), depth)

    def _image(self) -> TensorId:
        """What a front end of convolutions leaves: the columns and channels of a row are one dimension."""
        draw, sketch = self._draw, self._sketch
        source = sketch.input(1, draw(st.integers(4, 10)), draw(st.integers(1, 5)), draw(st.integers(1, 2)))
        _, _, wide, _ = sketch.shape(source)
        how = Sliding((3, min(3, wide)), (draw(st.sampled_from((1, 2))), 1))
        image = sketch.sliding_conv(source, draw(st.integers(1, 3)), how)
        _, high, wide, depth = sketch.shape(image)
        return sketch.viewed(image, (1, high, wide * depth))

    def _linear(self, tensor: TensorId) -> TensorId:
        draw = self._draw
        activation = draw(st.sampled_from((NONE, RELU, RELU6)))
        return self._sketch.linear(tensor, draw(st.integers(1, 8)), activation=activation, bias=draw(st.booleans()))

    def _norm(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        keep = draw(st.booleans())
        mean = sketch.reduced(draw(st.sampled_from(("MEAN", "MEAN", "REDUCE_MAX"))), tensor, keep=keep)
        centred = sketch.binary("SUB", tensor, mean) if draw(st.booleans()) else tensor
        if self._dtype is not DType.FLOAT32:
            # RSQRT of int8 refuses values below the zero point.
            return sketch.binary("MUL", centred, mean)
        square = (
            sketch.binary("MUL", centred, centred)
            if draw(st.booleans())
            else sketch.binary("SQUARED_DIFFERENCE", tensor, mean)
        )
        power = sketch.reduced("MEAN", square, keep=keep)
        safe = sketch.binary("ADD", power, sketch.editor.add_constant("epsilon", np.array(1e-3, np.float32)))
        factor = sketch._bare("RSQRT", safe, None)
        scaled = sketch.binary("MUL", centred, factor)
        return sketch.binary("MUL", scaled, self._row_constant(scaled)) if draw(st.booleans()) else scaled

    def _row_constant(self, like: TensorId) -> TensorId:
        values = np.linspace(-1.5, 1.5, self._sketch.shape(like)[-1])
        units = self._draw(st.integers(0, len(self._sketch.shape(like)) - 1))
        return self._sketch.channel_constant(values.reshape((1,) * units + (-1,)))

    def _pointwise(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        kind = draw(st.sampled_from(("unary", "row", "gate", "input", "prelu")))
        if kind == "unary":
            return sketch.unary(draw(st.sampled_from(("RELU", "LOGISTIC", "TANH", "ABS", "LEAKY_RELU"))), tensor)
        if kind == "prelu":
            return sketch._bare_binary("PRELU", tensor, self._row_constant(tensor))
        if kind == "gate":
            return sketch.binary("MUL", tensor, sketch.unary("LOGISTIC", tensor))
        name = draw(st.sampled_from(("ADD", "MUL", "SUB")))
        return sketch.binary(name, tensor, self._row_constant(tensor) if kind == "row" else self._like(tensor))

    def _like(self, tensor: TensorId) -> TensorId:
        return self._sketch.input(*self._sketch.shape(tensor))

    def _residual(self, tensor: TensorId) -> TensorId:
        sketch = self._sketch
        hidden = self._linear(tensor)
        back = sketch.linear(hidden, sketch.shape(tensor)[-1])
        if self._draw(st.booleans()) and sketch.quant(tensor) == sketch.quant(hidden):
            return sketch.joined(tensor, hidden)
        return sketch.binary("ADD", tensor, back)

    def _last(self, tensor: TensorId) -> TensorId:
        return self._sketch.over_last(self._draw(st.sampled_from(tuple(_OPTIONS))), tensor)

    def _shape(self, tensor: TensorId) -> TensorId:
        *_, depth = self._sketch.shape(tensor)
        rows = self._sketch.rows_of(tensor)
        forms: tuple[tuple[int, ...], ...] = ((rows,), (1, rows), (1, rows, 1), (rows, 1))
        return self._sketch.viewed(tensor, (*self._draw(st.sampled_from(forms)), depth))


@st.composite
def rownets(draw: Draw, dtype: DType) -> Model:
    """Draw a network over rows."""
    return _Drawer(draw, dtype).run()


def all_lifted(model: Model) -> Model:
    """Return `model` with everything lifted that can be, the longest runs first."""
    for move in list(REWRITE.propose(model)):
        if set(move.where) <= set(model.ops):
            model = REWRITE.apply(model, move)
    return model
