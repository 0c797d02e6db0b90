"""A minimal model for every builtin operator that has a kernel file, in the variants that allocate otherwise.

`KERNEL_CASES` maps ``OPERATOR`` to functions that make a model, by variant.
"""

from functools import partial

import numpy as np

from arenafit.ir import Model, Quant
from support.layer_cases import LAYER_CASES
from support.one_op import IMAGE, Cases, Factory, Make, boolean, const, each, f32, i8, i16, i32, one_op, typed

_UNIT = Quant((1 / 256,), (-128,))


def _unary(name: str, *types: str, options: str | None = None, quant: Quant | None = None) -> dict[str, Make]:
    def build(make: Factory) -> Model:
        output = i8(*IMAGE, quant=quant) if quant and make is i8 else make(*IMAGE)
        return one_op(name, [make(*IMAGE)], [output], options)

    return each(build, *types)


def _binary(name: str, *types: str, options: str | None = None) -> dict[str, Make]:
    def build(make: Factory, second: tuple[int, ...] = IMAGE) -> Model:
        return one_op(name, [make(*IMAGE), make(*second)], [make(*IMAGE)], options)

    broadcast = {f"{kind}_broadcast": partial(build, typed(kind), (1, 1, 1, 4)) for kind in types}
    return each(build, *types) | broadcast


def _compare(name: str, options: str) -> dict[str, Make]:
    return each(lambda make: one_op(name, [make(2, 3), make(2, 3)], [boolean(2, 3)], options), "float", "int8", "int32")


def _reduce(name: str, *types: str) -> dict[str, Make]:
    def build(make: Factory) -> Model:
        return one_op(name, [make(*IMAGE), const([1, 2])], [make(1, 1, 1, 4)], "ReducerOptions", keep_dims=True)

    return each(build, *types)


def _strided_slice() -> Model:
    inputs = [i8(*IMAGE), const([0, 1, 0, 0]), const([1, 5, 5, 4]), const([1, 2, 1, 1])]
    return one_op("STRIDED_SLICE", inputs, [i8(1, 2, 5, 4)], "StridedSliceOptions")


def _gather(make: Factory) -> Model:
    return one_op("GATHER", [make(5, 3), const([2, 0, 1])], [make(3, 3)], "GatherOptions", axis=0)


def _gather_nd(make: Factory) -> Model:
    return one_op("GATHER_ND", [make(5, 3), const([[1, 2], [0, 0]])], [make(2)], "GatherNdOptions")


_LUT_SCALE = Quant((16 / 256,), (127,))

KERNEL_CASES: Cases = {
    **LAYER_CASES,
    "ABS": _unary("ABS", "float", "int8", "int16", options="AbsOptions"),
    "ADD": _binary("ADD", "float", "int8", "int16", "int32", options="AddOptions"),
    "ADD_N": each(lambda make: one_op("ADD_N", [make(2, 3)] * 3, [make(2, 3)], "AddNOptions"), "float", "int8"),
    "ARG_MAX": {"int8": lambda: one_op("ARG_MAX", [i8(2, 5), const(1)], [i32(2)], "ArgMaxOptions", output_type=2)},
    "ARG_MIN": {"float": lambda: one_op("ARG_MIN", [f32(2, 5), const(1)], [i32(2)], "ArgMinOptions", output_type=2)},
    "BATCH_TO_SPACE_ND": {
        "int8": lambda: one_op(
            "BATCH_TO_SPACE_ND", [i8(4, 2, 2, 1), const([2, 2]), const([[0, 0], [0, 0]])], [i8(1, 4, 4, 1)]
        )
    },
    "BROADCAST_ARGS": {"int32": lambda: one_op("BROADCAST_ARGS", [i32(3), i32(2)], [i32(3)])},
    "BROADCAST_TO": {"float": lambda: one_op("BROADCAST_TO", [f32(1, 3), const([2, 3])], [f32(2, 3)])},
    "CAST": {"int8": lambda: one_op("CAST", [f32(2, 3)], [i8(2, 3)], "CastOptions", in_data_type=0, out_data_type=9)},
    "CEIL": _unary("CEIL", "float"),
    "CONCATENATION": each(
        lambda make: one_op("CONCATENATION", [make(2, 3)] * 3, [make(2, 9)], "ConcatenationOptions", axis=-1),
        "float",
        "int8",
        "int16",
    ),
    "COS": _unary("COS", "float"),
    "CUMSUM": each(
        lambda make: one_op("CUMSUM", [make(2, 5), const(1)], [make(2, 5)], "CumsumOptions"), "float", "int8"
    ),
    "DEPTH_TO_SPACE": {
        "int8": lambda: one_op(
            "DEPTH_TO_SPACE", [i8(1, 2, 3, 8)], [i8(1, 4, 6, 2)], "DepthToSpaceOptions", block_size=2
        )
    },
    "DEQUANTIZE": {"int8": lambda: one_op("DEQUANTIZE", [i8(2, 3)], [f32(2, 3)])},
    "DIV": _binary("DIV", "float", "int8", options="DivOptions"),
    "DYNAMIC_UPDATE_SLICE": {
        "int8": lambda: one_op("DYNAMIC_UPDATE_SLICE", [i8(4, 4), i8(2, 4), const([1, 0])], [i8(4, 4)])
    },
    "ELU": _unary("ELU", "float", "int8"),
    "EMBEDDING_LOOKUP": {
        "float": lambda: one_op("EMBEDDING_LOOKUP", [i32(3), const(np.ones((5, 4)), np.float32)], [f32(3, 4)], None)
    },
    "EQUAL": _compare("EQUAL", "EqualOptions"),
    "EXP": _unary("EXP", "float", options="ExpOptions"),
    "EXPAND_DIMS": {"int8": lambda: one_op("EXPAND_DIMS", [i8(2, 3), const([1])], [i8(2, 1, 3)], "ExpandDimsOptions")},
    "FILL": {"int8": lambda: one_op("FILL", [const([2, 3]), i8()], [i8(2, 3)], "FillOptions")},
    "FLOOR": _unary("FLOOR", "float"),
    "FLOOR_DIV": _binary("FLOOR_DIV", "float", options="FloorDivOptions"),
    "FLOOR_MOD": _binary("FLOOR_MOD", "float", options="FloorModOptions"),
    "GATHER": each(_gather, "float", "int8"),
    "GATHER_ND": each(_gather_nd, "float", "int8"),
    "GREATER": _compare("GREATER", "GreaterOptions"),
    "GREATER_EQUAL": _compare("GREATER_EQUAL", "GreaterEqualOptions"),
    "HARD_SWISH": _unary("HARD_SWISH", "float", "int8"),
    "L2_NORMALIZATION": _unary("L2_NORMALIZATION", "float", "int8", options="L2NormOptions"),
    "LEAKY_RELU": _unary("LEAKY_RELU", "float", "int8", "int16", options="LeakyReluOptions"),
    "LESS": _compare("LESS", "LessOptions"),
    "LESS_EQUAL": _compare("LESS_EQUAL", "LessEqualOptions"),
    "LOG": _unary("LOG", "float"),
    "LOG_SOFTMAX": _unary("LOG_SOFTMAX", "float", "int8", quant=_LUT_SCALE),
    "LOGICAL_AND": {"bool": lambda: one_op("LOGICAL_AND", [boolean(3), boolean(3)], [boolean(3)])},
    "LOGICAL_NOT": {"bool": lambda: one_op("LOGICAL_NOT", [boolean(3)], [boolean(3)])},
    "LOGICAL_OR": {"bool": lambda: one_op("LOGICAL_OR", [boolean(3), boolean(3)], [boolean(3)])},
    "LOGISTIC": _unary("LOGISTIC", "float", "int8", quant=_UNIT),
    "MAXIMUM": _binary("MAXIMUM", "float", "int8", options="MaximumMinimumOptions"),
    "MEAN": _reduce("MEAN", "float", "int8", "int16"),
    "MINIMUM": _binary("MINIMUM", "float", "int8", options="MaximumMinimumOptions"),
    "MIRROR_PAD": {
        "int8": lambda: one_op(
            "MIRROR_PAD", [i8(2, 3), const([[1, 1], [1, 1]])], [i8(4, 5)], "MirrorPadOptions", mode=0
        )
    },
    "MUL": _binary("MUL", "float", "int8", "int16", "int32", options="MulOptions"),
    "NEG": _unary("NEG", "float", options="NegOptions"),
    "NOT_EQUAL": _compare("NOT_EQUAL", "NotEqualOptions"),
    "PACK": {"int8": lambda: one_op("PACK", [i8(2, 3)] * 2, [i8(2, 2, 3)], "PackOptions", values_count=2, axis=0)},
    "PAD": {"int8": lambda: one_op("PAD", [i8(2, 3), const([[1, 1], [0, 2]])], [i8(4, 5)], "PadOptions")},
    "PADV2": {
        "float": lambda: one_op(
            "PADV2", [f32(2, 3), const([[1, 1], [0, 2]]), const(1.0, np.float32)], [f32(4, 5)], "PadV2Options"
        )
    },
    "PRELU": each(lambda make: one_op("PRELU", [make(*IMAGE), make(1, 1, 4)], [make(*IMAGE)]), "float", "int8"),
    "QUANTIZE": {
        "float": lambda: one_op("QUANTIZE", [f32(2, 3)], [i8(2, 3)]),
        "int8": lambda: one_op("QUANTIZE", [i8(2, 3)], [i16(2, 3)]),
    },
    "REDUCE_ALL": {"bool": lambda: one_op("REDUCE_ALL", [boolean(2, 3), const([1])], [boolean(2)], "ReducerOptions")},
    "REDUCE_MAX": _reduce("REDUCE_MAX", "float", "int8"),
    "REDUCE_MIN": _reduce("REDUCE_MIN", "float", "int8"),
    "RELU": _unary("RELU", "float", "int8", "int16"),
    "RELU6": _unary("RELU6", "float", "int8"),
    "RESHAPE": {
        "int8": lambda: one_op("RESHAPE", [i8(2, 3), const([3, 2])], [i8(3, 2)], "ReshapeOptions", new_shape=(3, 2)),
        "no_shape": lambda: one_op("RESHAPE", [i8(2, 3)], [i8(6)], "ReshapeOptions", new_shape=(6,)),
    },
    "RESIZE_BILINEAR": {
        "int8": lambda: one_op(
            "RESIZE_BILINEAR", [i8(1, 2, 2, 3), const([4, 4])], [i8(1, 4, 4, 3)], "ResizeBilinearOptions"
        )
    },
    "RESIZE_NEAREST_NEIGHBOR": {
        "int8": lambda: one_op(
            "RESIZE_NEAREST_NEIGHBOR",
            [i8(1, 2, 2, 3), const([4, 4])],
            [i8(1, 4, 4, 3)],
            "ResizeNearestNeighborOptions",
        )
    },
    "REVERSE_V2": {"int8": lambda: one_op("REVERSE_V2", [i8(2, 3), const([1])], [i8(2, 3)], "ReverseV2Options")},
    "ROUND": _unary("ROUND", "float"),
    "RSQRT": _unary("RSQRT", "float", "int8"),
    "SELECT_V2": {
        "int8": lambda: one_op("SELECT_V2", [boolean(2, 3), i8(2, 3), i8(2, 3)], [i8(2, 3)], "SelectV2Options")
    },
    "SHAPE": {"int32": lambda: one_op("SHAPE", [i8(2, 3)], [i32(2)], "ShapeOptions", out_type=2)},
    "SIN": _unary("SIN", "float"),
    "SLICE": {"int8": lambda: one_op("SLICE", [i8(4, 3), const([1, 0]), const([2, 3])], [i8(2, 3)], "SliceOptions")},
    "SPACE_TO_BATCH_ND": {
        "int8": lambda: one_op(
            "SPACE_TO_BATCH_ND", [i8(1, 4, 4, 1), const([2, 2]), const([[0, 0], [0, 0]])], [i8(4, 2, 2, 1)]
        )
    },
    "SPACE_TO_DEPTH": {
        "int8": lambda: one_op(
            "SPACE_TO_DEPTH", [i8(1, 4, 6, 2)], [i8(1, 2, 3, 8)], "SpaceToDepthOptions", block_size=2
        )
    },
    "SPLIT": {"int8": lambda: one_op("SPLIT", [const(1), i8(2, 6)], [i8(2, 3)] * 2, "SplitOptions", num_splits=2)},
    "SPLIT_V": {
        "int8": lambda: one_op(
            "SPLIT_V", [i8(2, 6), const([2, 4]), const(1)], [i8(2, 2), i8(2, 4)], "SplitVOptions", num_splits=2
        )
    },
    "SQRT": _unary("SQRT", "float"),
    "SQUARE": _unary("SQUARE", "float", options="SquareOptions"),
    "SQUARED_DIFFERENCE": _binary("SQUARED_DIFFERENCE", "float", "int8", options="SquaredDifferenceOptions"),
    "SQUEEZE": {"int8": lambda: one_op("SQUEEZE", [i8(1, 2, 3)], [i8(2, 3)], "SqueezeOptions", squeeze_dims=(0,))},
    "STRIDED_SLICE": {"int8": _strided_slice},
    "SUB": _binary("SUB", "float", "int8", "int16", options="SubOptions"),
    "SUM": _reduce("SUM", "float", "int8", "int16"),
    "TANH": _unary("TANH", "float", "int8", quant=Quant((1 / 128,), (0,))),
    "TRANSPOSE": {"int8": lambda: one_op("TRANSPOSE", [i8(2, 3), const([1, 0])], [i8(3, 2)], "TransposeOptions")},
    "UNPACK": {"int8": lambda: one_op("UNPACK", [i8(2, 3)], [i8(3)] * 2, "UnpackOptions", num=2, axis=0)},
    "ZEROS_LIKE": _unary("ZEROS_LIKE", "float", "int8", options="ZerosLikeOptions"),
}
