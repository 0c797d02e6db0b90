"""Results that run behind their operand, without being asked to rely on the reference kernels."""

import pytest

from arenafit.ir import Model
from arenafit.layout import LayoutRules, choose_layout
from arenafit.targets.libraries import REFERENCE
from support.models import NONE, SAME, Sketch
from support.one_op import f32, i8
from support.sharing_cases import channels_joined, dense, mirror, pad


@pytest.mark.parametrize(
    ("model", "height_bytes"),
    [
        (dense(f32, 32, 16, 16), 32 * 64 + 64),  # one row apart
        (dense(f32, 32, 16, 64), 32 * 256 + 64),  # the last row of the operand is still read when its result begins
        (dense(i8, 32, 16, 16, split_rows=True), 2 * 32 * 16),  # run as a convolution: nothing is shared
        (pad(i8, (1, 16, 16, 4), [[0, 0], [1, 1], [1, 1], [0, 0]]), 18 * 18 * 4),  # the last margin is room enough
        (mirror(f32, symmetric=False), 1712 + 432),  # the last rows are read from the fourth on again
    ],
)  # fmt: skip
def test_the_lowest_plan_is_found(model: Model, height_bytes: int) -> None:
    chosen = choose_layout(model)
    assert chosen.optimal
    assert chosen.layout.height_bytes == height_bytes
    # Inputs that must stay are not written over, nor is anything where nothing may be shared.
    sizes = sum(-(-tensor.size_bytes // 16) * 16 for tensor in model.all_tensors() if not tensor.is_constant)
    assert choose_layout(model, rules=LayoutRules(keep_inputs=True)).layout.height_bytes == sizes
    assert choose_layout(model, rules=LayoutRules(share=False)).layout.height_bytes == sizes


def test_one_operand_of_a_concatenation_is_written_over() -> None:
    model = channels_joined(f32, 8, 24)
    found = choose_layout(model).layout.height_bytes
    small, large, whole = 30 * 32, 30 * 96, 30 * 128
    assert whole + small <= found < whole + small + 256 < small + large + whole


def test_a_convolution_is_not_run_over_its_operand() -> None:
    net = Sketch()
    source = net.input(1, 16, 16, 4)
    model = net.finish(net.conv(source, 4, kernel=1, padding=SAME, activation=NONE))
    assert choose_layout(model).layout.height_bytes == 2 * 1024
    assert choose_layout(model, rules=LayoutRules(kernel_library=REFERENCE)).layout.height_bytes < 2 * 1024
