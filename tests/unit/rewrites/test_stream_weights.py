from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Editor, Model, Op, Quant, Tensor
from arenafit.rewrites.protocol import Move
from arenafit.rewrites.stream_weights import REWRITE
from support.rewrite_nets import large_stored_weights, many_channels, stored_filter


def offers(model: Model) -> list[Move]:
    return list(REWRITE.propose(model))


def changed(model: Model, name: str, change: Callable[[Op], Op]) -> Model:
    """Return the model with its operator `name` changed."""
    editor = Editor(model)
    editor.update_op(change(next(op for op in model.main.ops if op.name == name)))
    return editor.build()


def with_stored(model: Model, change: Callable[[Tensor], Tensor]) -> Model:
    """Return the model with the constant of its DEQUANTIZE changed."""
    editor = Editor(model)
    maker = next(op for op in model.main.ops if op.name == "DEQUANTIZE")
    editor.update_tensor(change(model.main.tensor(maker.operands[0])))
    return editor.build()


def without_data(tensor: Tensor) -> Tensor:
    return replace(tensor, data=None)


def as_int16(tensor: Tensor) -> Tensor:
    return replace(tensor, dtype=DType.INT16, data=Constant.of(tensor.array().astype(np.int16)))


def along_inputs(tensor: Tensor) -> Tensor:
    return replace(tensor, quant=Quant((0.01,) * 128, (0,) * 128, dimension=1))


def without_points(tensor: Tensor) -> Tensor:
    return replace(tensor, quant=replace(many_channels(), zero_points=(0,)))


def test_the_largest_weights_are_offered_first() -> None:
    editor = Editor(large_stored_weights())
    first = editor.ops()
    wide = editor.add_constant("wide", np.ones((64, 16), np.int8), quant=Quant((0.5,), (0,)))
    narrow = editor.add_constant("narrow", np.ones((4, 64), np.int8), quant=Quant((0.5,), (0,)))
    dense = next(op for op in first if op.name == "FULLY_CONNECTED")
    source = dense.outputs[0]
    for weights, shape in ((wide, (64, 16)), (narrow, (4, 64))):
        made = editor.add_tensor("made", DType.FLOAT32, shape)
        output = editor.add_tensor("output", DType.FLOAT32, (1, shape[0]))
        editor.append_op(editor.make_op("DEQUANTIZE", (weights,), (made,), version=2))
        editor.append_op(editor.clone_op(dense, (source, made, None), (output,)))
        source = output
    editor.set_outputs([source])
    found = [editor.build().ops[move.where[0]].outputs[0] for move in offers(editor.build())]
    sizes = [editor.tensor(output).shape[-1] for output in found]
    assert sizes == [16, 64], "7,680 bytes, then 4,032; what saves less than a loop takes is not offered"


def test_weights_stay_integers_in_flash() -> None:
    model = large_stored_weights()
    made = REWRITE.apply(model, offers(model)[0])

    def flash(found: Model) -> int:
        return sum(tensor.size_bytes for tensor in found.all_tensors() if tensor.is_constant)

    assert flash(made) < flash(model) + 256
    assert max(tensor.size_bytes for tensor in made.all_tensors() if not tensor.is_constant) == 128 * 4


def test_a_zero_point_that_channels_share_takes_no_operator() -> None:
    quant = replace(many_channels(), zero_points=(2,) * 16)
    shared, others = large_stored_weights(quant), large_stored_weights()
    counts = [[op.name for op in REWRITE.apply(m, offers(m)[0]).graphs[2].ops].count("ADD") for m in (shared, others)]
    assert counts == [0, 1]


@pytest.mark.parametrize("change", [without_data, as_int16, along_inputs, without_points])
def test_weights_of_another_kind_are_left_alone(change: Callable[[Tensor], Tensor]) -> None:
    assert offers(large_stored_weights())
    assert offers(with_stored(large_stored_weights(), change)) == []


def test_weights_that_others_read_are_left_alone() -> None:
    model = large_stored_weights()
    dense = model.main.ops[-1]
    editor = Editor(model)
    output = editor.add_tensor("again", DType.FLOAT32, (1, 16))
    editor.append_op(editor.clone_op(dense, dense.inputs, (output,)))
    editor.set_outputs([*model.main.outputs, output])
    assert offers(editor.build()) == []


def test_weights_that_the_outside_reads_are_left_alone() -> None:
    model = large_stored_weights()
    editor = Editor(model)
    editor.set_outputs([*model.main.outputs, model.main.ops[0].outputs[0]])
    assert offers(editor.build()) == []


def test_a_bias_made_at_run_time_and_another_order_of_weights_are_left_alone() -> None:
    model = large_stored_weights()
    editor = Editor(model)
    bias = editor.add_tensor("moving", DType.FLOAT32, (16,))
    editor.set_inputs([*model.main.inputs, bias])
    moving = changed(editor.build(), "FULLY_CONNECTED", lambda op: replace(op, inputs=(*op.inputs[:2], bias)))
    assert offers(moving) == []

    def shuffled(op: Op) -> Op:
        assert op.options is not None
        return replace(op, options=op.options.with_values(weights_format=1))

    assert offers(changed(model, "FULLY_CONNECTED", shuffled)) == []


def test_a_grouped_convolution_is_left_alone() -> None:
    model = stored_filter()
    editor = Editor(model)
    source = model.main.tensor(model.main.inputs[0])
    editor.update_tensor(replace(source, shape=(1, 5, 4, 16)))
    assert offers(model)
    assert offers(editor.build()) == []


def test_other_operators_are_refused() -> None:
    model = large_stored_weights()
    with pytest.raises(UnsupportedModelError, match="DEQUANTIZE"):
        REWRITE.apply(model, Move("stream_weights", (model.main.ops[0].id,)))
