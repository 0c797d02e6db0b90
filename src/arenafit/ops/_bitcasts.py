"""When kinds of operators copy their input unchanged, byte for byte and in order.

That there is one output with as many elements, of the same type and quantisation, has been seen to before these are
asked.
"""

from collections.abc import Callable
from math import prod

import numpy as np

from arenafit.ir import DType
from arenafit.ops.protocol import Operands

NO_ACTIVATION = 0


def always(_operands: Operands) -> bool:
    return True


def is_single(operands: Operands) -> bool:
    op = operands.op
    return len(op.inputs) == 1 and operands.number("fused_activation_function") == NO_ACTIVATION


def is_same_type(operands: Operands) -> bool:
    # Equal types and quantisation were checked: a QUANTIZE or CAST that changes nothing.
    return operands.needed_input(0).shape == operands.needed_output().shape


def pads_nothing(operands: Operands) -> bool:
    amounts = padding_of(operands)
    return amounts is not None and not any(any(pair) for pair in amounts)


def pools_single(operands: Operands) -> bool:
    names = ("filter_height", "filter_width", "stride_h", "stride_w")
    return (
        all(operands.number(name) == 1 for name in names)
        and operands.number("fused_activation_function") == NO_ACTIVATION
    )


def pools_single_integer(operands: Operands) -> bool:
    # An average of floats is a sum that begins with 0.0, in which -0.0 is lost; a maximum of floats drops a NaN.
    return operands.needed_input(0).dtype is not DType.FLOAT32 and pools_single(operands)


def is_neutral_constant(neutral: float) -> Callable[[Operands], bool]:
    def check(operands: Operands) -> bool:
        op = operands.op
        second = operands.constant(1) if len(op.inputs) > 1 else None
        if (
            second is None
            or second.dtype is not DType.FLOAT32
            or prod(second.shape) > operands.needed_input(0).elements
        ):
            return False
        same = operands.needed_input(0).shape == operands.needed_output().shape
        # By bytes, so that -0.0 is not taken for 0.0: x - 0.0 is x for every x, x - -0.0 is not.
        exact = second.array().tobytes() == np.full(second.shape, neutral, np.float32).tobytes()
        return same and exact and operands.number("fused_activation_function") == NO_ACTIVATION

    return check


def padding_of(operands: Operands) -> tuple[tuple[int, int], ...] | None:
    """Return (before, after) per axis of a PAD, PADV2 or MIRROR_PAD with constant amounts."""
    amounts = operands.constant(1)
    if amounts is None or amounts.elements != 2 * len(operands.needed_input(0).shape):
        return None
    return tuple((int(before), int(after)) for before, after in amounts.array().reshape(-1, 2).tolist())
