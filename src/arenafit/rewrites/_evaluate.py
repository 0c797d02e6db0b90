"""Evaluates operators on constants: those that only move values, and integer arithmetic on plain integers.

Nothing here computes with floating-point numbers, so equality with every kernel is a matter of indices alone.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Op, TensorId
from arenafit.rewrites._sites import NO_ACTIVATION, Site, same_quant

Array = NDArray[Any]
Evaluator = Callable[[Site, Op, list[Array]], list[Array] | None]

_INTEGERS = frozenset({DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.UINT8, DType.UINT16, DType.UINT32})


def evaluate(site: Site, op: Op, known: Mapping[TensorId, Array]) -> list[Array] | None:
    """Return the outputs of `op` given the `known` tensors, or None if it cannot be evaluated with certainty."""
    evaluator = EVALUATORS.get(op.name)
    if evaluator is None:
        return None
    if op.name in _READS_SHAPE:
        operands: list[Array] = []
    elif len(op.operands) == len(op.inputs) and all(operand in known for operand in op.operands):
        operands = [known[operand] for operand in op.operands]
    else:
        return None
    try:
        found = evaluator(site, op, operands)
    except (ValueError, IndexError):
        # numpy refuses the operands (a zero stride, an axis that is not there): the runtime is the one to say so.
        return None
    outputs = site.graph.outputs_of(op)
    if found is None or len(found) != len(outputs):
        return None
    for value, tensor in zip(found, outputs, strict=True):
        if tensor.dtype.numpy_name is None or value.shape != tensor.shape or value.dtype != tensor.dtype.numpy:
            return None
    return found


def _shape(site: Site, op: Op, _: list[Array]) -> list[Array] | None:
    # TFLM and an interpreter that nobody resized take the shape from the file; a signature of -1 is only a wish.
    shape = site.input(op).shape
    return [np.array(shape, dtype=_out_type(site, op))] if all(extent >= 0 for extent in shape) else None


def _rank(site: Site, op: Op, _: list[Array]) -> list[Array]:
    return [np.array(len(site.input(op).shape), dtype=_out_type(site, op))]


def _reshape(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    shape = site.output(op).shape
    if any(extent < 0 for extent in shape) or operands[0].size != int(np.prod(shape, dtype=np.int64)):
        return None
    return [operands[0].reshape(shape)]


def _strided_slice(_site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    options = dict(op.options.values) if op.options else {}
    if options.get("ellipsis_mask") or options.get("new_axis_mask") or options.get("offset"):
        return None
    data, begin, end, strides = operands
    index: list[int | slice] = []
    for axis, (first, last, step) in enumerate(
        zip(begin.reshape(-1).tolist(), end.reshape(-1).tolist(), strides.reshape(-1).tolist(), strict=True)
    ):
        bit = 1 << axis
        if _flag(options, "shrink_axis_mask") & bit:
            index.append(first)
            continue
        start = None if _flag(options, "begin_mask") & bit else first
        stop = None if _flag(options, "end_mask") & bit else last
        index.append(slice(start, stop, step))
    if len(index) > data.ndim or any(
        isinstance(item, int) and not -extent <= item < extent for item, extent in zip(index, data.shape, strict=False)
    ):
        return None
    return [np.asarray(data[tuple(index)])]


def _flag(options: Mapping[str, Any], name: str) -> int:
    return int(options.get(name) or 0)


def _slice(_site: Site, _op: Op, operands: list[Array]) -> list[Array] | None:
    data, begin, size = operands
    stops = [
        extent if count == -1 else first + count
        for first, count, extent in zip(begin.reshape(-1).tolist(), size.reshape(-1).tolist(), data.shape, strict=True)
    ]
    if any(
        first < 0 or stop > extent
        for first, stop, extent in zip(begin.reshape(-1).tolist(), stops, data.shape, strict=True)
    ):
        return None
    return [data[tuple(slice(first, stop) for first, stop in zip(begin.reshape(-1).tolist(), stops, strict=True))]]


def _pack(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    return [np.stack(operands, axis=_option(op, "axis"))] if _moves_only(site, op) else None


def _concatenation(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    if not _moves_only(site, op) or _option(op, "fused_activation_function") != NO_ACTIVATION:
        return None
    return [np.concatenate(operands, axis=_option(op, "axis"))]


def _gather(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    data, indices = operands
    axis = _option(op, "axis")
    if _option(op, "batch_dims") or not _same_quant_as_output(site, op, 1) or not -data.ndim <= axis < data.ndim:
        return None
    if indices.size and not (indices.min() >= 0 and indices.max() < data.shape[axis]):
        return None
    return [np.take(data, indices, axis=axis)]


def _transpose(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    data, order = operands
    if not _same_quant_as_output(site, op, 1) or sorted(order.reshape(-1).tolist()) != list(range(data.ndim)):
        return None
    return [data.transpose(order.reshape(-1).tolist())]


def _unpack(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    if not _moves_only(site, op):
        return None
    return list(np.moveaxis(operands[0], _option(op, "axis"), 0))


def _cast(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
    source, result = site.input(op).dtype, site.output(op).dtype
    if source not in _INTEGERS or result not in _INTEGERS:
        return None
    converted = operands[0].astype(result.numpy)
    # Values that do not fit are left to the kernel.
    return [converted] if np.array_equal(converted.astype(np.int64), operands[0].astype(np.int64)) else None


def _arithmetic(function: Callable[[Array, Array], Array]) -> Evaluator:
    def evaluator(site: Site, op: Op, operands: list[Array]) -> list[Array] | None:
        tensors = [*site.graph.inputs_of(op), *site.graph.outputs_of(op)]
        plain = all(
            tensor is not None
            and tensor.dtype in (DType.INT32, DType.INT64)
            and not (tensor.quant and tensor.quant.scales)
            for tensor in tensors
        )
        if not plain or _option(op, "fused_activation_function") != NO_ACTIVATION:
            return None
        wide = function(operands[0].astype(object), operands[1].astype(object))
        narrow = np.asarray(wide).astype(np.int64)
        limits = np.iinfo(operands[0].dtype)
        if narrow.size and not (narrow.min() >= limits.min and narrow.max() <= limits.max):
            return None
        return [narrow.astype(operands[0].dtype)]

    return evaluator


def _option(op: Op, name: str) -> int:
    return int((op.options.get(name) if op.options else None) or 0)


def _out_type(site: Site, op: Op) -> "np.dtype[np.generic]":
    return site.output(op).dtype.numpy


def _moves_only(site: Site, op: Op) -> bool:
    return _same_quant_as_output(site, op, len(op.inputs))


def _same_quant_as_output(site: Site, op: Op, inputs: int) -> bool:
    outputs = site.graph.outputs_of(op)
    read = [site.input(op, position) for position in range(inputs)]
    return all(same_quant(tensor.quant, output.quant) for tensor in read for output in outputs)


_READS_SHAPE = frozenset({"SHAPE", "RANK"})

EVALUATORS: Mapping[str, Evaluator] = MappingProxyType(
    {
        "ADD": _arithmetic(np.add),
        "CAST": _cast,
        "CONCATENATION": _concatenation,
        "EXPAND_DIMS": _reshape,
        "GATHER": _gather,
        "MUL": _arithmetic(np.multiply),
        "PACK": _pack,
        "RANK": _rank,
        "RESHAPE": _reshape,
        "SHAPE": _shape,
        "SLICE": _slice,
        "SQUEEZE": _reshape,
        "STRIDED_SLICE": _strided_slice,
        "SUB": _arithmetic(np.subtract),
        "TRANSPOSE": _transpose,
        "UNPACK": _unpack,
    }
)
