"""Random small CNNs, rewritten at random: every runtime that ran the original computes the same afterwards."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from arenafit.ir import DType, Model, TensorId
from arenafit.rewrites.pipeline import cleanup
from support.models import NONE, RELU, RELU6, SAME, VALID
from support.rewrite_cases import suite
from support.rewrite_nets import Net
from support.verdict import Judges, judges

REWRITES = suite()
BUDGET = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


@st.composite
def networks(draw: st.DrawFn) -> Model:
    """Draw a model of two to six layers: convolutions of all kinds, PADs, pools, reshapes, activations, residuals."""
    net = Net(draw(st.sampled_from((DType.INT8, DType.FLOAT32, DType.INT16))), seed=draw(st.integers(0, 99)))
    extents = st.integers(4, 11)
    tensor = net.input(1, draw(extents), draw(extents), draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(2, 6))):
        tensor = draw_layer(draw, net, tensor)
    if draw(st.booleans()):
        rows = net.shape(tensor)[1] * net.shape(tensor)[2] * net.shape(tensor)[3]
        tensor = net.dense(net.view(tensor, 1, rows), 3)
    return net.finish(tensor)


def draw_layer(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    """Append one layer drawn at random, and return its output."""
    kind = draw(st.sampled_from(sorted(LAYERS)))
    return LAYERS[kind](draw, net, tensor)


def _conv(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    kernel = draw(st.sampled_from((1, 2, 3))) if _has_room(net, tensor) else 1
    return net.conv(tensor, draw(st.integers(1, 9)), kernel=kernel, **_window(draw, net, tensor))


def _depthwise(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.depthwise(tensor, **_window(draw, net, tensor))


def _pool(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    size = 2 if _has_room(net, tensor) else 1
    return net.pool(tensor, size, kind=draw(st.sampled_from(("MAX", "AVERAGE"))))


def _pad(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    amounts = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return net.pad(tensor, draw(amounts), draw(amounts))


def _relu(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    return net.op(draw(st.sampled_from(("RELU", "RELU6"))), (tensor,), net.shape(tensor))


def _reshape(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    batch, height, width, channels = net.shape(tensor)
    return net.view(net.view(tensor, batch, height * width, channels), batch, height, width, channels)


def _residual(draw: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    other = net.conv(tensor, net.shape(tensor)[3], activation=draw(ACTIVATIONS))
    return net.add(tensor, other, activation=draw(ACTIVATIONS))


def _maximum(_: st.DrawFn, net: Net, tensor: TensorId) -> TensorId:
    other = net.conv(tensor, net.shape(tensor)[3], kernel=1, activation=NONE)
    return net.op("MAXIMUM", (other, tensor), net.shape(tensor), kind="MaximumMinimumOptions")


def _has_room(net: Net, tensor: TensorId) -> bool:
    return min(net.shape(tensor)[1:3]) >= 3


def _window(draw: st.DrawFn, net: Net, tensor: TensorId) -> dict[str, int]:
    padding = draw(st.sampled_from((SAME, VALID))) if _has_room(net, tensor) else SAME
    return {"stride": draw(st.integers(1, 2)), "padding": padding, "activation": draw(ACTIVATIONS)}


ACTIVATIONS = st.sampled_from((NONE, RELU, RELU6))
LAYERS: dict[str, Callable[[st.DrawFn, Net, TensorId], TensorId]] = {
    "conv": _conv,
    "depthwise": _depthwise,
    "pool": _pool,
    "pad": _pad,
    "relu": _relu,
    "reshape": _reshape,
    "residual": _residual,
    "maximum": _maximum,
}


@BUDGET
@given(model=networks())
def test_cleaning_up_is_exact(court: Judges, model: Model) -> None:
    assume(court.runs(model))
    made, moves = cleanup(model)
    event(f"{len(moves)} moves")
    assert court.complaint(model, made, count=4) is None, [move.note for move in moves]


@BUDGET
@given(model=networks(), choices=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=4))
def test_moves_made_one_after_another_are_exact(court: Judges, model: Model, choices: list[tuple[int, int]]) -> None:
    assume(court.runs(model))
    made, notes = model, []
    for which, where in choices:
        offers = [(rewrite, moves) for rewrite in REWRITES if (moves := list(rewrite.propose(made)))]
        if not offers:
            break
        rewrite, moves = offers[which % len(offers)]
        move = moves[where % len(moves)]
        made = rewrite.apply(made, move)
        notes.append(move.note)
        event(move.rewrite)
    assert court.complaint(model, made, count=4) is None, notes
