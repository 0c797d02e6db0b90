"""MIRROR_PAD: OpDataMirrorPad kept; two integers per dimension as scratch.

Mirrors tensorflow/lite/micro/kernels/mirror_pad.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator
from math import prod

import numpy as np

from arenafit.ir import Graph, Op
from arenafit.kernels._write_behind import MOST_STEPS, behind
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import OperandOverlap, Sharing, constant_values, input_at, moving_input
from arenafit.targets.abi import ENUM, INT, array, struct

_SYMMETRIC = 1


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    size_bytes = 4 * len(requests.shape(requests.needed_input(0)))
    requests.scratch(size_bytes, "strides of the output")
    requests.scratch(size_bytes, "strides of the input")


def _behind_the_mirror(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    source, margins = moving_input(graph, op, 0), constant_values(input_at(graph, op, 1))
    if source is None or margins is None or len(margins) != 2 * len(source.shape) or not source.elements:
        return
    # Anything but SYMMETRIC leaves the border out.
    reflects = 0 if op.options is not None and op.options.get("mode") == _SYMMETRIC else 1
    pairs = list(zip(margins[::2], margins[1::2], strict=True))
    sizes = zip(pairs, source.shape, strict=True)
    if source.dtype.bits % 8 or any(min(pair) < 0 or max(pair) > size - reflects for pair, size in sizes):
        return
    if prod(size + sum(pair) for pair, size in zip(pairs, source.shape, strict=True)) > MOST_STEPS:
        return
    places = np.arange(source.elements, dtype=np.int64).reshape(source.shape)
    read = np.pad(places, pairs, mode="reflect" if reflects else "symmetric").reshape(-1)
    written = np.arange(1, read.size + 1, dtype=np.int64)
    yield from behind(read * (source.dtype.bits // 8), written * (source.dtype.bits // 8))


KERNEL = Kernel(
    "MIRROR_PAD",
    KernelMemory(init=struct(array(INT, 5)), prepare=_prepare, source="mirror_pad.cc"),
    builtin=struct(ENUM),
    sharing=Sharing("element by element, in the output's order; no library has another kernel", _behind_the_mirror),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32|i64 > f32", "i8 i32|i64 > i8"),
        rank(2, 2, 1),
    ),
)
