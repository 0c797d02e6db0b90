"""Iteration counts found by following control flow."""

import numpy as np
import pytest

from arenafit.costs import Build, Core, estimate
from arenafit.costs.control import count_runs
from arenafit.costs.site import OpContext
from arenafit.costs.work import op_costs
from arenafit.ir import DType, OpId
from calibration.control_records import if_model, while_model
from calibration.drafts import Draft


def carried(iterations: int, **changes: object) -> dict[str, object]:
    return {
        "mode": "carried", "iterations": iterations, "payload": 64, "n_payload": 1, "aliased": True, "body_ops": 1
    } | changes  # fmt: skip


@pytest.mark.parametrize("aliased", [True, False])
@pytest.mark.parametrize("iterations", [0, 1, 2, 37])
def test_counter_compared_with_a_constant(iterations: int, *, aliased: bool) -> None:
    model, addresses = while_model(carried(iterations, aliased=aliased))
    runs = count_runs(model, addresses)
    assert list(runs.iterations.values()) == [iterations]
    assert runs.graphs == {0: 1, 1: iterations + 1} | ({2: iterations} if iterations else {})
    assert not runs.undetermined


def test_counter_needs_no_addresses() -> None:
    model, _ = while_model(carried(5))
    assert list(count_runs(model).iterations.values()) == [5]


@pytest.mark.parametrize("iterations", [0, 1, 9])
def test_control_table_read_through_views(iterations: int) -> None:
    attrs = {"mode": "none", "iterations": iterations, "ctl": 4, "body_ops": 0}
    model, addresses = while_model(attrs)
    assert list(count_runs(model, addresses).iterations.values()) == [iterations]


def test_views_need_addresses() -> None:
    model, _ = while_model({"mode": "none", "iterations": 3, "ctl": 4, "body_ops": 0})
    cost = estimate(model, Core.M4_CMSIS_NN)
    ((op, why),) = cost.uncovered
    assert op.name == "WHILE"
    assert "trip count" in why


def test_activations_that_overwrite_the_table_are_noticed() -> None:
    model, addresses = while_model({"mode": "none", "iterations": 3, "ctl": 4, "body_ops": 1})
    trampled = dict(addresses)
    for tensor in model.graphs[2].tensors:
        if tensor.dtype is DType.INT8:
            trampled[tensor.id] = 4  # the flag lies at 4
    assert count_runs(model, trampled).undetermined


def loop_on_data() -> tuple[Draft, OpId]:
    draft = Draft()
    cond, body = draft.add_graph(), draft.add_graph()
    source, out = draft.tensor(DType.FLOAT32, (1,)), draft.tensor(DType.FLOAT32, (1,))
    tested, flag = draft.tensor(DType.FLOAT32, (1,), graph=cond), draft.tensor(DType.BOOL, (1,), graph=cond)
    bound = draft.constant(np.zeros(1, np.float32), graph=cond)
    draft.op("LESS", [tested, bound], [flag], graph=cond)
    entering, leaving = (draft.tensor(DType.FLOAT32, (1,), graph=body) for _ in range(2))
    draft.op("ADD", [entering, draft.constant(np.ones(1, np.float32), graph=body)], [leaving], graph=body)
    draft.set_bounds(0, [source], [out])
    draft.set_bounds(cond, [tested], [flag])
    draft.set_bounds(body, [entering], [leaving])
    op = draft.op("WHILE", [source], [out], {"cond_subgraph_index": cond, "body_subgraph_index": body})
    return draft, op


def test_a_loop_on_data_needs_a_trip_count() -> None:
    draft, op = loop_on_data()
    model = draft.model()
    assert [found.id for found, _ in estimate(model, Core.M4_CMSIS_NN).uncovered] == [op]
    few = estimate(model, Core.M4_CMSIS_NN, trip_counts={op: 10})
    many = estimate(model, Core.M4_CMSIS_NN, trip_counts={op: 20})
    assert few.is_complete
    assert many.iterations == {op: 20}
    ratio = (many.total_instructions - few.total_instructions) / few.total_instructions
    assert 0.8 < ratio < 1.0


@pytest.mark.parametrize("size", [4096, 512])  # small states are computed where all of them is known
@pytest.mark.parametrize(("rows", "complete"), [([16, 24, 32], True), ([16, 8, 32], False)])
def test_rows_stored_through_the_flat_arena(rows: list[int], size: int, *, complete: bool) -> None:
    # As streamed models do: a table writes [next, place of the row, flag] at 0, the row is stored into one tensor
    # that spans the arena and is the loop's only carried one. A row stored over the control words ends all knowledge.
    draft = Draft()
    cond, body = draft.add_graph(), draft.add_graph()
    flats = [draft.tensor(DType.INT8, (size,), graph=graph) for graph in (0, 0, cond, body)]
    table = np.zeros((3, 3), np.int32)
    table[:, 0], table[:, 1], table[:, 2] = [3, 6, 9], rows, [1, 1, 0]
    words = draft.tensor(DType.INT32, (3,), graph=body)
    position, place = draft.tensor(DType.INT32, (1,), graph=body), draft.tensor(DType.INT32, (1,), graph=body)
    row, flag = draft.tensor(DType.INT8, (8,), graph=body), draft.tensor(DType.BOOL, (1,), graph=cond)
    state = draft.tensor(DType.INT8, (size // 2,))
    first = np.zeros(size // 2, np.int8)
    first[8] = 1
    draft.op("MAXIMUM", [draft.constant(first), draft.constant(np.full(size // 2, -128, np.int8))], [state])
    cuts = [draft.constant(table.ravel(), graph=body), position, draft.ints(3, graph=body)]
    draft.op("SLICE", cuts, [words], graph=body)
    draft.op("DYNAMIC_UPDATE_SLICE", [flats[3], row, place], [flats[3]], graph=body)
    draft.set_bounds(cond, [flats[2]], [flag])
    draft.set_bounds(body, [flats[3]], [flats[3]])
    indices = {"cond_subgraph_index": cond, "body_subgraph_index": body}
    op = draft.op("WHILE", flats[:1], flats[1:2], indices)
    addresses = dict.fromkeys([*flats, words, position, state], 0) | {place: 4, flag: 8, row: size - 96}
    runs = count_runs(draft.model(), addresses)
    assert (op not in runs.undetermined) is complete
    assert not complete or runs.iterations == {op: 3}


def test_a_step_other_than_one() -> None:
    draft = Draft()
    cond, body = draft.add_graph(), draft.add_graph()
    tested, flag = draft.tensor(DType.INT32, (1,), graph=cond), draft.tensor(DType.BOOL, (1,), graph=cond)
    entering, leaving = (draft.tensor(DType.INT32, (1,), graph=body) for _ in range(2))
    draft.op("GREATER", [tested, draft.ints(0, graph=cond)], [flag], graph=cond)
    draft.op("SUB", [entering, draft.ints(7, graph=body)], [leaving], graph=body)
    draft.set_bounds(cond, [tested], [flag])
    draft.set_bounds(body, [entering], [leaving])
    indices = {"cond_subgraph_index": cond, "body_subgraph_index": body}
    op = draft.op("WHILE", [draft.ints(100)], [draft.tensor(DType.INT32, (1,))], indices)
    assert count_runs(draft.model()).iterations == {op: 15}


def test_control_words_through_gather_split_and_cast() -> None:
    # The body gathers a row of a table by position, splits it into the next position and a flag, and casts the flag.
    draft = Draft()
    cond, body = draft.add_graph(), draft.add_graph()
    table = draft.constant(np.array([[1, 1], [2, 1], [3, 7], [9, 0]], np.int32), graph=body)
    position, going = draft.tensor(DType.INT32, (1,), graph=body), draft.tensor(DType.BOOL, (1,), graph=body)
    row = draft.tensor(DType.INT32, (1, 2), graph=body)
    halves = [draft.tensor(DType.INT32, (1, 1), graph=body) for _ in range(2)]
    onwards, more = draft.tensor(DType.INT32, (1,), graph=body), draft.tensor(DType.INT32, (1,), graph=body)
    flag = draft.tensor(DType.BOOL, (1,), graph=body)
    draft.op("GATHER", [table, position], [row], {"axis": 0, "batch_dims": 0}, graph=body)
    draft.op("SPLIT_V", [row, draft.ints(1, 1, graph=body), draft.ints(1, graph=body)], halves, graph=body)
    draft.op("RESHAPE", [halves[0]], [onwards], graph=body)
    draft.op("RESHAPE", [halves[1]], [more], graph=body)
    draft.op("CAST", [more], [flag], graph=body)
    draft.set_bounds(body, [position, going], [onwards, flag])
    tested = [draft.tensor(DType.INT32, (1,), graph=cond), draft.tensor(DType.BOOL, (1,), graph=cond)]
    draft.set_bounds(cond, tested, [tested[1]])
    start = [draft.ints(0), draft.constant(np.array([True]))]
    results = [draft.tensor(DType.INT32, (1,)), draft.tensor(DType.BOOL, (1,))]
    op = draft.op("WHILE", start, results, {"cond_subgraph_index": cond, "body_subgraph_index": body})
    assert count_runs(draft.model()).iterations == {op: 4}


def test_nested_loops_multiply() -> None:
    # An outer loop of 3 whose body runs an inner loop of 4.
    draft = Draft()
    outer_cond, outer_body, inner_cond, inner_body = (draft.add_graph() for _ in range(4))

    def counting(graph: int, limit: int | None) -> None:
        entering, result = (
            draft.tensor(DType.INT32, (1,), graph=graph),
            draft.tensor(DType.INT32 if limit is None else DType.BOOL, (1,), graph=graph),
        )
        operand = draft.ints(1 if limit is None else limit, graph=graph)
        draft.op("ADD" if limit is None else "LESS", [entering, operand], [result], graph=graph)
        draft.set_bounds(graph, [entering], [result])

    for graph, limit in ((outer_cond, 3), (inner_cond, 4), (inner_body, None), (outer_body, None)):
        counting(graph, limit)
    unused = draft.tensor(DType.INT32, (1,), graph=outer_body)
    indices = {"cond_subgraph_index": inner_cond, "body_subgraph_index": inner_body}
    inner = draft.op("WHILE", [draft.ints(0, graph=outer_body)], [unused], indices, graph=outer_body)
    indices = {"cond_subgraph_index": outer_cond, "body_subgraph_index": outer_body}
    outer = draft.op("WHILE", [draft.ints(0)], [draft.tensor(DType.INT32, (1,))], indices)
    runs = count_runs(draft.model())
    assert runs.iterations == {outer: 3, inner: 12}
    assert runs.graphs == {0: 1, outer_cond: 4, outer_body: 3, inner_cond: 15, inner_body: 12}


@pytest.mark.parametrize("taken", [True, False])
def test_the_branch_of_a_constant(*, taken: bool) -> None:
    model, addresses = if_model(64, {"cond": taken, "branch_ops": 2, "aliased": True})
    assert count_runs(model, addresses).graphs == {0: 1, 1 if taken else 2: 1}


def test_a_loop_that_never_ends_is_given_up() -> None:
    model, addresses = while_model(carried(10**6))
    runs = count_runs(model, addresses)
    assert "still runs" in next(iter(runs.undetermined.values()))


def test_call_once_runs_nothing() -> None:
    draft = Draft()
    init = draft.add_graph()
    source, out = (draft.tensor(DType.INT8, (4,), graph=init) for _ in range(2))
    draft.op("RESHAPE", [source], [out], graph=init)
    draft.op("CALL_ONCE", [], [], {"init_subgraph_index": init})
    cost = estimate(draft.model(), Core.M4_CMSIS_NN, Build.ASSERTIONS)
    assert list(cost.per_op) == [OpId(1)]
    assert [op.name for op, _ in cost.derived] == ["CALL_ONCE"]


@pytest.mark.parametrize(
    ("begin", "end", "strides", "masks", "expected"),
    [
        ([1], [3], [1], {}, [11, 12]),
        ([0], [4], [2], {}, [10, 12]),
        ([0], [3], [1], {"begin_mask": 1, "end_mask": 1}, [10, 11, 12, 13]),
        ([-1], [0], [1], {"shrink_axis_mask": 1}, 13),
        ([3], [0], [-1], {}, [13, 12, 11]),
    ],
)
def test_strided_slices_are_computed(
    begin: list[int], end: list[int], strides: list[int], masks: dict[str, int], expected: object
) -> None:
    draft = Draft()
    wanted = np.asarray(expected, np.int32)
    operands = [draft.ints(*values) for values in (begin, end, strides)]
    source = draft.ints(10, 11, 12, 13)
    draft.op("STRIDED_SLICE", [source, *operands], [draft.tensor(DType.INT32, wanted.shape)], masks)
    graph = draft.model().main
    (op,) = graph.ops
    evaluate = op_costs()["STRIDED_SLICE"].evaluate
    assert evaluate is not None
    values = [graph.tensor(tensor).array() for tensor in op.operands]
    found = evaluate(OpContext(op, graph, Core.M4_REFERENCE, None), values)
    assert found is not None
    np.testing.assert_array_equal(found[0], wanted)


@pytest.mark.parametrize(
    ("crops", "blocks", "expected"),
    [
        ([1, 0], [1], [[12, 13], [14, 15]]),
        ([0], [1, 1, 0, -1], [[10, 11], [12, 13]]),
        ([-1], [1], None),  # its first row stays
        ([2], [1], None),  # its last row stays
        ([0], [2], None),  # batches are told apart
    ],
)
def test_what_is_cut_out_by_crops_is_computed(crops: list[int], blocks: list[int], expected: object) -> None:
    draft = Draft()
    table = draft.constant(np.arange(10, 16, dtype=np.int8).reshape(1, 3, 2))
    operands = [table, draft.ints(*blocks), draft.ints(*crops)]
    draft.op("BATCH_TO_SPACE_ND", operands, [draft.tensor(DType.INT8, (1, 2, 2))])
    graph = draft.model().main
    (op,) = graph.ops
    evaluate = op_costs()["BATCH_TO_SPACE_ND"].evaluate
    assert evaluate is not None
    values = [graph.tensor(tensor).array() for tensor in op.operands]
    found = evaluate(OpContext(op, graph, Core.M4_REFERENCE, None), values)
    assert (found is None) is (expected is None)
    if found is not None:
        np.testing.assert_array_equal(found[0][0], np.asarray(expected))
