"""Operators that compute element by element, or along the last axis, and that seldom stand in a CNN: to measure."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from cases import Case, Operand, Shape, Weights
from upsampling import kernels

from arenafit.ir import DType, Quant

# Operator, its options, types, whether it is for positive numbers.
PLAIN: list[tuple[str, str, tuple[str, ...], bool]] = [
    ("ABS", "AbsOptions", ("i8", "i16", "f32"), False), ("NEG", "NegOptions", ("f32",), False),
    ("EXP", "ExpOptions", ("f32",), False), ("SQUARE", "SquareOptions", ("f32",), False),
    ("SIN", "", ("f32",), False), ("COS", "CosOptions", ("f32",), False), ("FLOOR", "", ("f32",), False),
    ("CEIL", "", ("f32",), False), ("ROUND", "", ("f32",), False), ("ELU", "", ("i8", "f32"), False),
    ("LOG", "", ("f32",), True), ("SQRT", "", ("f32",), True), ("RSQRT", "", ("f32",), True),
]  # fmt: skip


def plain() -> Iterator[Case]:
    """One element after another."""
    for (name, table, dtypes, positive), shape in product(PLAIN, ((1, 3), (1, 64), (1, 10, 10, 8))):
        for dtype in dtypes:
            yield Case(name, dtype, (shape,), shape, table, positive=positive, same_scale=False)
    for shape in ((1, 3), (1, 64), (1, 10, 10, 8)):
        # Negative input is refused: the smallest value stored stands for zero.
        quant = (0.05, -128)
        yield Case("RSQRT", "i8", (shape,), shape, "", same_scale=False, in_quant=quant, out_quant=quant)


def along_rows() -> Iterator[Case]:
    """Over the last axis."""
    kinds = [("L2_NORMALIZATION", "L2NormOptions", (1 / 128, 0)), ("LOG_SOFTMAX", "LogSoftmaxOptions", (16 / 256, 127))]
    for (name, table, quant), shape in product(kinds, ((1, 3), (1, 10), (8, 12), (1, 6, 5, 32), (1, 300))):
        for dtype in ("i8", "f32"):
            out = quant if dtype == "i8" else None
            yield Case(name, dtype, (shape,), shape, table, out_quant=out, same_scale=False)


def slopes() -> Iterator[Case]:
    """PRELU with one slope a channel, one for all, and one an element."""
    shapes: list[tuple[Shape, Shape]] = [
        ((1, 6, 8, 5), (1, 1, 5)), ((1, 12, 12, 8), (1, 1, 8)), ((1, 1, 24, 32), (1, 1, 32)),
        ((1, 4, 4, 64), (1, 1, 64)), ((1, 8, 8, 4), (1, 1, 1)), ((1, 6, 6, 8), (6, 6, 8)), ((1, 2, 40, 3), (1, 1, 3)),
    ]  # fmt: skip
    for (shape, slope), dtype in product(shapes, ("i8", "i16", "f32")):
        alpha = kernels("f32" if dtype == "f32" else "i8", slope)
        if not isinstance(alpha, np.ndarray):
            alpha = type(alpha)(alpha.values, DType.INT8, Quant((0.005,), (0,)))
        yield Case("PRELU", dtype, (shape,), shape, "", constants=(alpha,), shapes=(shape, slope), same_scale=False)


def quotients() -> Iterator[Case]:
    """DIV of equal and of broadcast shapes."""
    shapes: list[tuple[Shape, ...]] = [
        ((4,),) * 2, ((1, 8, 8, 4),) * 2, ((1, 900),) * 2, ((1, 6, 8, 5), (1,)), ((1, 6, 8, 5), (5,)),
        ((1, 12, 12, 8), (1, 12, 12, 1)), ((2, 48), (2, 1)), ((1, 4, 12, 12), (1, 1, 1, 12)),
    ]  # fmt: skip
    for pair in shapes:
        attrs = {} if pair[0] == pair[1] else {"broadcast": True}
        yield Case("DIV", "f32", pair, pair[0], "DivOptions", attrs=attrs, positive=True, same_scale=False)


def products() -> Iterator[Case]:
    """BATCH_MATMUL: (matrices, rows, columns, products summed), operands as they are and transposed."""
    sizes = [
        (2, 4, 8, 16), (1, 6, 5, 12), (3, 1, 7, 9), (4, 5, 4, 30), (1, 12, 12, 8), (2, 3, 1, 21), (1, 2, 20, 64),
        (6, 2, 3, 5), (1, 9, 6, 40), (1, 7, 9, 33), (2, 5, 11, 24), (1, 16, 3, 48), (1, 10, 1, 36),
    ]  # fmt: skip
    kinds = [("i8", 3), ("i8", 0), ("i16", 0), ("f32", 0)]
    for (count, rows, columns, depth), (adj_x, adj_y), (dtype, zero) in product(
        sizes, ((False, False), (False, True), (True, False)), kinds
    ):
        first = (count, depth, rows) if adj_x else (count, rows, depth)
        second = (count, columns, depth) if adj_y else (count, depth, columns)
        flags = {"adj_x": adj_x, "adj_y": adj_y}
        quant = {"i8": (0.05, zero), "i16": (0.05 / 256, 0), "f32": None}[dtype]
        yield Case(
            "BATCH_MATMUL", dtype, (first, second), (count, rows, columns), "BatchMatMulOptions", flags,
            attrs={**flags, "zero": zero}, in_quant=quant, same_scale=False,
        )  # fmt: skip


def choices() -> Iterator[Case]:
    """SELECT_V2 between tensors, between single values, and of rows as loops choose them."""
    for dtype, shape, single in product(("i8", "i16", "f32"), ((7,), (10, 33), (1, 6, 5, 12)), (False, True)):
        kind = {"i8": np.int8, "i16": np.int16, "f32": np.float32}[dtype]
        values = tuple(np.full((1,) if single else shape, value, kind) for value in (1, 2))
        given: tuple[Operand, ...] = values
        if dtype != "f32":
            stored = DType.of(values[0].dtype)
            given = tuple(Weights(value, stored, Quant((0.05,), (0,))) for value in values)
        yield Case(
            "SELECT_V2", f"bool->{dtype}", (shape,), shape, "SelectV2Options", constants=given, same_scale=False,
            out_quant=None if dtype == "f32" else (0.05, 0), shapes=(shape, values[0].shape, values[1].shape),
        )  # fmt: skip


def choices_of_rows() -> Iterator[Case]:
    """SELECT_V2 whose condition has one value a row, as loops write it that mask rows outside the image."""
    shapes: list[tuple[Shape, Shape, Shape]] = [
        ((1, 4, 1, 1), (1, 4, 70, 1), (1, 1, 1, 1)), ((1, 4, 1, 1), (1, 4, 17, 14), (1, 1, 1, 1)),
        ((1, 2, 1, 1), (1, 2, 14, 12), (1, 1, 1, 1)), ((1, 3, 1, 1), (1, 3, 1, 8), (1, 1, 1, 1)),
        ((1, 6, 1, 1), (1, 6, 5, 12), (1, 6, 5, 12)), ((1, 3, 8, 1), (1, 3, 8, 5), (1, 1, 1, 1)),
        ((1, 1, 8, 1), (1, 4, 8, 6), (1, 1, 1, 1)), ((1, 2, 1, 1), (1, 2, 48, 8), (1, 1, 1, 1)),
        ((1, 1, 1, 1), (1, 2, 30, 3), (1, 1, 1, 1)), ((1, 5, 1, 1), (1, 5, 24, 1), (1, 1, 1, 1)),
        ((1, 1, 1, 1), (1, 1, 35, 1), (1, 1, 1, 1)), ((1, 1, 12, 7), (1, 3, 12, 7), (1, 1, 1, 1)),
    ]  # fmt: skip
    for given in shapes:
        values = tuple(np.full(shape, value, np.float32) for value, shape in enumerate(given[1:], start=1))
        yield Case(
            "SELECT_V2", "bool->f32", given[:1], given[1], "SelectV2Options", constants=values, same_scale=False,
            shapes=given,
        )  # fmt: skip


def activations() -> list[Case]:
    """Return every case."""
    return [*plain(), *along_rows(), *slopes(), *quotients(), *products(), *choices(), *choices_of_rows()]
