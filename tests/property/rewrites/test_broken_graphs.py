"""Graphs no kernel would run: operands, outputs, options and shapes taken away at random. Only our errors may come."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenafit.errors import ArenafitError
from arenafit.ir import Graph, Model, Op, Tensor
from arenafit.rewrites.pipeline import cleanup
from arenafit.tflite import make_options
from support.random_runs import drawn, examples
from support.rewrite_cases import CASES, suite

REWRITES = suite()


@st.composite
def broken(draw: st.DrawFn) -> Model:
    """Draw a case's model with up to four things wrong."""
    model = CASES[draw(st.sampled_from(sorted(CASES)))].make()
    ops, tensors = list(model.main.ops), list(model.main.tensors)
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            index = draw(st.integers(0, len(ops) - 1))
            ops[index] = _broken_op(draw, ops[index])
        else:
            index = draw(st.integers(0, len(tensors) - 1))
            tensors[index] = _broken_tensor(draw, tensors[index])
    graph: Graph = replace(model.main, ops=tuple(ops), tensors=tuple(tensors))
    return replace(model, graphs=(graph,))


def _broken_op(draw: st.DrawFn, op: Op) -> Op:
    kept = draw(st.integers(0, 2))
    damages = (
        replace(op, inputs=op.inputs[:kept]),
        replace(op, inputs=(None, *op.inputs[1:])),
        replace(op, inputs=op.inputs[::-1]),
        replace(op, outputs=()),
        replace(op, outputs=op.outputs * 2),
        replace(op, options=None),
        replace(op, options=make_options("SoftmaxOptions", beta=1.0)),
    )
    return draw(st.sampled_from(damages))


def _broken_tensor(draw: st.DrawFn, tensor: Tensor) -> Tensor:
    shapes = ((), (0,), (-1,), (3,), (1, 2), tensor.shape[:-1], (*tensor.shape, 2), tuple(reversed(tensor.shape)))
    return replace(tensor, shape=draw(st.sampled_from(shapes)))


@drawn(examples(300))
@given(model=broken())
def test_only_our_errors_come(model: Model) -> None:
    with suppress(ArenafitError):
        cleanup(model)
    for rewrite in REWRITES:
        with suppress(ArenafitError):
            for move in list(rewrite.propose(model))[:4]:
                rewrite.apply(model, move)


@pytest.mark.parametrize("name", [rewrite.name for rewrite in REWRITES])
def test_a_graph_without_operators_has_nothing_to_offer(name: str) -> None:
    rewrite = next(rewrite for rewrite in REWRITES if rewrite.name == name)
    assert list(rewrite.propose(Model((Graph((), (), (), ()),)))) == []
