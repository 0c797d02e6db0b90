"""Output shapes that several operators have in common."""

from math import prod

from arenafit.ops.protocol import Operands, OutputShapes, Shape, ShapeError


def listed(shape: Shape) -> str:
    """Return a shape as it is written in messages."""
    return f"[{','.join(map(str, shape))}]"


def as_input(index: int = 0) -> OutputShapes:
    """Every output has the shape of this operand."""

    def shapes(operands: Operands) -> list[Shape]:
        return [operands.shape(index)] * operands.outputs

    return shapes


def scalar(_operands: Operands) -> list[Shape]:
    """Return the shape of a single value."""
    return [()]


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the shape that these have when broadcast against each other.

    Raises:
        ShapeError: if they cannot be.
    """
    rank = max(map(len, shapes), default=0)
    result: list[int] = []
    for axis in range(rank):
        sizes = {shape[axis - rank + len(shape)] for shape in shapes if axis - rank + len(shape) >= 0} - {1}
        if len(sizes) > 1:
            raise ShapeError(f"shapes {' and '.join(listed(shape) for shape in shapes)} do not broadcast")
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def broadcast(*indices: int) -> OutputShapes:
    """Return the rule for an output shaped as these operands broadcast against each other."""

    def shapes(operands: Operands) -> list[Shape]:
        return [broadcast_shapes(*(operands.shape(index) for index in indices))]

    return shapes


def axis_in(axis: int, rank: int, what: str = "axis") -> int:
    """Return an axis counted from the front.

    Raises:
        ShapeError: if there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ShapeError(f"{what} {axis} is outside rank {rank}")
    return axis + rank if axis < 0 else axis


def reduced(operands: Operands) -> list[Shape | None]:
    """Return the shape of operand 0 reduced along the axes in operand 1."""
    shape, axes = operands.shape(0), operands.integers(1)
    if axes is None:
        return [None]
    removed = {axis_in(axis, len(shape)) for axis in axes} if shape else set()
    if operands.option("keep_dims", False):
        return [tuple(1 if axis in removed else size for axis, size in enumerate(shape))]
    return [tuple(size for axis, size in enumerate(shape) if axis not in removed)]


def needed_rank(shape: Shape, rank: int, what: str) -> None:
    """Check a rank.

    Raises:
        ShapeError: if the shape has another.
    """
    if len(shape) != rank:
        raise ShapeError(f"{what} has rank {len(shape)}, {rank} is needed")


def resized(operands: Operands) -> list[Shape | None]:
    """Return the shape (N, H, W, C) of operand 0 with H and W from operand 1."""
    shape, size = operands.shape(0), operands.integers(1)
    needed_rank(shape, 4, "the input")
    if operands.shape(1) != (2,):
        raise ShapeError(f"the new size has shape {listed(operands.shape(1))}, [2] is needed")
    return [None if size is None else (shape[0], *size, shape[3])]


def padded(operands: Operands) -> list[Shape | None]:
    """Return the shape of operand 0 padded by the rows (before, after) of operand 1."""
    shape, amounts = operands.shape(0), operands.integers(1)
    if amounts is None:
        return [None]
    if len(amounts) != 2 * len(shape):
        raise ShapeError(f"paddings {listed(operands.shape(1))} do not match input rank {len(shape)}")
    return [tuple(size + amounts[2 * axis] + amounts[2 * axis + 1] for axis, size in enumerate(shape))]


def partitioned(operands: Operands, shape: Shape, axis: int, parts: tuple[int, ...]) -> list[Shape | None]:
    """Return the shapes of the parts of `shape` along `axis`.

    Raises:
        ShapeError: if the parts are not the whole, or not as many as there are outputs.
    """
    if len(parts) != operands.outputs:
        raise ShapeError(f"{len(parts)} parts are to be split off, there are {operands.outputs} outputs")
    if sum(parts) != shape[axis]:
        raise ShapeError(f"parts {listed(parts)} do not make up the {shape[axis]} of axis {axis}")
    return [(*shape[:axis], part, *shape[axis + 1 :]) for part in parts]


def resolved(wanted: tuple[int, ...], elements: int) -> Shape:
    """Return a wanted shape whose -1 stands for what is left of `elements`.

    Raises:
        ShapeError: if it cannot hold as many.
    """
    known = prod(size for size in wanted if size != -1)
    if wanted.count(-1) > 1 or any(size < -1 for size in wanted):
        raise ShapeError(f"{listed(wanted)} is no shape")
    if -1 in wanted:
        if known == 0 or elements % known:
            raise ShapeError(f"{elements} elements do not fill {listed(wanted)}")
        return tuple(elements // known if size == -1 else size for size in wanted)
    if known != elements:
        raise ShapeError(f"{listed(wanted)} does not hold the input's {elements} elements")
    return wanted
