"""The footprint of a model on a target: what TFLM's arena holds, to the byte, without running anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from arenafit.ir import Model, OpId
from arenafit.planning.problem import Problem
from arenafit.targets.target import WHEEL, Target
from arenafit.tflm import tail as tails
from arenafit.tflm.arena_run import Allocation, Binding, TailCategory
from arenafit.tflm.head_problem import PlannedBuffer, heads
from arenafit.tflm.kernel_requests import ModelAsked, overruns_bytes
from arenafit.tflm.liveness import Lifetimes, lifetimes
from arenafit.tflm.tail import PlanFacts
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# The categories RecordingMicroAllocator prints; "op_data" is always 0 (b/187993291 in recording_micro_allocator.h).
RECORDED = (
    TailCategory.EVAL_TENSORS,
    TailCategory.PERSISTENT_TENSORS,
    TailCategory.QUANTIZATION,
    TailCategory.PERSISTENT_BUFFERS,
    TailCategory.VARIABLES,
    TailCategory.NODE_AND_REGISTRATIONS,
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A category as RecordingMicroAllocator prints it."""

    used_bytes: int
    requested_bytes: int
    count: int


@dataclass(frozen=True, slots=True)
class Recording:
    """What RecordingMicroAllocator prints: its own objects, larger than the ordinary ones, are part of the tail."""

    head_bytes: int
    tail_bytes: int
    categories: Mapping[TailCategory, Recorded]

    @property
    def total_bytes(self) -> int:
        """Head and tail."""
        return self.head_bytes + self.tail_bytes


@dataclass(frozen=True, slots=True)
class TwoArenas:
    """The smallest sizes, in steps of 16 bytes, with which AllocateTensors succeeds in two arenas, both 16-aligned.

    `persistent_bytes`: tables, operators' data, variables. `non_persistent_bytes`: activations and scratch buffers,
    which every Invoke reads and writes most; before that, what is temporary while the model is allocated.
    """

    persistent_bytes: int
    non_persistent_bytes: int


@dataclass(frozen=True, slots=True)
class PlannedElsewhere:
    """An arena whose head an application's planner lays out: how much of it is persistent, and its smallest size."""

    persistent_bytes: int
    min_arena_bytes: int


@dataclass(frozen=True, slots=True)
class Peak:
    """The scope in which most bytes of the head live, and what lives there."""

    scope: int
    op: OpId | None  # None: before the first operator
    live_bytes: int
    buffers: tuple[PlannedBuffer, ...]


@dataclass(frozen=True)
class Footprint:
    """What the arena of a model holds on a target.

    `plan` has the buffers of the head in the order in which TFLM's planner gets them, `tail` its allocations from the
    high end down. `transient_bytes` is the most that the head's space held before the plan existed.
    `binding` says which step needs `min_arena_bytes`. `estimated` is empty when every figure is exact; otherwise it
    says what is not counted.
    """

    target: Target
    plan: tuple[PlannedBuffer, ...]
    head_bytes: int
    tail: tuple[Allocation, ...]
    tail_bytes: int
    transient_bytes: int
    binding: Binding
    estimated: tuple[str, ...]
    problem: Problem = field(repr=False)
    lifetimes: Lifetimes = field(repr=False)
    _model: Model = field(repr=False)
    _asked: ModelAsked = field(repr=False)
    _resource_variables: int = field(repr=False)

    @property
    def used_bytes(self) -> int:
        """Head and tail: what `arena_used_bytes` gives after AllocateTensors."""
        return self.head_bytes + self.tail_bytes

    @property
    def min_arena_bytes(self) -> int:
        """The smallest arena in steps of 16 bytes, beginning 16-aligned, in which AllocateTensors succeeds."""
        return align_up(self.binding.need_bytes, ARENA_ALIGNMENT_BYTES)

    @property
    def resource_variables(self) -> int:
        """How many resource variables the table in the tail has room for."""
        return self._resource_variables

    @cached_property
    def overruns_bytes(self) -> Mapping[OpId, int]:
        """What kernels write behind the last scratch buffer of their operator, where they do."""
        return overruns_bytes(self._asked)

    @cached_property
    def recording(self) -> Recording:
        """What the recording allocator would print on this target."""
        facts = PlanFacts(self.head_bytes, len(self.plan))
        arena = tails.run(
            self._model,
            self._asked,
            facts,
            self.target,
            tails.Allocator(True, self._resource_variables),
        )
        categories = {category: _recorded(arena.allocations, category) for category in RECORDED}
        return Recording(self.head_bytes, arena.tail_bytes, categories)

    @cached_property
    def two_arenas(self) -> TwoArenas:
        """What MicroAllocator::Create with a persistent and a non-persistent arena needs in each.

        Mirrors micro_allocator.cc, persistent_arena_buffer_allocator.cc and non_persistent_arena_buffer_allocator.cc
        of tensorflow/lite/micro (commit 90b983c2).
        """
        arena = tails.run(
            self._model,
            self._asked,
            PlanFacts(self.head_bytes, len(self.plan)),
            self.target,
            tails.Allocator(False, self._resource_variables, separate=True),
        )
        return TwoArenas(
            align_up(arena.tail_bytes, ARENA_ALIGNMENT_BYTES),
            align_up(max(self.head_bytes, arena.transient_bytes), ARENA_ALIGNMENT_BYTES),
        )

    def planned_elsewhere(self, head_bytes: int) -> PlannedElsewhere:
        """Return what the arena needs with a MicroMemoryPlanner of the application, `head_bytes` of it being planned.

        MicroAllocator::Create(arena, size, MicroMemoryPlanner*) makes no planner in the arena. What is temporary while
        the model is allocated lies where the head will be.
        """
        arena = tails.run(
            self._model,
            self._asked,
            PlanFacts(head_bytes, 0, own_planner=True),
            self.target,
            tails.Allocator(False, self._resource_variables),
        )
        return PlannedElsewhere(arena.tail_bytes, align_up(arena.binding.need_bytes, ARENA_ALIGNMENT_BYTES))

    @cached_property
    def live_bytes(self) -> Mapping[int, int]:
        """Bytes of the head that live in each scope that is told apart, each buffer rounded up to 16."""
        changes: dict[int, int] = {}
        for placed in self.plan:
            size_bytes = placed.end_bytes - placed.offset_bytes
            live = placed.buffer.live
            changes[live.first] = changes.get(live.first, 0) + size_bytes
            changes[live.end] = changes.get(live.end, 0) - size_bytes
        found, total = {}, 0
        for scope in self.lifetimes.told:
            total += changes.get(scope, 0)
            found[scope] = total
        return found

    @property
    def bound_bytes(self) -> int:
        """The live-set bound: no plan without overlaps in memory is lower."""
        return max(self.live_bytes.values(), default=0)

    @cached_property
    def peak(self) -> Peak:
        """The scope that makes the bound."""
        scope = max(self.live_bytes, key=lambda key: self.live_bytes[key])
        buffers = tuple(item for item in self.plan if item.buffer.live.first <= scope < item.buffer.live.end)
        return Peak(scope, self.lifetimes.op_at.get(scope), self.live_bytes[scope], buffers)

    def tail_of(self, op: OpId) -> int:
        """Return the bytes of the tail that an operator asked for."""
        return sum(item.size_bytes for item in self.tail if item.op == op)


def footprint(
    model: Model, target: Target = WHEEL, *, estimate: bool = False, resource_variables: int | None = None
) -> Footprint:
    """Return the footprint of `model` on `target`.

    Args:
        model: any model that TFLM runs.
        target: data model, kernel library and allocator.
        estimate: leave out what operators without a kernel file ask for, and say so in `Footprint.estimated`.
        resource_variables: how many the application creates; None: as many as the model names, as the wheel does.

    Raises:
        UnsupportedModelError: naming the operator whose kernel is not known, or what TFLM does not support.
    """
    alive = lifetimes(model)
    head = next(heads(model, (target,), alive, estimate=estimate))
    asked = head.asked
    variables = _variable_names(model) if resource_variables is None else resource_variables
    facts = PlanFacts(head.height_bytes, len(head.plan))
    arena = tails.run(model, asked, facts, target, tails.Allocator(target.recording, variables))
    return Footprint(
        target=target,
        plan=head.plan,
        head_bytes=head.height_bytes,
        tail=tuple(arena.allocations),
        tail_bytes=arena.tail_bytes,
        transient_bytes=arena.transient_bytes,
        binding=arena.binding,
        estimated=asked.unknown,
        problem=head.problem,
        lifetimes=alive,
        _model=model,
        _asked=asked,
        _resource_variables=variables,
    )


def _variable_names(model: Model) -> int:
    """Return the number of different shared names, as count_resource_variables of the wheel's runtime.py does."""
    names = {op.options.get("shared_name") for op in model.ops.values() if op.name == "VAR_HANDLE" and op.options}
    return len(names)


def _recorded(allocations: list[Allocation], category: TailCategory) -> Recorded:
    found = [item for item in allocations if item.category is category]
    return Recorded(
        sum(item.size_bytes for item in found),
        sum(item.requested_bytes for item in found),
        sum(item.count for item in found),
    )
