"""Models that run in turn: what any choice of one candidate each takes together, and the front of these choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, feed_of
from arenafit.targets.target import Target
from arenafit.tflm.footprints import footprint

_MOST_CHOICES = 20_000


@dataclass(frozen=True, slots=True)
class Member:
    """A candidate for one place: `persistent_bytes` stay, `shared_bytes` are used in turn with the others.

    `drop` is its loss against its original, None if nobody judged it.
    """

    name: str
    file: str
    persistent_bytes: int
    shared_bytes: int
    drop: float | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate for each place. `arena_bytes`: what persists of all, and the activations of the largest.

    `apart_bytes`: what they take in arenas of their own. `drop`: the greatest of any.
    """

    members: tuple[Member, ...]
    arena_bytes: int
    apart_bytes: int
    drop: float | None


def member(name: str, file: str, model: Model, target: Target, drop: float | None) -> Member:
    """Return what a model takes of a shared arena.

    Raises:
        UnsupportedModelError: if it keeps state where the others would overwrite it, or cannot be priced.
    """
    if feed_of(model) is not None:
        raise UnsupportedModelError(
            f"{file}: is fed by rows, what it keeps of a frame stands among its activations, which the other models"
            " overwrite: fit the model it was made of without --feed"
        )
    plan = model.offline_plan or {}
    kept = next((item for item in model.all_tensors() if item.is_variable and plan.get(item.id, -1) >= 0), None)
    if kept is not None:
        raise UnsupportedModelError(
            f"{file}: keeps the state '{kept.name}' among its activations, which the other models overwrite: fit it"
            " with --validity tflite, which leaves state where it persists"
        )
    two = footprint(model, target).two_arenas
    return Member(name, file, two.persistent_bytes, two.non_persistent_bytes, drop)


def choice(members: Sequence[Member]) -> Choice:
    """Return what the members take together."""
    drops = [item.drop for item in members if item.drop is not None]
    return Choice(
        tuple(members),
        sum(item.persistent_bytes for item in members) + max(item.shared_bytes for item in members),
        sum(item.persistent_bytes + item.shared_bytes for item in members),
        max(drops) if drops else None,
    )


def front_of(places: Sequence[Sequence[Member]]) -> tuple[Choice, ...]:
    """Return the choices that no other is at least as good as in memory and in loss, the smallest first.

    Raises:
        UnsupportedModelError: if there are more choices than can be looked at.
    """
    count = 1
    for candidates in places:
        count *= len(candidates)
    if count > _MOST_CHOICES:
        raise UnsupportedModelError(f"{count:,} choices are more than {_MOST_CHOICES:,}: give fewer candidates")
    found = sorted(
        (choice(members) for members in product(*places)),
        key=lambda item: (item.arena_bytes, item.drop or 0.0, tuple(member.file for member in item.members)),
    )
    kept: list[Choice] = []
    for item in found:
        if not kept or (item.drop or 0.0) < min(other.drop or 0.0 for other in kept):
            kept.append(item)
    return tuple(kept)
