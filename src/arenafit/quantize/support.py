"""Which operators TFLM has in which precision, and how each is brought there.

The table mirrors the type switches of TFLM's reference kernels (tensorflow/lite/micro/kernels/, commit 90b983c2 of
2026-08-20; the file is named where it is not the operator's own). CMSIS-NN falls back to the same types. That a model
really runs is still for the real TFLM to say.
"""

from dataclasses import dataclass
from enum import Enum

from arenafit.accuracy.precision import Precision


class SupportRule(Enum):
    """What an operator demands of the quantisation of its data tensors."""

    FREE = "inputs and outputs each have their own scale"
    SAME = "inputs and outputs share scale and zero point: the kernel copies or compares stored values"
    SHAPE_ONLY = "only the shape of the input is read"


@dataclass(frozen=True, slots=True)
class OpSupport:
    """What TFLM offers for an operator.

    `fixed` is the output range its int8 kernel insists on; `int8_operands` are constants that stay int8 beside int16
    activations.
    """

    int8: bool
    int16: bool
    rule: SupportRule = SupportRule.FREE
    fixed: tuple[float, float] | None = None
    int8_operands: tuple[int, ...] = ()

    def has(self, precision: Precision) -> bool:
        """Whether there is a kernel for `precision`; float is taken for granted (the float model runs)."""
        return {Precision.INT8: self.int8, Precision.INT16: self.int16, Precision.FLOAT: True}[precision]


_BOTH = OpSupport(int8=True, int16=True)
_INT8 = OpSupport(int8=True, int16=False)
_COPY = OpSupport(int8=True, int16=True, rule=SupportRule.SAME)
_COPY_INT8 = OpSupport(int8=True, int16=False, rule=SupportRule.SAME)
_SHAPE = OpSupport(int8=True, int16=True, rule=SupportRule.SHAPE_ONLY)

SUPPORT: dict[str, OpSupport] = {
    "ABS": _BOTH,  # elementwise.cc
    "ADD": _BOTH,
    "ARG_MAX": _INT8,  # arg_min_max.cc
    "ARG_MIN": _INT8,
    "ASSIGN_VARIABLE": _COPY,  # see variables.py
    "AVERAGE_POOL_2D": _COPY,  # pooling_common.cc checks that the scales agree
    "BATCH_MATMUL": _BOTH,
    "BATCH_TO_SPACE_ND": _COPY_INT8,
    "BROADCAST_TO": _COPY,
    "CONCATENATION": _COPY,
    "CONV_2D": _BOTH,
    "DEPTHWISE_CONV_2D": _BOTH,
    "DEPTH_TO_SPACE": _COPY_INT8,
    "DIV": _INT8,
    "DYNAMIC_UPDATE_SLICE": _COPY,
    "ELU": _INT8,
    "EQUAL": _INT8,  # comparisons.cc
    "EXPAND_DIMS": _COPY,
    "FULLY_CONNECTED": _BOTH,
    "GATHER": _COPY_INT8,
    "GATHER_ND": _COPY_INT8,
    "GREATER": _BOTH,
    "GREATER_EQUAL": _INT8,
    "HARD_SWISH": _INT8,
    "L2_NORMALIZATION": OpSupport(int8=True, int16=False, fixed=(-1.0, 127 / 128)),  # l2norm.cc: 1/128, 0
    "LEAKY_RELU": _BOTH,
    "LESS": _INT8,
    "LESS_EQUAL": _INT8,
    "LOGISTIC": _BOTH,
    "LOG_SOFTMAX": OpSupport(int8=True, int16=False, fixed=(-255 / 16, 0.0)),  # 16/256, 127
    "MAXIMUM": _COPY,  # maximum_minimum.cc compares stored values
    "MAX_POOL_2D": _COPY,  # pooling_common.cc
    "MEAN": _BOTH,  # reduce_common.cc
    "MINIMUM": _COPY,
    "MIRROR_PAD": _COPY_INT8,
    "MUL": _BOTH,
    "NOT_EQUAL": _INT8,
    "PACK": _COPY,
    "PAD": _COPY,
    "PADV2": _COPY,
    "PRELU": OpSupport(int8=True, int16=True, int8_operands=(1,)),  # prelu_common.cc
    "READ_VARIABLE": _COPY,
    "REDUCE_MAX": _COPY_INT8,  # reduce_common.cc checks that the scales agree
    "REDUCE_MIN": _COPY_INT8,
    "RELU": _BOTH,  # activations.cc
    "RELU6": _COPY,  # activations.cc clamps stored values
    "RESHAPE": _COPY,
    "RESIZE_BILINEAR": _COPY_INT8,
    "RESIZE_NEAREST_NEIGHBOR": _COPY,
    "REVERSE_V2": _COPY,  # reverse.cc
    "RSQRT": _BOTH,  # elementwise.cc
    "SELECT_V2": _COPY,  # select.cc
    "SHAPE": _SHAPE,
    "SLICE": _COPY,
    "SOFTMAX": _BOTH,
    "SPACE_TO_BATCH_ND": _COPY_INT8,
    "SPACE_TO_DEPTH": _COPY_INT8,
    "SPLIT": _COPY,
    "SPLIT_V": _COPY,
    "SQUARED_DIFFERENCE": _BOTH,
    "SQUEEZE": _COPY,
    "STRIDED_SLICE": _COPY,
    "SUB": _BOTH,
    "SUM": _BOTH,  # reduce_common.cc
    "TANH": _BOTH,
    "TRANSPOSE": _COPY,
    "TRANSPOSE_CONV": _BOTH,
    "UNPACK": _COPY,
}

# Operators that could be quantised, but by methods that calibration of their outer tensors does not give.
UNREACHABLE: dict[str, str] = {
    "CALL_ONCE": "it only initialises variables",
    "DEQUANTIZE": "it is part of a quantisation the model already has",
    "IF": "the tensors of its branches are not calibrated",
    "QUANTIZE": "it is part of a quantisation the model already has",
    "SVDF": "its state is not calibrated from outside",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "its inner tensors are not calibrated from outside",
    "VAR_HANDLE": "it holds no data",
    "WHILE": "the tensors of its body are not calibrated",
}


def why_not(operator: str, precision: Precision) -> str | None:
    """Return why `operator` must stay in float where `precision` is asked for, or None if TFLM has a kernel for it."""
    support = SUPPORT.get(operator)
    if support is not None and support.has(precision):
        return None
    if support is not None:
        return f"TFLM has no {precision.value} kernel for {operator}"
    if operator in UNREACHABLE:
        return f"{operator}: {UNREACHABLE[operator]}"
    return f"TFLM has no {precision.value} kernel for {operator}, as far as arenafit knows"
