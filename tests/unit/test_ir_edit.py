from dataclasses import replace

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, Quant, Signature, TensorId
from arenafit.ir.text import describe_op
from arenafit.tflite import make_options
from support.models import conv_chain, residual
from support.small_models import while_loop


@pytest.fixture
def model() -> Model:
    return residual()


def names(model: Model) -> list[str]:
    return [op.name for op in model.main.ops]


def test_building_without_a_change_gives_an_equal_model(model: Model) -> None:
    assert Editor(model).build() == model


def test_the_model_that_was_edited_stays_as_it_was(model: Model) -> None:
    before = residual()
    editor = Editor(model)
    editor.set_schedule(())
    editor.set_outputs(())
    editor.prune_tensors()
    editor.build()
    assert model == before


def test_fresh_ids_are_free_in_all_graphs() -> None:
    model = while_loop()
    editor = Editor(model)
    added = editor.add_constant("more", np.zeros(3, dtype=np.int8), graph=2)
    op = editor.make_op("ABS", (added,), (added,), make_options("AbsOptions"))
    assert added not in model.tensors
    assert op.id not in model.ops


def test_replacing_operators_keeps_the_place_of_the_last(model: Model) -> None:
    editor = Editor(model)
    _, second, third, last, _ = editor.ops()
    fresh = editor.make_op("SUB", last.operands, last.outputs, make_options("SubOptions"))
    editor.replace_ops([last.id], [fresh])
    assert names(editor.build()) == ["CONV_2D", "CONV_2D", "CONV_2D", "SUB", "AVERAGE_POOL_2D"]
    clone = editor.clone_op(second, second.inputs, second.outputs)
    editor.replace_ops([second.id, third.id], [clone, third])
    assert [op.id for op in editor.ops()][1:3] == [clone.id, third.id]


def test_updating_an_operator_and_a_tensor(model: Model) -> None:
    editor = Editor(model)
    op = model.main.ops[0]
    assert op.options is not None
    editor.update_op(replace(op, options=op.options.with_values(fused_activation_function=0)))
    editor.update_tensor(replace(editor.tensor(op.outputs[0]), name="renamed"))
    built = editor.build()
    assert "fused" not in describe_op(built.main, built.main.ops[0])
    assert describe_op(built.main, built.main.ops[0]).startswith("%renamed int8[1,12,12,6] = CONV_2D(%input")


def test_renaming_uses(model: Model) -> None:
    editor = Editor(model)
    stem, branch = model.main.ops[0].outputs[0], model.main.ops[2].outputs[0]
    editor.rename_uses({stem: branch})
    assert editor.ops()[3].inputs == (branch, branch)
    with pytest.raises(UnsupportedModelError, match=r"operator 1 .CONV_2D.: reads tensor 'conv_2d_2' before"):
        editor.build()


def signed(model: Model) -> Model:
    graph = model.main
    inputs = tuple((f"in{index}", tensor) for index, tensor in enumerate(graph.inputs))
    outputs = tuple((f"out{index}", tensor) for index, tensor in enumerate(graph.outputs))
    return replace(model, signatures=(Signature("serve", 0, inputs, outputs),))


def test_signatures_follow_inputs_and_outputs(model: Model) -> None:
    editor = Editor(signed(model))
    old = model.main.tensor(model.main.outputs[0])
    new = editor.add_tensor("new", old.dtype, old.shape, quant=old.quant)
    pool = editor.ops()[-1]
    editor.update_op(replace(pool, outputs=(new,)))
    editor.rename_uses({old.id: new})
    editor.prune_tensors()
    built = editor.build()
    assert built.signatures[0].outputs == (("out0", new),)
    assert built.main.outputs == (new,)
    assert old.id not in built.tensors


def test_pruning_keeps_what_is_named(model: Model) -> None:
    editor = Editor(signed(model))
    scales = editor.add_constant("scales", np.ones(4, dtype=np.float32))
    weights = model.main.tensor(model.main.ops[0].operands[1])
    details = ("BlockwiseQuantization", (("scales", int(scales)), ("zero_points", -1)))
    editor.update_tensor(replace(weights, quant=Quant(extras=(("details", details),))))
    unused = editor.add_constant("unused", np.ones(4, dtype=np.float32))
    wanted = editor.add_constant("wanted", np.ones(4, dtype=np.float32))
    editor.prune_tensors(keep=lambda tensor: tensor.id == wanted)
    built = editor.build()
    assert scales in built.tensors
    assert wanted in built.tensors
    assert unused not in built.tensors


def test_an_offline_plan_forgets_tensors_that_are_gone(model: Model) -> None:
    editor = Editor(model)
    stem = model.main.ops[0].outputs[0]
    unused = editor.add_constant("unused", np.ones(4, dtype=np.float32))
    editor.set_offline_plan({stem: 16, unused: 0})
    editor.prune_tensors()
    assert editor.build().offline_plan == {stem: 16}


def with_op(model: Model, op: Op) -> Model:
    return replace(model, graphs=(replace(model.main, ops=(op, *model.main.ops[1:])), *model.graphs[1:]))


def test_inconsistencies_are_named() -> None:
    model = conv_chain(layers=1)
    first = model.main.ops[0]
    broken = {
        "names tensor 99": with_op(model, replace(first, inputs=(TensorId(99),))),
        "share an id": replace(model, graphs=(model.main, model.main)),
        "two operators of the model share an id": with_op(model, replace(model.main.ops[1], outputs=first.outputs)),
        "has no graph": replace(model, graphs=()),
        "an input or output names tensor 77": replace(model, graphs=(replace(model.main, outputs=(TensorId(77),)),)),
        "runs graph 4, the model has 1": with_op(
            model, replace(first, options=make_options("CallOnceOptions", init_subgraph_index=4))
        ),
        "signature 's' names graph 2": replace(model, signatures=(Signature("s", 2, (), ()),)),
        "signature 's' names 'x'": replace(model, signatures=(Signature("s", 0, (("x", TensorId(50)),), ()),)),
    }
    for message, bad in broken.items():
        with pytest.raises(UnsupportedModelError, match=message):
            Editor(bad).build()


def test_an_in_place_operator_may_read_what_it_writes(model: Model) -> None:
    editor = Editor(model)
    last = editor.ops()[-1]
    state = editor.add_tensor("state", editor.tensor(last.operands[0]).dtype, (1, 12, 12, 6))
    same = editor.make_op("ABS", (state,), (state,), make_options("AbsOptions"))
    editor.append_op(same)
    assert same in editor.build().main.ops
