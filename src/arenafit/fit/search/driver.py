"""The search: base graphs, segments to stream in each, priced exactly, then varied; anytime and deterministic."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, islice, product, zip_longest

from arenafit.fit.feeding.entry import chosen_input, entry
from arenafit.fit.progress import Progress, ProgressCallback
from arenafit.fit.relayout import plan_layout
from arenafit.fit.search.candidates import Base, Candidate, Recipe, RewriteStage, Streams, build, instructions, stream
from arenafit.fit.search.elsewhere import lower_elsewhere
from arenafit.fit.search.enumeration import loops, pools, unrolled, ways
from arenafit.fit.search.evaluation import PlacementBudget, Priced
from arenafit.fit.search.neighbourhood import GATED_SHARES, neighbours, writing_choices
from arenafit.fit.search.objective import Objective
from arenafit.fit.search.rates import weights
from arenafit.fit.search.scratch_split import with_less_scratch
from arenafit.fit.search.shortest_path import select
from arenafit.fit.search.start_graphs import Made, at_a_price, cleaned, made_whole, reordered, with_state_in_head
from arenafit.fit.search.tilings import Tiling, shifted
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.layout import live_profile
from arenafit.planning.work import Work
from arenafit.rewrites import channel_split
from arenafit.rewrites.protocol import Move, Validity
from arenafit.streaming import LoopOptions
from arenafit.tflm.footprints import footprint

_PRICED_PER_RATE, _PRICED_PER_SPLIT = 8, 2
_SPLITS_TRIED = 24
_CANDIDATES_VARIED = 6
_TUNED = 3
# So much more time than allowed a candidate may take to be written in other ways: some are faster.
_TUNED_SLACK = 0.04
# For every candidate, for one that is about as good as the best, and for the best in the end.
_SOME, _MORE = PlacementBudget(60), PlacementBudget(200)
_MOST = (PlacementBudget(200, choices=60), PlacementBudget(4000))
_ABOUT_AS_GOOD = 1.02
# So many of the best are placed once more, each with at most this part of all work.
_POLISHED, _POLISH_PARTS = 3, 12
# What it counts for to schedule and estimate an option, for each operator in it (each clone, if it is unrolled), and
# to look at one while selecting.
_STEPS_PER_OPERATOR, _STEPS_PER_LOOK = 300, 20
# Shares of the work by which each part of the search is over.
_FIRST_OPTIONS, _FIRST_BASE, _BASES, _SPLITS, _VARIED = 0.3, 0.45, 0.6, 0.75, 0.9


@dataclass
class Search:
    """A search over one model. `run` returns every candidate worth having, the best for the settings first."""

    original: Model
    settings: Settings
    report: ProgressCallback
    found: list[Candidate] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # candidates that could not be made: defects
    work: Work = field(init=False)
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _streams: dict[tuple[object, ...], Streams] = field(default_factory=dict)  # models of loops, by recipe
    _complete: dict[str, Base] = field(default_factory=dict)  # bases with all their options, by key

    def __post_init__(self) -> None:
        self.work = Work(self.settings.steps, seconds=self.settings.seconds)

    def run(self) -> list[Candidate]:
        """Search until the work allowed is done or nothing is left to try."""
        stock = Priced(self.original, footprint(self.original, self.settings.target))
        self._add(Candidate(stock, instructions(self.original, self.settings), ()), "the model as it is")
        bases = self._bases()
        if self.settings.rolls or self.settings.unrolls:
            streamed = [self._streamed(made, first=position == 0) for position, made in enumerate(bases)]
            self._split(streamed[0])
            self._vary()
            self._polish()
            self._settle()
        return self.ranked()

    def ranked(self) -> list[Candidate]:
        """Return every candidate no other beats in both arena and instructions, the best for the settings first."""
        return self.goal.ranked(self._wanted)

    @property
    def _wanted(self) -> list[Candidate]:
        """What was found that keeps the contract asked for."""
        if self.settings.feed is None:
            return self.found
        return [candidate for candidate in self.found if candidate.feed is not None]

    def _bases(self) -> list[Made]:
        """Every graph to stream segments of, the one that needs the least memory without any first, cut ones last."""
        plain = cleaned(self.original, exact_only=self.settings.exact_only)
        self._add(
            build(Streams(*plain), self.settings, None, work=self.work),
            "cleaned up and planned",
        )
        laid_out = self._lay_out(plain, "what shares memory chosen")
        first = made_whole(self.original, plain, self.settings)
        bases = [(laid_out if first is plain else self._lay_out(first, "stripes made whole"), first)]

        def is_better(made: Made) -> bool:
            least = min(arena_bytes for arena_bytes, base in bases if base is not made)
            return bases[-1][0] < least and self.goal.holds(made[1])

        for made in at_a_price(first, self.settings, is_better, lambda: self._share_is_over(_FIRST_OPTIONS)):
            bases.append((self._lay_out(made, made[0][-1].move.rewrite), made))  # noqa: PERF401 - `is_better` reads it
        for _, base in tuple(bases) if not self._share_is_over(_FIRST_OPTIONS) else ():
            others = reordered(base, self.settings.target)
            bases.extend((self._lay_out(made, "another order"), made) for made in others)
        bases.sort(key=lambda base: base[0])
        return [*(made for _, made in bases), *(() if first is plain else (plain,))]

    def _lay_out(self, made: Made, doing: str) -> int:
        """Add the graph with the best layout found for it; return the smallest arena."""
        stages, model = made
        settings = self.settings
        library = settings.target.kernels if settings.only_these_kernels else None
        found = plan_layout(
            model,
            settings.target,
            keep_inputs=settings.keep_inputs,
            library=library,
            reorder=False,
            work=self.work,
        )
        self._add(Candidate(Priced(found.model, found.footprint), instructions(found.model, settings), stages), doing)
        for kept in with_state_in_head(made, settings):
            self._add(build(kept, settings, None, _MORE, work=self.work), doing)
        return found.footprint.min_arena_bytes

    def _streamed(self, made: Made, *, first: bool) -> Base:
        """Price segments of a base graph; return it with all its options."""
        stages, model = made
        options_end, end = (_FIRST_OPTIONS, _FIRST_BASE) if first else (_BASES, _BASES)
        what = f" after {stages[-1].move.rewrite}" if stages and not first else ""
        base = Base(stages, model, ())
        if self.settings.feed is not None:
            fed = entry(model, chosen_input(model, self.settings.feed.name))
            if fed is None:
                return base
            base, model = Base(stages, fed.model, (), fed), fed.model
        port = None if base.fed is None else base.fed.port
        for kind in (partial(loops, fed=port), unrolled):
            found = kind(model, self.settings, stop=lambda: self._share_is_over(options_end))
            base = replace(base, options=(*base.options, *self._useful(base, found)))
            self._try(base, f"streaming{what}", end)
        self._complete[base.key] = base
        return base

    def _useful(self, base: Base, found: Iterator[Tiling]) -> tuple[Tiling, ...]:
        """Those that hold less than their operators do unstreamed: the others lower nothing."""
        live = self._live(base)
        return tuple(
            option for option in self._counted(found) if option.live_bytes < max(live[option.first : option.end])
        )

    def _counted(self, found: Iterator[Tiling]) -> Iterator[Tiling]:
        for option in found:
            copies = 1 if option.stripes is None else len(option.stripes.trips)
            self.work.spend(_STEPS_PER_OPERATOR * (option.end - option.first) * copies)
            yield option

    def _live(self, base: Base) -> list[int]:
        """What lives at each operator; more than anything at one that must be streamed since its rows are fed."""
        profile = live_profile(base.model, keep_inputs=self.settings.keep_inputs)
        live = [profile[op.id] for op in base.model.main.ops]
        if base.fed is not None:
            live[0] = 1 + max(live)
        return live

    @property
    def _as_views(self) -> bool:
        return self.settings.validity is Validity.TFLM

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return self.work.elapsed

    @cached_property
    def goal(self) -> Objective:
        """What makes one candidate better than another."""
        return Objective(self.settings, self.found[0])

    def why_stopped(self, chosen: Candidate) -> str:
        """Say in a sentence what now holds the most memory, and what ended the search."""
        over = ""
        if self.work.cut:
            over = (
                f"the time cap of {self.settings.seconds:g} s cut the search, so that another run may end elsewhere; "
            )
        elif self.work.is_over():
            over = "the effort was used up; "
        return over + self.goal.what_is_left(chosen)

    def _share_is_over(self, share: float) -> bool:
        return self.work.is_over(share)

    def _add(self, candidate: Candidate, doing: str) -> None:
        if not self.found or self.goal.fits_flash(candidate):
            self.found.append(candidate)
        best = min(item.arena_bytes for item in self._wanted or self.found)
        self.report(Progress(self.elapsed, len(self.found), best, doing))

    def _try(self, base: Base, doing: str, end: float, per_rate: int = _PRICED_PER_RATE) -> None:
        """Price what the estimates like best, for each rate at which time is weighed against memory."""
        live = self._live(base)
        rates = list(product(pools(base.options), weights(base.model, max(live, default=0), self.settings)))
        self.work.spend(_STEPS_PER_LOOK * sum(len(usable) for usable, _ in rates))
        ranked = (select(live, [(item, cost(item)) for item in usable]) for usable, cost in rates)
        liked = [list(islice(selections, per_rate)) for selections in ranked]
        priced: list[Candidate] = []
        # The best of every rate first, then the second best.
        for selection in filter(None, chain.from_iterable(zip_longest(*liked))):
            if self._share_is_over(end):
                return
            made = self._price(Recipe(base, selection.options, self._first_writing), doing)
            priced += [] if made is None else [made]
        for candidate in sorted(priced, key=partial(self.goal.key, slack=_TUNED_SLACK))[:_TUNED]:
            self._tune(candidate, doing, end)

    @property
    def _first_writing(self) -> LoopOptions:
        """How loops are written to begin with: those of views with the least tail, or the fastest if time counts."""
        flat_rows = self._as_views and self.settings.time_counts
        return LoopOptions(
            patch_rows=self._as_views,
            flat_rows=flat_rows,
            gated_share=GATED_SHARES[-1] if flat_rows else None,
            stores=self.settings.stores,
        )

    def _tune(self, candidate: Candidate, doing: str, end: float) -> None:
        """Write a candidate's loops in other ways, one choice after another, from the best way so far."""
        if candidate.recipe is None or all(option.stripes is not None for option in candidate.recipe.chosen):
            return  # what is unrolled has no loop to write
        best, writing = candidate, candidate.recipe.writing
        ways = writing_choices(
            as_views=self._as_views, stores=self.settings.stores, time_counts=self.settings.time_counts
        )
        for choice in ways:
            for other in choice(writing):
                if self._share_is_over(end):
                    return
                made = self._price(replace(candidate.recipe, writing=other), doing)
                if made is not None and self.goal.key(made) < self.goal.key(best):
                    best, writing = made, other

    def _price(self, recipe: Recipe, doing: str, patience: PlacementBudget = _SOME) -> Candidate | None:
        """Add the candidate that the recipe makes, and return it; None if it makes none, or did already."""
        key = (*recipe.key, patience)
        if not recipe.chosen or key in self._seen or not _keeps_contract(recipe, self.settings):
            return None
        self._seen.add(key)
        best = min(self._wanted or self.found, key=self.goal.key)
        made = self._built(recipe, patience)
        if made is None:
            return None
        self._add(made, doing)
        if patience is _SOME and made.arena_bytes <= best.arena_bytes * _ABOUT_AS_GOOD:
            again = self._price(recipe, doing, _MORE)
            return made if again is None else min(made, again, key=self.goal.key)
        return made

    def _built(self, recipe: Recipe, patience: PlacementBudget) -> Candidate | None:
        """Return the candidate that the recipe makes; one that cannot be made is a defect, and the search goes on."""
        try:
            made_before = self._streams.get(recipe.key)
            streams = self._streams[recipe.key] = made_before or stream(recipe, self.settings)
            return build(streams, self.settings, recipe, patience, work=self.work)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other candidates are not to be lost for it
            self.failed.append(f"{type(error).__name__}: {error}")
            return None

    def _split(self, base: Base) -> None:
        """Channel splits of what is at the peak, each streamed again."""
        for made in with_less_scratch((base.stages, base.model), self.settings.target):
            if self._share_is_over(_SPLITS):
                return
            self._divided(base, made)
        moves = self._moves_at_peak(base.model, list(channel_split.REWRITE.propose(base.model)))
        for move in moves[:_SPLITS_TRIED]:
            if self._share_is_over(_SPLITS):
                return
            divided = channel_split.REWRITE.apply(base.model, move)
            self._divided(base, ((*base.stages, RewriteStage(move, divided)), divided))

    def _divided(self, base: Base, made: Made) -> None:
        """Stream what a channel split made of a base."""
        stages, divided = made
        note = stages[-1].move.note
        self._add(build(Streams(stages, divided), self.settings, None, work=self.work), note)
        new = {op.id for op in divided.main.ops} - {op.id for op in base.model.main.ops}
        known = shifted(base.options, base.model.main, divided.main)
        port = None if base.fed is None else base.fed.port
        fresh = ways(divided, self.settings, touching=new, fed=port, stop=lambda: self._share_is_over(_SPLITS))
        divided_base = Base(stages, divided, (), base.fed)
        divided_base = replace(divided_base, options=(*known, *self._useful(divided_base, fresh)))
        self._try(divided_base, f"{note}, streamed", _SPLITS, _PRICED_PER_SPLIT)

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
        while not self._share_is_over(_VARIED):
            fresh = [item for item in self._leaders() if item.recipe and item.recipe.segments not in tried]
            if not fresh or fresh[0].recipe is None:
                return
            leader, known = fresh[0], fresh[0].recipe
            tried.add(known.segments)
            known = replace(known, base=self._complete.get(known.base.key, known.base))
            self._tune(leader, "varying the best", _VARIED)
            for recipe in neighbours(known, leader.priced.footprint.head_bytes):
                if self._share_is_over(_VARIED):
                    return
                self._price(recipe, "varying the best")

    def _leaders(self) -> list[Candidate]:
        """The best candidates, one for each choice of segments: how they are written is varied anyway."""
        leaders: dict[tuple[object, ...], Candidate] = {}
        for item in sorted(self.found, key=self.goal.key):
            if item.recipe is not None:
                leaders.setdefault(item.recipe.segments, item)
        return list(leaders.values())[:_CANDIDATES_VARIED]

    def _polish(self) -> None:
        """Lay out the best candidates once more, with what work is left."""
        for patience, candidate in product(_MOST, self._leaders()[:_POLISHED]):
            if candidate.recipe is not None and not self.work.is_over():
                patient = replace(patience, steps=self.settings.steps // _POLISH_PARTS)
                self._price(candidate.recipe, "placing the best once more", patient)

    def _settle(self) -> None:
        """Of plans that are as good for the target, take one that is better for other kernels."""
        best = min(self.found, key=self.goal.key)
        made = None if self.work.cut else lower_elsewhere(best, self.settings)
        if made is not None:
            self.found = [
                one
                for one in self.found
                if one.arena_bytes != made.arena_bytes or one.instructions > made.instructions or not one.stages
            ]
            self.found.insert(1, made)  # the model as it is stays the first


def _keeps_contract(recipe: Recipe, settings: Settings) -> bool:
    """Whether the recipe feeds its input by rows if that is asked for: its first loop begins with the input."""
    return settings.feed is None or any(option.schedule.fed is not None for option in recipe.chosen)
