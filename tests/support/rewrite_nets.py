"""Small models, each with something that a rewrite can do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Model, Quant, TensorId
from arenafit.tflite import make_options
from support.models import NONE, RELU, SAME, VALID, Sketch, activation_quant
from support.rownets import RowSketch

INT8, FLOAT32, INT16 = DType.INT8, DType.FLOAT32, DType.INT16


class Net(Sketch):
    """`Sketch` with the operators that rewrites take away, and any other by name."""

    def op(
        self,
        name: str,
        inputs: Sequence[TensorId | None],
        shape: Sequence[int],
        *,
        kind: str | None = None,
        dtype: DType | None = None,
        quant: Quant | None = None,
        **options: Any,
    ) -> TensorId:
        """Append operator `name` with options of table `kind`, and return its output of `shape`."""
        wanted = dtype or self.dtype
        made = quant or activation_quant(wanted) if wanted in (INT8, INT16) else None
        label = f"{name.lower()}_{len(self.editor.ops())}"
        output = self.editor.add_tensor(label, wanted, shape, quant=made)
        table = None if kind is None else make_options(kind, **options)
        self.editor.append_op(self.editor.make_op(name, inputs, (output,), table, version=2))
        return output

    def ints(self, *values: int, name: str = "ints") -> TensorId:
        """Add an int32 vector."""
        return self.editor.add_constant(name, np.array(values, np.int32))

    def constant(self, values: NDArray[Any]) -> TensorId:
        """Add a constant of the sketch's type holding `values`, quantised as activations are."""
        quant = activation_quant(self.dtype)
        if quant is None:
            return self.editor.add_constant("constant", values.astype(np.float32))
        stored = np.round(values / quant.scales[0]) + (quant.zero_points or (0,))[0]
        return self.editor.add_constant("constant", stored.astype(self.dtype.numpy), quant=quant)

    def pad(self, source: TensorId, rows: tuple[int, int], columns: tuple[int, int]) -> TensorId:
        """PAD over height and width."""
        amounts = self.editor.add_constant("amounts", np.array([(0, 0), rows, columns, (0, 0)], np.int32))
        batch, height, width, channels = self.shape(source)
        shape = (batch, height + sum(rows), width + sum(columns), channels)
        return self.op("PAD", (source, amounts), shape, kind="PadOptions")

    def view(self, source: TensorId, *shape: int) -> TensorId:
        """RESHAPE with its shape as an operand."""
        return self.reshape(source, *shape)


def shape_chain() -> Model:
    """Return what Keras writes for Flatten: the batch is read from the shape at run time."""
    net = Net()
    source = net.conv(net.input(1, 6, 6, 2), 4)
    shape = net.op("SHAPE", (source,), (4,), kind="ShapeOptions", dtype=DType.INT32, out_type=2)
    picks = (net.ints(0), net.ints(1), net.ints(1))
    batch = net.op(
        "STRIDED_SLICE", (shape, *picks), (), kind="StridedSliceOptions", dtype=DType.INT32, shrink_axis_mask=1
    )
    length = net.editor.add_constant("length", np.array(144, np.int32))
    packed = net.op("PACK", (batch, length), (2,), kind="PackOptions", dtype=DType.INT32, values_count=2, axis=0)
    flat = net.op("RESHAPE", (source, packed), (1, 144), kind="ReshapeOptions")
    return net.finish(net.softmax(flat))


def dead_branch() -> Model:
    """Return a model with two operators nobody reads and a tensor nothing mentions."""
    net = Net()
    source = net.input(1, 6, 6, 2)
    net.pool(net.conv(source, 4), 2)
    net.tensor("orphan", (1, 100))
    return net.finish(net.pool(source, 2))


def stem(dtype: DType = INT8, channels: int = 12) -> Model:
    """Return a convolution, a depthwise one of stride 2 and a pooling: what channel groups are for."""
    net = Net(dtype)
    hidden = net.conv(net.input(1, 12, 12, 3), channels, kernel=1)
    return net.finish(net.pool(net.depthwise(hidden, stride=2), 2))


def single_channel_stem() -> Model:
    """Return a depthwise convolution that fans one channel out to six, and a pooling."""
    net = Net()
    source = net.input(1, 10, 10, 1)
    wide = net.conv(source, 6)
    conv = net.editor.ops()[-1]
    weights = net.editor.tensor(conv.operands[1])
    fanned = np.moveaxis(weights.array(), 0, 3)
    assert weights.quant is not None
    kernel = net.editor.add_constant("fan", np.ascontiguousarray(fanned), quant=replace(weights.quant, dimension=3))
    options = make_options(
        "DepthwiseConv2DOptions", stride_w=1, stride_h=1, depth_multiplier=6, fused_activation_function=RELU
    )
    fan = net.editor.make_op("DEPTHWISE_CONV_2D", (source, kernel, conv.inputs[2]), (wide,), options, version=3)
    net.editor.replace_ops([conv.id], [fan])
    return net.finish(net.pool(wide, 2))


def gated_stem() -> Model:
    """Return a convolution, x * sigmoid(x) behind it, a pooling."""
    net = Net()
    hidden = net.conv(net.input(1, 8, 8, 3), 8, activation=NONE)
    gate = net.op("LOGISTIC", (hidden,), net.shape(hidden), quant=Quant((1 / 256,), (-128,)))
    return net.finish(net.pool(net.op("MUL", (hidden, gate), net.shape(hidden), kind="MulOptions"), 2))


def padded(dtype: DType = INT8, stride: int = 1, rows: tuple[int, int] = (1, 1)) -> Model:
    """Return PAD and a VALID 3x3 convolution, twice, the second one depthwise."""
    net = Net(dtype)
    first = net.conv(net.pad(net.input(1, 8, 8, 3), rows, rows), 4, stride=stride, padding=VALID)
    size = net.shape(first)[1]
    amounts = (1, 1) if size % 2 or stride == 1 else rows
    return net.finish(net.depthwise(net.pad(first, amounts, amounts), stride=stride, padding=VALID))


def padded_pool() -> Model:
    """Return a RELU, PAD and a max pooling over the padded tensor."""
    net = Net()
    hidden = net.conv(net.input(1, 9, 9, 2), 4, activation=RELU)
    padded_tensor = net.pad(hidden, (0, 1), (0, 1))
    return net.finish(net.pool(padded_tensor, 2))


def noops() -> Model:
    """Return a PAD by nothing, a STRIDED_SLICE of everything, DEQUANTIZE -> QUANTIZE, SPLIT -> CONCATENATION."""
    net = Net()
    tensor = net.pad(net.input(1, 4, 4, 4), (0, 0), (0, 0))
    begin, end, step = net.ints(0, 0, 0, 0), net.ints(1, 4, 4, 4), net.ints(1, 1, 1, 1)
    tensor = net.op("STRIDED_SLICE", (tensor, begin, end, step), (1, 4, 4, 4), kind="StridedSliceOptions")
    real = net.op("DEQUANTIZE", (tensor,), (1, 4, 4, 4), dtype=FLOAT32)
    tensor = net.op("QUANTIZE", (real,), (1, 4, 4, 4))
    halves = [net.tensor(f"half_{number}", (1, 4, 4, 2)) for number in range(2)]
    axis = net.editor.add_constant("axis", np.array(3, np.int32))
    options = make_options("SplitOptions", num_splits=2)
    net.editor.append_op(net.editor.make_op("SPLIT", (axis, tensor), halves, options, version=2))
    tensor = net.op("CONCATENATION", halves, (1, 4, 4, 4), kind="ConcatenationOptions", axis=3)
    return net.finish(net.conv(tensor, 2))


def conv_1d(dtype: DType = INT8) -> Model:
    """Return Conv1D layers as Keras writes them, a bias of their own between the reshapes, and a dense layer."""
    net = Net(dtype)
    tensor = net.view(net.input(1, 10, 3), 1, 1, 10, 3)
    for _ in range(2):
        tensor = net.view(net.conv(tensor, 4, kernel=1, activation=NONE), 1, 10, 4)
        tensor = net.op(
            "ADD",
            (tensor, net.constant(np.linspace(-1, 1, 4))),
            (1, 10, 4),
            kind="AddOptions",
            fused_activation_function=RELU,
        )
        tensor = net.view(tensor, 1, 1, 10, 4)
    return net.finish(net.dense(net.view(tensor, 1, 40), 3))


def pooled_signal(dtype: DType = INT8) -> Model:
    """Return Conv1D and MaxPooling1D as Keras writes them: each on an axis of its own."""
    net = Net(dtype)
    tensor = net.view(net.input(1, 16, 3), 1, 1, 16, 3)
    for width in (16, 8):
        tensor = net.view(net.conv(tensor, 4), 1, width, 1, 4)
        tensor = net.view(net.pool(tensor, 2, padding=SAME), 1, 1, width // 2, 4)
    return net.finish(net.dense(tensor, 3))


def residual_signal() -> Model:
    """Return residual blocks of Conv1D: sums in three dimensions, convolutions in four."""
    net = Net()
    tensor = net.input(1, 12, 4)
    for _ in range(2):
        tensor = net.view(net.conv(net.view(tensor, 1, 1, 12, 4), 4), 1, 12, 4)
        branch = net.view(net.conv(net.view(tensor, 1, 1, 12, 4), 4), 1, 12, 4)
        tensor = net.op("ADD", (tensor, branch), (1, 12, 4), kind="AddOptions", fused_activation_function=RELU)
    return net.finish(net.softmax(tensor))


def in_stripes(dtype: DType = INT8) -> Model:
    """Return a padded convolution and a pooling, run on either half of the image with the rows around it."""
    net = Net(dtype)
    source, parts = net.input(1, 8, 8, 2), []
    for first, rows in ((0, (1, 0)), (3, (0, 1))):
        begin, size = net.ints(0, first, 0, 0), net.ints(1, 5, 8, 2)
        half = net.op("SLICE", (source, begin, size), (1, 5, 8, 2), kind="SliceOptions")
        made = net.conv(net.pad(half, rows, (1, 1)), 4, padding=VALID)
        conv, *others = [op for op in net.editor.ops() if op.name == "CONV_2D"]
        for other in others:
            net.editor.update_op(replace(other, inputs=(other.inputs[0], *conv.inputs[1:])))
        parts.append(net.pool(made, 2))
    return net.finish(net.op("CONCATENATION", parts, (1, 4, 4, 4), kind="ConcatenationOptions", axis=1))


def separate_activation(dtype: DType = INT8) -> Model:
    """Return a convolution, a RELU6 and an ADD with a RELU behind it."""
    net = Net(dtype)
    hidden = net.conv(net.input(1, 6, 6, 2), 4, activation=NONE)
    hidden = net.op("RELU6", (hidden,), net.shape(hidden))
    total = net.add(hidden, net.conv(hidden, 4, activation=NONE))
    return net.finish(net.op("RELU", (total,), net.shape(total)))


def early_branch() -> Model:
    """Return two branches, each wide inside and narrow at its end, whose wide parts come first."""
    net = Net()
    source = net.input(1, 8, 8, 2)
    wide = [net.conv(source, 8), net.conv(source, 8)]
    narrow = [net.pool(tensor, 4) for tensor in wide]
    return net.finish(net.add(*narrow))


def repeated_constants() -> Model:
    """Return two PADs with equal amounts of their own, and a RESHAPE with a shape operand."""
    net = Net(FLOAT32)
    tensor = net.pad(net.pad(net.input(1, 3, 3, 2), (1, 1), (1, 1)), (1, 1), (1, 1))
    return net.finish(net.view(tensor, 1, 49, 2))


def stored_weights(quant: Quant | None = None) -> Model:
    """Return a float dense layer whose weights are int8 in the file and dequantised at run time."""
    net = Net(FLOAT32)
    source = net.input(1, 6)
    stored = np.arange(-12, 12, dtype=np.int8).reshape(4, 6)
    packed = net.editor.add_constant("packed", stored, quant=quant or Quant((0.037,), (3,)))
    weights = net.op("DEQUANTIZE", (packed,), (4, 6))
    return net.finish(net.op("FULLY_CONNECTED", (source, weights, None), (1, 4), kind="FullyConnectedOptions"))


def per_channel() -> Quant:
    """Return parameters of four channels, of which TFLM's DEQUANTIZE knows the first alone."""
    return Quant((0.037, 0.011, 0.09, 0.02), (3, -4, 0, 11), dimension=0)


def large_stored_weights(quant: Quant | None = None, batch: int = 1) -> Model:
    """Return a dense layer, its bias and activation, with weights that are larger in the arena than a loop is."""
    net = Net(FLOAT32)
    source = net.input(batch, 128)
    stored = (np.arange(16 * 128) * 7 % 251 - 125).astype(np.int8).reshape(16, 128)
    packed = net.editor.add_constant("packed", stored, quant=quant or many_channels())
    bias = net.editor.add_constant("bias", np.linspace(-1, 1, 16, dtype=np.float32))
    operands = (source, net.op("DEQUANTIZE", (packed,), (16, 128)), bias)
    kind = "FullyConnectedOptions"
    return net.finish(net.op("FULLY_CONNECTED", operands, (batch, 16), kind=kind, fused_activation_function=RELU))


def stored_filter(depth: int = 8) -> Model:
    """Return a convolution whose filter is uint8 in the file, with a scale and a zero point for each channel."""
    net = Net(FLOAT32)
    source = net.input(1, 5, 4, depth)
    stored = (np.arange(16 * 9 * depth) * 11 % 256).astype(np.uint8).reshape(16, 3, 3, depth)
    packed = net.editor.add_constant("packed", stored, quant=many_channels(128))
    filter_ = net.op("DEQUANTIZE", (packed,), (16, 3, 3, depth))
    operands, shape = (source, filter_, None), (1, 5, 2, 16)
    made = net.op(
        "CONV_2D", operands, shape, kind="Conv2DOptions", stride_w=2, stride_h=1, fused_activation_function=RELU
    )
    return net.finish(made)


def many_channels(zero_point: int = 0) -> Quant:
    """Return parameters of sixteen channels, all different, zero points around `zero_point`."""
    channels = range(16)
    return Quant(
        tuple(float(np.float32(0.002 * (index + 3))) for index in channels), tuple(zero_point + i - 9 for i in channels)
    )


def long_lived_copy() -> Model:
    """Return a model whose input is needed early and late, dequantised, with wide work between."""
    net = Net(FLOAT32)
    source = net.editor.add_tensor("stored", INT8, (1, 8, 8, 2), quant=activation_quant(INT8))
    net._inputs.append(source)
    real = net.op("DEQUANTIZE", (source,), (1, 8, 8, 2))
    wide = net.conv(net.conv(real, 16), 2)
    back = net.op("QUANTIZE", (net.add(real, wide),), (1, 8, 8, 2), dtype=INT8)
    late = net.op("DEQUANTIZE", (source,), (1, 8, 8, 2))
    return net.finish(net.add(late, net.op("DEQUANTIZE", (back,), (1, 8, 8, 2))))


def encoder(dtype: DType = FLOAT32) -> Model:
    """Return a norm and two dense layers with a residual over (B, T, K), a mean without its dimension among them."""
    drawn = RowSketch(dtype)
    source = drawn.input(2, 5, 6)
    mean = drawn.reduced("MEAN", drawn.viewed(source, (10, 6)), keep=False)
    centred = drawn.binary("SUB", drawn.viewed(source, (10, 6)), mean)
    hidden = drawn.linear(drawn.viewed(centred, (2, 5, 6)), 9, activation=RELU)
    return drawn.finish(drawn.softmax(drawn.binary("ADD", source, drawn.linear(hidden, 6))))
