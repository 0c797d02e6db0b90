"""What is claimed of outputs, held to it: bit-exact for every value, or equal wherever all values are finite."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from arenafit.fit import Exact, Settings, fit_bytes
from arenafit.fit.search.enumeration import enumerate_tilings
from arenafit.fit.search.start_graphs import cleaned
from arenafit.fit.verification_inputs import domains
from arenafit.fit.verifiers import verifier
from arenafit.fit.verify import Verifier
from arenafit.ir import Constant, DType, Editor, Model, Quant
from arenafit.rewrites import drop_noop, fold_pad, fold_pad_wide
from arenafit.rewrites.protocol import Claim
from arenafit.runtime import Domain
from arenafit.tflite import write_bytes
from support.models import NONE, VALID
from support.netsketch import NetSketch, Sliding
from support.rewrite_nets import FLOAT32, INT16, Net, padded

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

QUICK = Settings(effort=300)


@pytest.fixture(scope="module")
def judge() -> Iterator[Verifier]:
    with verifier() as found:
        yield found


def times_one() -> Model:
    """Return x * 1, a 1x1 maximum pooling and a LEAKY_RELU in floats."""
    drawn = NetSketch(FLOAT32)
    made = drawn.binary("MUL", drawn.input(1, 8, 8, 2), drawn.channel_constant(np.ones((1, 1, 1, 1))))
    return drawn.finish(drawn.unary("LEAKY_RELU", drawn.sliding_pool(made, Sliding((1, 1)), "MAX")))


def padded_log(size: int = 32) -> Model:
    """Return LOG, PAD and a VALID convolution of stride 2: an input of 0.0 makes an infinity inside."""
    drawn = NetSketch(FLOAT32)
    wide = drawn.pad(drawn.unary("LOG", drawn.input(1, size, size, 2)), (1, 1), (1, 1))
    return drawn.finish(drawn.sliding_conv(wide, 3, Sliding((3, 3), (2, 2), padding=VALID), activation=NONE))


def requantised(scale: float, dtype: DType = INT16) -> Model:
    """Return DEQUANTIZE and QUANTIZE back, and an ABS so that a model is left."""
    net = Net(dtype)
    quant = Quant((scale,), (0,))
    source = net.editor.add_tensor("stored", dtype, (1, 8), quant=quant)
    net._inputs.append(source)
    real = net.op("DEQUANTIZE", (source,), (1, 8), dtype=FLOAT32)
    return net.finish(net.view(net.op("QUANTIZE", (real,), (1, 8), quant=quant), 8))


def test_arithmetic_that_bounds_infinities_goes_only_with_a_claim_for_finite_values() -> None:
    model = times_one()
    assert {move.claim for move in drop_noop.REWRITE.propose(model)} == {Claim.EQUAL_FOR_FINITE}
    (stage,), made = cleaned(model)
    assert [op.name for op in made.main.ops] == ["LEAKY_RELU"]
    assert stage.move.claim is Claim.EQUAL_FOR_FINITE
    assert cleaned(model, exact_only=True) == ((), model)


def test_an_average_of_one_float_stays_for_the_sign_of_zero() -> None:
    drawn = NetSketch(FLOAT32)
    pooled = drawn.sliding_pool(drawn.input(1, 4, 4, 2), Sliding((1, 1)), "AVERAGE")
    assert not list(drop_noop.REWRITE.propose(drawn.finish(drawn.unary("ABS", pooled))))


def test_a_wider_kernel_is_exact_where_no_infinity_can_come_in() -> None:
    assert {move.claim for move in fold_pad_wide.REWRITE.propose(padded_log())} == {Claim.EQUAL_FOR_FINITE}
    net = Net(DType.INT8)
    real = net.op("DEQUANTIZE", (net.input(1, 16, 16, 2),), (1, 16, 16, 2), dtype=FLOAT32)
    net.dtype = FLOAT32
    bounded = net.finish(net.conv(net.pad(real, (1, 1), (1, 1)), 3, stride=2, padding=VALID))
    assert {move.claim for move in fold_pad_wide.REWRITE.propose(bounded)} == {Claim.BIT_EXACT}


def test_no_pad_is_folded_in_front_of_an_infinite_weight() -> None:
    model = padded(FLOAT32)
    assert list(fold_pad.REWRITE.propose(model))
    editor = Editor(model)
    for tensor in model.main.tensors:
        if tensor.is_constant and len(tensor.shape) == 4:
            values = tensor.array().copy()
            values.reshape(-1)[0] = np.inf
            editor.update_tensor(replace(tensor, data=Constant.of(values)))
    assert not list(fold_pad.REWRITE.propose(editor.build()))


def test_what_is_rounded_back_is_tried_for_every_value() -> None:
    assert list(drop_noop.REWRITE.propose(requantised(0.01)))
    assert list(drop_noop.REWRITE.propose(requantised(0.01, DType.INT8)))
    # -32767 becomes another number: the quotient is no longer what it was in floats this large.
    assert not list(drop_noop.REWRITE.propose(requantised(1.0384909391779673e34)))


@pytest.mark.parametrize("exact", list(Exact))
def test_a_fit_says_what_it_claims_and_keeps_to_it(exact: Exact) -> None:
    result = fit_bytes(write_bytes(times_one()), "model", replace(QUICK, exact=exact))
    is_finite = exact is Exact.FINITE
    assert not result.defects
    assert result.claim is (Claim.EQUAL_FOR_FINITE if is_finite else Claim.BIT_EXACT)
    assert result.verdict.claim == result.claim.value == result.steps[-1].claim
    # One of the inputs holds infinities: there the outputs differ, as was said.
    assert (result.verdict.declared > 0) is is_finite


def test_streamed_rows_keep_infinities_and_nan(judge: Verifier) -> None:
    model = padded_log()
    result = fit_bytes(write_bytes(model), "model", replace(QUICK, effort=1000, exact=Exact.NONFINITE))
    assert any(step.rewrite in ("streaming", "unrolling") for step in result.steps)
    assert result.claim is Claim.BIT_EXACT
    ones = np.ones((1, 32, 32, 2), np.float32)
    hole = ones.copy()
    hole[0, 5, 5, 0] = 0.0
    verdict = judge.verify(write_bytes(model), result.content, [(ones,), (hole,), (-ones,), (np.inf * ones,)])
    assert verdict.accepted, verdict.difference


def test_a_difference_where_all_is_finite_is_a_defect_whatever_is_claimed(judge: Verifier) -> None:
    model = times_one()
    editor = Editor(model)
    one = next(tensor for tensor in model.main.tensors if tensor.is_constant)
    editor.update_tensor(replace(one, data=Constant.of(one.array() * np.float32(2))))
    verdict = judge.verify(write_bytes(model), write_bytes(editor.build()), claim=Claim.EQUAL_FOR_FINITE)
    assert not verdict.accepted


def test_exact_only_streams_no_float_mean() -> None:
    drawn = NetSketch(FLOAT32)
    made = drawn.sliding_conv(drawn.input(1, 24, 24, 2), 8, Sliding((3, 3)))
    model = drawn.finish(drawn.mean(made))
    mean = model.main.ops[-1].id
    both = [
        any(
            mean in {op.id for op in option.schedule.ops}
            for option in enumerate_tilings(model, replace(QUICK, exact=exact))
        )
        for exact in Exact
    ]
    assert both == [True, False]


def test_samples_of_the_users_are_compared_too() -> None:
    # The claim is for finite values, so that an infinity of the user's is declared, beside the one that is drawn.
    infinite = np.full((1, 8, 8, 2), np.inf, np.float32)
    wanted = replace(QUICK, samples=((infinite,),))
    verdict = fit_bytes(write_bytes(times_one()), "model", wanted).verdict
    assert (verdict.inputs, verdict.declared) == (13, 2)


def test_indices_are_drawn_from_what_the_operator_accepts(judge: Verifier) -> None:
    net = Net(FLOAT32)
    rows = net.editor.add_tensor("rows", DType.INT32, (2,))
    table = net.input(7, 3)
    net._inputs.append(rows)
    model = net.finish(net.op("GATHER", (table, rows), (2, 3), kind="GatherOptions", axis=0))
    assert domains(model) == (None, Domain(0, 6, strict=True))
    assert judge.verify(write_bytes(model), write_bytes(model)).accepted


def test_slices_begin_where_they_fit_and_roots_are_of_positive_numbers() -> None:
    net = Net(FLOAT32)
    begin = net.editor.add_tensor("begin", DType.INT32, (2,))
    source = net.input(5, 9)
    net._inputs.append(begin)
    cut = net.op("SLICE", (source, begin, net.ints(3, 4)), (3, 4), kind="SliceOptions")
    found = domains(net.finish(net.op("RSQRT", (cut,), (3, 4))))
    assert found[1] == Domain(0, 2, strict=True)
    assert found[0] is not None
    assert found[0].low is not None
    assert found[0].low > 0
    assert not found[0].strict


def test_a_quantised_root_is_given_nothing_that_its_kernel_refuses() -> None:
    net = Net(DType.INT8)
    source = net.input(1, 8)
    model = net.finish(net.op("RSQRT", (source,), (1, 8)))
    (found,) = domains(model)
    assert found is not None
    zero_point = model.main.tensor(source).quant
    assert zero_point is not None
    assert (found.low, found.strict) == (zero_point.zero_points[0] + 1, True)


def test_a_root_is_judged_and_measured_on_what_its_kernel_accepts() -> None:
    # TFLM refuses the root of what is not positive, so that a verdict at all means nothing of the kind was drawn.
    net = Net(DType.INT8)
    result = fit_bytes(write_bytes(net.finish(net.op("RSQRT", (net.input(1, 8),), (1, 8)))), "model", QUICK)
    assert result.verdict.accepted
    assert result.steps[0].measured_bytes is not None
