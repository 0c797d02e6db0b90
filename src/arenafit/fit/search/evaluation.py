"""What a graph costs on a target: the best plan we can write into it, and the footprint that follows, exactly."""

from dataclasses import dataclass, replace

from arenafit.errors import PlanError
from arenafit.fit.relayout import scratch_rooms
from arenafit.ir import Editor, Model
from arenafit.layout import Hints, OfflineLayout, Scratch, choose_layout, lay_out
from arenafit.layout.alignment import vector_tensors
from arenafit.planning.work import Work
from arenafit.targets.libraries import KernelLibrary
from arenafit.targets.target import Target
from arenafit.tflm.footprints import Footprint, footprint


@dataclass(frozen=True, slots=True)
class PlacementBudget:
    """How long to look for a plan.

    `rounds`: improvements of placement to try; `choices`: how many choices of what shares memory with what to look at
    besides all that may; `steps`: the most work, None for as much as that takes; `kernels`: whose scratch buffers to
    leave room for, None for the target's.
    """

    rounds: int = 60
    choices: int = 0
    steps: int | None = None
    kernels: KernelLibrary | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A model with the plan chosen for it, and its predicted footprint."""

    model: Model
    footprint: Footprint

    @property
    def arena_bytes(self) -> int:
        """The predicted smallest working arena."""
        return self.footprint.min_arena_bytes


def price(
    model: Model,
    target: Target,
    *,
    hints: Hints | None = None,
    keep_inputs: bool = False,
    patience: PlacementBudget | None = None,
    streamed: bool = False,
    planned: bool = False,
    work: Work | None = None,
) -> Priced:
    """Return `model` with the cheapest plan found for it: an offline plan or, unless `planned`, none (TFLM plans).

    Raises:
        UnsupportedModelError: if an operator's kernel is not known, so that no exact price exists.
    """
    allowed = (work or Work()).part(None)
    unplanned = Editor(model)
    unplanned.set_offline_plan(None)
    bare = unplanned.build()
    room_for = target if patience is None or patience.kernels is None else replace(target, kernels=patience.kernels)
    rooms = scratch_rooms(bare, room_for)
    vectors = vector_tensors(bare, target.kernels)
    if vectors:
        hints = (hints or Hints()) + Hints(aligned=vectors)
    # Views stand where the plan puts them: without one they would be given memory of their own.
    best: Priced | None = None if planned or (hints is not None and hints.tied) else _priced(bare, target)
    streamed = streamed or (hints is not None and bool(hints.tied or hints.behind))
    # Stripes live on results that take the place of operands: without, nothing streamed is ever smaller.
    for in_place in (True,) if streamed else (True, False):
        layout = _laid_out(
            bare, rooms, hints, patience or PlacementBudget(), allowed, keep_inputs=keep_inputs, in_place=in_place
        )
        if best is not None and layout.bound_bytes >= best.footprint.head_bytes:
            continue
        with_plan = Editor(bare)
        with_plan.set_offline_plan(layout.offsets_bytes)
        candidate = _priced(with_plan.build(), target)
        if best is None or candidate.arena_bytes < best.arena_bytes:
            best = candidate
        if in_place and candidate.footprint.head_bytes <= layout.bound_bytes:
            break
    if best is None:
        raise PlanError("a model of views came to no plan, which it always does")
    return best


def _laid_out(
    model: Model,
    rooms: list[Scratch],
    hints: Hints | None,
    patience: PlacementBudget,
    work: Work,
    *,
    keep_inputs: bool,
    in_place: bool,
) -> OfflineLayout:
    allowed = work.part(patience.steps)
    if in_place and (patience.choices or (hints is not None and (hints.tied or hints.behind))):
        return choose_layout(
            model,
            rooms,
            hints=hints,
            keep_inputs=keep_inputs,
            tries=patience.choices,
            rounds=patience.rounds,
            work=allowed,
        ).layout
    return lay_out(
        model,
        rooms=rooms,
        hints=hints,
        keep_inputs=keep_inputs,
        in_place=in_place,
        rounds=patience.rounds,
        work=allowed,
    )


def _priced(model: Model, target: Target) -> Priced:
    return Priced(model, footprint(model, target))
