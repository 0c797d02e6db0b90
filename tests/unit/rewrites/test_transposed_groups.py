"""Transposed convolutions some channels at a time: what that saves of scratch, and when it is not offered."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from arenafit.fit.search.scratch_split import with_less_scratch
from arenafit.fit.search.start_graphs import cleaned
from arenafit.ir import Model, OpId
from arenafit.rewrites import channel_split
from arenafit.targets.choice import find_target
from arenafit.tflm import footprint
from support.upsampled import doubled


def transposed(model: Model) -> OpId:
    return next(op.id for op in model.main.ops if op.name == "TRANSPOSE_CONV")


def test_a_quarter_of_the_channels_needs_a_quarter_of_the_scratch() -> None:
    target = find_target("cortex-m4-reference")
    base = cleaned(doubled(channels=16))
    made = [footprint(model, target).min_arena_bytes for _, model in with_less_scratch(base, target)]
    # 4 bytes for each of 12 x 12 x 16 results.
    assert min(made) < footprint(base[1], target).min_arena_bytes - 9216 // 2


def without_data(position: int) -> Callable[[], Model]:
    def make() -> Model:
        model = doubled()
        op = model.ops[transposed(model)]
        operand = op.inputs[position]
        assert operand is not None
        tensors = tuple(replace(item, data=None) if item.id == operand else item for item in model.main.tensors)
        graph = replace(model.main, tensors=tensors, inputs=(*model.main.inputs, operand))
        return replace(model, graphs=(graph,))

    return make


def sizes_that_disagree() -> Model:
    model = doubled()
    op = model.ops[transposed(model)]
    tensors = tuple(
        replace(item, shape=(*item.shape[:3], 4)) if item.id == op.outputs[0] else item for item in model.main.tensors
    )
    return replace(model, graphs=(replace(model.main, tensors=tensors),))


@pytest.mark.parametrize(
    "make", [without_data(0), without_data(1), sizes_that_disagree], ids=["size made", "weights made", "sizes disagree"]
)
def test_nothing_is_offered(make: Callable[[], Model]) -> None:
    model = make()
    op = transposed(model)
    assert channel_split.REWRITE.alone(model, op, 2) is None


def test_groups_are_offered_where_nothing_forbids_it() -> None:
    model = doubled()
    assert channel_split.REWRITE.alone(model, transposed(model), 2) is not None
