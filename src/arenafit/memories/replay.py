"""Replays what TFLM asks of a planner, in its order, on a plan over several memories, and says what breaks.

Mirrors MicroAllocator::CommitStaticMemoryPlan and CommitPlan of tensorflow/lite/micro/micro_allocator.cc (commit
90b983c2): AddBuffer for each buffer, then GetOffsetForBuffer for each. The lifetimes are taken anew from the footprint;
nothing of what the search held for true is used.
"""

from collections.abc import Iterator

from arenafit.memories.plan import MemoryPlan
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


def faults(plan: MemoryPlan) -> tuple[str, ...]:
    """Return everything that is wrong with a plan, as sentences; empty if TFLM can use it.

    A buffer lies whole in one memory, at the size TFLM gives; buffers that meet in memory and in time do so at the
    distance they have in the plan for one arena; a buffer begins at a multiple of 16 if it does there.
    """
    if len(plan.placements) != len(plan.footprint.plan):
        return (f"{len(plan.footprint.plan)} buffers are added, the plan has {len(plan.placements)}",)
    return (*_refused(plan), *_met(plan), *_pulled_apart(plan))


def _refused(plan: MemoryPlan) -> Iterator[str]:
    buffers = plan.footprint.plan
    for key, (item, at) in enumerate(zip(buffers, plan.placements, strict=True)):
        size_bytes = align_up(item.buffer.size_bytes, ARENA_ALIGNMENT_BYTES)
        if at.size_bytes != size_bytes:
            yield f"buffer {key} has {size_bytes} bytes, the plan says {at.size_bytes}"
        room = plan.sizes_bytes[at.region]
        if at.region == plan.arena_region:
            room = plan.arena_bytes - plan.footprint.planned_elsewhere(0).persistent_bytes
        if at.offset_bytes < 0 or at.offset_bytes + size_bytes > room:
            yield f"buffer {key} does not lie whole in memory {plan.regions[at.region].name}"
        if (at.offset_bytes - item.offset_bytes) % ARENA_ALIGNMENT_BYTES:
            yield f"buffer {key} is not aligned as in one arena"
    for region, size in zip(plan.regions, plan.sizes_bytes, strict=True):
        if size > region.available_bytes:
            yield f"memory {region.name} has {region.available_bytes} bytes, the plan takes {size}"


def _together(plan: MemoryPlan) -> Iterator[tuple[int, int]]:
    """Pairs of buffers that TFLM keeps at the same time."""
    buffers = [item.buffer for item in plan.footprint.plan]
    order = sorted(range(len(buffers)), key=lambda key: buffers[key].live.first)
    for position, one in enumerate(order):
        for other in order[position + 1 :]:
            if buffers[other].live.first >= buffers[one].live.end:
                break
            yield one, other


def _met(plan: MemoryPlan) -> Iterator[str]:
    """Buffers that lie on each other now and did not before."""
    buffers = plan.footprint.plan
    for one, other in _together(plan):
        first, second = plan.placements[one], plan.placements[other]
        if first.region != second.region:
            continue
        sizes = buffers[one].buffer.size_bytes, buffers[other].buffer.size_bytes
        now = second.offset_bytes - first.offset_bytes
        before = buffers[other].offset_bytes - buffers[one].offset_bytes
        if -sizes[1] < now < sizes[0] and now != before:
            yield f"buffers {one} and {other} lie on each other in memory {plan.regions[first.region].name}"


def _pulled_apart(plan: MemoryPlan) -> Iterator[str]:
    """Buffers that share memory while both are in use, and do not keep their distance."""
    buffers = plan.footprint.plan
    for one, other in _together(plan):
        sizes = buffers[one].buffer.size_bytes, buffers[other].buffer.size_bytes
        before = buffers[other].offset_bytes - buffers[one].offset_bytes
        if not -sizes[1] < before < sizes[0]:
            continue
        first, second = plan.placements[one], plan.placements[other]
        if first.region != second.region or second.offset_bytes - first.offset_bytes != before:
            yield f"buffers {one} and {other} share memory and are pulled apart"
