"""Networks with channels that can hold one value only, or that nobody reads."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from arenafit.ir import Constant, DType, Model, Op, Quant
from arenafit.tflite import make_options
from support.models import NONE, RELU, RELU6, SAME
from support.rewrite_nets import FLOAT32, INT8, INT16, Net


def last(net: Net, *names: str) -> Op:
    """Return the operator of one of these names that was appended last."""
    return next(op for op in reversed(net.editor.ops()) if op.name in names)


def push(net: Net, channels: Sequence[int], bias: int = -(2**22)) -> None:
    """Give some channels of the last layer a bias beyond all that their weights can make up for."""
    op = last(net, "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    _change(net, op, 2, (np.array(channels, np.int64),), bias)


def ignore(net: Net, channels: Sequence[int]) -> None:
    """Make the last layer read nothing of some channels of its operand, or of a flattened one's."""
    op = last(net, "CONV_2D", "FULLY_CONNECTED")
    _change(net, op, 1, (..., list(channels)), 0)


def _change(net: Net, op: Op, position: int, index: Any, value: int) -> None:
    operand = op.inputs[position]
    assert operand is not None
    tensor = net.editor.tensor(operand)
    array = tensor.array().copy()
    array[index] = value
    net.editor.update_tensor(replace(tensor, data=Constant.of(array)))


def pointwise(dtype: DType = INT8) -> Model:
    """Return a 3x3 convolution with channels at their least and their greatest value, and a reader that ignores one."""
    net = Net(dtype)
    hidden = net.conv(net.input(1, 6, 6, 2), 8, activation=RELU6 if dtype is INT8 else RELU)
    push(net, (1, 6), -(2**34) if dtype is INT16 else -(2**22))
    push(net, (4,), 2**22 if dtype is INT8 else -(2**34))
    tensor = net.conv(hidden, 4, kernel=1)
    ignore(net, (2,))
    return net.finish(net.softmax(tensor))


def beside_borders() -> Model:
    """Return channels at zero and at six before a 3x3 convolution of SAME padding, which can take in the zeros only."""
    net = Net()
    hidden = net.conv(net.input(1, 6, 6, 2), 6, activation=RELU6)
    push(net, (0, 3))
    push(net, (5,), 2**22)
    return net.finish(net.conv(hidden, 3, padding=SAME))


def through_blocks() -> Model:
    """Return dead channels through a depthwise convolution, a pooling and a flattened dense layer without a bias."""
    net = Net()
    hidden = net.conv(net.input(1, 8, 8, 3), 12, kernel=1, activation=RELU)
    push(net, (0, 2, 3, 7, 8))
    hidden = net.pool(net.depthwise(hidden, activation=RELU), 2)
    flat = net.view(hidden, 1, 4 * 4 * 12)
    tensor = net.dense(flat, 3)
    dense = last(net, "FULLY_CONNECTED")
    net.editor.update_op(replace(dense, inputs=dense.inputs[:2]))
    return net.finish(tensor)


def residual_block(dtype: DType = INT8) -> Model:
    """Return a sum of two convolutions that share dead channels, and one dead in one of them only."""
    net = Net(dtype)
    stem = net.conv(net.input(1, 6, 6, 2), 8, kernel=1, activation=RELU)
    push(net, (1, 2, 5, 6, 7))
    branch = net.conv(stem, 8, activation=RELU)
    push(net, (0, 1, 2, 5, 7))
    total = net.add(stem, branch, activation=RELU)
    return net.finish(net.dense(net.pool(total, 6, kind="AVERAGE"), 3))


def joined_branches() -> Model:
    """Return two branches beside each other, the second dead in part, averaged."""
    net = Net()
    source = net.input(1, 4, 4, 2)
    parts = []
    for channels in (4, 8):
        parts.append(net.conv(source, channels, activation=RELU))
        push(net, (0, 3) if channels == 4 else (1, 2, 4, 6, 7))
    joined = net.op("CONCATENATION", parts, (1, 4, 4, 12), kind="ConcatenationOptions", axis=3)
    axes = net.ints(1, 2)
    mean = net.op("MEAN", (joined, axes), (1, 12), kind="ReducerOptions", keep_dims=False)
    return net.finish(net.dense(mean, 3))


def gated_channels() -> Model:
    """Return channels multiplied by a gate, the dead ones of which are nought whatever the gate."""
    net = Net()
    source = net.input(1, 4, 4, 4)
    hidden = net.conv(source, 8, kernel=1, activation=RELU)
    push(net, (0, 1, 4, 5))
    gate = net.op("LOGISTIC", (net.conv(source, 8, activation=NONE),), (1, 4, 4, 8), quant=Quant((1 / 256,), (-128,)))
    product = net.op("MUL", (hidden, gate), (1, 4, 4, 8), kind="MulOptions")
    return net.finish(net.conv(product, 3, kernel=1))


def spread_channel() -> Model:
    """Return a depthwise convolution that spreads one channel over eight, and a reader that ignores four."""
    net = Net()
    source = net.input(1, 6, 6, 1)
    hidden = net.conv(source, 8, activation=RELU)
    conv = last(net, "CONV_2D")
    weights = net.editor.tensor(conv.operands[1])
    assert weights.quant is not None
    fanned = np.ascontiguousarray(np.moveaxis(weights.array(), 0, 3))
    kernel = net.editor.add_constant("fan", fanned, quant=replace(weights.quant, dimension=3))
    options = make_options(
        "DepthwiseConv2DOptions", stride_w=1, stride_h=1, depth_multiplier=8, fused_activation_function=RELU
    )
    fan = net.editor.make_op("DEPTHWISE_CONV_2D", (source, kernel, conv.inputs[2]), (hidden,), options, version=3)
    net.editor.replace_ops([conv.id], [fan])
    tensor = net.conv(hidden, 4, kernel=1)
    ignore(net, (0, 1, 5, 6))
    return net.finish(tensor)


def floats() -> Model:
    """Return a float convolution whose reader ignores a channel: nought times infinity is no nought."""
    net = Net(FLOAT32)
    tensor = net.conv(net.conv(net.input(1, 4, 4, 2), 4), 2, kernel=1)
    conv = last(net, "CONV_2D")
    weights = net.editor.tensor(conv.operands[1])
    array = weights.array().copy()
    array[..., 1] = 0.0
    net.editor.update_tensor(replace(weights, data=Constant.of(array)))
    return net.finish(tensor)
