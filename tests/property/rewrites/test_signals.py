"""Random models of signals, each operator in one of three forms: put on one axis they compute the same."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from arenafit.ir import DType, Model, TensorId
from arenafit.rewrites.canonicalize_1d import REWRITE
from arenafit.rewrites.pipeline import cleanup
from support.models import NONE, SAME, VALID
from support.rewrite_nets import Net
from support.verdict import Judges, judges

BUDGET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FLAT, UPRIGHT, FREE = "(N, 1, W, C)", "(N, W, 1, C)", "(N, W, C)"
Layer = Callable[[st.DrawFn, Net, TensorId], TensorId]


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


@st.composite
def signals(draw: st.DrawFn) -> Model:
    """Draw a model of two to eight layers over a signal, with reshapes between those of different forms."""
    net = Net(draw(st.sampled_from((DType.INT8, DType.FLOAT32, DType.INT16))), seed=draw(st.integers(0, 99)))
    tensor = net.input(1, draw(st.integers(6, 15)), draw(st.integers(1, 4)))
    for _ in range(draw(st.integers(2, 8))):
        layer = draw(st.sampled_from(sorted(LAYERS)))
        tensor = in_form(net, tensor, draw(st.sampled_from(FORMS_OF.get(layer, (FLAT, UPRIGHT, FREE)))))
        tensor = LAYERS[layer](draw, net, tensor)
    if draw(st.booleans()):
        tensor = net.dense(tensor, 3) if draw(st.booleans()) else in_form(net, tensor, FREE)
    return net.finish(tensor)


def in_form(net: Net, tensor: TensorId, form: str) -> TensorId:
    """Reshape to the form, unless it is that already."""
    shape = net.shape(tensor)
    steps, channels = max(shape[1:-1]), shape[-1]
    wanted = {FLAT: (1, 1, steps, channels), UPRIGHT: (1, steps, 1, channels), FREE: (1, steps, channels)}[form]
    return tensor if shape == wanted else net.view(tensor, *wanted)


def axis(net: Net, tensor: TensorId) -> int:
    """The axis the signal runs along."""
    shape = net.shape(tensor)
    return 2 if len(shape) == 4 and shape[1] == 1 else 1


def _resized(shape: tuple[int, ...], along: int, size: int) -> tuple[int, ...]:
    return (*shape[:along], size, *shape[along + 1 :])


def _conv(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    kernel, stride = draw(st.sampled_from((1, 2, 3))), draw(st.sampled_from((1, 1, 2)))
    return net.conv(tensor, draw(st.integers(1, 5)), kernel=kernel, stride=stride)


def _depthwise(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.depthwise(tensor, kernel=draw(st.integers(1, 3)), activation=NONE)


def _pool(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.pool(tensor, draw(st.integers(1, 2)), kind=draw(st.sampled_from(("MAX", "AVERAGE"))), padding=SAME)


def _relu(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.op("RELU", (tensor,), net.shape(tensor))


def _bias(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    """ADD of a constant: one for each channel, or for each step too."""
    shape = net.shape(tensor)
    wide = shape if draw(st.booleans()) else shape[-1:]
    values = net.constant(np.linspace(-2, 2, int(np.prod(wide))).reshape(wide))
    return net.op("ADD", (tensor, values), shape, kind="AddOptions")


def _residual(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.add(tensor, net.op("RELU6", (tensor,), net.shape(tensor)))


def _by_convolution(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    """A residual block whose sum is made in another form than its convolution."""
    branch = net.conv(in_form(net, tensor, FLAT), net.shape(tensor)[-1], activation=NONE)
    return net.add(tensor, net.view(branch, *net.shape(tensor)))


def _pad(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    shape, along = net.shape(tensor), axis(net, tensor)
    pairs = [[0, 0] for _ in shape]
    pairs[along] = [draw(st.integers(0, 2)), draw(st.integers(0, 2))]
    amounts = net.editor.add_constant("amounts", np.array(pairs, np.int32))
    return net.op("PAD", (tensor, amounts), _resized(shape, along, shape[along] + sum(pairs[along])), kind="PadOptions")


def _join(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    shape = net.shape(tensor)
    along = draw(st.sampled_from((axis(net, tensor), len(shape) - 1, -1)))
    other = net.op("RELU", (tensor,), shape)
    doubled = _resized(shape, along % len(shape), 2 * shape[along])
    return net.op("CONCATENATION", (tensor, other), doubled, kind="ConcatenationOptions", axis=along)


def _slice(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    shape, along = net.shape(tensor), axis(net, tensor)
    first = draw(st.integers(0, 1))
    begin = net.ints(*_resized((0,) * len(shape), along, first))
    size = net.ints(*_resized(shape, along, -1))
    return net.op("SLICE", (tensor, begin, size), _resized(shape, along, shape[along] - first), kind="SliceOptions")


def _stride(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    shape, along = net.shape(tensor), axis(net, tensor)
    begin = net.ints(*_resized((0,) * len(shape), along, 1))
    step = net.ints(*_resized((1,) * len(shape), along, 2))
    return net.op(
        "STRIDED_SLICE",
        (tensor, begin, net.ints(*shape), step),
        _resized(shape, along, shape[along] // 2),
        kind="StridedSliceOptions",
        begin_mask=draw(st.sampled_from((0, 1))),
        end_mask=draw(st.sampled_from((0, 1 << along))),
    )


def _halve(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    """SPLIT of the channels, and the sum of both halves."""
    shape = net.shape(tensor)
    wide = net.op("CONCATENATION", (tensor, tensor), (*shape[:-1], 2 * shape[-1]), kind="ConcatenationOptions", axis=-1)
    axes = net.editor.add_constant("axis", np.array(len(shape) - 1, np.int32))
    first = net.op("SPLIT", (axes, wide), shape, kind="SplitOptions", num_splits=2)
    split = net.editor.ops()[-1]
    second = net.tensor("second", shape)
    net.editor.update_op(split.__class__(split.id, split.code, split.inputs, (first, second), split.options))
    return net.add(first, second)


def _softmax(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.softmax(tensor)


LAYERS: dict[str, Layer] = {
    "bias": _bias,
    "block": _by_convolution,
    "conv": _conv,
    "depthwise": _depthwise,
    "halve": _halve,
    "join": _join,
    "pad": _pad,
    "pool": _pool,
    "relu": _relu,
    "residual": _residual,
    "slice": _slice,
    "softmax": _softmax,
    "stride": _stride,
}
FORMS_OF = dict.fromkeys(("conv", "depthwise", "pool"), (FLAT, UPRIGHT))


@BUDGET
@given(model=signals())
def test_every_turn_is_exact_and_saves_operators(court: Judges, model: Model) -> None:
    assume(court.runs(model))
    moves = list(REWRITE.propose(model))
    event(f"{len(moves)} moves")
    made = [REWRITE.apply(model, move) for move in moves]
    assert all(len(turned.ops) < len(model.ops) for turned in made)
    assert not any(court.complaints(model, made, count=4)), [move.note for move in moves]


@BUDGET
@given(model=signals())
def test_cleaning_up_is_exact_and_leaves_nothing_to_turn(court: Judges, model: Model) -> None:
    assume(court.runs(model))
    made, moves = cleanup(model)
    event(f"{sum(move.rewrite == REWRITE.name for move in moves)} turned")
    assert not list(REWRITE.propose(made))
    assert court.complaint(model, made, count=4) is None, [move.note for move in moves]


def test_a_signal_whose_convolutions_and_poolings_alternate_becomes_one_chain() -> None:
    net = Net()
    tensor = net.input(1, 16, 2)
    for _ in range(3):
        tensor = net.conv(in_form(net, tensor, FLAT), 4, kernel=1, padding=VALID)
        tensor = net.pool(in_form(net, tensor, UPRIGHT), 2, padding=SAME)
    made, _ = cleanup(net.finish(net.dense(tensor, 2)))
    names = [op.name for op in made.main.ops]
    assert names == ["RESHAPE", *("CONV_2D", "MAX_POOL_2D") * 3, "FULLY_CONNECTED"]
    assert {made.tensors[op.outputs[0]].shape[1] for op in made.main.ops[:-1]} == {1}
