"""Operators element by element, and those over the last axis."""

from collections.abc import Callable

import numpy as np

from arenafit.learn.protocol import Array, Call, Operator, single, unbroadcast

# Of the operand and the output, the factor of the gradient.
Slope = Callable[[Call, Array, Array], Array]


def _unary(function: Callable[[Call, Array], Array], slope: Slope) -> Operator:
    def back(call: Call, outputs: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
        return [gradients[0] * slope(call, call.array(0), outputs[0])]

    return Operator(single(lambda call: function(call, call.array(0))), back)


def _sigmoid(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))))


def _erf(values: Array) -> Array:
    from math import erf  # noqa: PLC0415 - only GELU needs it

    return np.asarray(np.vectorize(erf, otypes=[values.dtype])(values))


def _gelu(_: Call, values: Array) -> Array:
    return np.asarray(values * (1 + _erf(values / np.sqrt(2))) / 2)


def _alpha(call: Call) -> float:
    return float(call.option("alpha", 0.0))


_UNARY: dict[str, Operator] = {
    "RELU": _unary(lambda _, x: np.maximum(x, 0), lambda _, x, y: (x > 0) * np.ones_like(y)),
    "RELU6": _unary(lambda _, x: np.clip(x, 0, 6), lambda _, x, y: ((x > 0) & (x < 6)) * np.ones_like(y)),
    "RELU_N1_TO_1": _unary(lambda _, x: np.clip(x, -1, 1), lambda _, x, y: (np.abs(x) < 1) * np.ones_like(y)),
    "LOGISTIC": _unary(lambda _, x: _sigmoid(x), lambda _, _x, y: y * (1 - y)),
    "TANH": _unary(lambda _, x: np.tanh(x), lambda _, _x, y: 1 - y * y),
    "LEAKY_RELU": _unary(
        lambda call, x: np.where(x > 0, x, _alpha(call) * x), lambda call, x, _y: np.where(x > 0, 1.0, _alpha(call))
    ),
    "ELU": _unary(
        lambda _, x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda _, x, y: np.where(x > 0, 1, y + 1)
    ),
    "HARD_SWISH": _unary(
        lambda _, x: x * np.clip(x + 3, 0, 6) / 6,
        lambda _, x, _y: np.where(x <= -3, 0, np.where(x >= 3, 1, (2 * x + 3) / 6)),
    ),
    "GELU": Operator(single(lambda call: _gelu(call, call.array(0)))),
    "ABS": _unary(lambda _, x: np.abs(x), lambda _, x, _y: np.sign(x)),
    "NEG": _unary(lambda _, x: -x, lambda _, x, _y: -np.ones_like(x)),
    "EXP": _unary(lambda _, x: np.exp(x), lambda _, _x, y: y),
    "LOG": _unary(lambda _, x: np.log(x), lambda _, x, _y: 1 / x),
    "SQRT": _unary(lambda _, x: np.sqrt(x), lambda _, _x, y: 0.5 / y),
    "RSQRT": _unary(lambda _, x: 1 / np.sqrt(x), lambda _, x, y: -0.5 * y / x),
    "SQUARE": _unary(lambda _, x: x * x, lambda _, x, _y: 2 * x),
    "SIN": _unary(lambda _, x: np.sin(x), lambda _, x, _y: np.cos(x)),
    "COS": _unary(lambda _, x: np.cos(x), lambda _, x, _y: -np.sin(x)),
    "QUANTIZE": _unary(lambda _, x: x, lambda _, x, _y: np.ones_like(x)),
    "DEQUANTIZE": _unary(lambda _, x: x, lambda _, x, _y: np.ones_like(x)),
}


def _binary(
    function: Callable[[Array, Array], Array], slopes: Callable[[Array, Array], tuple[Array, Array]]
) -> Operator:
    def back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
        first, second = call.array(0), call.array(1)
        one, other = slopes(first, second)
        return [unbroadcast(gradients[0] * one, first.shape), unbroadcast(gradients[0] * other, second.shape)]

    return Operator(single(lambda call: function(call.array(0), call.array(1))), back)


def _one(values: Array) -> Array:
    return np.ones((), values.dtype)


_BINARY: dict[str, Operator] = {
    "ADD": _binary(np.add, lambda a, b: (_one(a), _one(b))),
    "SUB": _binary(np.subtract, lambda a, b: (_one(a), -_one(b))),
    "MUL": _binary(np.multiply, lambda a, b: (b, a)),
    "DIV": _binary(np.divide, lambda a, b: (1 / b, -a / (b * b))),
    "MAXIMUM": _binary(np.maximum, lambda a, b: (1.0 * (a >= b), 1.0 * (a < b))),
    "MINIMUM": _binary(np.minimum, lambda a, b: (1.0 * (a <= b), 1.0 * (a > b))),
    "SQUARED_DIFFERENCE": _binary(lambda a, b: np.square(a - b), lambda a, b: (2 * (a - b), 2 * (b - a))),
    "PRELU": _binary(
        lambda a, b: np.where(a > 0, a, a * b), lambda a, b: (np.where(a > 0, 1.0, b), np.where(a > 0, 0.0, a))
    ),
}


def _softmax(call: Call) -> Array:
    values = call.array(0) * float(call.option("beta", 1.0) or 1.0)
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _softmax_back(call: Call, outputs: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    (made,), (gradient,) = outputs, gradients
    inner = (gradient * made).sum(axis=-1, keepdims=True)
    return [made * (gradient - inner) * float(call.option("beta", 1.0) or 1.0)]


def _log_softmax(call: Call) -> Array:
    values = call.array(0)
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _log_softmax_back(_: Call, outputs: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    return [gradients[0] - np.exp(outputs[0]) * gradients[0].sum(axis=-1, keepdims=True)]


def _normalised(call: Call) -> Array:
    values = call.array(0)
    return np.asarray(values / np.sqrt(np.maximum(np.square(values).sum(axis=-1, keepdims=True), 1e-6)))


OPERATORS = {
    **_UNARY,
    **_BINARY,
    "SOFTMAX": Operator(single(_softmax), _softmax_back),
    "LOG_SOFTMAX": Operator(single(_log_softmax), _log_softmax_back),
    "L2_NORMALIZATION": Operator(single(_normalised)),
}
