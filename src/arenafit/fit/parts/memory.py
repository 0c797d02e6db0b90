"""What parts in one arena take: the arena, the images of the tails, and the hand-over from part to part."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.costs import Core
from arenafit.costs.memcpy import memcpy
from arenafit.tflm.footprints import Footprint


@dataclass(frozen=True, slots=True)
class PartMemory:
    """What a part needs of the arena, each in steps of 16 bytes.

    `persistent_bytes` is its tail, which has to be put back before the part runs again; `non_persistent_bytes` its
    activations, scratch, and what is temporary while it is allocated.
    """

    persistent_bytes: int
    non_persistent_bytes: int

    @property
    def arena_bytes(self) -> int:
        """Both."""
        return self.persistent_bytes + self.non_persistent_bytes

    @classmethod
    def of(cls, found: Footprint) -> "PartMemory":
        """Return what the model of `found` needs as a part: persistent memory and the rest as two arenas."""
        two = found.two_arenas
        return cls(two.persistent_bytes, two.non_persistent_bytes)


@dataclass(frozen=True, slots=True)
class SharedArena:
    """Parts that run one after the other in one arena.

    `arena_bytes` is what the largest part needs. `images_bytes` is what copies of all tails take, in flash or in slow
    RAM outside the arena. `handover_instructions` are estimated for a frame: every tail put back, every tensor between
    two parts moved.
    """

    arena_bytes: int
    images_bytes: int
    handover_instructions: int


def shared_arena(parts: Sequence[PartMemory], handed_bytes: Sequence[int], core: Core) -> SharedArena:
    """Return what `parts` take together; `handed_bytes` are the sizes of the tensors between them."""
    moved = [*(part.persistent_bytes for part in parts), *handed_bytes]
    return SharedArena(
        max(part.arena_bytes for part in parts),
        sum(part.persistent_bytes for part in parts),
        sum(memcpy(size_bytes, core) for size_bytes in moved),
    )
