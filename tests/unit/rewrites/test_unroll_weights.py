from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Quant
from arenafit.rewrites.protocol import Move
from arenafit.rewrites.unroll_weights import REWRITE
from arenafit.targets.target import WHEEL
from arenafit.tflm import footprint
from support.rewrite_nets import Net, large_stored_weights, many_channels, stored_weights


def wide(channels: int, depth: int) -> Model:
    """Return a dense layer of so many channels, each with a scale of its own."""
    net = Net(DType.FLOAT32)
    scales = tuple(float(np.float32(0.001 * (index + 1))) for index in range(channels))
    stored = (np.arange(channels * depth) % 200 - 100).astype(np.int8).reshape(channels, depth)
    packed = net.editor.add_constant("packed", stored, quant=Quant(scales, (0,) * channels))
    operands = (net.input(1, depth), net.op("DEQUANTIZE", (packed,), (channels, depth)), None)
    return net.finish(net.op("FULLY_CONNECTED", operands, (1, channels), kind="FullyConnectedOptions"))


def in_groups_of(model: Model, rows: int) -> Model:
    layer = model.main.ops[-1].id
    return REWRITE.apply(model, Move("unroll_weights", (layer,), (("rows", rows),)))


def names(model: Model) -> list[str]:
    return [op.name for op in model.main.ops]


@pytest.mark.parametrize(("channels", "depth"), [(32, 1568), (64, 128), (16, 300), (200, 64)])
def test_no_other_size_of_groups_needs_much_less(channels: int, depth: int) -> None:
    model = wide(channels, depth)
    (move,) = REWRITE.propose(model)
    chosen = footprint(REWRITE.apply(model, move), WHEEL).min_arena_bytes
    others = [footprint(in_groups_of(model, rows), WHEEL).min_arena_bytes for rows in range(2, min(channels, 40))]
    assert chosen <= 1.05 * min(others)
    assert chosen < footprint(model, WHEEL).min_arena_bytes


def test_the_parameters_of_the_first_channel_come_first_in_every_group() -> None:
    model = large_stored_weights()
    made = in_groups_of(model, 5)
    groups = [tensor for tensor in made.main.tensors if tensor.name.endswith("/stored")]
    quants = [tensor.quant for tensor in groups if tensor.quant is not None]
    first = many_channels()
    assert {(quant.scales[0], quant.zero_points[0]) for quant in quants} == {(first.scales[0], first.zero_points[0])}
    assert [len(quant.scales) for quant in quants] == [5, 5, 5, 4]
    assert quants[0].scales + sum((quant.scales[1:] for quant in quants[1:]), ()) == first.scales


def test_nothing_stands_in_where_channels_share_their_parameters() -> None:
    model = large_stored_weights(Quant((0.01,), (4,)))
    made = in_groups_of(model, 4)
    assert "GATHER" not in names(made)
    assert names(made).count("FULLY_CONNECTED") == 4
    assert sum(t.size_bytes for t in made.main.tensors if t.name.endswith("/stored")) == 16 * 128


def test_no_more_parts_are_joined_at_a_time_than_tflm_takes() -> None:
    made = in_groups_of(wide(32, 16), 2)
    joins = [op for op in made.main.ops if op.name == "CONCATENATION"]
    assert max(len(op.inputs) for op in joins) == 10
    assert len(joins) == 4
    assert all(first.outputs[0] in second.inputs for first, second in pairwise(joins))


def test_small_weights_are_left_alone() -> None:
    assert list(REWRITE.propose(stored_weights(Quant((0.01,), (4,))))) == []
    assert list(REWRITE.propose(wide(4, 128))) == []


@pytest.mark.parametrize("rows", [1, 16, "many", None])
def test_groups_that_are_none_are_refused(rows: int | str | None) -> None:
    model = large_stored_weights()
    (move,) = REWRITE.propose(model)
    with pytest.raises(UnsupportedModelError, match="groups"):
        REWRITE.apply(model, replace(move, parameters=(("rows", rows),)))
