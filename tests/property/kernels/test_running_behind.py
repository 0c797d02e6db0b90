"""What every kernel library may do at the distances permitted: no step finds its operand overwritten.

The loops are replayed in the worst order any library uses: a step writes all of its results before it reads.
"""

from collections.abc import Iterable
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from arenafit.ir import Model
from arenafit.kernels import find
from arenafit.kernels.sharing import OperandOverlap
from support.one_op import Factory, f32, i8, i16, one_op
from support.sharing_cases import channels_joined, dense, pad, resize

# What a step reads of the operand and writes of the output, as numbers of bytes.
Bytes = NDArray[np.int64]
Step = tuple[Bytes, Bytes]
SIZES = st.integers(1, 9)
TYPES = st.sampled_from((f32, i8, i16))
ALIGNMENT_BYTES = 16
MEMORY_BYTES = 1 << 18
BUDGET = settings(deadline=None, max_examples=60)


def permitted(model: Model) -> list[OperandOverlap]:
    op = model.main.ops[0]
    kernel = find(op.code)
    assert kernel is not None
    assert kernel.sharing is not None
    return [way for way in kernel.sharing.ways(model.main, op) if way.wanted_bytes is None]


def survives(steps: Iterable[Step], distance_bytes: int) -> bool:
    written = np.zeros(MEMORY_BYTES, bool)
    for reads, writes in steps:
        written[writes + distance_bytes + MEMORY_BYTES // 2] = True
        if written[reads + MEMORY_BYTES // 2].any():
            return False
    return True


def run(first: int, end: int) -> Bytes:
    return np.arange(first, end, dtype=np.int64)


def check(model: Model, steps: list[Step], operand: int = 0) -> None:
    """The distance permitted is right, and the next aligned one is not."""
    (way,) = (way for way in permitted(model) if way.operand == operand)
    assert way.lowest_bytes is None
    assert way.highest_bytes is not None
    assert survives(steps, way.highest_bytes)
    assert survives(steps, way.highest_bytes - ALIGNMENT_BYTES)
    assert not survives(steps, way.highest_bytes + ALIGNMENT_BYTES)


def element_bytes(model: Model) -> int:
    return model.tensors[model.main.inputs[0]].dtype.bits // 8


@BUDGET
@given(make=TYPES, rows=SIZES, depth=SIZES, channels=SIZES)
def test_rows_of_a_dense_layer(make: Factory, rows: int, depth: int, channels: int) -> None:
    model = dense(make, rows, depth, channels)
    if rows == 1:
        assert not permitted(model)
        return
    read, written = depth * element_bytes(model), channels * element_bytes(model)
    check(model, [(run(row * read, (row + 1) * read), run(row * written, (row + 1) * written)) for row in range(rows)])


def test_a_dense_layer_that_cmsis_nn_runs_as_a_convolution() -> None:
    # It goes over all rows for some channels, and over all rows again for the next ones.
    assert not permitted(dense(i8, 12, 24, 24, split_rows=True))
    assert permitted(dense(i8, 12, 23, 24, split_rows=True))
    assert permitted(dense(f32, 12, 24, 24, split_rows=True))


@BUDGET
@given(
    make=TYPES,
    name=st.sampled_from(("MAX_POOL_2D", "AVERAGE_POOL_2D")),
    size=st.tuples(st.integers(1, 2), SIZES, SIZES, st.integers(1, 5)),
    window=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_pixels_of_a_pooling(
    make: Factory, name: str, size: tuple[int, int, int, int], window: tuple[int, int], stride: tuple[int, int]
) -> None:
    batches, height, width, channels = size
    out = (-(-height // stride[0]), -(-width // stride[1]))
    options = {
        "padding": 0,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "filter_height": window[0],
        "filter_width": window[1],
    }
    model = one_op(name, [make(*size)], [make(batches, *out, channels)], "Pool2DOptions", **options)
    pixel = channels * element_bytes(model)
    front = [max((out[i] - 1) * stride[i] + window[i] - (height, width)[i], 0) // 2 for i in range(2)]
    steps = []
    for number, (batch, y, x) in enumerate(product(range(batches), range(out[0]), range(out[1]))):
        rows = range(max(0, y * stride[0] - front[0]), min(height, y * stride[0] - front[0] + window[0]))
        columns = range(max(0, x * stride[1] - front[1]), min(width, x * stride[1] - front[1] + window[1]))
        places = [(batch * height + row) * width + column for row, column in product(rows, columns)]
        reads = np.concatenate([run(place * pixel, (place + 1) * pixel) for place in places])
        steps.append((reads, run(number * pixel, (number + 1) * pixel)))
    check(model, steps)


@BUDGET
@given(
    size=st.tuples(st.integers(1, 2), SIZES, SIZES, st.integers(1, 5)),
    margins=st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 4),
    channels_too=st.booleans(),
)
def test_what_pad_copies(
    size: tuple[int, int, int, int], margins: tuple[tuple[int, int], ...], channels_too: bool
) -> None:
    amounts = [list(pair) for pair in margins] if channels_too else [*(list(pair) for pair in margins[:3]), [0, 0]]
    model = pad(i8, size, amounts)
    out = model.tensors[model.main.outputs[0]].shape
    places = np.arange(np.prod(out)).reshape(out)
    inner = places[tuple(slice(pair[0], pair[0] + extent) for pair, extent in zip(amounts, size, strict=True))]
    length = size[3] if any(amounts[3]) else size[2] * size[3]
    copies = inner.reshape(-1, length)
    # What lies between two copies is filled in between.
    starts = [0, *(int(copy[-1]) + 1 for copy in copies[:-1])]
    check(
        model,
        [
            (run(number * length, (number + 1) * length), run(start, int(copy[-1]) + 1))
            for number, (copy, start) in enumerate(zip(copies, starts, strict=True))
        ],
    )


@BUDGET
@given(make=TYPES, channels=st.lists(SIZES, min_size=2, max_size=3))
def test_pieces_of_a_concatenation(make: Factory, channels: list[int]) -> None:
    model = channels_joined(make, *channels)
    size = element_bytes(model)
    nothing = np.zeros(0, np.int64)
    for operand, mine in enumerate(channels):
        steps, at = [], 0
        for place in range(30):
            for position, count in enumerate(channels):
                reads = run(place * mine * size, (place + 1) * mine * size) if position == operand else nothing
                steps.append((reads, run(at, at + count * size)))
                at += count * size
        check(model, steps, operand)


@BUDGET
@given(
    name=st.sampled_from(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")),
    before=st.tuples(st.integers(1, 20), st.integers(1, 6)),
    after=st.tuples(st.integers(1, 3000), st.integers(1, 6)),
    option=st.sampled_from(("", "align_corners", "half_pixel_centers")),
)
def test_rows_of_a_resizing(name: str, before: tuple[int, int], after: tuple[int, int], option: str) -> None:
    model = resize(name, i8, before, after, **({option: True} if option else {}))
    (way,) = permitted(model)
    assert way.highest_bytes is not None
    read, written = before[1] * 3, after[1] * 3
    lowest = np.concatenate([batch * before[0] + lowest_rows(before[0], after[0], option) for batch in range(2)])
    ends = (np.arange(2 * after[0]) + 1) * written
    later = np.minimum.accumulate(lowest[::-1])[::-1] * read
    assert (ends + way.highest_bytes <= later).all()


def lowest_rows(height: int, rows: int, option: str) -> Bytes:
    """The lowest row any kernel reads for each output row: as the 8-bit kernel rounds, and as the float ones do."""
    index = np.arange(rows, dtype=np.int64)
    corners = option == "align_corners" and rows > 1
    over, under = (height - 1, rows - 1) if corners else (height, rows)
    scale = (1024 * over + under // 2) // under
    middle = option == "half_pixel_centers"
    integer = np.maximum((index * scale + (scale // 2 - 512 if middle else 0)) // 1024, 0)
    step = np.float32(over) / np.float32(under)
    real = index.astype(np.float32)
    real = (real + np.float32(0.5)) * step - np.float32(0.5) if middle else real * step
    return np.minimum(np.minimum(integer, np.maximum(np.floor(real).astype(np.int64), 0)), height - 1)
