"""The search: base graphs, segments to stream in each, priced exactly, then varied; anytime and deterministic."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice, product, zip_longest

from arenafit.fit.feeding.entry import chosen_input, entry
from arenafit.fit.relayout import plan_layout
from arenafit.fit.search.candidates import Base, Candidate, Recipe, RewriteStage, Streams, build, instructions
from arenafit.fit.search.elsewhere import lower_elsewhere
from arenafit.fit.search.enumeration import listings, rolled_and_all
from arenafit.fit.search.evaluation import PlacementBudget, Priced
from arenafit.fit.search.ledger import Ledger
from arenafit.fit.search.neighbourhood import GATED_SHARES, neighbours, paired, writing_choices
from arenafit.fit.search.pool import Pool
from arenafit.fit.search.rates import weights
from arenafit.fit.search.scratch_split import at_peak, with_less_scratch
from arenafit.fit.search.shortest_path import select
from arenafit.fit.search.start_graphs import Made, at_a_price, cleaned, made_whole, reordered, with_state_in_head
from arenafit.fit.search.tasks import Enumeration, Outcome, Pricing
from arenafit.fit.search.tilings import Tiling, shifted
from arenafit.fit.settings import Settings
from arenafit.ir import OpId
from arenafit.layout import LayoutRules
from arenafit.rewrites import channel_split
from arenafit.rewrites.protocol import Validity
from arenafit.streaming import LoopOptions
from arenafit.tflm.footprints import footprint

_PRICED_PER_RATE, _PRICED_PER_SPLIT = 8, 2
_SPLITS_TRIED, _TUNED = 24, 3
# So much more time than allowed a candidate may take to be written in other ways: some are faster.
_TUNED_SLACK = 0.04
# For every candidate, for neighbours of the best, for a graph that is not streamed, and for the best in the end.
_SOME, _PATIENT, _MORE = PlacementBudget(6), PlacementBudget(60), PlacementBudget(200)
_MOST = (PlacementBudget(200, choices=60), PlacementBudget(4000))
# So many of the best are placed once more, each with at most this part of all work.
_POLISHED, _POLISH_PARTS = 3, 12
# What it counts for to look at an option while selecting.
_STEPS_PER_LOOK = 20
# Shares of the work by which each part of the search is over.
_FIRST_OPTIONS, _FIRST_BASE, _BASES, _SPLITS, _VARIED = 0.3, 0.45, 0.6, 0.75, 0.9


@dataclass
class Search(Ledger):
    """A search over one model. `run` returns every candidate worth having, the best for the settings first."""

    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _complete: dict[str, Base] = field(default_factory=dict)  # bases with all their options, by key
    _pool: Pool = field(init=False)

    def run(self) -> list[Candidate]:
        """Search until the work allowed is done or nothing is left to try."""
        stock = Priced(self.original, footprint(self.original, self.settings.target))
        self.add(Candidate(stock, instructions(self.original, self.settings), ()), "the model as it is")
        with Pool(self.original, self.settings, self.work.seconds_left) as self._pool:
            bases = self._bases()
            if self.settings.rolls or self.settings.unrolls:
                streamed = [self._streamed(made, first=position == 0) for position, made in enumerate(bases)]
                self._split(streamed[0])
                # Once more with what work is left, every neighbour placed as patiently as those near the best.
                for patience, end in ((_SOME, _VARIED), (_PATIENT, 1.0)):
                    self._vary(patience, end)
                    self._polish()
                self._combine()
                self._settle()
        return self.ranked()

    def _bases(self) -> list[Made]:
        """Every graph to stream segments of, the one that needs the least memory without any first, cut ones last."""
        plain = cleaned(self.original, exact_only=self.settings.exact_only)
        self.add(build(Streams(*plain), self.settings, None, work=self.work), "cleaned up and planned")
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
            rules=LayoutRules(settings.keep_inputs, library),
            reorder=False,
            work=self.work,
        )
        self.add(Candidate(Priced(found.model, found.footprint), instructions(found.model, settings), stages), doing)
        for kept in with_state_in_head(made, settings):
            self.add(build(kept, settings, None, _MORE, work=self.work), doing)
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
            base = Base(stages, fed.model, (), fed)
        for options in self._options(base, options_end):
            base = base.offering((*base.options, *options))
            self._try(base, f"streaming{what}", end)
        self._complete[base.key] = base
        return base

    def _options(self, base: Base, end: float, touching: frozenset[OpId] | None = None) -> Iterator[tuple[Tiling, ...]]:
        """Yield the loops there may be, then what may be unrolled, each as far as the share of work allows."""
        if self._share_is_over(end):
            return
        every = [list(listings(base.model, self.settings, touching, unrolled=unrolled)) for unrolled in (False, True)]
        for wanted in filter(None, every):
            found: list[Tiling] = []
            tasks = (Enumeration(base, item) for item in wanted)
            for _, outcome in self._pool.each(tasks, partial(self.work.ends_within, share=end)):
                self.work.spend(outcome.steps)
                found += outcome.options
                if self._share_is_over(end):
                    break
            yield tuple(found)

    @property
    def _as_views(self) -> bool:
        return self.settings.validity is Validity.TFLM

    def _share_is_over(self, share: float) -> bool:
        return self.work.is_over(share)

    def _try(self, base: Base, doing: str, end: float, per_rate: int = _PRICED_PER_RATE) -> None:
        """Price what the estimates like best, for each rate at which time is weighed against memory."""
        live = base.live(self.settings)
        rates = list(product(rolled_and_all(base.options), weights(base.model, max(live, default=0), self.settings)))
        self.work.spend(_STEPS_PER_LOOK * sum(len(usable) for usable, _ in rates))
        ranked = (select(live, [(item, cost(item)) for item in usable]) for usable, cost in rates)
        liked = [list(islice(selections, per_rate)) for selections in ranked]
        # The best of every rate first, then the second best.
        best_first = filter(None, chain.from_iterable(zip_longest(*liked)))
        recipes = ((Recipe(base, selection.options, self._first_writing), _SOME) for selection in best_first)
        priced = list(self._price(recipes, doing, end))
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
        for choice in writing_choices(as_views=self._as_views, settings=self.settings):
            others = ((replace(candidate.recipe, writing=other), _SOME) for other in choice(writing))
            for made in self._price(others, doing, end):
                if made.recipe is not None and self.goal.key(made) < self.goal.key(best):
                    best, writing = made, made.recipe.writing

    def _combine(self) -> None:
        """Make two choices at once in how the best is written: each alone may be worse, or too slow."""
        best: Candidate | None = None
        while not self._share_is_over(1.0):
            leader = next(iter(self.leaders()), best)
            if leader is best or leader is None or leader.recipe is None:
                return
            best, recipe = leader, leader.recipe
            ways = writing_choices(as_views=self._as_views, settings=self.settings)
            others = ((replace(recipe, writing=both), _SOME) for both in paired(ways, recipe.writing))
            for _ in self._price(others, "writing the best", 1.0):
                pass
            self._polish()

    def _price(self, wanted: Iterable[tuple[Recipe, PlacementBudget]], doing: str, end: float) -> Iterator[Candidate]:
        """Add the candidates that recipes make, and yield them; one that was made before is not made again.

        The nearer a candidate comes to the best there was at first, the more patiently it is placed. One that cannot be
        made is a defect, and the search goes on.
        """
        if self._share_is_over(end):
            return
        aim = min(self.wanted or self.found, key=self.goal.key).arena_bytes
        tasks = (
            Pricing(recipe, replace(patience, aim_bytes=aim) if patience is _SOME else patience)
            for recipe, patience in self._fresh(wanted)
        )
        for task, outcome in self._pool.each(tasks, partial(self.work.ends_within, share=end)):
            self._seen.add((*task.recipe.key, replace(task.patience, aim_bytes=None)))
            made = self._noted(outcome, doing)
            if made is not None:
                yield made
            if self._share_is_over(end):
                return

    def _fresh(self, wanted: Iterable[tuple[Recipe, PlacementBudget]]) -> Iterator[tuple[Recipe, PlacementBudget]]:
        """Yield the recipes that were not priced so patiently yet, each once."""
        begun: set[tuple[object, ...]] = set()
        for recipe, patience in wanted:
            key = (*recipe.key, patience)
            fits = bool(recipe.chosen) and _keeps_contract(recipe, self.settings)
            if fits and key not in self._seen and key not in begun:
                begun.add(key)
                yield recipe, patience

    def _noted(self, outcome: Outcome, doing: str) -> Candidate | None:
        self.work.spend(outcome.steps)
        if outcome.failure is not None:
            self.failed.append(outcome.failure)
        if outcome.candidate is not None:
            self.add(outcome.candidate, doing)
        return outcome.candidate

    def _split(self, base: Base) -> None:
        """Channel splits of what is at the peak, each streamed again."""
        for made in with_less_scratch((base.stages, base.model), self.settings.target):
            if self._share_is_over(_SPLITS):
                return
            self._divided(base, made)
        moves = at_peak(base.model, channel_split.REWRITE.propose(base.model), self.settings)
        for move in moves[:_SPLITS_TRIED]:
            if self._share_is_over(_SPLITS):
                return
            divided = channel_split.REWRITE.apply(base.model, move)
            self._divided(base, ((*base.stages, RewriteStage(move, divided)), divided))

    def _divided(self, base: Base, made: Made) -> None:
        """Stream what a channel split made of a base."""
        stages, divided = made
        note = stages[-1].move.note
        self.add(build(Streams(stages, divided), self.settings, None, work=self.work), note)
        new = {op.id for op in divided.main.ops} - {op.id for op in base.model.main.ops}
        known = shifted(base.options, base.model.main, divided.main)
        divided_base = Base(stages, divided, (), base.fed)
        fresh = chain.from_iterable(self._options(divided_base, _SPLITS, frozenset(new)))
        divided_base = divided_base.offering((*known, *fresh))
        self._try(divided_base, f"{note}, streamed", _SPLITS, _PRICED_PER_SPLIT)

    def _vary(self, patience: PlacementBudget, end: float) -> None:
        """Change the best candidates one thing at a time, as long as that makes them better."""
        tried: set[tuple[object, ...]] = set()
        while not self._share_is_over(end):
            fresh = [item for item in self.leaders() if item.recipe and item.recipe.segments not in tried]
            if not fresh or fresh[0].recipe is None:
                return
            leader, known = fresh[0], fresh[0].recipe
            tried.add(known.segments)
            known = replace(known, base=self._complete.get(known.base.key, known.base))
            self._tune(leader, "varying the best", end)
            near = neighbours(known, leader.priced.footprint.head_bytes)
            for _ in self._price(((recipe, patience) for recipe in near), "varying the best", end):
                pass

    def _polish(self) -> None:
        """Lay out the best candidates once more, with what work is left."""
        steps = self.settings.steps // _POLISH_PARTS
        recipes = [candidate.recipe for candidate in self.leaders()[:_POLISHED] if candidate.recipe is not None]
        wanted = [(recipe, replace(patience, steps=steps)) for patience in _MOST for recipe in recipes]
        for _ in self._price(wanted, "placing the best once more", 1.0):
            pass

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
