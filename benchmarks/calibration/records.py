"""Measured records (one JSON object a line) as the models they were measured on."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from arenafit.errors import DataError
from arenafit.ir import Constant, DType, Model, Quant, TensorId
from calibration.control_records import if_model, while_model
from calibration.drafts import Draft

_DTYPES = {
    "i8": DType.INT8, "u8": DType.UINT8, "i16": DType.INT16, "i32": DType.INT32, "f32": DType.FLOAT32,
    "bool": DType.BOOL,
}  # fmt: skip
_INDEX_OUTPUT = {"LESS", "EQUAL"}


@dataclass(frozen=True)
class Record:
    """One measurement: `instructions` of one operator of the kind, its dispatch included.

    For WHILE, IF and resource variables the instructions of all operators of the small model; EMPTY is a model
    without operators.
    """

    op: str
    dtype: str
    target: str
    inputs: tuple[tuple[int, ...], ...]
    outputs: tuple[tuple[int, ...], ...]
    attrs: Mapping[str, Any]
    instructions: float
    held_out: bool

    @property
    def key(self) -> str:
        """What was measured, without where."""
        return json.dumps([self.op, self.dtype, self.inputs, self.outputs, self.attrs], sort_keys=True)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a JSON-lines file.

    Raises:
        DataError: if a line is no such record.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            each = row["instructions_per_op"]
            yield Record(
                row["op"],
                row["dtype"],
                row["target"],
                tuple(map(tuple, row["shapes"]["inputs"])),
                tuple(map(tuple, row["shapes"]["outputs"])),
                row["attrs"],
                row["instructions"] if each is None else each,
                "holdout" in row["note"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path.name} line {number} is no measurement record: {error}") from error


def record_model(record: Record) -> tuple[Model, Mapping[TensorId, int] | None]:
    """Return the model a record was measured on and, where it matters, the addresses of its tensors."""
    if record.op == "WHILE":
        return while_model(record.attrs)
    if record.op == "IF":
        return if_model(record.inputs[1][0], record.attrs)
    if record.op == "RESOURCE_VARIABLE":
        return _variables(record), None
    return _single(record)


def _single(record: Record) -> tuple[Model, Mapping[TensorId, int] | None]:
    draft = Draft()
    source, _, target = record.dtype.partition("->")
    in_type = _DTYPES[source]
    out_type = DType.BOOL if record.op in _INDEX_OUTPUT else _DTYPES[target or source]
    zero = -(1 << (in_type.bits - 1)) if record.attrs.get("nonnegative") else record.attrs.get("zero", 0)
    sources = [draft.tensor(in_type, shape, quant=Quant((0.5,), (zero,))) for shape in record.inputs]
    build = _BUILDERS.get(record.op, _plain)
    inputs, options = build(draft, sources, record)
    # No other scale is known than whether it is the input's.
    quant = Quant((0.5 if record.attrs.get("same_scale") else 0.25,), (0,))
    outputs = [draft.tensor(out_type, shape, quant=quant) for shape in record.outputs]
    draft.op(record.op, inputs, outputs, options)
    shared = record.attrs.get("aliased") or record.attrs.get("in_place")
    source_tensor = inputs[0]
    addresses = {source_tensor: 0, outputs[0]: 0} if shared and source_tensor is not None else None
    return draft.model(), addresses


def _variables(record: Record) -> Model:
    draft = Draft()
    dtype = _DTYPES[record.dtype]
    handle, value = draft.tensor(DType.RESOURCE, ()), draft.tensor(dtype, record.inputs[0])
    draft.op("VAR_HANDLE", [], [handle])
    for _ in range(record.attrs["assigns"]):
        draft.op("ASSIGN_VARIABLE", [handle, value], [])
    for shape in record.outputs:
        draft.op("READ_VARIABLE", [handle], [draft.tensor(dtype, shape)])
    return draft.model()


Inputs = list[TensorId | None]
Built = tuple[Inputs, dict[str, Any]]
Builder = Callable[[Draft, list[TensorId], Record], Built]


def _window_options(attrs: Mapping[str, Any]) -> dict[str, Any]:
    dilation = attrs.get("dilation", 1)
    factors = {"dilation_h_factor": dilation, "dilation_w_factor": dilation}
    return {"padding": attrs["padding"], "stride_h": attrs["stride"][0], "stride_w": attrs["stride"][1], **factors}


def _weights(draft: Draft, record: Record) -> TensorId:
    shape = record.inputs[1]
    if record.attrs.get("weights") == "i4":
        return draft.tensor(DType.INT4, shape, data=Constant(bytes(-(-prod(shape) // 2))))
    return draft.constant(np.zeros(shape, np.float32 if record.dtype == "f32" else np.int8))


def _convolution(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    bias = draft.ints(*[0] * record.outputs[0][-1]) if record.attrs.get("bias") == "i32" else None
    return [inputs[0], _weights(draft, record), bias], _window_options(record.attrs)


def _dense(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [inputs[0], _weights(draft, record), None], {}


def _pool(_: Draft, inputs: list[TensorId], record: Record) -> Built:
    kernel = {"filter_height": record.attrs["kernel"][0], "filter_width": record.attrs["kernel"][1]}
    return list(inputs), {**_window_options(record.attrs), **kernel}


def _plain(_: Draft, inputs: list[TensorId], __: Record) -> Built:
    return list(inputs), {}


def _ints(draft: Draft, values: Any) -> TensorId:
    return draft.constant(np.asarray(values, np.int32))


def _slice(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    begin = record.attrs["begin"]
    first = draft.tensor(DType.INT32, (len(record.outputs[0]),)) if begin == "dynamic" else _ints(draft, begin)
    return [inputs[0], first, _ints(draft, record.attrs["size"])], {}


def _strided_slice(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    operands = [_ints(draft, record.attrs[name]) for name in ("begin", "end", "strides")]
    return [inputs[0], *operands], {"shrink_axis_mask": record.attrs["masks"][2]}


def _update(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    update = inputs[1] if len(inputs) > 1 else draft.tensor(draft.dtype(inputs[0]), record.inputs[1])
    return [inputs[0], update, _ints(draft, record.attrs["begin"])], {}


def _gather(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [inputs[0], _ints(draft, np.zeros(record.inputs[1]))], {"axis": record.attrs["axis"], "batch_dims": 0}


def _axis(_: Draft, inputs: list[TensorId], record: Record) -> Built:
    return list(inputs), {"axis": record.attrs["axis"]}


def _pad(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [inputs[0], _ints(draft, record.attrs["paddings"])], {}


def _split(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [_ints(draft, record.attrs["axis"]), inputs[0]], {"num_splits": record.attrs["n"]}


def _split_v(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    sizes = [shape[record.attrs["axis"]] for shape in record.outputs]
    return [inputs[0], _ints(draft, sizes), _ints(draft, record.attrs["axis"])], {}


def _broadcast(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [inputs[0], _ints(draft, record.outputs[0])], {}


def _transpose(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [inputs[0], _ints(draft, record.attrs["perm"])], {}


def _reduction(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    return [inputs[0], _ints(draft, record.attrs["axes"])], {"keep_dims": record.attrs["keep"]}


def _resize(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    names = ("align_corners", "half_pixel_centers")
    return [inputs[0], _ints(draft, record.attrs["size"])], {name: record.attrs[name] for name in names}


def _blocks(_: Draft, inputs: list[TensorId], record: Record) -> Built:
    return list(inputs), {"block_size": record.attrs["block_size"]}


def _adjoints(_: Draft, inputs: list[TensorId], record: Record) -> Built:
    return list(inputs), {name: record.attrs[name] for name in ("adj_x", "adj_y")}


def _choice(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    values = [draft.tensor(_DTYPES[record.dtype.partition("->")[2]], shape) for shape in record.inputs[1:]]
    return [inputs[0], *values], {}


def _transposed(draft: Draft, inputs: list[TensorId], record: Record) -> Built:
    bias = draft.constant(np.zeros(record.inputs[1][0], np.int32)) if record.attrs["bias"] else None
    return [_ints(draft, record.outputs[0]), _weights(draft, record), inputs[0], bias], _window_options(record.attrs)


_BUILDERS: dict[str, Builder] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "FULLY_CONNECTED": _dense,
    "TRANSPOSE_CONV": _transposed,
    "BATCH_MATMUL": _adjoints,
    "SELECT_V2": _choice,
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _resize),
    **dict.fromkeys(("DEPTH_TO_SPACE", "SPACE_TO_DEPTH"), _blocks),
    "MAX_POOL_2D": _pool,
    "AVERAGE_POOL_2D": _pool,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "DYNAMIC_UPDATE_SLICE": _update,
    "GATHER": _gather,
    "CONCATENATION": _axis,
    "PACK": _axis,
    "UNPACK": _axis,
    "MIRROR_PAD": _pad,
    "PAD": _pad,
    "PADV2": _pad,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "BROADCAST_TO": _broadcast,
    "TRANSPOSE": _transpose,
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), _reduction),
}
