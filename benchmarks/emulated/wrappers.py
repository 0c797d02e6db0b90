"""Measure again, in a release build, operators that GOLDEN has without one.

    python wrappers.py --library libtensorflow-microlite.a --tflm DIR --golden GOLDEN --output FILE

On a Cortex-M4, the loops of TFLM that stand in the wrapper files of CMSIS-NN kernels: the records in
GOLDEN/instructions_ndebug.jsonl come from a build in which those files kept their assertions. On a Cortex-M55
(--target cortex-m55), everything in those files, CMSIS-NN's kernels included: GOLDEN/instructions.jsonl has it with
assertions alone. README.md says what the library must be.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from board import add_library, library_of, linked_witness
from cases import Case, Operand, measure, save
from operators import RECORDED_AS
from upsampling import kernels, offsets

from calibration.records import Record, read_records

Values = dict[str, Any]
Operands = tuple[Operand, ...]
TABLES = {
    "CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions", "MAX_POOL_2D": "Pool2DOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions", "FULLY_CONNECTED": "FullyConnectedOptions", "PAD": "PadOptions",
    "ADD": "AddOptions", "MUL": "MulOptions", "MAXIMUM": "MaximumMinimumOptions", "MINIMUM": "MaximumMinimumOptions",
    "SOFTMAX": "SoftmaxOptions",
}  # fmt: skip
WEIGHTED = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}  # the axis of their output channels

LOOPS = {
    "CONV_2D f32", "DEPTHWISE_CONV_2D f32", "FULLY_CONNECTED f32", "MAX_POOL_2D f32", "AVERAGE_POOL_2D f32", "PAD f32",
    "ADD i8 broadcast", "ADD i32 broadcast", "ADD f32 broadcast", "MUL i8 broadcast",
}  # fmt: skip


# All that CMSIS-NN's wrapper files run, and that a library for the M55 compiles for it.
KERNELS = {
    *(f"{name} {tag}" for name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED") for tag in ("i8", "f32")),
    *(f"{name} {tag}" for name in ("MAX_POOL_2D", "AVERAGE_POOL_2D", "PAD", "SOFTMAX") for tag in ("i8", "f32")),
    *(f"{name} {tag}" for name in ("ADD", "MUL") for tag in ("i8", "f32")), "ADD i32", "MAXIMUM i8", "MINIMUM i8",
}  # fmt: skip


def is_wrapped(record: Record) -> bool:
    """Whether the record is of such a loop."""
    return f"{record.op} {record.dtype}{' broadcast' if record.attrs.get('broadcast') else ''}" in LOOPS


def is_kernel(record: Record) -> bool:
    """Whether the record is of something in a wrapper file that can be measured as one operator without more state."""
    plain = not any(record.attrs.get(name) for name in ("in_place", "aliased"))
    return plain and f"{record.op} {record.dtype}" in KERNELS and record.attrs.get("oscale", 0.1) == 0.1


def asked(golden: Path, target: str) -> Iterator[Record]:
    """Yield the records to measure again on `target`."""
    if target == "cortex-m55":
        found, chosen, recorded = "instructions.jsonl", is_kernel, "cortex-m55-cmsis-nn"
    else:
        found, chosen, recorded = "instructions_ndebug.jsonl", is_wrapped, "cortex-m4-cmsis-nn"
    for record in read_records(golden / found):
        if record.target == recorded and chosen(record):
            yield record


def operands(record: Record) -> Operands:
    """Return the constants of the operator: weights and bias as the record has them, amounts of padding."""
    if record.op == "PAD":
        return (np.array(record.attrs["paddings"], np.int32),)
    if record.op not in WEIGHTED:
        return ()
    axis, weights = WEIGHTED[record.op], record.inputs[1]
    # Of FULLY_CONNECTED the weights have one scale, as they had where the records come from.
    drawn = kernels(record.dtype, weights, None if record.op == "FULLY_CONNECTED" else axis)
    return (drawn, *(offsets(record.dtype, weights[axis]) if record.attrs["bias"] else ()))


def wrapped(golden: Path, target: str) -> Iterator[Case]:
    """Yield the operators to measure again."""
    for record in asked(golden, target):
        inputs = record.inputs[:1] if record.op in WEIGHTED else record.inputs
        yield Case(
            record.op, record.dtype, inputs, record.outputs[0], TABLES[record.op], options(record.op, record.attrs),
            operands(record), dict(record.attrs), same_scale=False, shapes=record.inputs,
        )  # fmt: skip


def options(name: str, attrs: Mapping[str, Any]) -> Values:
    """Return the builtin options."""
    if "stride" not in attrs:
        given = {"beta": attrs["beta"]} if "beta" in attrs else {}
        return given | ({"pot_scale_int16": False} if name == "ADD" else {})
    values: Values = {"padding": int(attrs["padding"] == "VALID")}
    values |= {"stride_h": attrs["stride"][0], "stride_w": attrs["stride"][1]}
    if name.endswith("POOL_2D"):
        return values | {"filter_height": attrs["kernel"][0], "filter_width": attrs["kernel"][1]}
    values |= {"dilation_h_factor": attrs["dilation"], "dilation_w_factor": attrs["dilation"]}
    values["fused_activation_function"] = attrs.get("act", 0)
    return values | ({"depth_multiplier": attrs["multiplier"]} if "multiplier" in attrs else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_library(parser)
    parser.add_argument("--golden", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    with linked_witness(library_of(arguments)) as witness:
        save(
            measure(witness, wrapped(arguments.golden, arguments.target), RECORDED_AS[arguments.target]),
            arguments.output,
        )


if __name__ == "__main__":
    main()
