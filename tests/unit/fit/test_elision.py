"""Copies onto themselves are left out but for those that keep scratch buffers away from what matters."""

from fractions import Fraction

from arenafit.fit.search.elision import without_copies
from arenafit.fit.search.evaluation import Priced, price
from arenafit.ir import DType, Model, OpId
from arenafit.layout.scratch_check import ScratchConflict
from arenafit.rewrites import elide_copies
from arenafit.streaming import LoopOptions, emit, find_segment, make_schedule
from arenafit.targets.target import WHEEL
from support.netsketch import NetSketch, Sliding


def planned() -> Priced:
    """A loop whose line buffers are joined in place: two copies onto themselves."""
    drawn = NetSketch(DType.INT8)
    tensor = drawn.input(1, 9, 6, 2)
    for _ in range(3):
        tensor = drawn.sliding_conv(tensor, 3, Sliding((3, 3)))
    model = drawn.finish(tensor)
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1))
    assert schedule is not None
    made = emit(model, schedule, "loop", LoopOptions(held_bytes=0), as_views=True)
    return price(made.model, WHEEL, hints=made.hints, planned=True)


def joins(model: Model) -> list[OpId]:
    return [op.id for graph in model.graphs for op in graph.ops if op.name == "CONCATENATION"]


def clash_without(priced: Priced, needed: OpId, model: Model) -> ScratchConflict | None:
    if needed in model.ops:
        return None
    return ScratchConflict(WHEEL.kernels, needed, "im2col", priced.model.ops[needed].outputs[0])


def test_what_keeps_scratch_away_stays() -> None:
    priced = planned()
    first, second = joins(priced.model)
    found = without_copies(priced, WHEEL, lambda model: clash_without(priced, first, model), every_form=True)
    assert found is not None
    made, move = found
    assert joins(made.model) == [first]
    assert second not in made.model.ops
    assert dict(move.parameters)["kept"] == (first,)
    assert first not in move.where
    copies = len([op for op in move.where if priced.model.ops[op].name != "WHILE"])
    assert move.note.startswith(f"{copies} copies onto themselves left out")
    assert elide_copies.REWRITE.apply(priced.model, move) == made.model


def test_the_form_that_takes_least_is_taken() -> None:
    priced = planned()
    found = without_copies(priced, WHEEL, lambda _: None, every_form=True)
    assert found is not None
    assert not joins(found[0].model)
    forms = [elide_copies.REWRITE.apply(priced.model, move) for move in elide_copies.REWRITE.propose(priced.model)]
    assert found[0].arena_bytes == min(price(form, WHEEL).arena_bytes for form in forms)


def test_nothing_is_left_out_of_what_scratch_needs_otherwise() -> None:
    priced = planned()
    never = ScratchConflict(WHEEL.kernels, joins(priced.model)[0], "im2col", priced.model.main.outputs[0])
    assert without_copies(priced, WHEEL, lambda _: never) is None
    assert without_copies(priced, WHEEL, lambda _: never, every_form=True) is None


def test_guards_are_left_out_where_it_is_asked_for() -> None:
    priced = planned()
    for unguarded in (False, True):
        found = without_copies(priced, WHEEL, lambda _: None, unguarded=unguarded)
        assert found is not None
        assert dict(found[1].parameters)["guard"] is not unguarded
