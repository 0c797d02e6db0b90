"""Measure single operators on an emulated board, and write records that fit_costs.py fits coefficients to.

    python operators.py --library libtensorflow-microlite.a --tflm DIR --output release.jsonl [--only OPERATOR...]

README.md says what the library must be.
"""

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from activations import activations
from board import add_library, library_of, linked_witness
from cases import Case, Shape, keep_others, measure, save
from four_bits import four_bits
from pixels import pixels
from sixteen_bits import sixteen_bits
from upsampling import upsampling


def reductions() -> Iterator[Case]:
    """MEAN, SUM, REDUCE_MAX and REDUCE_MIN over one and more axes of one to four dimensions."""
    shapes: list[tuple[Shape, Shape]] = [
        ((1, 8, 8, 16), (1, 2)), ((1, 4, 4, 64), (1, 2)), ((1, 7, 5, 9), (1, 2)), ((1, 12, 12, 4), (2, 1)),
        ((1, 6, 10, 8), (1,)), ((1, 6, 10, 8), (2,)), ((1, 6, 10, 8), (3,)), ((2, 5, 4, 6), (1, 2, 3)),
        ((1, 49, 64), (1,)), ((1, 64, 40), (2,)), ((1, 20, 16), (1, 2)), ((8, 96), (1,)), ((24, 32), (0,)),
        ((512,), (0,)), ((40,), (0,)), ((1, 1, 1, 32), (1, 2)),
    ]  # fmt: skip
    kinds = [("MEAN", ("i8", "i16", "f32")), ("SUM", ("i8", "f32")), ("REDUCE_MAX", ("i8", "f32"))]
    for (name, dtypes), (shape, axes) in product(kinds, shapes):
        kept = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
        dropped = tuple(size for axis, size in enumerate(shape) if axis not in axes)
        for dtype in dtypes:
            keep = dtype != "f32" or name != "MEAN"  # with keep_dims, float MEAN over the image is another loop
            for output in {kept if keep else dropped, kept}:
                keeps = output == kept
                if dtype == "f32" and name == "MEAN" and keeps and len(shape) == 4 and set(axes) == {1, 2}:
                    continue
                yield Case(
                    name, dtype, (shape,), output, "ReducerOptions", {"keep_dims": keeps},
                    (np.array(axes, np.int32),), {"axes": list(axes), "keep": keeps},
                    same_scale=name != "SUM" or dtype == "f32",
                )  # fmt: skip


def requantisations() -> Iterator[Case]:
    """QUANTIZE between integers and from float, DEQUANTIZE."""
    sizes = [(1, 2), (1, 33), (1, 8, 8, 4), (1, 1200)]
    pairs = ["i16->i8", "i16->i16", "i16->i32", "i8->i16", "i8->i32", "i32->i8", "i32->i16", "i8->u8", "u8->i8"]
    for pair, shape in product([*pairs, "f32->i16"], sizes):
        yield Case("QUANTIZE", pair, (shape,), shape, "QuantizeOptions", same_scale=False)
    for pair, shape in product(["i8->u8", "u8->i8"], sizes):
        yield Case("QUANTIZE", pair, (shape,), shape, "QuantizeOptions")
    for shape in sizes:
        yield Case("DEQUANTIZE", "i16->f32", (shape,), shape, "DequantizeOptions")


def softmaxes() -> Iterator[Case]:
    """SOFTMAX of int16, and of int8 into int16."""
    for pair, zero in (("i8->i16", -32768), ("i16", 0)):
        scale = 1 / 65536 if zero else 1 / 32768
        for shape in ((1, 2), (1, 10), (1, 100), (8, 12)):
            yield Case(
                "SOFTMAX", pair, (shape,), shape, "SoftmaxOptions", {"beta": 1.0}, attrs={"beta": 1.0},
                same_scale=False, out_quant=(scale, zero),
            )  # fmt: skip


def elementwise() -> Iterator[Case]:
    """Two operands of equal and of broadcast shapes, and activations of int16."""
    equal: list[tuple[Shape, ...]] = [((4,),) * 2, ((1, 8, 8, 4),) * 2, ((1, 900),) * 2]
    wide: list[tuple[Shape, ...]] = [
        ((1, 6, 8, 5), (1,)), ((1, 6, 8, 5), (5,)), ((1, 6, 8, 5), (1, 6, 1, 1)), ((1, 6, 8, 5), (1, 1, 8, 1)),
        ((2, 48), (2, 1)), ((1, 12, 12, 8), (8,)), ((1, 4, 12, 12), (1, 4, 1, 12)), ((64,), (1,)),
    ]  # fmt: skip
    tables = [
        ("MAXIMUM", ("i16", "i32", "f32"), "MaximumMinimumOptions"), ("MINIMUM", ("f32",), "MaximumMinimumOptions"),
        ("SQUARED_DIFFERENCE", ("i8", "f32"), "SquaredDifferenceOptions"), ("ADD", ("i16",), "AddOptions"),
        ("SUB", ("i16",), "SubOptions"), ("MUL", ("i16",), "MulOptions"),
    ]  # fmt: skip
    for (name, dtypes, options), shapes in product(tables, [*equal, *wide]):
        for dtype in dtypes:
            values = {"pot_scale_int16": False} if name in ("ADD", "SUB") else {}
            attrs = {} if shapes in equal else {"broadcast": True}
            yield Case(name, dtype, shapes, np.broadcast_shapes(*shapes), options, values, attrs=attrs)
    limits: list[tuple[Shape, Shape]] = [
        ((1, 2, 48, 8), (1, 2, 1, 8)), ((1, 2, 48, 16), (1, 2, 1, 16)), ((1, 4, 32, 3), (1, 4, 1, 3)),
        ((1, 3, 12, 64), (1, 3, 1, 64)), ((1, 4, 24, 1), (1, 4, 24, 1)), ((1, 2, 24, 32), (1, 2, 24, 1)),
        ((1, 5, 9, 7), (1, 5, 9, 1)), ((1, 8, 6, 5), (1, 1, 6, 5)), ((1, 8, 40, 4), (1, 1, 40, 4)),
        ((1, 1, 48, 8), (1, 1, 1, 1)), ((1, 6, 16, 8), (8,)), ((1, 20, 5, 64), (64,)), ((2, 4, 6, 8), (2, 1, 1, 1)),
        ((1, 16, 3, 4), (1, 1, 3, 4)), ((2, 4, 6, 8), (1, 4, 6, 8)),
    ]  # fmt: skip
    for shapes in limits:
        attrs = {} if shapes[0] == shapes[1] else {"broadcast": True}
        yield Case("MINIMUM", "i8", shapes, shapes[0], "MaximumMinimumOptions", attrs=attrs)
    for shape in ((1, 3), (1, 64), (1, 10, 10, 8)):
        yield Case("LEAKY_RELU", "i16", (shape,), shape, "LeakyReluOptions", {"alpha": 0.25})


def masks() -> Iterator[Case]:
    """MUL of integers whose products are never negative, as streams multiply rows after ReLU with a mask."""
    shapes: list[tuple[Shape, Shape]] = [
        ((1, 2, 24, 8), (1, 2, 1, 1)), ((1, 1, 48, 16), (1, 1, 1, 1)), ((1, 6, 8, 5), (5,)),
        ((1, 4, 12, 12), (1, 4, 1, 12)), ((1, 12, 12, 8), (8,)), ((1, 3, 7, 4), (1, 3, 1, 1)),
        ((1, 6, 8, 5), (1, 1, 8, 1)), ((2, 48), (2, 1)),
    ]  # fmt: skip
    for pair in shapes:
        attrs = {"broadcast": True, "nonnegative": True}
        quant = (0.05, -128)
        yield Case("MUL", "i8", pair, pair[0], "MulOptions", attrs=attrs, in_quant=quant, out_quant=quant)
        yield Case("MUL", "i16", pair, pair[0], "MulOptions", attrs=attrs, positive=True)


def paddings() -> Iterator[Case]:
    """MIRROR_PAD."""
    amounts = [(0, 0), (1, 1), (2, 1), (0, 0)]
    for dtype, shape, mode in product(("i8", "f32"), ((1, 4, 6, 3), (1, 12, 12, 8), (1, 3, 40, 1)), (0, 1)):
        output = tuple(size + sum(pair) for size, pair in zip(shape, amounts, strict=True))
        yield Case(
            "MIRROR_PAD", dtype, (shape,), output, "MirrorPadOptions", {"mode": mode},
            (np.array(amounts, np.int32),), {"paddings": [list(pair) for pair in amounts], "mode": mode},
        )  # fmt: skip


def spreads() -> Iterator[Case]:
    """BROADCAST_TO, as first content of a loop's state is made, and along several axes."""
    shapes: list[tuple[Shape, Shape]] = [
        ((1, 1, 1, 1), (1, 2, 50, 8)), ((1,), (1, 3, 26, 32)), ((1, 1, 1, 16), (1, 4, 24, 16)),
        ((1, 1, 24, 4), (1, 6, 24, 4)), ((1, 5, 1, 1), (1, 5, 7, 3)), ((1, 1, 6, 1), (2, 4, 6, 8)), ((1,), (40,)),
        ((4, 1), (4, 96)),
    ]  # fmt: skip
    for dtype, (source, output) in product(("i8", "i16", "f32"), shapes):
        yield Case("BROADCAST_TO", dtype, (source,), output, "BroadcastToOptions", {}, (np.array(output, np.int32),))


def casts() -> Iterator[Case]:
    """CAST."""
    pairs = ["i8->i32", "i8->i16", "i8->f32", "i16->i32", "i16->f32", "i32->i8", "i32->i16", "i32->f32", "f32->i32"]
    for pair, shape in product([*pairs, "f32->i16", "f32->i8"], ((1, 2), (1, 8, 8, 4), (1, 1000))):
        yield Case("CAST", pair, (shape,), shape, "CastOptions")


def cases() -> list[Case]:
    """Return every case."""
    return [
        *reductions(),
        *requantisations(),
        *softmaxes(),
        *elementwise(),
        *paddings(),
        *spreads(),
        *casts(),
        *masks(),
        *upsampling(),
        *activations(),
        *four_bits(),
        *sixteen_bits(),
        *pixels(),
    ]


# What records call the kernels of a target.
RECORDED_AS = {
    "cortex-m4": "cortex-m4-cmsis-nn",
    "cortex-m4-reference": "cortex-m4-reference",
    "cortex-m55": "cortex-m55-cmsis-nn",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_library(parser)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument(
        "--only", nargs="+", metavar="OPERATOR", help="measure these, as ABS or 'ABS i8'; keep other records"
    )
    arguments = parser.parse_args()
    only = arguments.only
    chosen = [case for case in cases() if only is None or {case.op, f"{case.op} {case.dtype}"} & set(only)]
    with linked_witness(library_of(arguments)) as witness:
        records = list(measure(witness, chosen, RECORDED_AS[arguments.target]))
    kept = [] if only is None else keep_others(records, arguments.output)
    save([*kept, *records], arguments.output)


if __name__ == "__main__":
    main()
