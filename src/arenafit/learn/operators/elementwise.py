"""Operators element by element, and those over the last axis."""

import numpy as np

from arenafit import ops
from arenafit.learn.protocol import Array, Call, ForwardBackward, Maker, single, unbroadcast
from arenafit.ops import Family


def _unary(operator: ops.Operator) -> ForwardBackward | None:
    """Return the derivative of a function of each element."""
    function = operator.real
    if function is None:
        return None

    def back(call: Call, outputs: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
        return [gradients[0] * function.slope(call, call.array(0), outputs[0])]

    return ForwardBackward(single(lambda call: function.value(call, call.array(0))), back)


def _binary(operator: ops.Operator) -> ForwardBackward | None:
    """Return the derivative of a function of two elements."""
    function = operator.pair
    if function is None:
        return None

    def back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
        first, second = call.array(0), call.array(1)
        one, other = function.slopes(first, second)
        return [unbroadcast(gradients[0] * one, first.shape), unbroadcast(gradients[0] * other, second.shape)]

    return ForwardBackward(single(lambda call: function.value(call.array(0), call.array(1))), back)


def _erf(values: Array) -> Array:
    from math import erf  # noqa: PLC0415 - only GELU needs it

    return np.asarray(np.vectorize(erf, otypes=[values.dtype])(values))


def _gelu(_: Call, values: Array) -> Array:
    return np.asarray(values * (1 + _erf(values / np.sqrt(2))) / 2)


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


def _over_last(operator: ops.Operator) -> ForwardBackward:
    if operator.distribution == "probabilities":
        return ForwardBackward(single(_softmax), _softmax_back)
    if operator.distribution == "logarithms":
        return ForwardBackward(single(_log_softmax), _log_softmax_back)
    return ForwardBackward(single(_normalised))


RULES: dict[Family, Maker] = {Family.UNARY: _unary, Family.BINARY: _binary, Family.LAST_AXIS: _over_last}
# TFLM has no kernel for it, so no file in ops/ is about it.
WITHOUT_KERNEL = {"GELU": ForwardBackward(single(lambda call: _gelu(call, call.array(0))))}
