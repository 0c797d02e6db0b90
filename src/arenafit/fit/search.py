"""The search: base graphs, segments to stream in each, priced exactly, then varied; anytime and deterministic."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from arenafit.costs import estimate as estimate_cost
from arenafit.errors import UnsupportedModelError
from arenafit.fit.candidate import (
    Base,
    Candidate,
    Recipe,
    Stage,
    Streams,
    Weigh,
    build,
    core,
    instructions,
    stream,
    weigh,
)
from arenafit.fit.layout_alone import plan_layout, scratch_rooms
from arenafit.fit.options import Option, options, shifted
from arenafit.fit.pricing import Priced
from arenafit.fit.selection import select
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.memory.footprint import footprint
from arenafit.memory.layout import Hints, live_profile
from arenafit.rewrites import channel_split, reorder
from arenafit.rewrites.pipeline import cleanup
from arenafit.rewrites.protocol import Move, Validity
from arenafit.targets.target import Abi, KernelLibrary

_PRICED_PER_RATE = 8
_SPLITS_TRIED = 24
# What all instructions of a model are worth, as shares of its peak: memory alone first, then time weighed in.
_RATES = (0.0, 0.05, 0.4)
_HELD_BYTES = (1 << 30, 768, 0)
_CANDIDATES_VARIED = 6
_WRITTEN_OTHERWISE = 2
_ROUNDS = 120


@dataclass(frozen=True)
class Progress:
    """What a search tells while it runs."""

    seconds: float
    candidates: int
    best_bytes: int
    doing: str


Report = Callable[[Progress], None]


@dataclass
class Search:
    """A search over one model. `run` returns every candidate worth having, the best for the settings first."""

    original: Model
    settings: Settings
    report: Report
    started: float = field(default_factory=time.monotonic)
    found: list[Candidate] = field(default_factory=list)
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def run(self) -> list[Candidate]:
        """Search until the time is over or nothing is left to try."""
        stock = Priced(self.original, footprint(self.original, self.settings.target))
        self._add(Candidate(stock, instructions(self.original, self.settings), ()), "the model as it is")
        stages, model = self._cleaned()
        self._add(build(Streams(stages, Hints(), {}), model, self.settings, None), "cleaned up and planned")
        self._add(self._laid_out(stages, model), "what shares memory chosen")
        reordered = list(self._reordered(stages, model))
        for order in reordered:
            self._add(self._laid_out(*order), "another order")
        if self.settings.stream:
            found = tuple(options(model, as_views=self._as_views, stop=lambda: self._share_is_over(0.4)))
            base = Base(stages, model, found)
            self._try(base, "streaming")
            for order in reordered:
                found = tuple(options(order[1], as_views=self._as_views, stop=lambda: self._share_is_over(0.6)))
                self._try(Base(*order, found), "streaming in another order")
            self._split(base)
            self._vary()
        return self.ranked()

    def _laid_out(self, stages: tuple[Stage, ...], model: Model) -> Candidate:
        """The model as the stages left it, with the best layout found for it."""
        settings = self.settings
        reference_only = settings.only_these_kernels and settings.target.kernels is KernelLibrary.REFERENCE
        found = plan_layout(
            model, settings.target, keep_inputs=settings.keep_inputs, reference_only=reference_only, reorder=False
        )
        return Candidate(Priced(found.model, found.footprint), instructions(found.model, settings), stages)

    def _reordered(self, stages: tuple[Stage, ...], model: Model) -> Iterator[tuple[tuple[Stage, ...], Model]]:
        """Yield the model in a better order of its operators, should there be one."""
        rooms = {room.op: room.size_bytes for room in scratch_rooms(model, self.settings.target)}
        move = reorder.best_move(model, rooms)
        if move is not None:
            ordered = reorder.REWRITE.apply(model, move)
            yield (*stages, Stage(move, ordered)), ordered

    @property
    def _as_views(self) -> bool:
        return self.settings.validity is Validity.TFLM

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self.started

    def why_stopped(self, chosen: Candidate) -> str:
        """Say in a sentence what now holds the most memory, or that the time was over."""
        over = f"the time limit of {self.settings.seconds:g} s was reached; " if self._share_is_over(1.0) else ""
        peak = chosen.priced.footprint.peak
        largest = max(peak.buffers, key=lambda item: item.buffer.size_bytes, default=None)
        if largest is None or largest.buffer.tensor is None:
            return f"{over}the tail is all that is left"
        model = chosen.priced.model
        tensor = model.tensors[largest.buffer.tensor]
        kind = "the input" if tensor.id in model.main.inputs else "tensor"
        tail = chosen.priced.footprint.tail_bytes
        was = self.found[0].priced.footprint.tail_bytes
        return (
            f"{over}what is left at the peak is {kind} '{tensor.name}' of {tensor.size_bytes:,} B and what it is"
            f" computed with; the tail is {tail:,} B (it was {was:,} B)"
            + ("" if chosen.stages else "; no rewrite made it smaller")
        )

    def ranked(self) -> list[Candidate]:
        """Every candidate no other beats in both arena and instructions, best for the settings first."""
        front = [one for one in self.found if not any(_dominates(other, one) for other in self.found)]
        first_of_equals = {(one.arena_bytes, one.instructions): one for one in reversed(front)}
        return sorted(first_of_equals.values(), key=self._key)

    def _key(self, candidate: Candidate) -> tuple[float, ...]:
        stock = self.found[0].instructions
        settings = self.settings
        slow = settings.max_slowdown is not None and candidate.instructions > stock * (1 + settings.max_slowdown)
        if settings.ram_bytes is not None:
            missing = max(0, candidate.arena_bytes - settings.ram_bytes)
            return (missing, slow, candidate.instructions, candidate.arena_bytes)
        return (slow, candidate.arena_bytes, candidate.instructions)

    def _share_is_over(self, share: float) -> bool:
        return self.elapsed > self.settings.seconds * share

    def _add(self, candidate: Candidate, doing: str) -> None:
        self.found.append(candidate)
        best = min(item.arena_bytes for item in self.found)
        self.report(Progress(self.elapsed, len(self.found), best, doing))

    def _cleaned(self) -> tuple[tuple[Stage, ...], Model]:
        model, moves = cleanup(self.original)
        if not moves:
            return (), model
        notes = "; ".join(dict.fromkeys(move.note or move.rewrite for move in moves))
        where = tuple(op for move in moves for op in move.where)
        return (Stage(Move("cleanup", where, note=notes), model),), model

    def _try(self, base: Base, doing: str) -> None:
        """Price what the estimates like best, for each rate at which time is weighed against memory."""
        profile = live_profile(base.model, keep_inputs=self.settings.keep_inputs)
        live = [profile[op.id] for op in base.model.main.ops]
        for weight in self._weights(base.model, max(live, default=0)):
            ranked = select(live, [(option, weight(option)) for option in base.options])
            for position, selection in enumerate(ranked):
                if position >= _PRICED_PER_RATE or self._share_is_over(0.85):
                    break
                recipe = Recipe(base, selection.options)
                self._price(recipe, doing)
                for other in _written_otherwise(recipe) if position < _WRITTEN_OTHERWISE else ():
                    self._price(other, doing)

    def _weights(self, model: Model, peak_bytes: int) -> Iterator[Weigh]:
        costs = dict(estimate_cost(model, core(self.settings)).per_op)
        total = max(1, sum(costs.values()))
        narrow = self.settings.target.abi is not Abi.LP64
        rates = (
            _RATES if self.settings.ram_bytes is None and self.settings.max_slowdown is None else (*_RATES, 1.5, 6.0)
        )
        for rate in rates:
            yield weigh(costs, rate * peak_bytes / total, 12 if narrow else 24, 45 if narrow else 80)

    def _price(self, recipe: Recipe, doing: str) -> None:
        if not recipe.chosen or recipe.key in self._seen:
            return
        self._seen.add(recipe.key)
        try:
            streams = stream(recipe, self.settings)
        except UnsupportedModelError:
            return  # TFLM has no operators to move these rows (16 bit)
        self._add(build(streams, streams.stages[-1].model, self.settings, recipe, rounds=_ROUNDS), doing)

    def _split(self, base: Base) -> None:
        """Channel splits of what is at the peak, each streamed again."""
        moves = self._moves_at_peak(base.model, list(channel_split.REWRITE.propose(base.model)))
        for move in moves[:_SPLITS_TRIED]:
            if self._share_is_over(0.7):
                return
            divided = channel_split.REWRITE.apply(base.model, move)
            stages = (*base.stages, Stage(move, divided))
            self._add(build(Streams(stages, Hints(), {}), divided, self.settings, None), move.note)
            new = {op.id for op in divided.main.ops} - {op.id for op in base.model.main.ops}
            known = shifted(base.options, base.model.main, divided.main)
            fresh = options(divided, touching=new, as_views=self._as_views, stop=lambda: self._share_is_over(0.7))
            self._try(Base(stages, divided, (*known, *fresh)), f"{move.note}, streamed")

    def _moves_at_peak(self, model: Model, moves: list[Move]) -> list[Move]:
        """Moves whose operators hold much, those at the highest peak first."""
        profile = live_profile(model, keep_inputs=self.settings.keep_inputs)
        top = max(profile.values(), default=0)

        def height(move: Move) -> int:
            return max(profile.get(op, 0) for op in move.where)

        worth = [move for move in moves if height(move) * 2 >= top]
        return sorted(worth, key=lambda move: (-height(move), len(move.where), move.parameters))

    def _vary(self) -> None:
        """Change the best candidates one thing at a time, as long as that makes them better."""
        tried: set[tuple[object, ...]] = set()
        while not self._share_is_over(1.0):
            # One candidate for each choice of segments: how they are written is varied anyway.
            leaders: dict[tuple[object, ...], Recipe] = {}
            for item in sorted(self.found, key=self._key):
                if item.recipe is not None:
                    leaders.setdefault(item.recipe.segments, item.recipe)
            fresh = [recipe for recipe in list(leaders.values())[:_CANDIDATES_VARIED] if recipe.segments not in tried]
            if not fresh:
                return
            tried.add(fresh[0].segments)
            for recipe in _neighbours(fresh[0]):
                if self._share_is_over(1.0):
                    return
                self._price(recipe, "varying the best")


def _written_otherwise(recipe: Recipe) -> Iterator[Recipe]:
    """The same segments with other line buffers held, with and without rows of padding beside a source."""
    for held_bytes in _HELD_BYTES:
        for guard_rows in (True, False):
            yield replace(recipe, held_bytes=held_bytes, guard_rows=guard_rows)


def _neighbours(recipe: Recipe) -> Iterator[Recipe]:
    """Recipes that differ in one thing: how loops are written, a segment left out, its ends or its rows changed."""
    yield from _written_otherwise(recipe)
    for index, option in enumerate(recipe.chosen):
        others = (*recipe.chosen[:index], *recipe.chosen[index + 1 :])
        yield replace(recipe, chosen=others)
        for other in recipe.base.options:
            near = abs(other.first - option.first) + abs(other.end - option.end) <= 2
            if near and all(other.end <= item.first or item.end <= other.first for item in others):
                chosen: tuple[Option, ...] = tuple(sorted((*others, other), key=lambda item: item.first))
                yield replace(recipe, chosen=chosen)


def _dominates(one: Candidate, other: Candidate) -> bool:
    better = one.arena_bytes < other.arena_bytes or one.instructions < other.instructions
    return better and one.arena_bytes <= other.arena_bytes and one.instructions <= other.instructions
