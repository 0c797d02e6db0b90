"""What a graph costs on a target: the best plan we can write into it, and the footprint that follows, exactly."""

from dataclasses import dataclass, replace

from arenafit.errors import PlanError
from arenafit.fit.relayout import scratch_rooms
from arenafit.ir import Editor, Model
from arenafit.layout import Hints, LayoutEffort, LayoutRules, OfflineLayout, Scratch, choose_layout, lay_out
from arenafit.layout.alignment import vector_tensors
from arenafit.planning.work import Work
from arenafit.targets.libraries import KernelLibrary
from arenafit.targets.target import Target
from arenafit.tflite.variable_entries import with_memory_for_variables
from arenafit.tflm.footprints import Footprint, footprint

# How near the aim an arena must be for so many more rounds of placement.
_CLOSER = ((1.06, 20), (1.02, 60))


@dataclass(frozen=True, slots=True)
class PlacementBudget:
    """How long to look for a plan.

    `rounds`: improvements of placement to try; `choices`: how many choices of what shares memory with what to look at
    besides all that may; `steps`: the most work, None for as much as that takes; `kernels`: whose scratch buffers to
    leave room for, None for the target's; `less_room_bytes`: of each so much less, for them to stand higher. With
    `aim_bytes`, an arena, a plan that comes close to it is improved further, and one that is far from it hardly at all.
    """

    rounds: int = 60
    choices: int = 0
    steps: int | None = None
    kernels: KernelLibrary | None = None
    less_room_bytes: int = 0
    aim_bytes: int | None = None

    def more(self, arena_bytes: int, done: int) -> int:
        """Return how many rounds are worth trying on a plan with that arena after `done`; 0: none."""
        if self.aim_bytes is None:
            return 0
        wanted = sum(rounds for near, rounds in _CLOSER if arena_bytes <= self.aim_bytes * near)
        return max(0, wanted - done)


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
    known = patience or PlacementBudget()
    room_for = target if known.kernels is None else replace(target, kernels=known.kernels)
    less = known.less_room_bytes
    rooms = [replace(room, size_bytes=room.size_bytes - less) for room in scratch_rooms(bare, room_for)]
    rooms = [room for room in rooms if room.size_bytes > 0]
    vectors = vector_tensors(bare, target.kernels)
    if vectors:
        hints = (hints or Hints()) + Hints(aligned=vectors)
    # Views stand where the plan puts them: without one they would be given memory of their own.
    best: Priced | None = None if planned or (hints is not None and hints.tied) else _priced(bare, target)
    streamed = streamed or (hints is not None and bool(hints.tied or hints.behind))
    # Stripes live on results that take the place of operands: without, nothing streamed is ever smaller.
    for in_place in (True,) if streamed else (True, False):
        way = _Way(bare, rooms, hints, known, target, keep_inputs=keep_inputs, in_place=in_place)
        layout = way.laid_out(allowed)
        if best is not None and layout.bound_bytes >= best.footprint.head_bytes:
            continue
        candidate = way.priced(layout)
        if best is None or candidate.arena_bytes < best.arena_bytes:
            best = candidate
        if in_place and candidate.footprint.head_bytes <= layout.bound_bytes:
            break
    if best is None:
        raise PlanError("a model of views came to no plan, which it always does")
    return best


@dataclass(slots=True)
class _Way:
    """A way to plan a model, and the last plan that was priced."""

    model: Model
    rooms: list[Scratch]
    hints: Hints | None
    patience: PlacementBudget
    target: Target
    keep_inputs: bool
    in_place: bool
    last: tuple[OfflineLayout, Priced] | None = None
    rounds: int = 0

    def laid_out(self, work: Work) -> OfflineLayout:
        patience, hints = self.patience, self.hints
        allowed = work.part(patience.steps)
        self.rounds = patience.rounds
        if self.in_place and (patience.choices or (hints is not None and (hints.tied or hints.behind))):
            return choose_layout(
                self.model,
                self.rooms,
                hints=hints,
                rules=LayoutRules(self.keep_inputs),
                effort=LayoutEffort(patience.rounds, patience.choices, self.more),
                work=allowed,
            ).layout
        return lay_out(
            self.model,
            rooms=self.rooms,
            hints=hints,
            rules=LayoutRules(self.keep_inputs, share=self.in_place),
            effort=LayoutEffort(patience.rounds, more=self.more),
            work=allowed,
        )

    def more(self, layout: OfflineLayout) -> int:
        if self.patience.aim_bytes is None:
            return 0
        rest = self.patience.more(self.priced(layout).arena_bytes, self.rounds)
        self.rounds += rest
        return rest

    def priced(self, layout: OfflineLayout) -> Priced:
        if self.last is None or self.last[0] != layout:
            with_plan = Editor(self.model)
            with_plan.set_offline_plan(layout.offsets_bytes)
            self.last = (layout, _priced(with_memory_for_variables(with_plan.build()), self.target))
        return self.last[1]


def _priced(model: Model, target: Target) -> Priced:
    return Priced(model, footprint(model, target))
