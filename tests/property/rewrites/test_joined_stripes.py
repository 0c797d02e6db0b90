"""Random networks cut into stripes by hand: made whole they compute the same, and what only looks so is left alone."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from arenafit.ir import Constant, Editor, Model, Op
from arenafit.rewrites.pipeline import cleanup
from arenafit.rewrites.untile import REWRITE
from support import random_runs
from support.striped import Rows, Striper, striped, stripers
from support.verdict import Judges, judges

BUDGET = random_runs.drawn(50)


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


def made_of(drawn: tuple[Striper, list[Rows]]) -> Model:
    striper, rows = drawn
    return striper.net.finish(striper.join([striper.stripe(item) for item in rows]))


def joined(model: Model) -> Model | None:
    move = next(iter(REWRITE.propose(model)), None)
    return None if move is None else REWRITE.apply(model, move)


def kinds(model: Model) -> list[str]:
    return [op.name for op in model.main.ops]


@BUDGET
@given(drawn=stripers())
def test_stripes_are_made_whole(court: Judges, drawn: tuple[Striper, list[Rows]]) -> None:
    model = made_of(drawn)
    assume(court.runs(model))
    made = joined(model)
    assert made is not None, kinds(model)
    names = kinds(made)
    assert "CONCATENATION" not in names
    weighted = {"conv": "CONV_2D", "residual": "CONV_2D", "depthwise": "DEPTHWISE_CONV_2D"}
    wanted = [weighted[layer.kind] for layer in drawn[0].layers if layer.kind in weighted]
    assert [name for name in names if name in weighted.values()] == wanted
    assert not any(court.complaints(model, [made, cleanup(made)[0]], count=4))


@BUDGET
@given(drawn=stripers())
def test_stripes_that_were_cleaned_up_are_made_whole_right(court: Judges, drawn: tuple[Striper, list[Rows]]) -> None:
    model = made_of(drawn)
    assume(court.runs(model))
    made = joined(cleanup(model)[0])
    event("left alone" if made is None else "joined")
    if made is not None:
        assert court.complaint(model, made, count=4) is None


@BUDGET
@given(drawn=stripers(), data=st.data())
def test_what_only_looks_like_stripes_is_joined_nowhere_or_right(
    court: Judges, drawn: tuple[Striper, list[Rows]], data: st.DataObject
) -> None:
    model = made_of(drawn)
    spoiled = _spoiled(data, model)
    assume(court.runs(spoiled))
    made = joined(spoiled)
    event("left alone" if made is None else "joined")
    if made is not None:
        assert court.complaint(spoiled, made, count=4) is None


def _spoiled(data: st.DataObject, model: Model) -> Model:
    """Change what one operator does: where it cuts, how it pads, its weights, in which order it joins."""
    editor = Editor(model)
    op = data.draw(st.sampled_from([op for op in model.main.ops if op.name in _SPOILERS]))
    _SPOILERS[op.name](data, editor, op)
    return editor.build()


def _moved_cut(data: st.DataObject, editor: Editor, op: Op) -> None:
    """Cut elsewhere in the tensor."""
    source, begin, taken = (
        editor.tensor(tensor) for tensor in (op.inputs[0], op.inputs[1], op.outputs[0]) if tensor is not None
    )
    places = [
        data.draw(st.integers(0, extent - count)) for extent, count in zip(source.shape, taken.shape, strict=True)
    ]
    editor.update_tensor(replace(begin, data=Constant.of(np.array(places, np.int32))))


def _turned_padding(_: st.DataObject, editor: Editor, op: Op) -> None:
    """Pad before what was padded behind."""
    amounts = editor.tensor(op.operands[1])
    editor.update_tensor(replace(amounts, data=Constant.of(np.ascontiguousarray(amounts.array()[:, ::-1]))))


def _other_weights(_: st.DataObject, editor: Editor, op: Op) -> None:
    weights = editor.tensor(op.operands[1])
    changed = editor.add_constant("changed", np.ascontiguousarray(weights.array()[..., ::-1]), quant=weights.quant)
    editor.update_op(replace(op, inputs=(op.inputs[0], changed, *op.inputs[2:])))


def _other_order(_: st.DataObject, editor: Editor, op: Op) -> None:
    editor.update_op(replace(op, inputs=op.inputs[::-1]))


_SPOILERS = {
    "CONCATENATION": _other_order,
    "CONV_2D": _other_weights,
    "PAD": _turned_padding,
    "SLICE": _moved_cut,
}


@pytest.mark.parametrize("along", [1, 2])
def test_a_network_in_stripes_is_the_network(along: int) -> None:
    made = joined(striped(along=along))
    assert made is not None
    assert kinds(cleanup(made)[0]) == ["PAD", "CONV_2D", "CONV_2D", "ADD", "CONV_2D", "MAX_POOL_2D"]


def test_stripes_that_somebody_else_reads_stay() -> None:
    model = striped()
    editor = Editor(model)
    hidden = next(op for op in model.main.ops if op.name == "ADD").outputs[0]
    editor.set_outputs([*model.main.outputs, hidden])
    assert joined(editor.build()) is None


def test_weights_of_one_stripe_that_differ_keep_the_stripes() -> None:
    model = striped()
    editor = Editor(model)
    op = next(op for op in model.main.ops if op.name == "CONV_2D")
    weights = editor.tensor(op.operands[1])
    changed = editor.add_constant("changed", np.ascontiguousarray(weights.array()[::-1]), quant=weights.quant)
    editor.update_op(replace(op, inputs=(op.inputs[0], changed, *op.inputs[2:])))
    assert joined(editor.build()) is None
