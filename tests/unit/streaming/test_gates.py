"""Convolutions of a loop that run only in trips that need them: which, when, and that nothing else changes."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from arenafit.costs import estimate
from arenafit.costs.core import Core
from arenafit.fit.search.evaluation import price
from arenafit.ir import DType, Graph, Model, Op, TensorId
from arenafit.layout import timeline
from arenafit.streaming import LoopOptions, Streamed, emit, find_segment, make_schedule
from arenafit.streaming.loop.gates import Gates, active_trips
from arenafit.streaming.schedule import Line, PartialStride, Schedule
from arenafit.targets.target import CORTEX_M4
from support.netsketch import NetSketch, Sliding

ALL, NONE = LoopOptions(gated_share=0.0), LoopOptions()
TENSOR = TensorId(0)


def chain(count: int, stride: int = 1, dtype: DType = DType.INT8) -> Model:
    drawn = NetSketch(dtype)
    tensor = drawn.input(1, 16, 8, 2)
    for _ in range(count - 1):
        tensor = drawn.sliding_conv(tensor, 3, Sliding((3, 3)))
    return drawn.finish(drawn.sliding_conv(tensor, 3, Sliding((3, 3), (stride, stride))))


def streamed(model: Model, writing: LoopOptions, rows: Fraction | int = 1, *, as_views: bool = True) -> Streamed:
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(rows))
    assert schedule is not None
    return emit(model, schedule, "loop", writing, as_views=as_views)


def body(made: Streamed) -> Graph:
    return made.model.graphs[2]


def gates(made: Streamed) -> list[Op]:
    return [op for op in body(made).ops if op.name == "IF"]


def line_of(line: Line, trips: int) -> Schedule:
    return Schedule(1, (), trips, {TENSOR: line}, (), (), {})


@pytest.mark.parametrize(
    ("line", "trips", "active"),
    [
        (Line(1, -2, 0, 3), 7, [2, 3, 4]),
        (Line(2, -3, 0, 4), 6, [1, 2, 3]),  # rows -1 and 0, 1 and 2, 3 and 4: one of two is enough
        (Line(2, -2, 0, 4), 5, [1, 2]),
        (Line(1, 0, 0, 2), 2, [0, 1]),
        (
            Line(1, 0, 0, 2, PartialStride(-2, 1, 2)),
            7,
            [2, 4],
        ),  # between two rows, before the first and behind the last: not
    ],
)
def test_a_trip_needs_what_makes_a_row_of_the_image(line: Line, trips: int, active: list[int]) -> None:
    assert np.flatnonzero(active_trips(line_of(line, trips), TENSOR)).tolist() == active


def test_what_lags_is_gated_and_what_is_needed_in_every_trip_is_not() -> None:
    made = streamed(chain(3), ALL)
    # The last makes a row in each trip but the first two; the first one ends two trips early.
    assert [op.name for op in body(made).ops if op.name in ("IF", "CONV_2D")] == ["IF"] * 3
    assert not gates(streamed(chain(3), NONE))
    single = streamed(chain(1), ALL)
    assert not gates(single)
    assert [op.name for op in body(single).ops].count("CONV_2D") == 1


def test_a_branch_stands_where_the_body_has_its_tensors() -> None:
    made = streamed(chain(3), ALL)
    model, ties = made.model, {frozenset((one, other)): distance for one, other, distance in made.hints.tied}
    for gate in gates(made):
        branch = model.graphs[gate.subgraphs[0]]
        [inner] = branch.ops
        assert not branch.inputs
        assert not branch.outputs
        [rows] = [one for one, op in made.hints.made_by if op == gate.id]
        assert ties[frozenset((rows, inner.outputs[0]))] == 0
        assert model.tensors[rows].shape == branch.tensor(inner.outputs[0]).shape
        views = [one for pair in ties if inner.operands[0] in pair for one in pair if one != inner.operands[0]]
        assert len(views) == 1
        assert not model.graphs[gate.subgraphs[1]].ops
    assert len({gate.subgraphs[1] for gate in gates(made)}) == 1  # one branch that does nothing for all


def test_valid_tflite_has_no_gates() -> None:
    assert not gates(streamed(chain(3), ALL, as_views=False))


def test_what_saves_too_little_is_not_gated() -> None:
    assert not gates(streamed(chain(3), LoopOptions(gated_share=0.9)))


def test_a_gated_result_matters_from_its_gate_to_its_last_reader() -> None:
    made = streamed(chain(3), ALL)
    times = timeline(made.model, made.hints.read_by, made.hints.made_by, made.hints.unset)
    whole = timeline(made.model, made.hints.read_by, (), made.hints.unset)
    for rows, gate in made.hints.made_by:
        if rows not in body(made).by_id:
            continue
        [live] = times.live[rows]
        readers = [times.runs[op.id].end for op in body(made).uses.get(rows, ())]
        readers += [times.runs[op].end for tensor, op in made.hints.read_by if tensor == rows]
        assert (live.first, live.end) == (times.runs[gate].first, max(readers))
        # Without the hint a view matters in the whole trip.
        assert whole.live[rows][0].first <= live.first


def test_instructions_fall_by_the_trips_that_are_skipped() -> None:
    model = chain(4, stride=2)
    plain, gated = (
        price(found.model, CORTEX_M4, hints=found.hints, planned=True, streamed=True).model
        for found in (streamed(model, NONE, Fraction(1, 2)), streamed(model, ALL, Fraction(1, 2)))
    )
    before, after = (estimate(found, Core.M4_CMSIS_NN) for found in (plain, gated))
    assert after.is_complete
    assert after.total_instructions < before.total_instructions


def test_flags_fill_the_bytes_beside_the_loops_own_and_then_words_of_their_own() -> None:
    active = [np.array([trip == index, True]) for index, trip in enumerate((0, 0, 0, 0, 0))]
    found = Gates(flags=[(TensorId(index), trips) for index, trips in enumerate(active)])
    assert found.words == 1
    assert replace(found, flags=found.flags[:3]).words == 0
    table = np.array([[8, 1, 99, 0], [16, 0, 99, 0]], dtype=np.int32)
    places = dict(found.write_flags(table, 3))
    assert places == {TensorId(0): 5, TensorId(1): 6, TensorId(2): 7, TensorId(3): 12, TensorId(4): 13}
    assert table[:, 2].tolist() == [99, 99]
    as_bytes = table.view(np.uint8)
    for index, trips in enumerate(active):
        assert as_bytes[:, places[TensorId(index)]].tolist() == trips.astype(int).tolist()
    assert as_bytes[:, 4].tolist() == [1, 0]  # whether the loop goes on is as it was
