"""What streaming makes of small graphs, before and after, one line per operator."""

from fractions import Fraction

import pytest

from arenafit.ir import DType, Model
from arenafit.ir.text import describe
from arenafit.streaming import (
    Form,
    LoopOptions,
    Schedule,
    Stores,
    Streamed,
    emit,
    find_segment,
    make_schedule,
    make_stripes,
    unroll,
)
from conftest import Golden
from support.loop_examples import case_chain, depthwise_pair, residual, upsampled
from support.models import RELU
from support.netsketch import Sliding
from support.upsampled import UpSketch


def transposed() -> Model:
    """A transposed convolution makes its rows two at a time, with others that are cut off."""
    drawn = UpSketch(DType.INT8)
    small = drawn.sliding_conv(drawn.input(1, 4, 3, 2), 2, Sliding((3, 3)), activation=RELU)
    return drawn.finish(drawn.transpose_conv(small, 2, Sliding((4, 4), (2, 2))))


@pytest.mark.parametrize("as_views", [False, True], ids=["tflite", "tflm"])
@pytest.mark.parametrize(
    ("name", "model", "count", "rows"),
    [
        ("case_chain", case_chain(), 4, Fraction(1)),
        ("case_chain_half_a_row", case_chain(), 4, Fraction(1, 2)),
        ("depthwise_pair", depthwise_pair(), 4, Fraction(1)),
        ("depthwise_pair_int16", depthwise_pair(DType.INT16), 4, Fraction(1)),
        ("residual", residual(), 4, Fraction(1)),
        ("upsampled", upsampled(), 3, Fraction(1)),
        ("transposed", transposed(), 2, Fraction(2)),
    ],
    ids=[
        "case_chain",
        "case_chain_half_a_row",
        "depthwise_pair",
        "depthwise_pair_int16",
        "residual",
        "upsampled",
        "transposed",
    ],
)
def test_streamed_graphs_as_text(
    golden: Golden, name: str, model: Model, count: int, rows: Fraction, *, as_views: bool
) -> None:
    segment = find_segment(model.main, [op.id for op in model.main.ops[:count]])
    assert segment is not None
    schedule = make_schedule(model.main, segment, rows)
    assert schedule is not None
    streamed = emit(model, schedule, "loop", as_views=as_views)
    kind = "tflm" if as_views else "tflite"
    golden(f"streaming/{name}.{kind}.txt", as_text(model, schedule, streamed, rows))


def test_a_loop_that_stores_by_space_as_text(golden: Golden) -> None:
    model = depthwise_pair()
    segment = find_segment(model.main, [op.id for op in model.main.ops[:4]])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    writing = LoopOptions(in_blocks=True, patch_rows=True, flat_rows=True, stores=Stores.SPACE)
    streamed = emit(model, schedule, "loop", writing, as_views=True)
    golden("streaming/depthwise_pair.space.txt", as_text(model, schedule, streamed, Fraction(1)))


def test_a_loop_that_stores_by_gather_as_text(golden: Golden) -> None:
    model = depthwise_pair()
    segment = find_segment(model.main, [op.id for op in model.main.ops[:4]])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    streamed = emit(model, schedule, "loop", LoopOptions(stores=Stores.GATHER))
    golden("streaming/depthwise_pair.gather.txt", as_text(model, schedule, streamed, Fraction(1)))


def as_text(model: Model, schedule: Schedule, streamed: Streamed, rows: Fraction) -> str:
    lines = [f"before:\n{describe(model)}\nrows: {rows}, trips: {schedule.trips}\n"]
    for tensor, line in schedule.lines.items():
        lines.append(
            f"  %{model.main.tensor(tensor).name}: {line.rate} rows a trip from row {line.lead},"
            f" {line.carry} carried{'' if line.sweep is None else f', {line.sweep}'}\n"
        )
    lines.append(f"\nafter:\n{describe(streamed.model)}")
    for permission in streamed.hints.behind:
        names = (streamed.model.tensors[item].name for item in (permission.tensor, permission.other))
        output, source = names
        lines.append(f"%{output} may start up to {permission.distance_bytes} bytes after %{source}\n")
    return "".join(lines).replace("fused_activation_function", "activation")


@pytest.mark.parametrize(
    ("name", "model", "rows", "form"),
    [
        ("case_chain", case_chain(), 1, Form(keeps=True)),
        ("depthwise_pair", depthwise_pair(), 2, Form(most_waste=Fraction(1))),
        ("depthwise_pair_padded", depthwise_pair(), 2, Form(keeps=True, most_waste=Fraction(0))),
        ("residual", residual(), 3, Form(keeps=True, slides=True)),
    ],
    ids=["case_chain", "depthwise_pair", "depthwise_pair_padded", "residual"],
)
def test_unrolled_graphs_as_text(golden: Golden, name: str, model: Model, rows: int, form: Form) -> None:
    segment = find_segment(model.main, [op.id for op in model.main.ops[:4]])
    assert segment is not None
    stripes = make_stripes(model.main, segment, rows, form)
    assert stripes is not None
    lines = [f"before:\n{describe(model)}\nrows: {rows}, trips: {len(stripes.trips)}\n"]
    for number, trip in enumerate(stripes.trips):
        made = [
            f"%{model.main.tensor(op.outputs[0]).name} {reading.fresh.first}-{reading.fresh.end}"
            for op in segment.ops
            if (reading := trip.readings.get(op.id)) is not None
        ]
        lines.append(f"  trip {number}: {', '.join(made)}\n")
    lines.append(f"\nafter:\n{describe(unroll(model, stripes, 'unrolled'))}")
    golden(f"streaming/{name}.unrolled.txt", "".join(lines).replace("fused_activation_function", "activation"))
