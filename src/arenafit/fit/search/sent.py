"""A candidate as a worker sends it: its price at once, its models as bytes that are read only if somebody asks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from arenafit.fit.search.candidates import Candidate, Recipe
from arenafit.ir import Feed


@dataclass(frozen=True, slots=True)
class Price:
    """What the search compares candidates by."""

    arena_bytes: int
    instructions: int
    feed: Feed | None


class SentCandidate(Candidate):
    """A candidate that another process made. Of most that are sent nobody asks for more than the price."""

    def __init__(self, price: Price, recipe: Recipe, read: Callable[[], Candidate]) -> None:
        # Not `super().__init__`: the other fields are what is read late.
        vars(self).update(
            instructions=price.instructions, recipe=recipe, feed=price.feed, _bytes=price.arena_bytes, _read=read
        )

    @property
    def arena_bytes(self) -> int:
        """The predicted smallest working arena."""
        return int(vars(self)["_bytes"])

    @cached_property
    def whole(self) -> Candidate:
        """The candidate itself."""
        made: Candidate = vars(self).pop("_read")()
        return made

    def __getattr__(self, name: str) -> Any:
        """Return a field that was not told."""
        if name not in ("priced", "stages", "hints"):
            raise AttributeError(name)
        return getattr(self.whole, name)
