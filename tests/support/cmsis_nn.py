"""How CMSIS-NN's int8 MAXIMUM and MINIMUM walk operands of different shapes, which the wheel's kernels cannot show.

Mirrors what arm_maximum_s8 and arm_minimum_s8 of CMSIS-NN 4ab83cc3 read; shapes are (N, H, W, C).
"""

from math import prod

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Model

Shape = tuple[int, ...]
Places = NDArray[np.int64]


def limits_misread(model: Model) -> list[str]:
    """Return the MAXIMUM and MINIMUM operators that CMSIS-NN computes from other elements than it should."""
    wrong = []
    for graph in model.graphs:
        for op in graph.ops:
            operands = [tensor for tensor in graph.inputs_of(op) if tensor is not None]
            if op.name in ("MAXIMUM", "MINIMUM") and operands[0].dtype is DType.INT8:
                shapes = operands[0].shape, operands[1].shape
                if not reads_what_it_should(*shapes):
                    wrong.append(f"{op.name} of {shapes[0]} and {shapes[1]}")
    return wrong


def reads_what_it_should(first: Shape, second: Shape) -> bool:
    """Whether CMSIS-NN reads for every output element what broadcasting says."""
    one, two = _extended(first), _extended(second)
    out = np.broadcast_shapes(one, two)
    wanted = (np.broadcast_to(np.arange(prod(shape)).reshape(shape), out).ravel() for shape in (one, two))
    return all(np.array_equal(want, got) for want, got in zip(wanted, places_read(one, two), strict=True))


def places_read(first: Shape, second: Shape) -> tuple[Places, Places]:
    """Return the flat index into each operand that is read for each output element in turn."""
    one, two = _extended(first), _extended(second)
    walk = _Walk(one, two, [], [])
    if one == two or 1 in (prod(one), prod(two)):
        walk.run((0, 0), (one, two))
    else:
        at = [0, 0]
        for _ in range(max(one[0], two[0])):
            walk.image(list(at))
            for side, (shape, other) in enumerate(((one, two), (two, one))):
                at[side] += prod(shape[1:]) if shape[0] >= other[0] else 0
    return np.array(walk.firsts, np.int64), np.array(walk.seconds, np.int64)


class _Walk:
    """The loops over one pair of shapes, writing down what they read."""

    def __init__(self, one: Shape, two: Shape, firsts: list[int], seconds: list[int]) -> None:
        self.shapes = one, two
        self.firsts, self.seconds = firsts, seconds

    def run(self, at: tuple[int, int], parts: tuple[Shape, Shape]) -> tuple[int, int]:
        """Read the parts side by side, or one element of one against all of the other; return how far each went."""
        sizes = prod(parts[0]), prod(parts[1])
        steps = [0 if size == 1 and parts[0] != parts[1] else 1 for size in sizes]
        for index in range(max(sizes)):
            self.firsts.append(at[0] + index * steps[0])
            self.seconds.append(at[1] + index * steps[1])
        return sizes

    def image(self, at: list[int]) -> None:
        """Read the three inner axes from `at` on."""
        one, two = self.shapes
        if one[1:] == two[1:] or 1 in (prod(one[1:]), prod(two[1:])):
            self.run((at[0], at[1]), (one[1:], two[1:]))
            return
        back = [0 if shape[2] >= other[2] else shape[3] for shape, other in ((one, two), (two, one))]
        pairs = ((one, two), (two, one))
        after_row = [
            back[side] if shape[1] >= other[1] else -shape[2] * (shape[3] - back[side])
            for side, (shape, other) in enumerate(pairs)
        ]
        for _ in range(max(one[1], two[1])):
            self._row(at, back)
            at[0] += after_row[0]
            at[1] += after_row[1]

    def _row(self, at: list[int], back: list[int]) -> None:
        one, two = self.shapes
        if one[2:] == two[2:] or 1 in (prod(one[2:]), prod(two[2:])):
            went = self.run((at[0], at[1]), (one[2:], two[2:]))
            at[0] += went[0]
            at[1] += went[1]
            return
        for _ in range(max(one[2], two[2])):
            went = self.run((at[0], at[1]), (one[3:], two[3:]))
            at[0] += went[0] - back[0]
            at[1] += went[1] - back[1]


def _extended(shape: Shape) -> Shape:
    return (1,) * (4 - len(shape)) + shape
