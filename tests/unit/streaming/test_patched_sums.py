"""A sum kept at the end of a carried block that patches are written into."""

from fractions import Fraction

import pytest

from arenafit.ir import DType
from arenafit.streaming import LoopOptions, Stores, emit, find_segment, make_schedule
from support.netsketch import NetSketch, Sliding


@pytest.mark.parametrize("stores", [Stores.UPDATE, Stores.SPACE])
def test_patches_name_the_whole_carried_block_where_a_sum_ends_it(stores: Stores) -> None:
    drawn = NetSketch(DType.FLOAT32)
    tensor = drawn.input(1, 9, 6, 2)
    for _ in range(2):
        tensor = drawn.sliding_conv(tensor, 3, Sliding((3, 3)))
    model = drawn.finish(drawn.mean(tensor, keep_dims=True))
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    made = emit(model, schedule, "loop", LoopOptions(patch_rows=True, stores=stores), as_views=True).model
    body = made.graphs[2]
    patched = {op.outputs[0] for op in body.ops if op.outputs[0] in body.inputs}
    assert patched
    loop = next(op for op in made.main.ops if op.name == "WHILE")
    sizes = {made.main.tensor(item).size_bytes for item in loop.operands}
    assert {body.tensor(item).size_bytes for item in patched} <= sizes
