"""Graphs that run graphs: small files in which TFLM's planner, walking every path, would walk for years."""

import pytest

from arenafit.costs import Core, estimate
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, TensorId
from arenafit.layout.content_lifetimes import timeline
from arenafit.planning.problem import Interval
from arenafit.tflm import footprint
from arenafit.tflm.liveness import Lifetimes, lifetimes
from support.hostile import nested_ifs
from support.small_models import call_once, while_loop


def walked(model: Model) -> dict[TensorId, Interval]:
    """Return the lifetimes as TFLM finds them: every visit of every graph walked."""
    first: dict[TensorId, int] = {}
    last: dict[TensorId, int] = {}
    scope = 0

    def visit(index: int) -> None:
        nonlocal scope
        graph = model.graphs[index]
        for tensor in graph.inputs:
            first.setdefault(tensor, scope)
            last[tensor] = scope
        for op in graph.ops:
            scope += 1
            for tensor in op.outputs:
                first.setdefault(tensor, scope)
            for entered in op.subgraphs:
                scope += 1
                visit(entered)
            for operand in (*op.operands, *op.outputs):
                last[operand] = scope
        for tensor in graph.outputs:
            first.setdefault(tensor, scope)
            last[tensor] = scope

    visit(0)
    tensors = [tensor.id for tensor in model.all_tensors()]
    return {tensor: Interval(first.get(tensor, -1), last.get(tensor, -1) + 1) for tensor in tensors}


def found(model: Model, alive: Lifetimes) -> dict[TensorId, Interval]:
    return {tensor.id: alive.interval(tensor.id) for tensor in model.all_tensors()}


@pytest.mark.parametrize("model", [nested_ifs(1), nested_ifs(7), nested_ifs(9, twice=False), while_loop(), call_once()])
def test_lifetimes_are_those_of_the_whole_walk(model: Model) -> None:
    alive = lifetimes(model)

    assert found(model, alive) == walked(model)
    assert list(alive.told) == list(range(-1, alive.scopes))
    assert set(alive.op_at) == set(range(1, alive.scopes))


def test_lifetimes_where_scopes_are_told_apart_only_at_changes_are_those_of_the_whole_walk() -> None:
    model = nested_ifs(16)
    alive = lifetimes(model)

    assert found(model, alive) == walked(model)
    assert alive.scopes == 2**19 - 2
    assert len(alive.told) < 1000
    # What begins or ends does so where it is told.
    edges = {edge for live in found(model, alive).values() for edge in (live.first, live.end - 1)}
    assert edges <= set(alive.told)


def test_twenty_levels_have_a_footprint() -> None:
    whole = footprint(nested_ifs(20))

    assert whole.peak.live_bytes == whole.bound_bytes <= whole.head_bytes
    assert whole.peak.op is not None


def test_two_thousand_levels_need_no_stack() -> None:
    model = nested_ifs(2000, twice=False)

    assert lifetimes(model).scopes == 4 * 2000 + 6
    assert timeline(model).end > 2000
    assert estimate(model, Core.M4_REFERENCE).total_instructions > 0


def test_more_scopes_than_tflm_can_count_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match=r"more than 2,147,483,647 scopes.*nest fewer"):
        lifetimes(nested_ifs(40))


def test_what_runs_too_often_to_be_laid_out_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match=r"more than 4,096 times"):
        timeline(nested_ifs(20))
