"""What the guards of `elide_copies` and `canonicalize_1d` refuse, beside the same graph that they take."""

from dataclasses import replace

import pytest

from arenafit.ir import Editor, Model, Op, Quant, TensorId
from arenafit.rewrites import canonicalize_1d, elide_copies
from arenafit.tflite import make_options
from support.models import SAME
from support.rewrite_nets import Net
from support.small_models import while_loop


def loop_in_place(*, is_read_on: bool) -> Model:
    """Return a loop whose value has one place everywhere; `is_read_on`: an operator reads what comes out of it."""
    model = while_loop()
    result = model.main.ops[0].outputs[1]
    if is_read_on:
        editor = Editor(model)
        shape = editor.tensor(result).shape
        output = editor.add_tensor("negated", editor.tensor(result).dtype, shape)
        editor.append_op(editor.make_op("NEG", (result,), (output,), make_options("NegOptions")))
        editor.set_outputs((output,))
        model = editor.build()
    (loop,) = (op for op in model.main.ops if op.name == "WHILE")
    cond, body = (model.graphs[index] for index in loop.subgraphs)
    places = (loop.inputs[1], result, cond.inputs[1], body.inputs[1], body.outputs[1])
    plan = {
        tensor.id: 1024 + 64 * number for number, tensor in enumerate(model.all_tensors()) if not tensor.is_constant
    }
    return replace(model, offline_plan={**plan, **{tensor: 0 for tensor in places if tensor is not None}})


def test_a_loop_needs_no_copy_of_what_stays_in_place() -> None:
    model = loop_in_place(is_read_on=True)
    move, *_ = elide_copies.REWRITE.propose(model)
    (loop,) = (op for op in elide_copies.REWRITE.apply(model, move).main.ops if op.name == "WHILE")
    assert (len(loop.inputs), len(loop.outputs)) == (1, 1)


def test_a_loop_that_makes_the_models_output_keeps_it() -> None:
    assert not list(elide_copies.REWRITE.propose(loop_in_place(is_read_on=False)))


def named_in_place(*, names_itself: bool) -> Model:
    """Return a RESHAPE from a place onto itself; `names_itself`: from a tensor onto that very tensor."""
    net = Net()
    hidden = net.conv(net.input(1, 4, 4, 2), 4)
    flat = net.view(hidden, 1, 64)
    model = net.finish(net.dense(flat, 3))
    conv, view, dense = model.main.ops
    plan: dict[TensorId, int] = {model.main.inputs[0]: 512, hidden: 0, flat: 0, model.main.outputs[0]: 256}
    if names_itself:
        editor = Editor(model)
        ops: list[Op] = [conv, replace(view, inputs=(flat, *view.inputs[1:])), dense]
        editor.set_schedule(ops)
        model = editor.build()
    return replace(model, offline_plan=plan)


@pytest.mark.parametrize("names_itself", [False, True])
def test_an_operator_that_only_names_a_tensor_stays(*, names_itself: bool) -> None:
    assert bool(list(elide_copies.REWRITE.propose(named_in_place(names_itself=names_itself)))) is not names_itself


@pytest.mark.parametrize("per_channel", [False, True])
def test_activations_with_scales_along_a_dimension_stay_on_their_axis(*, per_channel: bool) -> None:
    net = Net()
    signal = net.view(net.conv(net.input(1, 1, 16, 3), 4), 1, 16, 1, 4)
    inner = net.pool(signal, 2, padding=SAME)
    model = net.finish(net.view(net.pool(inner, 2, padding=SAME), 1, 1, 4, 4))
    found = Quant((0.1,) * 4, (0,) * 4, dimension=3) if per_channel else Quant((0.1,), (0,))
    tensors = tuple(replace(tensor, quant=found) if tensor.id == inner else tensor for tensor in model.main.tensors)
    changed = replace(model, graphs=(replace(model.main, tensors=tensors),))
    assert bool(list(canonicalize_1d.REWRITE.propose(changed))) is not per_channel
