"""Loops that store with CONCATENATION and GATHER: which operators they have, where rows come from, what must stay."""

from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np
import pytest

from arenafit.fit.search.evaluation import price
from arenafit.ir import DType, Graph, Model
from arenafit.layout import timeline
from arenafit.streaming import LoopOptions, Stores, Streamed, emit, find_segment, make_schedule
from arenafit.streaming.loop.estimation import estimate
from arenafit.streaming.loop.gathered_state import GatheredState
from arenafit.streaming.overwrite import stored_rows
from arenafit.targets.target import WHEEL
from arenafit.validity.release import needs
from support.netsketch import NetSketch, Sliding


def pair(height: int = 9, window: int = 3) -> Model:
    drawn = NetSketch(DType.INT8)
    tensor = drawn.input(1, height, 6, 2)
    for _ in range(2):
        tensor = drawn.sliding_conv(tensor, 3, Sliding((window, window)))
    return drawn.finish(tensor)


def averaged() -> Model:
    drawn = NetSketch(DType.FLOAT32)
    tensor = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((3, 3)))
    return drawn.finish(drawn.mean(tensor, keep_dims=True))


def streamed(model: Model, rows: int = 1, writing: LoopOptions | None = None) -> Streamed:
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(rows))
    assert schedule is not None
    return emit(model, schedule, "loop", writing or LoopOptions(stores=Stores.GATHER))


def body(made: Streamed) -> Graph:
    return made.model.graphs[2]


@pytest.mark.parametrize("writing", [LoopOptions(stores=Stores.GATHER), LoopOptions(0, stores=Stores.GATHER)])
@pytest.mark.parametrize("in_blocks", [False, True])
@pytest.mark.parametrize("model", [pair(), averaged()], ids=["rows", "average"])
def test_nothing_needs_a_newer_tflm(model: Model, writing: LoopOptions, *, in_blocks: bool) -> None:
    made = streamed(model, writing=replace(writing, in_blocks=in_blocks))
    names = {op.name for graph in made.model.graphs for op in graph.ops}
    assert {"CONCATENATION", "GATHER"} <= names
    assert not {"DYNAMIC_UPDATE_SLICE", "BATCH_TO_SPACE_ND"} & names
    assert all(need.month < "2023-04" for need in needs(made.model))


@pytest.mark.parametrize(("rows", "window"), [(1, 3), (2, 1)])
def test_each_row_is_taken_from_where_it_was_or_from_the_new_ones(rows: int, window: int) -> None:
    model = pair(10, window)
    made = streamed(model, rows)
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(rows))
    assert schedule is not None
    first = stored_rows(schedule, schedule.lines[model.main.outputs[0]])
    [split] = [op for op in body(made).ops if op.name == "SPLIT_V"]
    sizes = body(made).tensor(split.operands[1]).array()
    [table] = [tensor for tensor in body(made).tensors if tensor.name.endswith("/schedule")]
    taken = table.array().reshape(schedule.trips, -1)[:, -10:]
    assert sizes[-1] == 10
    for trip, place in enumerate(first):
        image = np.concatenate([np.arange(100, 100 + rows), np.arange(10)])[taken[trip]]
        wanted = np.arange(10)
        wanted[place : place + rows] = np.arange(100, 100 + rows)
        assert image.tolist() == wanted.tolist()


def test_the_joined_rows_are_a_view_of_what_must_stay_until_they_are_gathered() -> None:
    made = streamed(pair())
    graph = body(made)
    gathering = graph.producers[graph.outputs[-1]]
    joining = graph.producers[gathering.operands[0]]
    assert (joining.name, gathering.name) == ("CONCATENATION", "GATHER")
    rows, part = joining.inputs
    assert rows is not None
    assert part is not None
    priced = price(made.model, WHEEL, hints=made.hints)
    plan = priced.model.offline_plan
    assert plan is not None
    row_bytes = prod(graph.tensor(part).shape[2:])
    both, more = joining.outputs[0], gathering.outputs[0]
    assert (plan[both], plan[rows]) == (plan[part] - row_bytes, plan[part] - row_bytes)
    assert plan[more] == plan[part]
    times = timeline(made.model, made.hints.read_by, made.hints.made_by, made.hints.unset)
    assert times.last_end(rows) == times.last_end(part) == times.runs[gathering.id].end


def test_a_sum_is_kept_by_choosing_it() -> None:
    graph = body(streamed(averaged()))
    gathering = next(op for op in graph.ops if op.outputs[0] in graph.outputs and op.name == "GATHER")
    joining = graph.producers[gathering.operands[0]]
    assert joining.inputs[0] in graph.inputs
    assert graph.tensor(joining.outputs[0]).shape == (1, 1, 2, 3)


def test_places_known_beforehand_are_not_for_it() -> None:
    model = pair()
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    state, output = GatheredState(model, schedule, "loop", keep_inputs=False), segment.outputs[0]
    with pytest.raises(NotImplementedError, match="each trip"):
        state.write(output, output, (0, 0, 0, 0), output, "at")


def test_the_estimate_counts_indices_and_no_held_lines() -> None:
    model = pair()
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    update, gather = (estimate(model.main, schedule, stores=stores) for stores in (Stores.UPDATE, Stores.GATHER))
    assert (
        gather.copied_bytes - update.copied_bytes > schedule.trips * model.main.tensor(model.main.outputs[0]).size_bytes
    )
    assert gather.live_bytes > update.live_bytes
