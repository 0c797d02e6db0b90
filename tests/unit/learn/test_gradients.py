"""Each operator against finite differences: the gradient of a random linear function of its outputs."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from arenafit.ir import Op, OpCode, OpId, Options, TensorId
from arenafit.learn.operators import operators
from arenafit.learn.protocol import Call

Array = NDArray[Any]
RANDOM = np.random.default_rng(5)


def values(*shape: int) -> Array:
    # Away from the kinks of maxima and activations.
    made = RANDOM.normal(size=shape)
    return np.where(np.abs(made) < 0.05, 0.3, made)


def call(name: str, *arrays: Array | None, shape: tuple[int, ...] = (), outputs: int = 1, **options: Any) -> Call:
    inputs = tuple(None if array is None else TensorId(place) for place, array in enumerate(arrays))
    written = tuple(TensorId(100 + place) for place in range(outputs))
    op = Op(OpId(0), OpCode(name), inputs, written, Options("", tuple(options.items())))
    return Call(op, arrays, (shape,) * outputs)


WINDOW: dict[str, Any] = {"padding": 0, "stride_h": 2, "stride_w": 1}
POOL: dict[str, Any] = {**WINDOW, "filter_height": 3, "filter_width": 2}
DILATED: dict[str, Any] = {"padding": 1, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 2, "dilation_w_factor": 1}
POSITIVE = np.abs(values(2, 5)) + 0.5
UNARY = (
    "RELU", "RELU6", "RELU_N1_TO_1", "LOGISTIC", "TANH", "ELU", "HARD_SWISH", "ABS", "NEG", "EXP", "SQUARE", "SIN",
    "COS", "QUANTIZE", "DEQUANTIZE", "SOFTMAX", "LOG_SOFTMAX",
)  # fmt: skip
BINARY = ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "PRELU")
MARGINS = np.asarray([[0, 0], [1, 2], [0, 1]])

CASES: dict[str, Callable[[], Call]] = {
    **{name: partial(lambda name: call(name, values(2, 5)), name) for name in UNARY},
    **{name: partial(lambda name: call(name, POSITIVE), name) for name in ("LOG", "SQRT", "RSQRT")},
    **{name: partial(lambda name: call(name, values(2, 3, 4), values(4)), name) for name in BINARY},
    "LEAKY_RELU": lambda: call("LEAKY_RELU", values(2, 5), alpha=0.2),
    "CONV_2D": lambda: call("CONV_2D", values(2, 6, 5, 2), values(3, 3, 2, 2), values(3), **WINDOW),
    "CONV_2D of many channels": lambda: call("CONV_2D", values(2, 6, 5, 6), values(3, 3, 2, 6), values(3), **WINDOW),
    "CONV_2D dilated, without a bias": lambda: call("CONV_2D", values(2, 6, 5, 2), values(3, 2, 2, 2), **DILATED),
    "CONV_2D in groups": lambda: call("CONV_2D", values(2, 5, 5, 4), values(6, 3, 3, 2), values(6), **WINDOW),
    "DEPTHWISE_CONV_2D": lambda: call(
        "DEPTHWISE_CONV_2D", values(2, 6, 5, 2), values(1, 3, 2, 4), values(4), **WINDOW
    ),
    "FULLY_CONNECTED": lambda: call("FULLY_CONNECTED", values(3, 2, 2), values(5, 4), values(5), shape=(1, 5)),
    "MAX_POOL_2D": lambda: call("MAX_POOL_2D", values(2, 6, 5, 2), **POOL),
    "MAX_POOL_2D of windows apart": lambda: call(
        "MAX_POOL_2D", values(2, 6, 5, 2), padding=0, stride_h=3, stride_w=3, filter_height=3, filter_width=2
    ),
    "AVERAGE_POOL_2D": lambda: call("AVERAGE_POOL_2D", values(2, 6, 5, 2), **POOL),
    "RESHAPE": lambda: call("RESHAPE", values(2, 3, 4), np.asarray([1, 12]), shape=(1, 12)),
    "SQUEEZE": lambda: call("SQUEEZE", values(2, 1, 4), shape=(1, 4)),
    "EXPAND_DIMS": lambda: call("EXPAND_DIMS", values(2, 4), np.asarray([1]), shape=(1, 1, 4)),
    "TRANSPOSE": lambda: call("TRANSPOSE", values(2, 3, 4), np.asarray([0, 2, 1])),
    "CONCATENATION": lambda: call("CONCATENATION", values(2, 3), values(2, 4), axis=1),
    "PAD": lambda: call("PAD", values(2, 3, 4), MARGINS),
    "PADV2": lambda: call("PADV2", values(2, 3, 4), MARGINS, np.asarray([2.0])),
    "MEAN": lambda: call("MEAN", values(2, 3, 4, 2), np.asarray([1, 2]), keep_dims=False),
    "SUM": lambda: call("SUM", values(2, 3, 4, 2), np.asarray([-1]), keep_dims=True),
    "STRIDED_SLICE": lambda: call(
        "STRIDED_SLICE", values(2, 5, 4), np.asarray([0, 1, 2]), np.asarray([0, 5, 3]), np.asarray([1, 2, 1]),
        shrink_axis_mask=4,
    ),
    "SPLIT": lambda: call("SPLIT", np.asarray([1]), values(2, 6), outputs=2),
}  # fmt: skip


def test_every_operator_with_a_gradient_has_a_case() -> None:
    named = {case.split()[0] for case in CASES}
    assert {name for name, item in operators().items() if item.backward is not None} == named


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_finite_differences(case: str) -> None:
    made = CASES[case]()
    operator = operators()[made.op.name]
    assert operator.backward is not None
    outputs = operator.forward(made)
    weights = tuple(RANDOM.normal(size=item.shape) for item in outputs)
    gradients = list(operator.backward(made, outputs, weights))
    assert any(item is not None for item in gradients)
    for place, array in enumerate(made.arrays):
        gradient = gradients[place] if place < len(gradients) else None
        if array is None or gradient is None:
            continue
        assert gradient.shape == array.shape
        for index in RANDOM.permutation(array.size)[:12]:
            sides = []
            for step in (1e-6, -1e-6):
                moved = array.astype(np.float64).copy()
                moved.reshape(-1)[index] += step
                arrays = (*made.arrays[:place], moved, *made.arrays[place + 1 :])
                found = operator.forward(Call(made.op, arrays, made.shapes))
                sides.append(sum(float((one * two).sum()) for one, two in zip(found, weights, strict=True)))
            assert gradient.reshape(-1)[index] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-4, abs=1e-6)
