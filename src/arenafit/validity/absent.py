"""Operators that TFLM does not have, and what to do about those that are often met."""

from collections.abc import Mapping

from arenafit.ir import OpCode

_FLEX = "convert without SELECT_TF_OPS (Flex) and with a fixed batch, so that the converter finds a TFLite operator"
_FEATURES = "compute the features before the model, or with TFLM's signal library, and feed them in"
# By schema name or custom code; the beginning of a custom code if it ends in *.
ADVICE: Mapping[str, str] = {
    "Flex*": _FLEX,
    "ethos-u": "this is a file after Vela: inspect the .tflite before Vela, the Ethos-U driver runs what is inside",
    "edgetpu-custom-op": "this is a file compiled for a Coral Edge TPU: inspect the .tflite before the compiler",
    "RFFT2D": _FEATURES,
    "STABLEHLO_*": "convert to TFLite operators, not to StableHLO",
    "SELECT": "TFLM has SELECT_V2: use tf.where (v2), or convert with a newer converter",
    "WHERE": "TFLM has SELECT_V2: use tf.where with three operands",
    "GELU": "write it with TANH or LOGISTIC, or use another activation",
    "TILE": "`arenafit repair` replaces it where the number of copies is constant; else use BROADCAST_TO",
    "POW": "use MUL, or EXP and LOG",
    "REDUCE_PROD": "multiply slices by MUL",
    "RANGE": "with fixed shapes the converter folds it",
    "RANK": "with fixed shapes the converter folds it",
    "CONV_3D": "use CONV_2D over slices",
    "LSTM": "convert a Keras LSTM with unroll=False, which gives UNIDIRECTIONAL_SEQUENCE_LSTM",
    "RNN": "use an LSTM, or unroll it",
    "UNIDIRECTIONAL_SEQUENCE_RNN": "use an LSTM, or unroll it",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "use two UNIDIRECTIONAL_SEQUENCE_LSTM",
    "TOPK_V2": "sort outside the model",
    "ONE_HOT": "encode outside the model, or with EQUAL and CAST",
    "RELU_N1_TO_1": "use MINIMUM and MAXIMUM",
    "RELU_0_TO_1": "use MINIMUM and MAXIMUM",
    "LOCAL_RESPONSE_NORMALIZATION": "use batch normalisation, which folds into convolutions",
    "UNIQUE": "do it outside the model",
}
_BUILTIN = "replace it in the model by operators that TFLM has, then convert again; --estimate goes on without it"
_CUSTOM = "a custom operator needs a kernel in the firmware and a kernel file here; --estimate goes on without it"


def advice(code: OpCode) -> str:
    """Return what to do about an operator that has no kernel file."""
    for name, what in ADVICE.items():
        if code.label == name or (name.endswith("*") and code.label.startswith(name[:-1])):
            return what
    return _CUSTOM if code.name == "CUSTOM" else _BUILTIN


def clause(code: OpCode) -> str:
    """Return what is wrong with it."""
    return "TFLM has no such operator" if code.name != "CUSTOM" else "TFLM itself has no such custom operator"
