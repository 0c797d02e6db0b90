"""A way to rewrite a model, built and priced: what the search compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from arenafit.costs import Core, core_of
from arenafit.costs import estimate as estimate_cost
from arenafit.costs.loop_copies import copies_in_place
from arenafit.fit.feeding.entry import Entry, contract
from arenafit.fit.search.elision import without_copies
from arenafit.fit.search.evaluation import PlacementBudget, Priced, price
from arenafit.fit.search.fallback_costs import rough_instructions
from arenafit.fit.search.fed_rows import frame_instructions, rows_move, turned_inside_out
from arenafit.fit.search.keys import content_key
from arenafit.fit.search.stream_moves import stream_move
from arenafit.fit.search.tilings import Ground, Tiling
from arenafit.fit.settings import Settings
from arenafit.ir import Feed, Model, OpId, TensorId
from arenafit.layout import Hints, live_profile
from arenafit.layout.alignment import misaligned
from arenafit.layout.scratch_check import ScratchConflict, scratch_conflicts
from arenafit.planning.work import Work
from arenafit.rewrites.protocol import Claim, Move, Validity, weakest
from arenafit.streaming import LoopOptions, Stores, emit, unroll
from arenafit.streaming.feeding import FedLoop, with_resets
from arenafit.targets.target import Abi
from arenafit.tflite.one_reading import in_one_reading, reads_alike
from arenafit.tflm.footprints import footprint

_BRIEFLY = PlacementBudget(40)
# What it counts for to write a model down, tie its tensors and predict its footprint, for each tensor.
_STEPS_PER_TENSOR = 100


@dataclass(frozen=True, slots=True)
class RewriteStage:
    """A model on its way, after some move."""

    move: Move
    model: Model


@dataclass(frozen=True)
class Base:
    """A graph to stream segments of, how it came about, and all options to do so."""

    stages: tuple[RewriteStage, ...]
    model: Model
    options: tuple[Tiling, ...]
    fed: Entry | None = None  # the input that is fed by rows

    @cached_property
    def key(self) -> str:
        """Equal for equal graphs."""
        return content_key(self.model)

    @cached_property
    def ground(self) -> Ground:
        """What all segments of the graph share."""
        return Ground(self.model, None if self.fed is None else self.fed.port)

    def live(self, settings: Settings) -> list[int]:
        """Return the bytes that live at each operator; more than anywhere at the one whose rows are fed."""
        if settings.keep_inputs not in self._lives:
            profile = live_profile(self.model, keep_inputs=settings.keep_inputs)
            live = self._lives[settings.keep_inputs] = [profile[op.id] for op in self.model.main.ops]
            if self.fed is not None:
                live[0] = 1 + max(live)
        return self._lives[settings.keep_inputs]

    def offering(self, options: tuple[Tiling, ...]) -> "Base":
        """Return the base with these options."""
        made = replace(self, options=options)
        vars(made).update({name: value for name, value in vars(self).items() if name != "options"})
        return made

    @cached_property
    def _lives(self) -> dict[bool, list[int]]:
        return {}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a candidate is made of, so that the search can vary it."""

    base: Base
    chosen: tuple[Tiling, ...]
    writing: LoopOptions = field(default_factory=LoopOptions)

    @property
    def segments(self) -> tuple[object, ...]:
        """Equal for recipes that stream the same segments of the same base."""
        return (
            self.base.key,
            *((item.first, item.end, item.rows, item.phase, item.form) for item in self.chosen),
        )

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal recipes."""
        return (*self.segments, self.writing)


@dataclass(frozen=True)
class Candidate:
    """A rewritten model with its price. `stages` lead from the original to `priced.model`, plan excluded."""

    priced: Priced
    instructions: int  # estimated, one Invoke
    stages: tuple[RewriteStage, ...]
    hints: Hints = field(default_factory=Hints)
    recipe: Recipe | None = None
    feed: Feed | None = None  # how its input is fed, if it is by rows

    @property
    def arena_bytes(self) -> int:
        """The predicted smallest working arena."""
        return self.priced.arena_bytes

    @property
    def whole(self) -> "Candidate":
        """The candidate with all its models, wherever it was made."""
        return self

    @property
    def claim(self) -> Claim:
        """What can be claimed of the outputs after all stages."""
        return weakest([stage.move.claim for stage in self.stages])

    @cached_property
    def constant_bytes(self) -> int:
        """What the model's constants take of flash."""
        return constant_bytes(self.priced.model)


def constant_bytes(model: Model) -> int:
    """Return what the constants of `model` take of flash, equal ones counted once."""
    constants = {tensor.data for tensor in model.all_tensors() if tensor.data is not None}
    return sum(len(constant.data) for constant in constants)


@dataclass(frozen=True, slots=True)
class Streams:
    """A model with segments streamed: how it came about, and what pricing it needs to know."""

    stages: tuple[RewriteStage, ...]
    model: Model
    hints: Hints = field(default_factory=Hints)
    trip_counts: Mapping[OpId, int] = field(default_factory=dict)
    fed: FedLoop | None = None  # the loop that is to become the main graph


def stream(recipe: Recipe, settings: Settings) -> Streams:
    """Return the stages of the recipe's base and one more for each segment it streams."""
    model = recipe.base.model
    stages, hints, trips = list(recipe.base.stages), Hints(), dict[OpId, int]()
    fed_loop: FedLoop | None = None
    for index, option in enumerate(recipe.chosen):
        if option.stripes is not None:
            move = stream_move(model, option)
            model = unroll(model, option.stripes, f"stripes{index}", keep_inputs=settings.keep_inputs)
            stages.append(RewriteStage(move, model))
            continue
        made = emit(
            model,
            option.schedule,
            f"loop{index}",
            recipe.writing,
            keep_inputs=settings.keep_inputs,
            as_views=settings.validity is Validity.TFLM,
        )
        move, model = stream_move(model, option), made.model
        hints += made.hints
        trips[made.loop] = made.trips
        stages.append(RewriteStage(move, model))
        if made.fed is not None and recipe.base.fed is not None:
            feed = contract(recipe.base.fed, option.schedule, made.padding)
            anew = settings.feed is not None and settings.feed.begun_anew
            fed_loop = FedLoop(made.loop, made.fed, feed, begun_anew=anew)
    if fed_loop is not None:
        model, hints = with_resets(model, fed_loop.loop, hints)
    return Streams(tuple(stages), model, hints, trips, fed_loop)


def build(
    streams: Streams,
    settings: Settings,
    recipe: Recipe | None,
    patience: PlacementBudget = _BRIEFLY,
    *,
    work: Work | None = None,
) -> Candidate:
    """Return the model of `streams` planned and priced; `work` counts the steps that takes."""
    model = streams.model
    allowed = work or Work()
    allowed.spend(_STEPS_PER_TENSOR * len(model.tensors))
    priced = price(
        model,
        settings.target,
        hints=streams.hints,
        keep_inputs=settings.keep_inputs,
        patience=patience,
        streamed=recipe is not None,
        # What TFLM plans at run time leaves no views.
        planned=settings.validity is Validity.TFLM and recipe is not None,
        work=allowed,
    )
    stages = streams.stages
    if streams.fed is not None:
        return in_order(_fed(priced, streams, streams.fed, settings, recipe), settings)
    if settings.validity is Validity.TFLM:
        # TFLM without DYNAMIC_UPDATE_SLICE keeps more for an operator: what copies cost is worth a longer search.
        found = without_copies(
            priced,
            settings.target,
            lambda made: conflict(made, settings),
            every_form=settings.stores is not Stores.UPDATE,
            unguarded=settings.only_these_kernels,
        )
        if found is not None:
            priced, stages = found[0], (*stages, RewriteStage(found[1], found[0].model))
    time = instructions(priced.model, settings, streams.trip_counts)
    return in_order(Candidate(priced, time, stages, streams.hints, recipe), settings)


def in_order(candidate: Candidate, settings: Settings) -> Candidate:
    """Return the candidate with its tensors in an order that the target's TFLM reads the plan right in."""
    model = candidate.priced.model
    if not settings.one_reading or reads_alike(model):
        return candidate
    ordered = in_one_reading(model)
    return replace(candidate, priced=Priced(ordered, footprint(ordered, settings.target)))


def _fed(priced: Priced, streams: Streams, known: FedLoop, settings: Settings, recipe: Recipe | None) -> Candidate:
    best = turned_inside_out(priced, known, settings, lambda model: _clashes(model, settings))
    before = () if recipe is None else recipe.base.stages
    move = rows_move(known.feed, [stage.move for stage in streams.stages[len(before) :]])
    time = frame_instructions(
        best.model, known.feed, lambda model, branch: instructions(model, settings, {**streams.trip_counts, **branch})
    )
    return Candidate(best, time, (*before, RewriteStage(move, best.model)), streams.hints, recipe, known.feed)


def _clashes(model: Model, settings: Settings) -> bool:
    return conflict(model, settings) is not None


def conflict(model: Model, settings: Settings) -> ScratchConflict | TensorId | None:
    """Return what the plan of `model` is wrong for, with the target's kernels or, by default, with others, too.

    That is a scratch buffer that would overwrite what matters, or a tensor that begins within a vector.
    """
    beside = misaligned(model, settings.target.kernels)
    if beside is not None:
        return beside
    libraries = (settings.target.kernels,) if settings.only_these_kernels else None
    return next(scratch_conflicts(model, settings.target, libraries), None)


def instructions(model: Model, settings: Settings, trip_counts: Mapping[OpId, int] | None = None) -> int:
    """Return the estimated instructions of one Invoke of `model` on the target's core, release build.

    Operators without a price are counted roughly, so that a ratio of two models does not hang on the others alone.
    """
    cost = estimate_cost(model, core(settings), trip_counts=trip_counts)
    in_place = copies_in_place(model, cost.iterations, core(settings)) if settings.loops_copy_all else 0
    return cost.total_instructions + rough_instructions(model, cost) + in_place


def core(settings: Settings) -> Core:
    """Return the core whose instructions are counted; for the 64-bit wheel, Cortex-M4 with CMSIS-NN stands in."""
    return Core.M4_CMSIS_NN if settings.target.abi is Abi.LP64 else core_of(settings.target)
