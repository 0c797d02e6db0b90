"""What operators read of line buffers and of sources: as it stands, cut out once, or fetched as one block."""

from dataclasses import replace
from fractions import Fraction

import pytest

from arenafit.ir import DType, Graph, Model
from arenafit.streaming import LoopOptions, Stores, emit, find_segment, make_schedule
from support.netsketch import NetSketch, Sliding

GATHER = LoopOptions(stores=Stores.GATHER)


def body(model: Model, writing: LoopOptions = GATHER) -> Graph:
    """The body of a loop that makes a row of the output a trip, as valid TFLite."""
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    return emit(model, schedule, "loop", writing).model.graphs[2]


def branches(other: int) -> Model:
    """A line buffer that one branch reads by windows of 3 rows, and another by `other`, two rows further each time."""
    drawn = NetSketch(DType.INT8)
    line = drawn.sliding_conv(drawn.input(1, 16, 16, 2), 4, Sliding((3, 3)))
    far = drawn.sliding_conv(line, 4, Sliding((3, 3), (2, 2)))
    far = drawn.sliding_conv(far, 4, Sliding((3, 3)))
    near = drawn.sliding_conv(line, 4, Sliding((other, other), (2, 2)))
    return drawn.finish(drawn.binary("ADD", far, near))


def cuts(graph: Graph) -> list[tuple[int, tuple[int, ...]]]:
    """The row and the shape of what is cut out of rows made in the body, at places known beforehand."""
    known = [op for op in graph.ops if op.name == "SLICE" and graph.tensor(op.operands[1]).is_constant]
    return [(int(graph.tensor(op.operands[1]).array()[1]), graph.tensor(op.outputs[0]).shape) for op in known]


def test_rows_that_a_trip_keeps_are_those_that_it_reads() -> None:
    graph = body(branches(1))
    assert sorted(set(cuts(graph))) == sorted(cuts(graph))
    moved = [op for op in graph.ops if op.name == "SLICE" and op.outputs[0] in graph.outputs]
    readers = [graph.uses.get(op.outputs[0], ()) for op in moved]
    assert any(readers)  # by the window, before the next trip


def test_rows_stay_while_others_read_all_of_them() -> None:
    graph = body(branches(5))
    moved = [op for op in graph.ops if op.name == "SLICE" and op.outputs[0] in graph.outputs]
    assert moved
    assert not any(graph.uses.get(op.outputs[0], ()) for op in moved)


def row_by_row(window: int) -> Model:
    drawn = NetSketch(DType.INT8)
    tensor = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((window, window)))
    return drawn.finish(drawn.sliding_conv(tensor, 3, Sliding((3, 3))))


@pytest.mark.parametrize(("in_blocks", "name"), [(False, "GATHER"), (True, "SLICE")])
def test_single_rows_are_blocks_where_that_is_asked_for(name: str, *, in_blocks: bool) -> None:
    graph = body(row_by_row(1), replace(GATHER, in_blocks=in_blocks))
    source = graph.inputs[1]
    assert [op.name for op in graph.ops if op.operands[0] == source] == [name]


@pytest.mark.parametrize("guard_rows", [False, True])
def test_rows_that_are_no_block_are_gathered(*, guard_rows: bool) -> None:
    graph = body(row_by_row(3), replace(GATHER, guard_rows=guard_rows, in_blocks=True))
    # The first window begins above the image: with the guard behind it, or with the first row again.
    assert [op.name for op in graph.ops if op.operands[0] == graph.inputs[1]] == ["GATHER"]
