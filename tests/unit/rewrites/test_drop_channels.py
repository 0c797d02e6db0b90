"""Which channels are cut, and every reason for which some are not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, Model, OpId, Quant
from arenafit.rewrites.drop_channels import REWRITE
from arenafit.rewrites.drop_channels_finely import REWRITE as FINELY
from arenafit.rewrites.protocol import Move
from support.dead_channels import beside_borders, floats, ignore, last, pointwise, push, residual_block, through_blocks
from support.models import NONE, RELU, RELU6, VALID, activation_quant
from support.rewrite_cases import CASES
from support.rewrite_nets import INT8, INT16, Net

_FAR = 2**22


def cut(model: Model) -> Model:
    (move,) = FINELY.propose(model)
    return FINELY.apply(model, move)


def widths(model: Model) -> list[int]:
    """Return the channels of every result but the last."""
    return [model.main.tensor(op.outputs[0]).shape[-1] for op in model.main.ops[:-1]]


def two_layers(net: Net, *, kernel: int = 1) -> Model:
    """Return what is drawn so far and a reader behind it."""
    return net.finish(net.conv(net.editor.ops()[-1].outputs[0], 3, kernel=kernel))


def stem(channels: int = 4, activation: int = RELU) -> Net:
    net = Net()
    net.conv(net.input(1, 4, 4, 2), channels, kernel=1, activation=activation)
    return net


def test_the_proof_says_how_many_channels_and_why() -> None:
    notes = [move.note for model in (pointwise(), residual_block()) for move in REWRITE.propose(model)]
    assert notes == [
        "3 of 12 channels can only hold one value, 1 more are read by nobody",
        "10 of 19 channels can only hold one value",
    ]


@pytest.mark.parametrize(
    ("case", "place", "name"),
    [("channel_split_gate", 1, "LOGISTIC"), ("fuse_activation", 1, "RELU6"), ("fuse_activation", 4, "RELU")],
)
def test_an_output_too_many_is_no_defect(case: str, place: int, name: str) -> None:
    model = CASES[case].make()
    ops = list(model.main.ops)
    assert ops[place].name == name
    ops[place] = replace(ops[place], outputs=ops[place].outputs * 2)
    damaged = replace(model, graphs=(replace(model.main, ops=tuple(ops)),))
    assert list(REWRITE.propose(damaged)) == []


def test_as_many_channels_stay_as_kernels_compute_at_once() -> None:
    net = stem(8)
    push(net, (0, 2, 5))
    model = two_layers(net)
    assert list(REWRITE.propose(model)) == []
    assert widths(cut(model)) == [5]


def test_one_channel_stays_of_a_layer_that_is_all_constant() -> None:
    net = stem()
    push(net, range(4))
    assert widths(cut(two_layers(net))) == [1]


def test_what_a_channel_at_six_adds_goes_into_a_bias_made_for_it() -> None:
    net = stem(activation=RELU6)
    push(net, (1,), _FAR)
    model = two_layers(net)
    reader = model.main.ops[-1]
    bare = replace(model.main.ops[-1], inputs=reader.inputs[:2])
    model = replace(model, graphs=(replace(model.main, ops=(model.main.ops[0], bare)),))
    made = cut(model)
    found = made.main.ops[-1].inputs
    assert len(found) == 3
    assert found[2] is not None
    bias, weights = made.main.tensor(found[2]), model.main.inputs_of(bare)[1]
    assert weights is not None
    six = 3 + 120  # in steps of 0.05 above the zero point 3
    assert bias.array().tolist() == (weights.array()[:, 0, 0, 1].astype(int) * (six - 3)).tolist()
    assert bias.quant is not None
    assert len(bias.quant.scales) == 3


# Every guard: nothing is cut, or not the channel it is about.


def clamped_by(steps: float) -> Model:
    """Return a channel whose accumulators end so many steps below the clamp at zero."""
    net = stem()
    weights = net.editor.tensor(last(net, "CONV_2D").operands[1])
    assert weights.quant is not None
    of_channel = weights.array()[1].astype(int)
    most = int(np.where(of_channel > 0, of_channel * (127 - 3), of_channel * (-128 - 3)).sum())
    push(net, (1,), -most - int(steps / weights.quant.scales[1]))
    return two_layers(net)


def barely_clamped() -> Model:
    # Kernels that round otherwise may end a step above.
    return clamped_by(0.4)


def one_value_between_two_steps() -> Model:
    # Without weights the accumulator is the bias, which is half a step: it becomes either of two values.
    net = stem(activation=NONE)
    conv = last(net, "CONV_2D")
    weights = net.editor.tensor(conv.operands[1])
    assert weights.quant is not None
    array = weights.array().copy()
    array[1] = 0
    scales = tuple(0.5 if index == 1 else scale for index, scale in enumerate(weights.quant.scales))
    net.editor.update_tensor(replace(weights, data=Constant.of(array), quant=replace(weights.quant, scales=scales)))
    push(net, (1,), 5)
    return two_layers(net)


def six_before_borders() -> Model:
    net = stem(activation=RELU6)
    push(net, (1,), _FAR)
    return two_layers(net, kernel=3)


def sixteen_bits_above_zero() -> Model:
    net = Net(INT16)
    net.conv(net.input(1, 4, 4, 2), 4, kernel=1, activation=RELU6)
    push(net, (1,), 2**34)
    return two_layers(net)


def read_by_softmax() -> Model:
    net = stem()
    push(net, (1,))
    return net.finish(net.softmax(net.editor.ops()[-1].outputs[0]))


def read_from_outside() -> Model:
    net = stem()
    push(net, (1,))
    hidden = net.editor.ops()[-1].outputs[0]
    return net.finish(net.conv(hidden, 3, kernel=1), hidden)


def beyond_32_bits() -> Model:
    net = stem(activation=RELU6)
    push(net, (1,), 2**31 - 1)
    return two_layers(net)


def no_room_in_the_bias() -> Model:
    net = stem(activation=RELU6)
    push(net, (1,), _FAR)
    hidden = net.editor.ops()[-1].outputs[0]
    tensor = net.conv(hidden, 3, kernel=1)
    push(net, (0,), -(2**31) + 100)
    return net.finish(tensor)


def several_groups() -> Model:
    net = stem()
    push(net, (1,))
    hidden = net.editor.ops()[-1].outputs[0]
    tensor = net.conv(hidden, 4, kernel=1)
    conv = last(net, "CONV_2D")
    weights = net.editor.tensor(conv.operands[1])
    half = np.ascontiguousarray(weights.array()[..., :2])
    grouped = net.editor.add_constant("grouped", half, quant=weights.quant)
    net.editor.update_op(replace(conv, inputs=(hidden, grouped, conv.inputs[2])))
    return net.finish(tensor)


def weights_with_a_zero_point() -> Model:
    net = stem()
    push(net, (1,))
    weights = net.editor.tensor(last(net, "CONV_2D").operands[1])
    assert weights.quant is not None
    net.editor.update_tensor(replace(weights, quant=replace(weights.quant, zero_points=(0, 1, 0, 0))))
    return two_layers(net)


def another_activation() -> Model:
    net = stem()
    push(net, (1,))
    conv = last(net, "CONV_2D")
    assert conv.options is not None
    net.editor.update_op(replace(conv, options=conv.options.with_values(fused_activation_function=5)))
    return two_layers(net)


def squeezed_without_axes() -> Model:
    net = stem()
    push(net, (1,))
    flat = net.op("SQUEEZE", (net.editor.ops()[-1].outputs[0],), (4, 4, 4), kind="SqueezeOptions", squeeze_dims=())
    return net.finish(net.dense(net.view(flat, 1, 64), 3))


def joined_with_a_constant() -> Model:
    net = stem()
    push(net, (1,))
    parts = (net.editor.ops()[-1].outputs[0], net.constant(np.ones((1, 4, 4, 2))))
    joined = net.op("CONCATENATION", parts, (1, 4, 4, 6), kind="ConcatenationOptions", axis=3)
    return net.finish(net.conv(joined, 3, kernel=1))


def reduced_along_channels() -> Model:
    net = stem()
    push(net, (1,))
    mean = net.op("MEAN", (net.editor.ops()[-1].outputs[0], net.ints(3)), (1, 4, 4), kind="ReducerOptions")
    return net.finish(net.dense(net.view(mean, 1, 16), 3))


def padded_along_channels() -> Model:
    net = stem()
    push(net, (1,))
    amounts = net.editor.add_constant("amounts", np.array([(0, 0)] * 3 + [(0, 1)], np.int32))
    padded = net.op("PAD", (net.editor.ops()[-1].outputs[0], amounts), (1, 4, 4, 5), kind="PadOptions")
    return net.finish(net.conv(padded, 3, kernel=1))


def summed_with_what_is_needed() -> Model:
    net = stem()
    source = net.editor.ops()[-1].outputs[0]
    other = net.conv(source, 4, kernel=1)
    push(net, (1,))
    return net.finish(net.conv(net.add(source, other), 3, kernel=1))


def kept_in_a_variable() -> Model:
    net = stem()
    push(net, (1,))
    hidden = net.editor.ops()[-1].outputs[0]
    net.editor.update_tensor(replace(net.editor.tensor(hidden), is_variable=True))
    return two_layers(net)


def scales_per_channel() -> Model:
    net = stem()
    push(net, (1,))
    hidden = net.editor.ops()[-1].outputs[0]
    net.editor.update_tensor(replace(net.editor.tensor(hidden), quant=Quant((0.05, 0.06, 0.07, 0.08), (3,) * 4, 3)))
    return two_layers(net)


@pytest.mark.parametrize(
    "make",
    [
        another_activation,
        barely_clamped,
        beyond_32_bits,
        floats,
        joined_with_a_constant,
        kept_in_a_variable,
        no_room_in_the_bias,
        one_value_between_two_steps,
        padded_along_channels,
        read_by_softmax,
        read_from_outside,
        reduced_along_channels,
        scales_per_channel,
        several_groups,
        six_before_borders,
        sixteen_bits_above_zero,
        squeezed_without_axes,
        summed_with_what_is_needed,
        weights_with_a_zero_point,
    ],
    ids=lambda make: make.__name__,
)
def test_nothing_is_cut(make: Callable[[], Model]) -> None:
    assert list(FINELY.propose(make())) == []


def test_the_channel_of_the_guards_is_cut_where_nothing_forbids_it() -> None:
    net = stem()
    push(net, (1,))
    assert widths(cut(two_layers(net))) == [3]


def test_one_step_to_spare_is_enough() -> None:
    assert widths(cut(clamped_by(1.6))) == [3]


def test_zeros_before_borders_are_cut_and_sixes_stay() -> None:
    assert widths(cut(beside_borders())) == [4]


def test_windows_that_stay_inside_take_in_anything() -> None:
    net = stem(activation=RELU6)
    push(net, (1,), _FAR)
    hidden = net.editor.ops()[-1].outputs[0]
    assert widths(cut(net.finish(net.conv(hidden, 3, kernel=3, padding=VALID)))) == [3]


def test_a_move_made_for_other_channels_is_refused() -> None:
    model = through_blocks()
    with pytest.raises(UnsupportedModelError, match="made elsewhere"):
        REWRITE.apply(model, Move(REWRITE.name, (OpId(0),)))


def test_an_ignored_channel_of_a_dense_layer_behind_a_reshape_is_cut() -> None:
    net = stem(6)
    flat = net.view(net.editor.ops()[-1].outputs[0], 1, 96)
    tensor = net.dense(flat, 3)
    ignore(net, [index for index in range(96) if index % 6 in (2, 4)])
    made = cut(net.finish(tensor))
    assert [made.main.tensor(op.outputs[0]).shape for op in made.main.ops] == [(1, 4, 4, 4), (1, 64), (1, 3)]


def test_the_sketches_activations_are_what_the_guards_assume() -> None:
    assert activation_quant(INT8) == Quant((0.05,), (3,))
