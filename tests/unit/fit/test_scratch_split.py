"""Convolutions in channel groups because of the scratch that their kernels want."""

from arenafit.fit.search.scratch_split import with_less_scratch
from arenafit.ir import Model
from arenafit.rewrites import channel_split
from arenafit.targets.target import CORTEX_M4, ESP32_S3
from arenafit.tflm.footprints import footprint
from arenafit.tflm.kernel_requests import ask
from support.models import Sketch
from support.verdict import judges


def pointwise(*channels: int) -> Model:
    """Return 1x1 convolutions over 3x3 pixels, whose filters are larger than all else."""
    sketch = Sketch()
    tensor = sketch.input(1, 3, 3, channels[0])
    for count in channels[1:]:
        tensor = sketch.conv(tensor, count, kernel=1)
    return sketch.finish(tensor)


def largest(model: Model) -> int:
    return max(size for op in ask(model, ESP32_S3).ops for size in op.scratches_bytes)


def test_a_filters_copy_is_cut_and_outputs_stay_equal() -> None:
    model = pointwise(32, 64, 64)
    before = footprint(model, ESP32_S3)
    made = [made for _, made in with_less_scratch(((), model), ESP32_S3)]
    assert largest(model) == 64 * 64 + 16 * 64 + 64
    assert [largest(other) for other in made] == [
        32 * 64 + 16 * 64 + 64,
        24 * 64 + 16 * 64 + 64,
        16 * 64 + 16 * 64 + 64,
    ]
    assert all(footprint(other, ESP32_S3).head_bytes < before.head_bytes for other in made)
    with judges() as both:
        assert both.complaints(model, made) == [None] * len(made)


def test_where_scratch_does_not_dominate_nothing_is_cut() -> None:
    assert list(with_less_scratch(((), pointwise(32, 64, 64)), CORTEX_M4)) == []


def test_columns_that_do_not_shrink_with_the_channels_are_no_reason_to_cut() -> None:
    sketch = Sketch()
    model = sketch.finish(sketch.conv(sketch.input(1, 2, 2, 64), 64))
    (asked,) = ask(model, CORTEX_M4).ops
    assert asked.scratches_bytes == [4 * 9 * 64]
    assert list(with_less_scratch(((), model), CORTEX_M4)) == []


def test_what_cannot_be_cut_into_so_many_groups_is_left() -> None:
    model = pointwise(8, 3)
    (op,) = model.main.ops
    assert channel_split.REWRITE.alone(model, op.id, 4) is None
    move = channel_split.REWRITE.alone(model, op.id, 3)
    assert move is not None
    assert (move.where, dict(move.parameters)["groups"]) == ((op.id,), 3)
    sketch = Sketch()
    rows = sketch.finish(sketch.softmax(sketch.input(1, 8)))
    assert channel_split.REWRITE.alone(rows, rows.main.ops[0].id, 2) is None
