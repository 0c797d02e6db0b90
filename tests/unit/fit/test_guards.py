"""Guards that reach no further than scratch buffers ask for."""

from fractions import Fraction

from arenafit.fit.search.evaluation import Priced, price
from arenafit.fit.search.scratch_guard import lowered
from arenafit.ir import DType, Model
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.rewrites import elide_copies
from arenafit.rewrites.protocol import Move
from arenafit.streaming import emit, find_segment, make_schedule
from arenafit.targets.target import WHEEL
from arenafit.tflm.footprints import footprint
from support.netsketch import NetSketch, Sliding


def guarded() -> tuple[Model, Move, Priced]:
    """A stream whose SUM needs scratch while less lives than the convolutions before it need."""
    drawn = NetSketch(DType.INT8, zero_point=-128)
    tensor = drawn.sliding_conv(drawn.input(1, 12, 24, 3), 8, Sliding((3, 3)))
    for channels in (200, 4):
        tensor = drawn.sliding_conv(tensor, channels, Sliding((1, 1)))
    model = drawn.finish(drawn.global_pool(tensor))
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    made = emit(model, schedule, "loop", as_views=True)
    planned = price(made.model, WHEEL, hints=made.hints).model
    move = next(item for item in elide_copies.REWRITE.propose(planned) if dict(item.parameters)["guard"])
    model = elide_copies.REWRITE.apply(planned, move)
    return planned, move, Priced(model, footprint(model, WHEEL))


def clashes(model: Model) -> bool:
    return next(scratch_conflicts(model, WHEEL, (WHEEL.kernels,)), None) is not None


def test_scratch_goes_where_memory_is_free_by_then() -> None:
    planned, move, whole = guarded()
    found, less = lowered(planned, move, whole, WHEEL, clashes)
    assert found.arena_bytes < whole.arena_bytes
    assert "guard_bytes" in dict(less.parameters)
    assert not clashes(found.model)
    assert elide_copies.REWRITE.apply(planned, less) == found.model


def test_a_guard_stays_whole_where_less_would_not_do() -> None:
    planned, move, whole = guarded()
    assert lowered(planned, move, whole, WHEEL, lambda _: True) == (whole, move)
