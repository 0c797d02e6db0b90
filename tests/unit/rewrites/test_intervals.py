"""What is known of the values of a channel, and when nothing is."""

from dataclasses import replace

import numpy as np
import pytest

from arenafit.ir import Constant, DType, Quant
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals import Facts, rule_of
from arenafit.rewrites.intervals._numbers import scale_of
from support.models import RELU
from support.one_op import i8, one_op
from support.rewrite_nets import Net


@pytest.mark.parametrize(
    "quant",
    [Quant((0.0,), (0,)), Quant((-0.5,), (0,)), Quant((float("inf"),), (0,)), Quant((0.5, 0.5), (0, 0)), None],
    ids=["zero", "negative", "infinite", "per channel", "none"],
)
def test_a_scale_that_stands_for_no_numbers_is_none(quant: Quant | None) -> None:
    model = one_op("RELU", [i8(1, 2)], [i8(1, 2)])
    source = model.main.inputs_of(model.main.ops[0])[0]
    assert source is not None
    assert scale_of(source) is not None
    assert scale_of(replace(source, quant=quant)) is None


def test_a_constant_holds_what_stands_in_it() -> None:
    net = Net()
    net.conv(net.input(1, 4, 4, 2), 3, kernel=1)
    model = net.finish(net.editor.ops()[-1].outputs[0])
    weights = model.main.inputs_of(model.main.ops[0])[1]
    assert weights is not None
    pixels = np.array([[1, -5], [7, 3], [-2, 4]], np.int8)
    held = replace(weights, data=Constant.of(pixels), shape=pixels.shape)
    span = Facts(Site(model, 0), {}).span(held)
    assert span is not None
    assert (span.low.tolist(), span.high.tolist()) == ([-2, -5], [7, 4])
    empty = replace(held, data=Constant.of(pixels[:0]), shape=(0, 2))
    known = Facts(Site(model, 0), {}).span(empty)
    assert known is not None
    assert (known.low.tolist(), known.high.tolist()) == ([-128, -128], [127, 127])


@pytest.mark.parametrize(("zero_point", "known"), [(0, True), (1, False)])
def test_nothing_is_known_of_depthwise_weights_with_a_zero_point(zero_point: int, *, known: bool) -> None:
    net = Net(DType.INT8)
    net.depthwise(net.conv(net.input(1, 4, 4, 2), 4, kernel=1, activation=RELU), activation=RELU)
    model = net.finish(net.editor.ops()[-1].outputs[0])
    op = model.main.ops[-1]
    weights = model.main.inputs_of(op)[1]
    assert weights is not None
    assert weights.quant is not None
    quant = replace(weights.quant, zero_points=(zero_point,) * len(weights.quant.scales))
    tensors = tuple(replace(item, quant=quant) if item.id == weights.id else item for item in model.main.tensors)
    model = replace(model, graphs=(replace(model.main, tensors=tensors),))
    (span,) = rule_of(op).spans(Facts(Site(model, 0), {}), op)
    assert span is not None
    assert bool(span.low.min() > -128) is known  # what RELU leaves
