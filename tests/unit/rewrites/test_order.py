"""The best order of small graphs against every order there is, and the order that variables demand."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.ir import DType, Model
from arenafit.rewrites._operator_scheduling import Orders, orders
from arenafit.rewrites._sites import sites
from arenafit.rewrites.reorder import best_order
from support.netsketch import NetSketch
from support.small_models import SMALL_MODELS, call_once


def found(model: Model) -> Orders:
    return orders(sites(model)[0])


def lowest_peak(problem: Orders) -> int:
    """The lowest peak over all orders, each tried."""
    peaks = []
    for order in permutations(range(len(problem.steps))):
        done = 0
        for index in order:
            if problem.steps[index].needs & ~done:
                break
            done |= 1 << index
        else:
            peaks.append(problem.peak_bytes(order))
    return min(peaks)


@st.composite
def branched(draw: st.DrawFn) -> Model:
    drawn = NetSketch(DType.INT8)
    tensors = [drawn.input(1, 4, 4, 4)]
    for _ in range(draw(st.integers(2, 6))):
        source = draw(st.sampled_from(tensors))
        kind = draw(st.sampled_from(["RELU", "ADD", "RESHAPE"]))
        if kind == "ADD":
            same = [one for one in tensors if drawn.editor.tensor(one).shape == drawn.editor.tensor(source).shape]
            tensors.append(drawn.binary("ADD", source, draw(st.sampled_from(same))))
        elif kind == "RESHAPE":
            tensors.append(drawn.reshape(source, 1, 64))
        else:
            tensors.append(drawn.unary("RELU", source))
    ends = [one for one in tensors[1:] if draw(st.booleans())]
    return drawn.finish(*(ends or tensors[-1:]))


@given(branched())
@settings(max_examples=60, deadline=None)
def test_no_order_is_better_than_the_one_found(model: Model) -> None:
    problem = found(model)
    best = problem.best()
    assert best.proved
    assert best.peak_bytes == problem.peak_bytes(best.order) == lowest_peak(problem)
    assert best.peak_bytes <= problem.peak_bytes(range(len(problem.steps)))


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_a_graph_without_a_better_order_is_left_alone(name: str) -> None:
    assert best_order(SMALL_MODELS[name]()) is None


def test_variables_keep_their_order() -> None:
    model = call_once()
    problem = found(model)
    names = [op.name for op in model.main.ops]
    stateful = [index for index, name in enumerate(names) if name in {"CALL_ONCE", "READ_VARIABLE", "ASSIGN_VARIABLE"}]
    assert len(stateful) >= 2
    for before, after in pairwise(stateful):
        assert problem.steps[after].needs >> before & 1


def test_scratch_counts() -> None:
    drawn = NetSketch(DType.INT8)
    model = drawn.finish(drawn.unary("RELU", drawn.input(1, 4, 4, 4)))
    plain, more = found(model), orders(sites(model)[0], {model.main.ops[0].id: 100})
    assert more.peak_bytes([0]) == plain.peak_bytes([0]) + 100
    assert np.unique(more.sizes).tolist() == [64]
