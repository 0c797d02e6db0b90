"""What each guard of a rewrite refuses, beside the same graph that it takes: one named case for each."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from arenafit.ir import Model, Op, OpId, Quant, TensorId
from arenafit.kernels.sharing import OperandOverlap
from arenafit.ops import find
from arenafit.rewrites import elide_copies
from arenafit.rewrites._sites import sites
from arenafit.rewrites.intervals import Facts, Span, rule_of
from arenafit.rewrites.protocol import Claim, Rewrite
from arenafit.tflite import make_options
from support.models import NONE, RELU, RELU6, SAME, VALID, activation_quant
from support.rewrite_cases import suite
from support.rewrite_nets import FLOAT32, INT8, Net, noops, stored_weights

REWRITES: dict[str, Rewrite] = {rewrite.name: rewrite for rewrite in suite()}
OTHER = Quant((0.25,), (7,))
RELU_N1_TO_1 = 2


def offered(name: str, model: Model) -> int:
    return len(list(REWRITES[name].propose(model)))


def exhausted(name: str, model: Model) -> list[str]:
    rewrite = REWRITES[name]
    while (move := next(iter(rewrite.propose(model)), None)) is not None:
        model = rewrite.apply(model, move)
    return [op.name for op in model.main.ops]


def activated(
    name: str = "RELU", *, before: int = NONE, quant: Quant | None = None, read_twice: bool = False, flat: bool = False
) -> Model:
    """Return a convolution and an activation behind it."""
    net = Net()
    hidden = net.conv(net.input(1, 4, 4, 2), 4, activation=before)
    shape = (1, 64) if flat else net.shape(hidden)
    made = net.op(name, (hidden,), shape, quant=quant)
    return net.finish(made, hidden) if read_twice else net.finish(made)


def test_an_activation_is_fused_where_nothing_else_changes() -> None:
    assert offered("fuse_activation", activated()) == 1


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: activated(quant=OTHER), id="quantised otherwise"),
        pytest.param(lambda: activated(flat=True), id="of another shape"),
        pytest.param(lambda: activated(read_twice=True), id="the operand is read elsewhere"),
        pytest.param(lambda: activated("RELU6", before=RELU_N1_TO_1), id="two clamps that are not one"),
        pytest.param(lambda: activated("TANH"), id="no clamp"),
    ],
)
def test_an_activation_is_not_fused(model: Callable[[], Model]) -> None:
    assert offered("fuse_activation", model()) == 0


def test_two_clamps_become_the_narrower_one() -> None:
    model = activated("RELU6", before=RELU)
    (move,) = REWRITES["fuse_activation"].propose(model)
    (op,) = REWRITES["fuse_activation"].apply(model, move).main.ops
    assert op.options is not None
    assert op.options["fused_activation_function"] == RELU6


def split_and_joined(
    name: str = "CONCATENATION",
    *,
    order: tuple[int, ...] = (0, 1),
    axis: int = 3,
    activation: int = NONE,
    quant: Quant | None = None,
) -> Model:
    """Return SPLIT along the channels and what joins the parts."""
    net = Net()
    source = net.input(1, 4, 2, 4)
    halves = [net.tensor(f"half_{number}", (1, 4, 2, 2)) for number in range(2)]
    places = net.editor.add_constant("axis", np.array(3, np.int32))
    options = make_options("SplitOptions", num_splits=2)
    net.editor.append_op(net.editor.make_op("SPLIT", (places, source), halves, options, version=2))
    shape = [1, 4, 2, 2]
    shape[axis] *= 2
    parts = [halves[place] for place in order]
    if name == "PACK":
        joined = net.op(name, parts, (2, 1, 4, 2, 2), kind="PackOptions", values_count=2, axis=0)
    else:
        kind = "ConcatenationOptions"
        joined = net.op(name, parts, shape, kind=kind, quant=quant, axis=axis, fused_activation_function=activation)
    return net.finish(net.op("NEG", (joined,), net.shape(joined)))


def test_every_operator_that_does_nothing_goes() -> None:
    assert exhausted("drop_noop", noops()) == ["CONV_2D"]
    assert exhausted("drop_noop", split_and_joined()) == ["NEG"]


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: split_and_joined(order=(1, 0)), id="in another order"),
        pytest.param(lambda: split_and_joined(order=(0, 0)), id="one part twice"),
        pytest.param(lambda: split_and_joined(axis=1), id="along another axis"),
        pytest.param(lambda: split_and_joined(activation=RELU), id="with an activation"),
        pytest.param(lambda: split_and_joined(quant=OTHER), id="quantised otherwise"),
        pytest.param(lambda: split_and_joined("PACK"), id="stacked"),
    ],
)
def test_parts_that_are_joined_otherwise_stay(model: Callable[[], Model]) -> None:
    assert offered("drop_noop", model()) == 0


def scaled(factor: float, *, name: str = "MUL", bounded: bool = True, activation: int = NONE) -> Model:
    """Return floats times a constant, which stand for int8 where `bounded`."""
    net = Net(INT8 if bounded else FLOAT32)
    source = net.input(1, 4)
    real = net.op("DEQUANTIZE", (source,), (1, 4), dtype=FLOAT32) if bounded else source
    other = net.editor.add_constant("factor", np.array(factor, np.float32))
    kind = f"{name.title()}Options"
    made = net.op(name, (real, other), (1, 4), kind=kind, dtype=FLOAT32, fused_activation_function=activation)
    return net.finish(net.op("NEG", (made,), (1, 4), dtype=FLOAT32))


def test_a_factor_of_one_goes_with_the_claim_that_holds() -> None:
    claims = [
        [move.claim for move in REWRITES["drop_noop"].propose(scaled(1.0, bounded=bounded))]
        for bounded in (True, False)
    ]
    assert claims == [[Claim.BIT_EXACT], [Claim.EQUAL_FOR_FINITE]]
    assert offered("drop_noop", scaled(0.0, name="SUB")) == 1


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: scaled(1.5), id="another factor"),
        pytest.param(lambda: scaled(1.0, activation=RELU), id="with an activation"),
        pytest.param(lambda: scaled(0.0, name="ADD"), id="plus nought makes +0 of -0"),
        pytest.param(lambda: scaled(1.0, name="SUB"), id="minus one"),
    ],
)
def test_what_changes_a_float_stays(model: Callable[[], Model]) -> None:
    assert offered("drop_noop", model()) == 0


def in_place(*, is_output: bool) -> tuple[Model, dict[TensorId, int]]:
    """Return a RESHAPE whose result has the place of its operand, and the plan."""
    net = Net()
    hidden = net.conv(net.input(1, 4, 4, 2), 4)
    flat = net.view(hidden, 1, 64)
    model = net.finish(flat) if is_output else net.finish(net.dense(flat, 3))
    plan = {model.main.inputs[0]: 512, hidden: 0, flat: 0}
    if not is_output:
        plan[model.main.outputs[0]] = 256
    return replace(model, offline_plan=plan), plan


def test_a_copy_onto_itself_is_left_out_but_not_a_models_output() -> None:
    inner, _ = in_place(is_output=False)
    outer, _ = in_place(is_output=True)
    (move, *_) = elide_copies.REWRITE.propose(inner)
    assert [op.name for op in elide_copies.REWRITE.apply(inner, move).main.ops] == ["CONV_2D", "FULLY_CONNECTED"]
    assert not list(elide_copies.REWRITE.propose(outer))


def test_a_copy_to_another_place_stays() -> None:
    model, plan = in_place(is_output=False)
    flat = model.main.ops[1].outputs[0]
    assert not list(elide_copies.REWRITE.propose(replace(model, offline_plan={**plan, flat: 64})))


def padded(kind: str, rows: tuple[int, int] = (1, 1), value: int | None = None, padding: int = VALID) -> Model:
    """Return PAD, or with a value PADV2, and a window of 3x3 over it."""
    net = Net()
    source = net.input(1, 8, 8, 4)
    size = 8 + sum(rows)
    amounts = net.editor.add_constant("amounts", np.array([(0, 0), rows, rows, (0, 0)], np.int32))
    operands = [source, amounts]
    if value is not None:
        quant = activation_quant(INT8)
        operands.append(net.editor.add_constant("value", np.array([value], np.int8), quant=quant))
    name, table = ("PAD", "PadOptions") if value is None else ("PADV2", "PadV2Options")
    wide = net.op(name, operands, (1, size, size, 4), kind=table)
    made = net.conv(wide, 4, padding=padding) if kind == "conv" else net.pool(wide, 3, kind=kind, padding=padding)
    return net.finish(made)


def test_a_pad_is_folded_into_a_convolution() -> None:
    assert offered("fold_pad", padded("conv")) == 1


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: padded("AVERAGE"), id="an average divides by what lies inside"),
        pytest.param(lambda: padded("MAX"), id="a maximum of what may be below the zero point"),
        pytest.param(lambda: padded("conv", value=5), id="another value than the zero point"),
        pytest.param(lambda: padded("conv", padding=SAME), id="the window pads itself"),
    ],
)
def test_a_pad_is_not_folded(model: Callable[[], Model]) -> None:
    assert offered("fold_pad", model()) == 0


def span_behind(name: str, quant: Quant | None = None) -> Span | None:
    """Return what RELU6 and its like make of values from -100 to 100."""
    net = Net()
    source = net.input(1, 4)
    made = net.op(name, (source,), (1, 4), quant=quant)
    model = net.finish(made)
    (site,) = sites(model)
    (op,) = model.main.ops
    known = Span(np.full(4, -100, np.int64), np.full(4, 100, np.int64))
    (found,) = rule_of(op).spans(Facts(site, {source: known}), op)
    return found


def test_relu6_clamps_stored_values_and_relu_requantises() -> None:
    quant = activation_quant(INT8)
    assert quant is not None
    scale, zero_point = quant.scales[0], quant.zero_points[0]
    clamped, passed, requantised = span_behind("RELU6"), span_behind("RELU"), span_behind("RELU", OTHER)
    assert clamped is not None
    assert passed is not None
    assert requantised is not None
    assert (clamped.low.tolist(), clamped.high.max()) == ([zero_point] * 4, min(100, zero_point + round(6 / scale)))
    assert passed.low.tolist() == [zero_point] * 4
    assert passed.high.max() >= 100
    assert requantised.high.max() <= 7 + int((100 - zero_point) * scale / 0.25) + 2


@pytest.mark.parametrize(("quant", "known"), [(None, (-100, 100)), (OTHER, (-128, 127))])
def test_a_reshape_hands_values_on_where_the_quantisation_stays(quant: Quant | None, known: tuple[int, int]) -> None:
    net = Net()
    source = net.input(1, 4)
    made = net.op("RESHAPE", (source, net.ints(2, 2)), (2, 2), quant=quant)
    (site,) = sites(net.finish(made))
    (op,) = site.graph.ops
    span = Span(np.full(4, -100, np.int64), np.full(4, 100, np.int64))
    (found,) = rule_of(op).spans(Facts(site, {source: span}), op)
    assert found is not None
    assert (found.low.min(), found.high.max()) == known
    assert (rule_of(op).ties(site, op) is None) == (quant is not None)


def test_a_softmax_says_nothing_of_its_values() -> None:
    found = span_behind("SOFTMAX")
    assert found is not None
    assert (found.low.min(), found.high.max()) == (-128, 127)


def test_weights_of_an_output_without_elements_stay_stored() -> None:
    model = stored_weights()
    assert offered("stream_weights", model) + offered("fold_dequantize", model) > 0
    empty = model.main.outputs[0]
    tensors = tuple(
        replace(item, shape=(0, item.shape[-1])) if item.id == empty else item for item in model.main.tensors
    )
    broken = replace(model, graphs=(replace(model.main, tensors=tensors), *model.graphs[1:]))
    assert offered("stream_weights", broken) == 0


def test_an_operator_without_a_file_has_no_rule() -> None:
    op = Op(OpId(0), replace(stored_weights().main.ops[0].code, name="STABLEHLO_ADD"), (), ())
    assert find(op.code) is None
    assert rule_of(op).ties(sites(stored_weights())[0], op) is None


@pytest.mark.parametrize(
    ("lowest", "highest", "permitted"),
    [(0, 0, [0]), (None, 4, [-8, 0, 4]), (4, None, [4, 8]), (None, None, [-8, 0, 4, 8])],
)
def test_an_output_stands_where_a_kernel_permits(lowest: int | None, highest: int | None, permitted: list[int]) -> None:
    way = OperandOverlap(0, 0, lowest, highest)
    assert [at for at in (-8, 0, 4, 8) if way.permits(at)] == permitted
