"""Minimal models of the operators with weights or windows, in the variants whose kernels allocate otherwise."""

import numpy as np

from arenafit.ir import DType, Quant
from support.one_op import (
    IMAGE,
    SCALE,
    Cases,
    Make,
    Operand,
    const,
    each,
    f32,
    i8,
    i16,
    one_op,
    typed,
    variable,
    weights,
)

_BIAS_TYPES = {"float": DType.FLOAT32, "int8": DType.INT32, "int16": DType.INT64}
_UNIT = Quant((1 / 256,), (-128,))


def _conv(kind: str, filter_type: DType, *, per_channel: bool = True, bias: bool = True, groups: int = 1) -> Make:
    make = typed(kind)
    taps = weights(filter_type, (8, 3, 3, 4 // groups), 0, per_channel=per_channel)
    sums = weights(_BIAS_TYPES[kind], (8,), 0)
    options = {"padding": 0, "stride_w": 1, "stride_h": 2, "dilation_w_factor": 1, "dilation_h_factor": 1}
    inputs = [make(*IMAGE), taps, sums] if bias else [make(*IMAGE), taps]
    return lambda: one_op("CONV_2D", inputs, [make(1, 3, 5, 8)], "Conv2DOptions", **options)


def _depthwise(kind: str, filter_type: DType, *, per_channel: bool = True, bias: bool = True) -> Make:
    make = typed(kind)
    taps = weights(filter_type, (1, 3, 3, 4), 3, per_channel=per_channel)
    sums = weights(_BIAS_TYPES[kind], (4,), 0)
    options = {"padding": 0, "stride_w": 1, "stride_h": 1, "depth_multiplier": 1}
    inputs = [make(*IMAGE), taps, sums] if bias else [make(*IMAGE), taps]
    return lambda: one_op("DEPTHWISE_CONV_2D", inputs, [make(*IMAGE)], "DepthwiseConv2DOptions", **options)


def _dense(kind: str, filter_type: DType, *, per_channel: bool, bias: bool = True, constant: bool = True) -> Make:
    make = typed(kind)
    rows = weights(filter_type, (6, 8), 0, per_channel=per_channel)
    if not constant:
        rows = Operand(rows.dtype, rows.shape, rows.quant)
    sums = _bias(kind, 6)
    inputs = [make(2, 8), rows, sums if bias else None]
    return lambda: one_op("FULLY_CONNECTED", inputs, [make(2, 6)], "FullyConnectedOptions")


def _bias(kind: str, count: int) -> Operand:
    """Return a bias in the scale of the products of activations and `weights`, which FULLY_CONNECTED checks."""
    if kind == "float":
        return weights(DType.FLOAT32, (count,), 0)
    scale, dtype = (SCALE, np.int32) if kind == "int8" else (SCALE / 64, np.int64)
    return const(np.ones(count), dtype, Quant((scale * 0.01,), (0,)))


def _transpose_conv(kind: str, filter_type: DType, *, bias: DType | None = None) -> Make:
    make = typed(kind)
    taps = weights(filter_type, (8, 3, 3, 4), 0)
    inputs = [const([1, 12, 10, 8]), taps, make(*IMAGE)]
    if bias is not None:
        inputs.append(weights(bias, (8,), 0))
    options = {"padding": 0, "stride_w": 2, "stride_h": 2}
    return lambda: one_op("TRANSPOSE_CONV", inputs, [make(1, 12, 10, 8)], "TransposeConvOptions", **options)


def _matmul(kind: str, adj_x: bool, adj_y: bool) -> Make:
    make = typed(kind)
    left, right = ((3, 2) if adj_x else (2, 3)), ((4, 3) if adj_y else (3, 4))
    inputs, outputs = [make(2, *left), make(2, *right)], [make(2, 2, 4)]
    return lambda: one_op("BATCH_MATMUL", inputs, outputs, "BatchMatMulOptions", adj_x=adj_x, adj_y=adj_y)


def _pool(name: str, *types: str) -> dict[str, Make]:
    options = {"padding": 1, "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2}
    return each(lambda make: one_op(name, [make(*IMAGE)], [make(1, 3, 2, 4)], "Pool2DOptions", **options), *types)


def _svdf(kind: str) -> Make:
    quantised = kind == "int8"
    make = typed(kind)
    feature, time = (DType.INT8, DType.INT16) if quantised else (DType.FLOAT32, DType.FLOAT32)
    state = i16(1, 24) if quantised else f32(1, 24)
    scale = Quant((SCALE / 64 * 0.01,), (0,))
    sums = const(np.ones(4), np.int32, scale) if quantised else weights(DType.FLOAT32, (4,), 0)
    inputs = [
        make(1, 5),
        weights(feature, (8, 5), 0, per_channel=False),
        weights(time, (8, 3), 0, per_channel=False),
        sums,
        variable(state),
    ]
    return lambda: one_op("SVDF", inputs, [make(1, 4)], "SVDFOptions", rank=2)


def _lstm(kind: str, *, time_major: bool = False) -> Make:
    make = typed(kind)
    quantised = kind != "float"
    gate = DType.INT8 if quantised else DType.FLOAT32
    bias = _BIAS_TYPES[kind]
    state = Quant((2.0**-11,), (0,)) if quantised else None
    inputs: list[Operand | None] = [None] * 24
    inputs[0] = make(2, 3, 5)
    for index in range(1, 9):
        inputs[index] = weights(gate, (4, 5 if index < 5 else 4), 0, per_channel=False)
    for index in range(12, 16):
        inputs[index] = weights(bias, (4,), 0, per_channel=False)
    batches = 3 if time_major else 2
    inputs[18] = variable(make(batches, 4))
    inputs[19] = variable(i16(batches, 4, quant=state) if quantised else f32(batches, 4))
    options = {"fused_activation_function": 4, "time_major": time_major}
    return lambda: one_op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [make(2, 3, 4)], "UnidirectionalSequenceLSTMOptions", **options
    )


LAYER_CASES: Cases = {
    "AVERAGE_POOL_2D": _pool("AVERAGE_POOL_2D", "float", "int8", "int16"),
    "BATCH_MATMUL": {
        f"{kind}_{x}{y}": _matmul(kind, bool(x), bool(y))
        for kind in ("float", "int8", "int16")
        for x in (0, 1)
        for y in (0, 1)
    },
    "CONV_2D": {
        "float": _conv("float", DType.FLOAT32),
        "int8": _conv("int8", DType.INT8),
        "int8_per_tensor": _conv("int8", DType.INT8, per_channel=False),
        "int8_no_bias": _conv("int8", DType.INT8, bias=False),
        "int8_groups": _conv("int8", DType.INT8, groups=2),
        "int8_int4": _conv("int8", DType.INT4),
        "int16": _conv("int16", DType.INT8),
    },
    "DEPTHWISE_CONV_2D": {
        "float": _depthwise("float", DType.FLOAT32),
        "int8": _depthwise("int8", DType.INT8),
        "int8_per_tensor": _depthwise("int8", DType.INT8, per_channel=False),
        "int8_no_bias": _depthwise("int8", DType.INT8, bias=False),
        "int8_int4": _depthwise("int8", DType.INT4),
        "int16": _depthwise("int16", DType.INT8),
    },
    "FULLY_CONNECTED": {
        "float": _dense("float", DType.FLOAT32, per_channel=False),
        "int8": _dense("int8", DType.INT8, per_channel=False),
        "int8_per_channel": _dense("int8", DType.INT8, per_channel=True),
        "int8_no_bias": _dense("int8", DType.INT8, per_channel=False, bias=False),
        "int8_int4": _dense("int8", DType.INT4, per_channel=False),
        "int8_computed_weights": _dense("int8", DType.INT8, per_channel=False, constant=False),
        "int16": _dense("int16", DType.INT8, per_channel=False),
    },
    "L2_POOL_2D": _pool("L2_POOL_2D", "float"),
    "MAX_POOL_2D": _pool("MAX_POOL_2D", "float", "int8", "int16"),
    "SOFTMAX": {
        "float": lambda: one_op("SOFTMAX", [f32(2, 5)], [f32(2, 5)], "SoftmaxOptions", beta=1.0),
        "int8": lambda: one_op("SOFTMAX", [i8(2, 5)], [i8(2, 5, quant=_UNIT)], "SoftmaxOptions", beta=1.0),
        "int16": lambda: one_op(
            "SOFTMAX", [i16(2, 5)], [i16(2, 5, quant=Quant((1 / 32768,), (0,)))], "SoftmaxOptions", beta=1.0
        ),
    },
    "SVDF": {"float": _svdf("float"), "int8": _svdf("int8")},
    "TRANSPOSE_CONV": {
        "float": _transpose_conv("float", DType.FLOAT32),
        "float_bias": _transpose_conv("float", DType.FLOAT32, bias=DType.FLOAT32),
        "int8": _transpose_conv("int8", DType.INT8, bias=DType.INT32),
        "int16": _transpose_conv("int16", DType.INT8, bias=DType.INT64),
        "int16_narrow_bias": _transpose_conv("int16", DType.INT8, bias=DType.INT16),
    },
    "UNIDIRECTIONAL_SEQUENCE_LSTM": {
        "float": _lstm("float"),
        "int8": _lstm("int8"),
        "int16": _lstm("int16"),
        "int8_time_major": _lstm("int8", time_major=True),
    },
}
