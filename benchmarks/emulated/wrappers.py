"""Measure again, in a full release build, the loops of TFLM that stand in the wrapper files of CMSIS-NN kernels.

    python wrappers.py --library libtensorflow-microlite.a --tflm DIR --golden GOLDEN --output FILE

The records in GOLDEN/instructions_ndebug.jsonl come from a build in which those files kept their assertions: the same
operators are measured with a library that has none. README.md says what it must be.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from board import add_library, library_of, linked_witness
from cases import Case, measure, save
from numpy.typing import NDArray

from calibration.records import Record, read_records

Values = dict[str, Any]
Constants = tuple[NDArray[Any], ...]
TABLES = {
    "CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions", "MAX_POOL_2D": "Pool2DOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions", "FULLY_CONNECTED": "FullyConnectedOptions", "PAD": "PadOptions",
    "ADD": "AddOptions", "MUL": "MulOptions",
}  # fmt: skip
WEIGHTED = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}  # the axis of their output channels

LOOPS = {
    "CONV_2D f32", "DEPTHWISE_CONV_2D f32", "FULLY_CONNECTED f32", "MAX_POOL_2D f32", "AVERAGE_POOL_2D f32", "PAD f32",
    "ADD i8 broadcast", "ADD i32 broadcast", "ADD f32 broadcast", "MUL i8 broadcast",
}  # fmt: skip


def is_wrapped(record: Record) -> bool:
    """Whether the record is of such a loop."""
    return f"{record.op} {record.dtype}{' broadcast' if record.attrs.get('broadcast') else ''}" in LOOPS


def wrapped(golden: Path) -> Iterator[Case]:
    """Yield the operators to measure again."""
    random = np.random.default_rng(0)
    for record in read_records(golden / "instructions_ndebug.jsonl"):
        if record.target != "cortex-m4-cmsis-nn" or not is_wrapped(record):
            continue
        constants: Constants = ()
        inputs = record.inputs
        if record.op in WEIGHTED:
            inputs, weights = record.inputs[:1], record.inputs[1]
            bias = weights[WEIGHTED[record.op]] if record.attrs["bias"] else 0
            drawn = [random.uniform(-1, 1, shape).astype(np.float32) for shape in (weights, (bias,))]
            constants = tuple(drawn if bias else drawn[:1])
        elif record.op == "PAD":
            constants = (np.array(record.attrs["paddings"], np.int32),)
        yield Case(
            record.op, record.dtype, inputs, record.outputs[0], TABLES[record.op], options(record.op, record.attrs),
            constants, dict(record.attrs), same_scale=False, shapes=record.inputs,
        )  # fmt: skip


def options(name: str, attrs: Mapping[str, Any]) -> Values:
    """Return the builtin options."""
    if "stride" not in attrs:
        return {"pot_scale_int16": False} if name == "ADD" else {}
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
        save(measure(witness, wrapped(arguments.golden)), arguments.output)


if __name__ == "__main__":
    main()
