"""Recipes near a recipe: what the search tries once estimates have told it where to look."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

from arenafit.fit.search.candidates import Recipe
from arenafit.fit.search.enumeration import worth_varying
from arenafit.fit.search.tilings import Tiling
from arenafit.fit.settings import Settings
from arenafit.streaming import LoopOptions, Stores

_HELD_BYTES = (1 << 30, 768, 0)
# Rows outside the image: from beside a source where that can be, by a mask, or by blocks put in padding.
_FETCHES = ((True, False), (False, False), (False, True))
# Convolutions behind gates: none, those that save much, all that save anything.
GATED_SHARES = (None, 0.02, 0.002)
_NEAR = 2

# Ways to write loops that differ from one in a single choice.
Choice = Callable[[LoopOptions], Iterator[LoopOptions]]


def writing_choices(*, as_views: bool, settings: Settings) -> tuple[Choice, ...]:
    """Return the choices there are in writing a loop, each with its alternatives; gates save time alone."""
    if as_views:
        return (_gated, _moved, _fetched, _held) if settings.time_counts else (_moved, _fetched, _held)
    # Loops that store with GATHER hold no lines, whatever the bytes.
    return (_alone,) if settings.stores is Stores.GATHER else (_fetched, _held)


def paired(ways: Sequence[Choice], writing: LoopOptions) -> Iterator[LoopOptions]:
    """Yield what two of the choices together make of `writing`, each pair with all its alternatives."""
    for one, other in combinations(ways, 2):
        for way in one(writing):
            yield from other(way)


def _gated(writing: LoopOptions) -> Iterator[LoopOptions]:
    for gated_share in GATED_SHARES:
        yield replace(writing, gated_share=gated_share)


def _moved(writing: LoopOptions) -> Iterator[LoopOptions]:
    for patch_rows, flat_rows in product((True, False), repeat=2):
        yield replace(writing, patch_rows=patch_rows, flat_rows=flat_rows)


def _fetched(writing: LoopOptions) -> Iterator[LoopOptions]:
    for guard_rows, in_blocks in _FETCHES:
        yield replace(writing, guard_rows=guard_rows, in_blocks=in_blocks)


def _alone(writing: LoopOptions) -> Iterator[LoopOptions]:
    for guard_rows, in_blocks in product((True, False), repeat=2):
        yield replace(writing, guard_rows=guard_rows, in_blocks=in_blocks)


def _held(writing: LoopOptions) -> Iterator[LoopOptions]:
    for held_bytes in _HELD_BYTES:
        yield replace(writing, held_bytes=held_bytes)


def neighbours(recipe: Recipe, head_bytes: int) -> Iterator[Recipe]:
    """Yield recipes that differ in one thing: a segment is gone, joined, moved, or its rows are changed.

    Segments that hold `head_bytes` are changed first: the others do not lower the head.
    """
    order = sorted(range(len(recipe.chosen)), key=lambda index: -recipe.chosen[index].live_bytes)
    for index in order:
        option = recipe.chosen[index]
        others = (*recipe.chosen[:index], *recipe.chosen[index + 1 :])
        yield replace(recipe, chosen=others)
        near = [other for other in recipe.base.options if _is_near(other, option) and _fits(other, others)]
        near = worth_varying(near, recipe.chosen)
        near.sort(key=lambda item: (item.live_bytes > head_bytes, item.estimate.nodes, item.live_bytes))
        for other in near:
            yield replace(recipe, chosen=_in_order((*others, other)))
    for first, second in zip(recipe.chosen, recipe.chosen[1:], strict=False):
        others = tuple(item for item in recipe.chosen if item not in (first, second))
        joined = [
            other
            for other in recipe.base.options
            if other.first <= first.first + _NEAR and other.end >= second.end - _NEAR and _fits(other, others)
        ]
        for other in sorted(joined, key=lambda item: item.live_bytes)[:4]:
            yield replace(recipe, chosen=_in_order((*others, other)))


def _is_near(other: Tiling, option: Tiling) -> bool:
    return abs(other.first - option.first) + abs(other.end - option.end) <= _NEAR and other is not option


def _fits(other: Tiling, others: tuple[Tiling, ...]) -> bool:
    return all(other.end <= item.first or item.end <= other.first for item in others)


def _in_order(options: tuple[Tiling, ...]) -> tuple[Tiling, ...]:
    return tuple(sorted(options, key=lambda item: item.first))
