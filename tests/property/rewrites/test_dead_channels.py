"""Random networks with dead channels: what is cut changes nothing, and no channel ever leaves its span."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from arenafit.ir import DType, Model, Quant, TensorId
from arenafit.rewrites._dead_channels import LiveChannels
from arenafit.rewrites._sites import sites
from arenafit.rewrites.drop_channels import REWRITE
from arenafit.rewrites.drop_channels_finely import REWRITE as FINELY
from arenafit.rewrites.intervals._numbers import Rounding, clearness, requantised
from arenafit.runtime import KINDS, GeneratedInputs, Outputs
from arenafit.tflite import write_bytes
from support.dead_channels import push
from support.models import NONE, RELU, RELU6, SAME, VALID
from support.rewrite_nets import Net
from support.verdict import Judges, judges

BUDGET = settings(max_examples=60, deadline=None)
_BEYOND = {DType.INT8: 2**21, DType.INT16: 2**33}


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


@st.composite
def networks(draw: DrawFn) -> Model:
    """Draw two to five layers of int8 or int16 activations, some channels of each pushed to an end of its range."""
    net = Net(draw(st.sampled_from((DType.INT8, DType.INT8, DType.INT16))), seed=draw(st.integers(0, 999)))
    tensor = net.input(1, draw(st.integers(3, 6)), draw(st.integers(3, 6)), draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(2, 5))):
        tensor = LAYERS[draw(st.sampled_from(sorted(LAYERS)))](draw, net, tensor)
    if draw(st.booleans()):
        tensor = net.view(tensor, 1, int(np.prod(net.shape(tensor))))
    return net.finish(net.dense(tensor, 3))


def _push(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    channels = net.shape(tensor)[3]
    fates = draw(st.lists(st.sampled_from((-2, -2, -1, 0, 0, 1, 2)), min_size=channels, max_size=channels))
    for fate in (-2, -1, 1, 2):
        pushed = [channel for channel, drawn in enumerate(fates) if drawn == fate]
        # Beyond all that weights make up for, or somewhere around that.
        far = _BEYOND[net.dtype] if abs(fate) == 2 else draw(st.integers(1, _BEYOND[net.dtype] // 64))
        push(net, pushed, far if fate > 0 else -far)
    return tensor


def _conv(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    room = min(net.shape(tensor)[1:3]) >= 3
    kernel = draw(st.sampled_from((1, 3))) if room else 1
    padding = draw(st.sampled_from((SAME, VALID))) if room else SAME
    activation = draw(st.sampled_from((NONE, RELU, RELU6)))
    channels = draw(st.sampled_from((3, 4, 8)))
    return _push(draw, net, net.conv(tensor, channels, kernel=kernel, padding=padding, activation=activation))


def _depthwise(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    activation = draw(st.sampled_from((NONE, RELU, RELU6)))
    return _push(draw, net, net.depthwise(tensor, activation=activation))


def _pool(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.pool(tensor, 2, kind=draw(st.sampled_from(("MAX", "AVERAGE"))), padding=SAME)


def _pad(_: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.pad(tensor, (1, 0), (0, 1))


def _branches(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    name, kind = draw(st.sampled_from((("ADD", "AddOptions"), ("MUL", "MulOptions"), ("SUB", "SubOptions"))))
    left = _push(draw, net, net.conv(tensor, 4, kernel=1))
    right = _push(draw, net, net.conv(tensor, 4, kernel=1, activation=NONE))
    activation = draw(st.sampled_from((NONE, RELU)))
    return net.op(name, (left, right), net.shape(left), kind=kind, fused_activation_function=activation)


def _choice(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    other = _push(draw, net, net.conv(tensor, net.shape(tensor)[3], kernel=1))
    name = draw(st.sampled_from(("MAXIMUM", "MINIMUM")))
    return net.op(name, (other, tensor), net.shape(tensor), kind="MaximumMinimumOptions")


def _joined(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    other = _push(draw, net, net.conv(tensor, 4, kernel=1))
    shape = (*net.shape(tensor)[:3], net.shape(tensor)[3] + 4)
    return net.op("CONCATENATION", (tensor, other), shape, kind="ConcatenationOptions", axis=3)


def _activation(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    names = ("RELU", "RELU6", "LEAKY_RELU") if net.dtype is DType.INT8 else ("RELU",)
    name = draw(st.sampled_from(names))
    if name == "LEAKY_RELU":
        return net.op(name, (tensor,), net.shape(tensor), kind="LeakyReluOptions", alpha=0.3)
    return net.op(name, (tensor,), net.shape(tensor))


def _table(draw: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    name = draw(st.sampled_from(("LOGISTIC", "TANH")))
    if net.dtype is DType.INT16:
        quant = Quant((1 / 32768,), (0,))
    else:
        quant = Quant((1 / 256,), (-128,)) if name == "LOGISTIC" else Quant((1 / 128,), (0,))
    made = net.op(name, (tensor,), net.shape(tensor), quant=quant)
    return net.op("QUANTIZE", (made,), net.shape(tensor), kind="QuantizeOptions")


def _mean(_: DrawFn, net: Net, tensor: TensorId) -> TensorId:
    shape = (1, 1, 1, net.shape(tensor)[3])
    return net.op("MEAN", (tensor, net.ints(1, 2)), shape, kind="ReducerOptions", keep_dims=True)


LAYERS: dict[str, Callable[[DrawFn, Net, TensorId], TensorId]] = {
    "activation": _activation,
    "branches": _branches,
    "choice": _choice,
    "conv": _conv,
    "depthwise": _depthwise,
    "joined": _joined,
    "mean": _mean,
    "pad": _pad,
    "pool": _pool,
    "table": _table,
}


@BUDGET
@given(model=networks())
def test_what_is_cut_changes_nothing(court: Judges, model: Model) -> None:
    assume(court.runs(model))
    for rewrite in (REWRITE, FINELY):
        for move in rewrite.propose(model):
            event(f"{rewrite.name} offers a move")
            made = rewrite.apply(model, move)
            assert court.complaint(model, made, count=24) is None, move.note
            assert list(rewrite.propose(made)) == []


@BUDGET
@given(model=networks())
def test_no_channel_leaves_its_span(court: Judges, model: Model) -> None:
    (site,) = sites(model)
    spans = LiveChannels(site, 1).spans
    shown = tuple(spans)
    graph = replace(model.main, outputs=shown)
    batches = GeneratedInputs(8, seed=3, kinds=KINDS)
    found = court.tflm.run(write_bytes(replace(model, graphs=(graph,))), batches, timeout_seconds=60)
    assume(isinstance(found, Outputs))
    assert isinstance(found, Outputs)
    for batch in found.batches:
        for tensor, values in zip(shown, batch, strict=True):
            rows = values.reshape(-1, values.shape[-1])
            event("a channel of one value", str(bool(spans[tensor].fixed.any())))
            assert (rows >= spans[tensor].low).all()
            assert (rows <= spans[tensor].high).all()


@example(accumulator=1, factor=0.25, zero_point=0)  # a power of two: 0.25 becomes 1 where it is rounded twice
@settings(max_examples=400, deadline=None)
@given(
    accumulator=st.integers(-(2**24), 2**24),
    factor=st.floats(2.0**-20, 0.999),
    zero_point=st.integers(-128, 127),
)
def test_spans_hold_whichever_way_is_rounded(accumulator: int, factor: float, zero_point: int) -> None:
    result = Net().editor
    tensor = result.tensor(result.add_tensor("y", DType.INT8, (1,), quant=Quant((1.0,), (zero_point,))))
    steps = np.array([accumulator * factor + zero_point])
    span = requantised(steps, steps, tensor, (-128, 127), Rounding(clear=clearness(np.array([factor]))))
    for rounding in (rounded_once, rounded_twice):
        value = min(127, max(-128, rounding(accumulator, factor) + zero_point))
        assert span.low[0] <= value <= span.high[0]


def _multiplier(factor: float) -> tuple[int, int]:
    fraction, shift = np.frexp(factor)
    quantised = round(float(fraction) * 2**31)
    return (quantised // 2, int(shift) + 1) if quantised == 2**31 else (quantised, int(shift))


def rounded_once(accumulator: int, factor: float) -> int:
    """Return what MultiplyByQuantizedMultiplier does with TFLITE_SINGLE_ROUNDING."""
    multiplier, shift = _multiplier(factor)
    total = 31 - shift
    return (accumulator * multiplier + (1 << (total - 1))) >> total


def rounded_twice(accumulator: int, factor: float) -> int:
    """Return what it does without: a doubling high product rounded, then a shift rounded half away from nought."""
    multiplier, shift = _multiplier(factor)
    product = accumulator * multiplier
    nudge = 2**30 if product >= 0 else 1 - 2**30
    high = abs(product + nudge) // 2**31 * (1 if product + nudge >= 0 else -1)
    exponent = -shift
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (1 if high < 0 else 0)
    return (high >> exponent) + (1 if (high & mask) > threshold else 0)
