"""Ways to unroll a model drawn at random; what must hold of each is what must hold of loops (`support.streamed`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from arenafit.ir import Model, OpId
from arenafit.layout import Hints
from arenafit.streaming import Form, find_segment, make_stripes, unroll
from arenafit.streaming.segment import Segment
from support.streamed import Case, Way

WASTES = (Fraction(1, 2), Fraction(0), Fraction(4))


@dataclass(frozen=True, repr=False)
class UnrolledCase(Case):
    """A model, the segments to unroll in it (`ways`, without phase), and how."""

    form: Form = field(default_factory=Form)

    def __repr__(self) -> str:
        """Return the form besides what a reader of a failure needs anyway."""
        return f"{self.form}\n{super().__repr__()}"

    def streamed(self) -> tuple[Model, Hints]:
        """Return the model with its segments unrolled."""
        model = self.model
        for index, way in enumerate(self.ways):
            segment = find_segment(model.main, way.ops)
            assert segment is not None, "what can be streamed in the original can be streamed beside another segment"
            stripes = make_stripes(model.main, segment, int(way.rows), self.form)
            assert stripes is not None
            model = unroll(model, stripes, f"unrolled{index}", keep_inputs=self.keep_inputs)
        return model, Hints()


Draw = Callable[..., Any]


def _form(draw: Draw) -> Form:
    keeps = draw(st.booleans())
    return Form(keeps, keeps and draw(st.booleans()), draw(st.sampled_from(WASTES)), draw(st.booleans()))


def _segments(model: Model, first: int, end: int) -> list[tuple[tuple[OpId, ...], Segment]]:
    ops = model.main.ops
    found = []
    for stop in range(first + 1, end + 1):
        chosen = tuple(op.id for op in ops[first:stop])
        segment = find_segment(model.main, chosen)
        if segment is not None:
            found.append((chosen, segment))
    return found


def _way(draw: Draw, model: Model, form: Form, first: int) -> Way | None:
    count = len(model.main.ops)
    if first >= count:
        return None  # rewrites left no operator
    segments = _segments(model, draw(st.integers(first, count - 1)), count)
    if not segments:
        return None
    # Long segments are where rows are hard to get right: prefer them, shrink to short ones.
    chosen, segment = segments[max(draw(st.integers(0, len(segments) - 1)), draw(st.integers(0, len(segments) - 1)))]
    shape = model.main.tensor(segment.ops[-1].outputs[0]).shape
    if len(shape) <= segment.axis:
        return None  # an average, which is not unrolled
    height = shape[segment.axis]
    if height < 2:
        return None
    rows = draw(st.integers(max(1, height // 8), height - 1))
    return None if make_stripes(model.main, segment, rows, form) is None else Way(chosen, Fraction(rows), 0)


@st.composite
def unrolled_cases(draw: Draw, models: st.SearchStrategy[Model]) -> UnrolledCase | None:
    """Draw a model and one or two segments to unroll; None if no segment of it can be."""
    model, form = draw(models), _form(draw)
    first = _way(draw, model, form, 0)
    if first is None:
        return None
    ways = [first]
    end = max(index for index, op in enumerate(model.main.ops) if op.id in first.ops) + 1
    if end < len(model.main.ops) and draw(st.booleans()):
        second = _way(draw, model, form, end)
        ways += [] if second is None else [second]
    return UnrolledCase(model, tuple(ways), draw(st.booleans()), draw(st.sampled_from((True, True, False))), form=form)
