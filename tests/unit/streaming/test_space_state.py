"""Loops that store with BATCH_TO_SPACE_ND: which operators they have, and what of their memory matters."""

from fractions import Fraction

import numpy as np
import pytest

from arenafit.costs import estimate
from arenafit.costs.core import Core
from arenafit.costs.loop_copies import copies_in_place
from arenafit.costs.site import OpContext
from arenafit.costs.work import op_costs
from arenafit.fit.search.evaluation import price
from arenafit.ir import DType, Editor, Graph, Model
from arenafit.kernels import find
from arenafit.layout import timeline
from arenafit.streaming import LoopOptions, Stores, Streamed, emit, find_segment, make_schedule, stores_all
from arenafit.streaming.loop.padding import clipped_patches
from arenafit.targets.target import WHEEL
from arenafit.validity.release import needs
from support.models import VALID
from support.netsketch import NetSketch, Sliding
from support.one_op import const, i8, i32, one_op
from support.small_models import while_loop

WAYS = [
    LoopOptions(stores=Stores.SPACE),
    LoopOptions(in_blocks=True, stores=Stores.SPACE),
    LoopOptions(guard_rows=False, patch_rows=True, flat_rows=True, stores=Stores.SPACE),
]


def padded_pair(dtype: DType = DType.INT8) -> Model:
    drawn = NetSketch(dtype)
    tensor = drawn.input(1, 9, 6, 2)
    for _ in range(2):
        tensor = drawn.sliding_conv(tensor, 3, Sliding((3, 3)))
    return drawn.finish(tensor)


def streamed(model: Model, writing: LoopOptions, rows: int = 1) -> Streamed:
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(rows))
    assert schedule is not None
    return emit(model, schedule, "loop", writing, as_views=True)


def body(made: Streamed) -> Graph:
    """The loop's body; its first operator fetches a row of the control table."""
    return made.model.graphs[2]


@pytest.mark.parametrize("writing", WAYS, ids=["pixels", "fetched", "patched runs"])
def test_nothing_needs_a_newer_tflm(writing: LoopOptions) -> None:
    made = streamed(padded_pair(), writing)
    assert not [op for graph in made.model.graphs for op in graph.ops if op.name == "DYNAMIC_UPDATE_SLICE"]
    stores = [op for op in body(made).ops if op.name == "BATCH_TO_SPACE_ND"]
    assert len(stores) >= 2  # the new rows of the line buffer, and the output's


def test_a_store_is_at_minus_its_crops() -> None:
    made = streamed(padded_pair(), LoopOptions(stores=Stores.SPACE))
    graph = body(made)
    held, moved = [
        op for op in graph.ops if op.name == "BATCH_TO_SPACE_ND" and graph.tensor(op.operands[2]).is_constant
    ]
    rows, whole = graph.tensor(held.operands[0]), graph.tensor(held.outputs[0])
    top, bottom, left, right = (int(crop) for crop in graph.tensor(held.operands[2]).array())
    # Two rows are kept before the new one, one column of padding stands on either side.
    assert (top, left) == (-2, -1)
    assert rows.shape[1] - top - bottom == whole.shape[1]
    assert rows.shape[2] - left - right == whole.shape[2]
    # What moves them on goes up by one row, told by the constant that says that blocks are of 1.
    assert graph.tensor(moved.operands[0]).shape == graph.tensor(moved.outputs[0]).shape == whole.shape
    assert graph.tensor(moved.operands[2]).array()[[0, 2]].tolist() == [1, 0]
    assert graph.tensor(moved.operands[1]).array()[:2].tolist() == [1, 1]
    assert moved.operands[1] == moved.operands[2] == held.operands[1]


def test_what_a_store_leaves_matters_all_the_time() -> None:
    made = streamed(padded_pair(), LoopOptions(stores=Stores.SPACE))
    graph = body(made)
    times = timeline(made.model)
    ran = [times.runs[op.id] for op in graph.ops]
    stored = [op.outputs[0] for op in graph.ops if op.name == "BATCH_TO_SPACE_ND"]
    for tensor in stored:
        [live] = times.live[tensor]
        assert live.first < ran[0].first
        assert live.end >= ran[-1].end


def test_rows_put_into_padding_matter_from_the_padding_on() -> None:
    made = streamed(padded_pair(), LoopOptions(in_blocks=True, stores=Stores.SPACE))
    graph = body(made)
    padding, fetch = [
        op for op in graph.ops if op.name == "BATCH_TO_SPACE_ND" and "padded" in graph.tensor(op.outputs[0]).name
    ]
    assert padding.outputs == fetch.outputs
    assert graph.tensor(padding.operands[0]).is_constant
    assert graph.tensor(padding.operands[0]).shape[1] == graph.tensor(padding.outputs[0]).shape[1] + 1
    times = timeline(made.model)
    [live] = times.live[fetch.outputs[0]]
    assert live.first == times.runs[padding.id].first
    assert live.end < times.runs[graph.ops[-1].id].end


def test_a_plan_over_several_graphs_needs_a_tflm_that_reads_it() -> None:
    made = streamed(padded_pair(), LoopOptions(stores=Stores.SPACE))
    planned = price(made.model, WHEEL, hints=made.hints, planned=True).model
    assert [(need.month, need.operator) for need in needs(planned)] == [("2023-03", "WHILE")]
    assert not needs(made.model)


@pytest.mark.parametrize("writing", WAYS, ids=["pixels", "fetched", "patched runs"])
def test_how_often_a_loop_runs_is_found_in_the_file(writing: LoopOptions) -> None:
    made = streamed(padded_pair(), writing)
    planned = price(made.model, WHEEL, hints=made.hints, planned=True).model
    cost = estimate(planned, Core.M4_CMSIS_NN)
    assert cost.iterations == {made.loop: made.trips}
    assert not cost.uncovered


@pytest.mark.parametrize(
    ("rows", "crops", "output", "bytes_written"),
    [
        ((1, 1, 8), [-2], (1, 128, 1), (2, 10)),  # a run of bytes at byte 2
        ((1, 1, 8), [1], (1, 128, 1), (0, 0)),  # nowhere
        ((1, 2, 4, 2), [-1, 0, -1, 0], (1, 9, 6, 2), (14, 34)),
        ((1, 9, 6, 2), [7, 0, 0, 0], (1, 4, 6, 2), (0, 24)),  # the last two rows are fetched
    ],
)
def test_which_bytes_a_store_changes(
    rows: tuple[int, ...], crops: list[int], output: tuple[int, ...], bytes_written: tuple[int, int]
) -> None:
    model = one_op("BATCH_TO_SPACE_ND", [i8(*rows), const([1] * (len(rows) - 2)), i32(len(crops))], [i8(*output)])
    site = OpContext(model.main.ops[0], model.main, Core.M4_CMSIS_NN, {})
    overwrites = op_costs()["BATCH_TO_SPACE_ND"].overwrites
    assert overwrites is not None
    assert overwrites(site, np.array(crops, np.int32)) == bytes_written


def test_only_bytes_and_floats_are_stored() -> None:
    for dtype, can in ((DType.INT8, True), (DType.FLOAT32, True), (DType.INT16, False)):
        model = padded_pair(dtype)
        segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
        assert segment is not None
        schedule = make_schedule(model.main, segment, 1)
        assert schedule is not None
        assert stores_all(model.main, schedule) is can


def test_sums_are_floats() -> None:
    drawn = NetSketch(DType.INT8)
    made = drawn.sliding_conv(drawn.input(1, 8, 6, 2), 3, Sliding((3, 3), padding=VALID))
    model = drawn.finish(drawn.global_pool(made, 0))
    graph = body(streamed(model, LoopOptions(stores=Stores.SPACE)))
    [sums] = [op for op in graph.ops if op.name == "SUM"]
    assert graph.tensor(sums.outputs[0]).dtype is DType.FLOAT32


@pytest.mark.parametrize(
    ("rows", "crops", "output", "leaves", "distance"),
    [
        ((1, 1, 4, 2), [0, 0, 0, 0], (1, 1, 4, 2), False, 0),
        ((1, 1, 4, 2), [-2, 0, 0, 0], (1, 3, 4, 2), True, -16),
        ((1, 1, 3, 2), [-2, 0, -1, 0], (1, 3, 4, 2), True, -18),
        ((1, 2, 3, 2), [-1, 0, -1, 0], (1, 3, 4, 2), True, None),  # two runs
        ((1, 1, 4, 2), [-3, 0, 0, 0], (1, 3, 4, 2), True, None),  # outside
        ((1, 1, 4, 2), [0, 0, 0, 0], (1, 3, 4, 2), True, 0),
        ((1, 1, 8), [-2, 0], (1, 3, 8), True, -16),
        ((1, 3, 4, 2), [1, 1, 0, -1], (1, 3, 4, 2), True, None),  # rows moved up: one is left
        ((1, 5, 4, 2), [2, 1, 0, -1], (1, 3, 4, 2), False, 16),  # the last three rows
        ((1, 5, 4, 2), [0, 1, 1, -1], (1, 5, 3, 2), False, None),  # columns: many runs
    ],
)
def test_what_the_kernel_leaves_and_shares(
    rows: tuple[int, ...], crops: list[int], output: tuple[int, ...], leaves: bool, distance: int | None
) -> None:
    blocks = const([*[1] * (len(crops) // 2), 7])  # words that the kernel does not read say nothing
    model = one_op("BATCH_TO_SPACE_ND", [i8(*rows), blocks, const(crops)], [i8(*output)])
    op = model.main.ops[0]
    kernel = find(op.code)
    assert kernel is not None
    assert kernel.sharing is not None
    assert kernel.sharing.leaves is not None
    assert kernel.sharing.leaves(model.main, op) is leaves
    wanted = [way.wanted_bytes for way in kernel.sharing.ways(model.main, op) if way.wanted_bytes is not None]
    assert wanted == ([] if distance is None else [distance])


def test_a_line_that_begins_within_the_image_is_not_filled_before_the_loop() -> None:
    for padding, constants in (("VALID", 1), ("SAME", 2)):
        drawn = NetSketch(DType.INT8)
        made = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((1, 1)))
        window = Sliding((3, 1), (1, 1), padding=VALID) if padding == "VALID" else Sliding((3, 1), (1, 1))
        loop = streamed(
            drawn.finish(drawn.sliding_conv(made, 3, window)), LoopOptions(held_bytes=0, stores=Stores.SPACE)
        )
        main = loop.model.main
        [op] = [op for op in main.ops if op.name == "WHILE"]
        # The state is a constant; padding above the image is one, too, and nobody looks at other rows.
        assert sum(main.tensor(item).is_constant for item in op.operands) == constants
        unset = [item for item in op.operands if not main.tensor(item).is_constant]
        assert loop.hints.unset == set(unset)


@pytest.mark.parametrize(("distance", "permitted"), [(-16, True), (8, True), (9, False), (16, False)])
def test_rows_go_down_no_further_than_they_were_read(distance: int, permitted: bool) -> None:
    model = one_op("BATCH_TO_SPACE_ND", [i8(1, 5, 4, 8), const([1, 1]), const([0, 1, 2, -1])], [i8(1, 5, 2, 8)])
    kernel = find(model.main.ops[0].code)
    assert kernel is not None
    assert kernel.sharing is not None
    ways = list(kernel.sharing.ways(model.main, model.main.ops[0]))
    # Two pixels of 8 bytes on: the copy of a pixel must not overlap itself.
    assert any(way.permits(distance) for way in ways) is permitted


def test_older_loops_copy_what_stands_in_place() -> None:
    model = while_loop()
    loop = model.main.ops[0]
    cond, nested = model.graphs[loop.subgraphs[0]], model.graphs[loop.subgraphs[1]]
    assert copies_in_place(model, {loop.id: 5}, Core.M4_CMSIS_NN) == 0  # nothing is planned
    editor = Editor(model)
    carried = (*loop.operands, *loop.outputs, *cond.inputs, *nested.inputs, *nested.outputs)
    editor.set_offline_plan(dict.fromkeys(carried, 0))
    planned = editor.build()
    once, twice = (copies_in_place(planned, {loop.id: count}, Core.M4_CMSIS_NN) for count in (1, 2))
    entry = once - (twice - once)
    assert (twice - once) * 2 == entry * 3 > 0


def test_rows_outside_the_image_are_written_over_where_they_are_made() -> None:
    made = streamed(padded_pair(), LoopOptions(stores=Stores.SPACE))
    graph = body(made)
    # Nothing is made of all rows for the sake of a few: the first convolution's rows get padding in two trips.
    [patching] = [
        op for op in graph.ops[1:] if op.name == "BATCH_TO_SPACE_ND" and graph.tensor(op.operands[0]).is_constant
    ]
    position = graph.ops.index(patching)
    [rows] = graph.ops[position - 1].outputs
    times = timeline(made.model, made.hints.read_by, made.hints.made_by)
    assert (rows, patching.outputs[0], 0) in made.hints.tied
    [unpatched], [patched] = times.live[rows], times.live[patching.outputs[0]]
    # They are one after the other, or the rows would be another's before the padding comes.
    assert unpatched.end >= times.runs[patching.id].end
    assert patched.first == times.runs[patching.id].first
    assert patched.end < times.runs[graph.ops[-1].id].end


def test_rows_that_others_read_are_not_written_over() -> None:
    drawn = NetSketch(DType.INT8)
    image = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((1, 1)))
    padded = drawn.pad(image, (1, 1), (1, 1))
    graph = body(streamed(drawn.finish(drawn.sliding_conv(padded, 3, Sliding((3, 3)))), WAYS[0]))
    patched = [
        op for op in graph.ops[1:] if op.name == "BATCH_TO_SPACE_ND" and graph.tensor(op.operands[0]).is_constant
    ]
    # The rows of a PAD are those of the image, which stay as they are for whoever else reads them.
    assert len(patched) == 1
    assert "MUL" in {op.name for op in graph.ops}


@pytest.mark.parametrize(
    ("outside", "first"),
    [
        ([[1, 1], [1, 0], [0, 0], [0, 1]], [0, -1, 2, 1]),  # before the first row, nowhere, behind the last
        ([[0, 1, 0], [0, 0, 0]], [1, 3]),
        ([[1, 1, 0], [0, 1, 1]], [0, 1]),
    ],
)
def test_where_patches_go(outside: list[list[int]], first: list[int]) -> None:
    found = clipped_patches(np.array(outside, dtype=np.bool_))
    assert found is not None
    assert found.first.tolist() == first


@pytest.mark.parametrize(
    "outside",
    [
        [[0, 0], [0, 0]],  # none
        [[1, 0, 1]],  # two blocks in a trip
        [[0, 1, 0, 0], [1, 1, 0, 0]],  # a block of two would hit a row beside the one in the middle
    ],
)
def test_what_one_patch_a_trip_cannot_do(outside: list[list[int]]) -> None:
    assert clipped_patches(np.array(outside, dtype=np.bool_)) is None
