"""Scales that some kernels insist on: of softmaxes, sums, tables of 16 bits, pads and recurrent layers."""

from math import isclose, isfinite, log2

from arenafit.ir import DType, Tensor
from arenafit.kernels.conditions import QUANTIZED, Demand, Violation
from arenafit.ops import Operands

_CONVERT = "the file is damaged: convert the model again"
_AGAIN = "quantise the model again, with data that is like what it meets"
# BETA * scale * 2^(31 - kScaledDiffIntegerBits) must be above 1: QuantizeMultiplierGreaterThanOne ends the process.
_SOFTMAX_BITS = 26


def _scale(item: Tensor | None) -> float:
    return item.quant.scales[0] if item is not None and item.quant and item.quant.scales else 0.0


def _zero(item: Tensor | None) -> int:
    return item.quant.zero_points[0] if item is not None and item.quant and item.quant.zero_points else 0


def softmax_scales(operands: Operands) -> Violation | None:
    """Input and output have scales that CalculateSoftmaxParams of softmax_common.cc takes."""
    input_, output = operands.input(0), operands.output()
    if input_ is None or output is None or input_.dtype is DType.FLOAT32:
        return None
    if input_.dtype is DType.INT8 and _scale(input_) * operands.option("beta", 1.0) * 2.0**_SOFTMAX_BITS <= 1:
        clause = f"its input has the scale {_scale(input_):g}, with which its kernel ends the process"
        return Violation("scale", clause, _AGAIN, input_.name)
    wanted = (1 / 256, -128) if output.dtype is DType.INT8 else (1 / 65536, -32768)
    if input_.dtype is DType.INT16:
        wanted = (1 / 32768, 0)
        if _zero(input_):
            return Violation("scale", "its int16 kernel takes zero point 0", _AGAIN, input_.name)
    near = 0.0 if output.dtype is DType.INT8 else 0.001
    if not isclose(_scale(output), wanted[0], rel_tol=near) or _zero(output) != wanted[1]:
        clause = f"its output must have scale {wanted[0]:g} and zero point {wanted[1]}, not {_scale(output):g} and"
        return Violation("scale", f"{clause} {_zero(output)}", _AGAIN, output.name)
    return None


def sum_scales(operands: Operands) -> Violation | None:
    """The scales of both operands and the output are not too far apart (CalculateOpDataAdd of add_common.cc).

    Three multipliers must lie between 0 and 1: QuantizeMultiplierSmallerThanOneExp ends the process where one does not.
    """
    output = operands.output()
    if output is None or output.dtype not in QUANTIZED:
        return None
    scales = [_scale(operands.input(0)), _scale(operands.input(1))]
    twice = 2 * max(scales)
    if min(*scales, _scale(output)) <= 0:
        return None  # `scaled` says so
    shift = 15 if output.dtype is DType.INT16 else 20
    room = (1 << shift) * _scale(output)
    if isfinite(twice) and twice < room < float("inf") and min(scales) / twice > 0:
        return None
    clause = f"scales {scales[0]:g} and {scales[1]:g} are too far from the output's {_scale(output):g}"
    return Violation("scale", clause, _AGAIN, output.name)


def power_of_two_output(exponent: int) -> Demand:
    """An int16 output has the scale 2^exponent, about."""

    def condition(operands: Operands) -> Violation | None:
        output = operands.output()
        if output is None or output.dtype is not DType.INT16 or not 0 < _scale(output) < float("inf"):
            return None
        power = log2(_scale(output))
        if abs(power - round(power)) < 1e-3 and round(power) == exponent:
            return None
        clause = f"its int16 output must have the scale 2^{exponent}, not {_scale(output):g}"
        return Violation("scale", clause, "quantise the model again: converters set this scale", output.name)

    return condition


def one_output_scale(operands: Operands) -> Violation | None:
    """The output has one scale above 0, and a zero point (quantize_common.cc)."""
    output = operands.output()
    quant = None if output is None else output.quant
    if quant is not None and len(quant.scales) == 1 and quant.scales[0] > 0 and quant.zero_points:
        return None
    return Violation(
        "scale", "its output needs one scale above 0 and a zero point", _AGAIN, output.name if output else None
    )


def agreeing_all(operands: Operands) -> Violation | None:
    """All int8 operands have the output's scale and zero point (concatenation.cc)."""
    output = operands.output()
    if output is None or output.dtype is not DType.INT8:
        return None
    for index in range(len(operands.op.inputs)):
        item = operands.input(index)
        if item is not None and (_scale(item), _zero(item)) != (_scale(output), _zero(output)):
            clause = f"operand {index} has another scale or zero point than the output"
            return Violation("scale", clause, "quantise the model again: TFLM does not requantise here", item.name)
    return None


def pad_value(operands: Operands) -> Violation | None:
    """A value to pad with is one element of the output's scale and zero point (pad_common.cc)."""
    value, output = operands.input(2), operands.output()
    if value is None or output is None:
        return None
    if value.elements != 1:
        return Violation("shape", f"the value to pad with has {value.elements} elements", "give one value", value.name)
    if output.dtype is DType.INT8 and (_scale(value), _zero(value)) != (_scale(output), _zero(output)):
        return Violation("scale", "the value to pad with has another scale than the output", _AGAIN, value.name)
    return None


def svdf_state(operands: Operands) -> Violation | None:
    """The state is a variable that holds the frames of each filter, and scales fit (PrepareSvdf of svdf_common.cc)."""
    input_, weights, times, state = (operands.input(index) for index in (0, 1, 2, 4))
    if input_ is None or state is None or weights is None or times is None:
        return Violation("count", "an operand is missing", _CONVERT)
    if min(map(len, (input_.shape, state.shape, weights.shape, times.shape))) < 2:
        return None  # the ranks are said to be wrong
    if not state.is_variable:
        return Violation("variable", "its state is no variable", _CONVERT, state.name)
    if times.shape[0] != weights.shape[0] or state.shape != (input_.shape[0], times.shape[1] * weights.shape[0]):
        return Violation("shape", "its state does not fit its filters", _CONVERT, state.name)
    return _svdf_bias(operands, state, times, weights.shape[0])


def _svdf_bias(operands: Operands, state: Tensor, times: Tensor, filters: int) -> Violation | None:
    input_, bias = operands.input(0), operands.input(3)
    if bias is not None and bias.elements != filters // max(operands.option("rank", 1), 1):
        return Violation("shape", "its bias does not fit its filters", _CONVERT, bias.name)
    is_float = input_ is None or input_.dtype is not DType.INT8
    if is_float or abs(_scale(bias) - _scale(state) * _scale(times)) < 1e-5:
        return None
    return Violation("scale", "its bias has another scale than state times weights", _AGAIN, state.name)


# Of the 24 operands: input, the weights of the four gates, the state.
_LSTM_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8)
_LSTM_BIASES = (12, 13, 14, 15)
_LSTM_FORBIDDEN = (9, 10, 11, 16, 17, 20, 21, 22, 23)


def lstm_types(operands: Operands) -> Violation | None:
    """Types go together, and there are neither peepholes, projection nor normalisation (lstm_shared.h, lstm_eval.h)."""
    needed = {index: operands.input(index) for index in (0, *_LSTM_WEIGHTS, *_LSTM_BIASES, 18, 19)}
    lost = next((index for index, item in needed.items() if item is None), None)
    if lost is not None:
        return Violation("count", f"operand {lost} is missing", "TFLM has the LSTM with all four gates: convert it so")
    extra = next((index for index in _LSTM_FORBIDDEN if operands.input(index) is not None), None)
    if extra is not None:
        clause = f"operand {extra} is there: its kernel has no peepholes, projection or layer normalisation"
        return Violation("option", clause, "use the plain LSTM")
    found = tuple(item.dtype for item in (needed[0], needed[1], needed[12], needed[19]) if item is not None)
    allowed = {
        (DType.FLOAT32, DType.FLOAT32, DType.FLOAT32, DType.FLOAT32),
        (DType.INT8, DType.INT8, DType.INT32, DType.INT16),
        (DType.INT16, DType.INT8, DType.INT64, DType.INT16),
        (DType.INT16, DType.INT8, DType.INT32, DType.INT16),
    }
    weights = {item.dtype for index in _LSTM_WEIGHTS if (item := needed[index]) is not None}
    if found not in allowed or len(weights) > 1:
        labels = ", ".join(item.label for item in found)
        return Violation("type", f"no kernel has input, weights, bias and cell state {labels}", _AGAIN)
    return None


def one_scale(operands: Operands) -> Violation | None:
    """The operand has one scale: DequantizePrepare of dequantize_common.cc reads no other."""
    source = operands.input(0)
    if source is None or source.quant is None or len(set(source.quant.scales)) <= 1:
        return None
    clause = f"it has {len(source.quant.scales)} scales, its kernel uses the first for all: the outputs are wrong"
    return Violation(
        "scale", clause, "quantise these weights per tensor, or keep them in float", source.name, runs=True
    )


def clamped(operands: Operands) -> Violation | None:
    """Input and output of a clamp of stored values have one scale (Relu6Eval of activations.cc)."""
    source, output = operands.input(0), operands.output()
    if source is None or output is None or source.dtype not in QUANTIZED:
        return None
    if isclose(_scale(source), _scale(output), rel_tol=1e-5) and _zero(source) == _zero(output):
        return None
    clause = (
        f"its kernel clamps stored values, but scale {_scale(source):g} becomes {_scale(output):g}: the outputs are"
    )
    return Violation(
        "scale", f"{clause} wrong", "fuse the activation into the operator before it", output.name, runs=True
    )
