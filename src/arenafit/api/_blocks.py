"""What a log says of the heap's free blocks against a model: an arena lies whole in one, buffers may share several."""

from collections.abc import Iterator, Sequence

from arenafit.diagnostics import Match
from arenafit.errors import BudgetError
from arenafit.ir import Model
from arenafit.memories import MemoryRequest
from arenafit.tflm import Footprint
from arenafit.units import format_size

# The message that tells of one heap, and those that tell of any.
_ONE_HEAP = "heap-block"
_BLOCK = "largest_bytes"
_MOST_BLOCKS = 8
_LEAST_BYTES = 1024


def block_notes(matches: Sequence[Match], model: Model, found: Footprint) -> Iterator[str]:
    """Yield what the largest free blocks in a log mean for the model; `found` is its footprint."""
    told = [match for match in matches if _BLOCK in match.values]
    if not told:
        return
    match = max(told, key=lambda one: int(one.values[_BLOCK]))
    largest, arena = int(match.values[_BLOCK]), found.min_arena_bytes
    where = f"line {match.line_number}: the largest free block has {format_size(largest)} bytes"
    if largest >= arena:
        yield f"{where}, enough for the arena of {format_size(arena)} predicted for {found.target.name}"
        return
    yield (
        f"{where}, {format_size(arena - largest)} fewer than the arena of {format_size(arena)} predicted for"
        f" {found.target.name}, which must lie in one piece, however much is free in all blocks together"
    )
    yield from _together(told, model, found)


def _together(told: Sequence[Match], model: Model, found: Footprint) -> Iterator[str]:
    sizes = sorted((int(one.values[_BLOCK]) for one in told if one.message.id == _ONE_HEAP), reverse=True)
    usable = [size for size in sizes[:_MOST_BLOCKS] if size >= _LEAST_BYTES]
    if len(usable) < 2:
        yield "buffers may be spread over several blocks: name each with --memory NAME=SIZE"
        return
    asked = MemoryRequest(tuple(f"block{number}={size}" for number, size in enumerate(usable, start=1)))
    try:
        plan = asked.spread(model, found, None)
    except BudgetError:
        yield f"the {len(usable)} largest blocks do not hold its buffers together either"
        return
    taken = ", ".join(
        f"{format_size(size)} of {format_size(region.size_bytes)}"
        for region, size in zip(plan.regions, plan.sizes_bytes, strict=True)
        if size
    )
    yield f"spread over these blocks it fits: {taken} bytes; `arenafit export MODEL -o DIR {' '.join(asked.options)}`"
