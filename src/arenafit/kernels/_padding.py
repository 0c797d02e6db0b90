"""What PAD and PADV2 keep, and how far behind its operand the output may run.

Mirrors tensorflow/lite/micro/kernels/pad_common.cc, cmsis_nn/pad.cc and tensorflow/lite/kernels/internal/reference/
pad.h (commit 90b983c2 of 2026-08-20), and CMSIS-NN's arm_pad_s8.c (99f736a6).
"""

from collections.abc import Iterator
from math import prod

from arenafit.ir import DType, Graph, Op
from arenafit.kernels._extents import exact_shape
from arenafit.kernels._scales import pad_value
from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import OperandOverlap, Sharing, constant_values, input_at, moving_input, strides_bytes
from arenafit.targets.abi import INT8, INT32, UINT8_ENUM, array, struct
from arenafit.targets.libraries import ESP_NN, ESP_NN_P4, ESP_NN_S3, REFERENCE
from arenafit.units import ARENA_ALIGNMENT_BYTES

# CMSIS-NN takes the last four dimensions for all.
_MOST_DIMENSIONS = 4
_PAD_PARAMS = struct(INT8, array(INT32, 5), INT8, array(INT32, 5), UINT8_ENUM)


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1, outputs=())
    if len(requests.op.inputs) == 3:
        requests.temp_input(2)
    requests.temp_output(0)


PADDING = KernelMemory(init=struct(_PAD_PARAMS, INT32), prepare=_prepare, source="pad.cc")


def behind_the_margin(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield the one way: an element is read just before it is written, all else written before lies in front of it."""
    source, margins = moving_input(graph, op, 0), constant_values(input_at(graph, op, 1))
    rank = len(graph.outputs_of(op)[0].shape)
    if (
        source is None
        or margins is None
        or not len(margins) == 2 * len(source.shape) == 2 * rank
        or not source.elements
    ):
        return
    before = margins[::2]
    steps = strides_bytes(graph.outputs_of(op)[0])
    last = sum((front + size - 1) * step for front, size, step in zip(before, source.shape, steps, strict=True))
    highest = source.size_bytes - source.dtype.bits // 8 - last
    yield OperandOverlap(0, 0, None, highest // ARENA_ALIGNMENT_BYTES * ARENA_ALIGNMENT_BYTES, None)


def behind_what_is_copied(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield the one way for all libraries: CMSIS-NN moves int8 by memcpy, whole rows or, channels padded, pixels."""
    source, margins = moving_input(graph, op, 0), constant_values(input_at(graph, op, 1))
    if source is None or source.dtype is not DType.INT8:
        yield from behind_the_margin(graph, op)
        return
    rank = len(source.shape)
    if len(graph.outputs_of(op)[0].shape) != rank:
        return
    if margins is None or not 1 <= rank <= _MOST_DIMENSIONS or len(margins) != 2 * rank or not source.elements:
        return
    copied = 1 if rank == 1 or margins[-1] or margins[-2] else 2
    run = prod(source.shape[-copied:])
    steps = strides_bytes(graph.outputs_of(op)[0])
    places = list(zip(margins[::2], source.shape, steps, strict=True))
    last = sum((front + size - 1) * step for front, size, step in places[:-copied])
    last += sum(front * step for front, _, step in places[-copied:])
    # From run to run the output gets further ahead, so that the last one decides: it must not overlap itself.
    highest = source.size_bytes - run - last - run
    yield OperandOverlap(0, 0, None, highest // ARENA_ALIGNMENT_BYTES * ARENA_ALIGNMENT_BYTES, None)


def padding(name: str) -> Kernel:
    """Return the kernel `name`, which lays a margin about a tensor."""
    return Kernel(
        name,
        PADDING,
        sharing=Sharing(
            "one pass over the output, the operand's elements taken in order, in CMSIS-NN by memcpy of rows or pixels",
            behind_what_is_copied,
            only=dict.fromkeys((REFERENCE, ESP_NN, ESP_NN_S3, ESP_NN_P4), behind_the_margin),
        ),
        conditions=(
            inputs(2, 3),
            outputs(1),
            typed("f32 i32 f32? > f32", "i8 i32 i8? > i8", "i16 i32 i16? > i16", "i32 i32 i32? > i32"),
            rank(0, 5, 0),
            constant(1),
            exact_shape,
            pad_value,
        ),
    )
