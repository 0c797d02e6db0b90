"""Operators without a price: what is counted for them, and that they are named."""

import numpy as np

from arenafit.costs import Core, estimate
from arenafit.fit.search.fallback_costs import rough_instructions, roughly_counted
from arenafit.ir import DType, Model
from calibration.drafts import Draft

M4 = Core.M4_CMSIS_NN


def pair(name: str, elements: int) -> Model:
    """Two operators, one with a price and `name`."""
    draft = Draft()
    source, middle, out = (draft.tensor(DType.FLOAT32, (elements,)) for _ in range(3))
    draft.op("RELU", [source], [middle])
    draft.op(name, [middle], [out])
    return draft.model()


def test_elements_are_counted_where_there_are_no_macs() -> None:
    model = pair("CUMSUM", 100)
    assert rough_instructions(model, estimate(model, M4)) == 40 * 100
    assert roughly_counted([model], M4) == ("CUMSUM",)


def test_macs_are_counted_too() -> None:
    draft = Draft()
    rows, out = draft.tensor(DType.UINT8, (2, 10)), draft.tensor(DType.UINT8, (2, 3))
    draft.op("FULLY_CONNECTED", [rows, draft.constant(np.zeros((3, 10), np.uint8)), None], [out])
    model = draft.model()
    assert rough_instructions(model, estimate(model, M4)) == 8 * 60 + 40 * 6


def test_nothing_is_added_to_what_was_measured() -> None:
    model = pair("RELU6", 100)
    assert rough_instructions(model, estimate(model, M4)) == 0
    assert roughly_counted([model], M4) == ()


def test_names_of_several_models_come_once_and_in_order() -> None:
    assert roughly_counted([pair("CUMSUM", 4), pair("ADD_N", 4), pair("CUMSUM", 8)], M4) == ("ADD_N", "CUMSUM")


def test_what_a_loop_runs_is_counted_as_often() -> None:
    draft = Draft()
    condition, body = draft.add_graph(), draft.add_graph()
    state = draft.tensor(DType.INT32, (1,))
    out = draft.tensor(DType.INT32, (1,))
    read, flag = draft.tensor(DType.INT32, (1,), graph=condition), draft.tensor(DType.BOOL, (1,), graph=condition)
    draft.op("LESS", [read, draft.ints(5, graph=condition)], [flag], graph=condition)
    draft.set_bounds(condition, [read], [flag])
    before, after = (draft.tensor(DType.INT32, (1,), graph=body) for _ in range(2))
    draft.op("ADD", [before, draft.ints(1, graph=body)], [after], graph=body)
    row, made = (draft.tensor(DType.FLOAT32, (7,), graph=body) for _ in range(2))
    draft.op("CUMSUM", [row], [made], graph=body)
    draft.set_bounds(body, [before], [after])
    options = {"cond_subgraph_index": condition, "body_subgraph_index": body}
    start = draft.ints(0)
    draft.op("ADD", [start, draft.ints(0)], [state])
    draft.op("WHILE", [state], [out], options)
    model = draft.model()
    cost = estimate(model, M4)
    assert list(cost.iterations.values()) == [5]
    assert rough_instructions(model, cost) == 5 * 40 * 7
