"""What the search is told of a loop or of stripes before they are written, beside what is written then.

The estimators count by rules of their own what the emitters write: whoever changes one sees here how far the other is
from it. A difference is no error, since every candidate that matters is written and priced; one that grows is.
"""

from dataclasses import dataclass
from fractions import Fraction

import pytest

from arenafit.fit.search.evaluation import price
from arenafit.ir import DType, Model
from arenafit.layout import Hints
from arenafit.streaming import (
    Form,
    LoopOptions,
    Stores,
    emit,
    find_segment,
    make_schedule,
    make_stripes,
    stores_all,
    unroll,
)
from arenafit.streaming.loop.estimation import Estimate, estimate
from arenafit.streaming.unrolled.estimation import estimate_straight
from arenafit.targets.target import CORTEX_M4
from conftest import Golden
from support.loop_examples import case_chain, depthwise_pair, residual, upsampled
from support.models import NONE, RELU
from support.netsketch import NetSketch, Sliding


def averaged() -> Model:
    """A block that ends in an average over the image: the loop keeps a sum."""
    drawn = NetSketch(DType.INT8, zero_point=-128)
    tensor = drawn.sliding_conv(drawn.input(1, 12, 10, 2), 4, Sliding((3, 3), (2, 2)))
    return drawn.finish(drawn.mean(drawn.sliding_conv(tensor, 6, Sliding((1, 1)))))


def inverted_residual() -> Model:
    """Expand, depthwise, project, twice, the second with its input added."""
    drawn = NetSketch(DType.INT8, zero_point=-128)
    tensor = drawn.sliding_conv(drawn.input(1, 16, 12, 3), 4, Sliding((3, 3), (2, 2)))
    for shortcut in (False, True):
        wide = drawn.sliding_conv(tensor, 12, Sliding((1, 1)), activation=RELU)
        made = drawn.sliding_conv(
            drawn.sliding_depthwise(wide, 1, Sliding((3, 3))), 4, Sliding((1, 1)), activation=NONE
        )
        tensor = drawn.binary("ADD", tensor, made) if shortcut else made
    return drawn.finish(tensor)


NETS = {
    "case_chain": (case_chain(), 4),
    "depthwise_pair": (depthwise_pair(), 4),
    "residual": (residual(), 4),
    "upsampled": (upsampled(), 3),
    "averaged": (averaged(), 3),
    "inverted_residual": (inverted_residual(), 8),
}
FORMS = {
    "carried": (LoopOptions(), False),
    "views": (LoopOptions(), True),
    "views, older TFLM": (LoopOptions(in_blocks=True, stores=Stores.SPACE), True),
    "gathered": (LoopOptions(stores=Stores.GATHER), False),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One way to write a net: what was estimated, what came of it."""

    what: str
    estimated: Estimate
    before: Model
    after: Model
    hints: Hints | None

    def __str__(self) -> str:
        ops, tensors = (_count(self.after, kind) - _count(self.before, kind) for kind in ("ops", "tensors"))
        priced = price(self.after, CORTEX_M4, hints=self.hints, streamed=True)
        found = self.estimated
        return (
            f"{self.what:48} operators {found.nodes:4} {ops:4}   tensors {found.tensors:4} {tensors:4}"
            f"   head {found.live_bytes:6,} {priced.footprint.head_bytes:6,}"
        )


def _count(model: Model, kind: str) -> int:
    return sum(len(getattr(graph, kind)) for graph in model.graphs)


def loop_row(form: str, model: Model, operators: int) -> Row | None:
    writing, as_views = FORMS[form]
    segment = find_segment(model.main, [op.id for op in model.main.ops[:operators]])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    if writing.stores is not Stores.UPDATE and not stores_all(model.main, schedule):
        return None
    made = emit(model, schedule, "loop", writing, as_views=as_views)
    found = estimate(model.main, schedule, as_views=as_views, stores=writing.stores)
    return Row(form, found, model, made.model, made.hints)


def stripes_row(form: Form, model: Model, operators: int) -> Row | None:
    segment = find_segment(model.main, [op.id for op in model.main.ops[:operators]])
    assert segment is not None
    stripes = make_stripes(model.main, segment, 3, form)
    if stripes is None:
        return None
    found = estimate_straight(model.main, stripes)
    what = f"stripes of 3 rows, {'kept' if form.keeps else 'computed again'}"
    return Row(what, found, model, unroll(model, stripes, "unrolled"), None)


@pytest.mark.parametrize("name", NETS)
def test_estimates_stand_beside_what_is_written(golden: Golden, name: str) -> None:
    rows = [loop_row(form, *NETS[name]) for form in FORMS]
    rows += [stripes_row(form, *NETS[name]) for form in (Form(), Form(keeps=True))]
    lines = [f"{'estimated, written':48}\n", *(f"{row}\n" for row in rows if row is not None)]
    assert len(lines) > 2
    golden(f"streaming/{name}.estimates.txt", "".join(lines))
