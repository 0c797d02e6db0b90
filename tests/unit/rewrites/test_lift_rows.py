"""What is written for (1, N, 1, K), what is left alone, and which moves are refused."""

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, OpId, Plain
from arenafit.ir.text import describe
from arenafit.rewrites.protocol import Move
from arenafit.rewrites.rows_to_nhwc import REWRITE
from support.netsketch import NetSketch, Sliding
from support.rewrite_nets import encoder
from support.rownets import RowSketch


def names(model: Model) -> list[str]:
    return [op.name for op in model.main.ops]


def offered(model: Model) -> list[tuple[tuple[str, ...], object]]:
    return [
        (tuple(model.ops[op].name for op in move.where), dict(move.parameters)["rows"])
        for move in REWRITE.propose(model)
    ]


def test_an_encoder_becomes_one_image_of_rows() -> None:
    model = encoder()
    move = next(iter(REWRITE.propose(model)))
    assert move.where == tuple(op.id for op in model.main.ops)
    lifted = REWRITE.apply(model, move)
    # The reshapes inside are gone; one is left at each end.
    assert names(lifted) == [
        "RESHAPE", "MEAN", "SUB", "FULLY_CONNECTED", "FULLY_CONNECTED", "ADD", "SOFTMAX", "RESHAPE",
    ]  # fmt: skip
    inside = [lifted.main.tensor(op.outputs[0]).shape for op in lifted.main.ops[:-1]]
    assert {shape[:3] for shape in inside} == {(1, 10, 1)}
    assert [shape[3] for shape in inside] == [6, 1, 6, 9, 6, 6, 6]
    assert lifted.main.outputs == model.main.outputs
    assert not {op.id for op in lifted.main.ops} & {op.id for op in model.main.ops}
    assert describe(model) == describe(encoder())


def test_what_the_outside_reads_keeps_its_shape() -> None:
    drawn = RowSketch(DType.FLOAT32)
    first = drawn.linear(drawn.input(2, 3, 4), 5)
    second = drawn.viewed(first, (6, 5))
    model = drawn.finish(first, second, drawn.softmax(second))
    lifted = REWRITE.apply(model, next(iter(REWRITE.propose(model))))
    assert [lifted.main.tensor(output).shape for output in lifted.main.outputs] == [(2, 3, 5), (6, 5), (6, 5)]
    assert set(lifted.main.outputs) <= set(lifted.main.producers)


def test_images_and_single_rows_are_left_alone() -> None:
    drawn = NetSketch(DType.FLOAT32)
    image = drawn.unary("RELU", drawn.sliding_conv(drawn.input(1, 6, 5, 2), 3, Sliding((3, 3))))
    model = drawn.finish(drawn.dense(drawn.reshape(image, 1, 90), 4))
    assert offered(model) == []


def test_constants_that_differ_from_row_to_row_are_left_alone() -> None:
    drawn = RowSketch(DType.FLOAT32)
    source = drawn.input(4, 3)
    per_row = drawn.channel_constant(np.linspace(-1, 1, 4).reshape(4, 1))
    assert offered(drawn.finish(drawn.binary("MUL", source, per_row))) == []


def test_a_row_may_hold_several_dimensions() -> None:
    drawn = RowSketch(DType.FLOAT32)
    source = drawn.input(4, 3, 2)
    within = drawn.channel_constant(np.linspace(-1, 1, 6).reshape(1, 3, 2))
    model = drawn.finish(drawn.binary("MUL", source, within))
    # Rows of two elements would each have a constant of their own.
    assert offered(model) == [(("MUL",), 4)]
    lifted = REWRITE.apply(model, next(iter(REWRITE.propose(model))))
    constants = [tensor for tensor in lifted.main.tensors if tensor.is_constant]
    assert [tensor.shape for tensor in constants] == [(1, 1, 1, 6)]


@pytest.mark.parametrize(
    ("shape", "dtype", "is_lifted"),
    [
        ((5, 8), DType.INT8, False),  # CMSIS-NN would take the kernel for more dimensions, and its assertion
        ((5, 6), DType.INT8, True),
        ((1, 5, 8), DType.INT8, True),
        ((5, 8), DType.FLOAT32, True),
    ],
)
def test_dense_layers_keep_their_kernel(shape: tuple[int, ...], dtype: DType, *, is_lifted: bool) -> None:
    drawn = RowSketch(dtype)
    model = drawn.finish(drawn.linear(drawn.input(*shape), 3))
    assert bool(offered(model)) is is_lifted


@pytest.mark.parametrize("rows", [3, 0, None, "10"])
def test_another_number_of_rows_is_refused(rows: Plain) -> None:
    model = encoder()
    move = next(iter(REWRITE.propose(model)))
    with pytest.raises(UnsupportedModelError, match="rows"):
        REWRITE.apply(model, Move(REWRITE.name, move.where, (("rows", rows),)))


def test_operators_of_another_model_are_refused() -> None:
    with pytest.raises(UnsupportedModelError):
        REWRITE.apply(encoder(), Move(REWRITE.name, (OpId(99),), (("rows", 10),)))
    with pytest.raises(UnsupportedModelError):
        REWRITE.apply(encoder(), Move(REWRITE.name, (), (("rows", 10),)))
