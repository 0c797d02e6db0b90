"""Makes rows of a model over several memories."""

from arenafit.ir import Model
from arenafit.memories import MemoryPlan, MemoryRequest
from arenafit.report.documents.memory_rows import BufferPlaceRow, MemoriesRow, MemoryRow
from arenafit.targets.boards import Board
from arenafit.tflm import Footprint


def asked_row(asked: MemoryRequest, model: Model, found: Footprint, board: Board | None) -> MemoriesRow:
    """Return the plan over the memories that are asked for as rows; `found` is the model's footprint.

    Raises:
        BudgetError: if no plan is found in which everything fits.
        TargetError: if a memory or tensor is named that is not there.
    """
    return memories_row(asked.spread(model, found, None if board is None else board.regions))


def memories_row(plan: MemoryPlan) -> MemoriesRow:
    """Return a plan over several memories as rows."""
    return MemoriesRow(
        cost=plan.cost,
        bound=plan.bound,
        gap=plan.gap,
        arena=plan.regions[plan.arena_region].name,
        arena_bytes=plan.arena_bytes,
        one_memory_bytes=plan.footprint.head_bytes,
        all_memories_bytes=sum(plan.tops_bytes),
        memories=tuple(_memory(plan, index) for index in range(len(plan.regions))),
        buffers=tuple(
            BufferPlaceRow(
                item.buffer.what,
                plan.regions[at.region].name,
                at.offset_bytes,
                at.size_bytes,
                moved.read_bytes,
                moved.written_bytes,
            )
            for item, at, moved in zip(plan.footprint.plan, plan.placements, plan.buffer_traffic, strict=True)
        ),
    )


def _memory(plan: MemoryPlan, index: int) -> MemoryRow:
    region, moved = plan.regions[index], plan.traffic[index]
    return MemoryRow(
        name=region.name,
        size_bytes=region.size_bytes,
        reserve_bytes=region.reserve_bytes,
        taken_bytes=plan.sizes_bytes[index],
        buffers_bytes=plan.tops_bytes[index],
        spare_bytes=region.available_bytes - plan.sizes_bytes[index],
        buffers=sum(at.region == index for at in plan.placements),
        read_cost=region.reading,
        write_cost=region.writing,
        read_bytes=moved.read_bytes,
        written_bytes=moved.written_bytes,
        share=plan.shares[index],
        has_arena=index == plan.arena_region,
        persistent_bytes=plan.persistent_bytes if index == plan.arena_region else 0,
    )
