"""The limits that a check holds a model to, each as a finding."""

from collections.abc import Iterator
from dataclasses import dataclass

from arenafit.errors import BudgetError
from arenafit.ir import Model
from arenafit.memories import MemoryRequest
from arenafit.targets.boards import Board
from arenafit.targets.memories import chosen_memories
from arenafit.tflm import Footprint
from arenafit.units import format_size


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit: what it is on, whether it holds, the figure and the limit in bytes, and a sentence."""

    what: str  # arena, flash, board-arena, board-flash, growth, measured, memory (of several), memories (all of them)
    holds: bool
    actual_bytes: int
    limit_bytes: int
    text: str


def finding(what: str, actual_bytes: int, limit_bytes: int, limit: str, *, kind: str | None = None) -> Finding:
    """Return whether a figure keeps to a limit; `what` and `limit` are how both are called."""
    difference_bytes = actual_bytes - limit_bytes
    over = f"{format_size(difference_bytes)} over" if difference_bytes > 0 else "within"
    text = f"{what} of {format_size(actual_bytes)} bytes is {over} {limit} of {format_size(limit_bytes)}"
    return Finding(kind or what, difference_bytes <= 0, actual_bytes, limit_bytes, text)


def memory_findings(asked: MemoryRequest, board: Board | None, model: Model, found: Footprint) -> Iterator[Finding]:
    """Yield what the model takes of each memory; one finding that says why, if it cannot be spread over them."""
    if not asked.memories:
        return
    own = None if board is None else board.regions
    try:
        plan = asked.spread(model, found, own)
    except BudgetError as error:
        room_bytes = sum(region.capacity_bytes for region in chosen_memories(asked.memories, own))
        yield Finding("memories", False, found.min_arena_bytes, room_bytes, f"memories: {error}")
        return
    for region, size_bytes in zip(plan.regions, plan.sizes_bytes, strict=True):
        room_bytes = region.available_bytes
        text = f"{region.name} {format_size(size_bytes)} of {format_size(room_bytes)} bytes"
        yield Finding("memory", size_bytes <= room_bytes, size_bytes, room_bytes, text)
