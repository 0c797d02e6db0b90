"""Dense layers and products of matrices."""

import numpy as np

from arenafit.learn.protocol import Array, Call, ForwardBackward, Maker, always
from arenafit.ops import Family


def rows(call: Call) -> Array:
    """Return the operand of a dense layer as rows (N, elements)."""
    return call.array(0).reshape(-1, call.array(1).shape[1])


def _dense(call: Call) -> tuple[Array, ...]:
    made = rows(call) @ call.array(1).T
    bias = call.arrays[2] if len(call.arrays) > 2 else None
    made = made if bias is None else made + bias
    (shape,) = call.shapes
    return (made.reshape(-1, *shape[1:]),)


def _dense_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    flat = gradients[0].reshape(-1, len(call.array(1)))
    bias = call.arrays[2] if len(call.arrays) > 2 else None
    to_source = (flat @ call.array(1)).reshape(call.array(0).shape)
    return [to_source, flat.T @ rows(call), None if bias is None else flat.sum(axis=0)]


def _sides(call: Call) -> tuple[Array, Array]:
    left, right = call.array(0), call.array(1)
    left = np.swapaxes(left, -1, -2) if call.option("adj_x") else left
    return left, np.swapaxes(right, -1, -2) if call.option("adj_y") else right


def _matmul(call: Call) -> tuple[Array, ...]:
    left, right = _sides(call)
    return (left @ right,)


RULES: dict[Family, Maker] = {
    Family.DENSE: always(ForwardBackward(_dense, _dense_back)),
    Family.MATRIX_PRODUCT: always(ForwardBackward(_matmul)),
}
