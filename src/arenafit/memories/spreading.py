"""Spreads a model over several memories: first that it fits, then at the least predicted cost of what it moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.costs.core import core_of
from arenafit.costs.traffic_prediction import ModelTraffic, predict_traffic
from arenafit.errors import BudgetError, TargetError
from arenafit.ir import Model, OpId
from arenafit.layout.rigid import RigidGroup, rigid_groups
from arenafit.memories.options import SpreadOptions
from arenafit.memories.plan import MemoryPlan, Placement, Traffic
from arenafit.planning.region_search import FoundPlan, largest, search
from arenafit.planning.regions import Piece, RegionProblem
from arenafit.targets.memories import Region
from arenafit.tflm import Footprint
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_down, align_up, format_size

# Costs are searched as integers; what all could cost takes at most this much.
_HIGHEST_COST = 1 << 36


def spread_over(
    model: Model, found: Footprint, regions: Sequence[Region], options: SpreadOptions | None = None
) -> MemoryPlan:
    """Return the model's buffers spread over `regions`.

    Args:
        model: the model.
        found: its footprint, for one arena.
        regions: the memories; what `Region.reserve_bytes` says is left free in each.
        options: what the plan must keep to.

    Raises:
        BudgetError: if no plan is found in which everything fits.
        TargetError: if there is no memory, or none has a name that the options say, or tensors that keep their distance
            are pinned to different ones.
    """
    return _Spreading(model, found, tuple(regions), options or SpreadOptions()).best()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The arena in one memory, and what was found with it there."""

    arena: int
    room_bytes: int
    found: FoundPlan


class _Spreading:
    def __init__(self, model: Model, found: Footprint, regions: tuple[Region, ...], options: SpreadOptions) -> None:
        if not regions:
            raise TargetError("no memory is named: name some with --memory NAME=SIZE, or a board that has some")
        self.footprint = found
        self.regions = regions
        self.options = options
        self.margin_bytes = align_up(options.margin_bytes, ARENA_ALIGNMENT_BYTES)
        self.groups = rigid_groups(model, found)
        self._check_pins(model)
        self.pinned = [self._pin(group) for group in self.groups]
        traffic = predict_traffic(model, core_of(found.target), _scratches(found))
        self.buffer_traffic = _buffer_traffic(model, found, traffic)
        self.tables = Traffic(traffic.tables_bytes, 0)
        dearest = max(max(region.reading, region.writing) for region in regions)
        whole = dearest * (sum(item.total_bytes for item in self.buffer_traffic) + 1)
        self.unit = whole / _HIGHEST_COST
        self.pieces = tuple(self._piece(group, pin) for group, pin in zip(self.groups, self.pinned, strict=True))

    def best(self) -> MemoryPlan:
        """Return the cheapest plan over the places that the arena may have."""
        arena = self.options.arena
        rooms = {index: self._room(index) for index in self._candidates(arena)}
        possible = {index: room for index, room in rooms.items() if room is not None}
        if not possible:
            need = self.footprint.planned_elsewhere(0).min_arena_bytes + self.margin_bytes
            raise BudgetError(
                f"the arena's persistent part needs {format_size(need)} bytes, and"
                f" {'no memory' if arena is None else f'memory {arena}'} has as much: name a larger one"
            )
        tried = [_Candidate(index, room, self._search(index, room, quick=True)) for index, room in possible.items()]
        tried.sort(key=self._rank)
        last = tried[0]
        for candidate in tried:
            last = _Candidate(
                candidate.arena, candidate.room_bytes, self._search(candidate.arena, candidate.room_bytes)
            )
            if not last.found.spread.unplaced_bytes(self._problem(last.arena, last.room_bytes)):
                return self._plan(last)
        raise BudgetError(self._misfit(last))

    def _candidates(self, arena: str | None) -> list[int]:
        found = [index for index, region in enumerate(self.regions) if arena in (None, region.name)]
        if not found:
            names = ", ".join(region.name for region in self.regions)
            raise TargetError(f"there is no memory '{arena}' for the arena: there are {names}")
        return found

    def _room(self, arena: int) -> int | None:
        """Return what is left for buffers in a memory that has the arena, None if it cannot have it."""
        capacity = self.regions[arena].capacity_bytes - self.margin_bytes
        empty = self.footprint.planned_elsewhere(0)
        if empty.min_arena_bytes > capacity:
            return None
        room = align_down(capacity - empty.persistent_bytes, ARENA_ALIGNMENT_BYTES)
        while room > 0 and self.footprint.planned_elsewhere(room).min_arena_bytes > capacity:
            room -= ARENA_ALIGNMENT_BYTES
        return max(0, room)

    def _cost(self, traffic: Traffic, region: int) -> float:
        where = self.regions[region]
        return traffic.read_bytes * where.reading + traffic.written_bytes * where.writing

    def _problem(self, arena: int, room_bytes: int) -> RegionProblem:
        capacities = tuple(
            room_bytes if index == arena else region.capacity_bytes for index, region in enumerate(self.regions)
        )
        return RegionProblem(self.pieces, capacities, ARENA_ALIGNMENT_BYTES)

    def _check_pins(self, model: Model) -> None:
        planned = {item.buffer.tensor for item in self.footprint.plan}
        for tensor, memory in self.options.pins.items():
            name = model.tensors[tensor].name
            if memory not in {region.name for region in self.regions}:
                raise TargetError(f"there is no memory '{memory}' to pin '{name}' to")
            if tensor not in planned:
                raise TargetError(f"'{name}' cannot be pinned: TFLM plans no buffer for it")

    def _pin(self, group: RigidGroup) -> int | None:
        """Return the memory that a group is pinned to by one of its tensors, None if it may go anywhere."""
        names = {}
        for key in group.members:
            tensor = self.footprint.plan[key].buffer.tensor
            if tensor is not None and tensor in self.options.pins:
                names[self.options.pins[tensor]] = self.footprint.plan[key].buffer.what
        if len(names) > 1:
            (one, first), (other, second) = sorted(names.items())[:2]
            raise TargetError(
                f"'{first}' and '{second}' share memory and keep their distance: pin both to {one}, or both to {other}"
            )
        found = [index for index, region in enumerate(self.regions) if region.name in names]
        return found[0] if found else None

    def _piece(self, group: RigidGroup, pin: int | None) -> Piece:
        sums = [
            sum(self._cost(self.buffer_traffic[key], index) for key in group.members)
            for index in range(len(self.regions))
        ]
        costs = [None if pin not in (None, index) else round(one / self.unit) for index, one in enumerate(sums)]
        return Piece(group.parts, tuple(costs))

    def _search(self, arena: int, room_bytes: int, *, quick: bool = False) -> FoundPlan:
        exact = self.options.exact and not quick
        return search(self._problem(arena, room_bytes), quick=quick, given_up=self.options.given_up, exact=exact)

    def _rank(self, item: _Candidate) -> tuple[int, float, int]:
        problem = self._problem(item.arena, item.room_bytes)
        cost = item.found.cost * self.unit + self._cost(self.tables, item.arena)
        return item.found.spread.unplaced_bytes(problem), cost, item.arena

    def _plan(self, chosen: _Candidate) -> MemoryPlan:
        placements: dict[int, Placement] = {}
        for group, place in zip(self.groups, chosen.found.spread.places, strict=True):
            if place is None:
                raise BudgetError("a buffer found no place")
            for key, part in zip(group.members, group.parts, strict=True):
                size_bytes = align_up(self.footprint.plan[key].buffer.size_bytes, ARENA_ALIGNMENT_BYTES)
                placements[key] = Placement(place[0], place[1] + part.offset_bytes, size_bytes)
        head_bytes = chosen.found.spread.tops_bytes(self._problem(chosen.arena, chosen.room_bytes))[chosen.arena]
        min_arena_bytes = self.footprint.planned_elsewhere(head_bytes).min_arena_bytes
        tables = self._cost(self.tables, chosen.arena)
        ordered = tuple(placements[key] for key in range(len(placements)))
        exact = sum(self._cost(traffic, at.region) for traffic, at in zip(self.buffer_traffic, ordered, strict=True))
        # Costs were rounded to whole units, which can lift the bound a little above what is true.
        bound = max(0.0, (chosen.found.bound - len(self.groups)) * self.unit)
        bound = exact if chosen.found.gap == 0 else min(exact, bound)
        return MemoryPlan(
            regions=self.regions,
            footprint=self.footprint,
            groups=self.groups,
            placements=ordered,
            buffer_traffic=self.buffer_traffic,
            arena_region=chosen.arena,
            min_arena_bytes=min_arena_bytes,
            arena_bytes=min_arena_bytes + self.margin_bytes,
            tables=self.tables,
            cost=exact + tables,
            bound=bound + tables,
        )

    def _misfit(self, candidate: _Candidate) -> str:
        problem = self._problem(candidate.arena, candidate.room_bytes)
        left = largest(problem, candidate.found.spread)
        rooms = ", ".join(
            f"{region.name} {format_size(room)}"
            for region, room in zip(self.regions, problem.capacities_bytes, strict=True)
        )
        key = 0 if left is None else left[0]
        size_bytes = 0 if left is None else left[1].span_bytes
        group = self.groups[key]
        what = self.footprint.plan[group.members[0]].buffer.what
        more = f" and {len(group.members) - 1} others that must keep their distance" if len(group.members) > 1 else ""
        return (
            f"no place is found for '{what}'{more} ({format_size(size_bytes)} bytes) beside the other buffers; room for"
            f" buffers: {rooms}, less what is persistent. Add a memory, or make the model smaller with 'arenafit fit'"
        )


def _scratches(found: Footprint) -> dict[OpId, list[int]]:
    sizes: dict[OpId, list[int]] = {}
    for item in found.plan:
        if item.buffer.op is not None:
            sizes.setdefault(item.buffer.op, []).append(item.buffer.size_bytes)
    return sizes


def _buffer_traffic(model: Model, found: Footprint, traffic: ModelTraffic) -> tuple[Traffic, ...]:
    """Return what is moved in each buffer; the application writes inputs and reads outputs once."""
    counts: dict[OpId, int] = {}
    rows = []
    for item in found.plan:
        buffer = item.buffer
        read = written = 0
        if buffer.tensor is not None:
            read, written = traffic.tensors.get(buffer.tensor, (0, 0))
            read += buffer.size_bytes * (buffer.tensor in model.main.outputs)
            written += buffer.size_bytes * (buffer.tensor in model.main.inputs)
        elif buffer.op is not None:
            place = counts.get(buffer.op, 0)
            counts[buffer.op] = place + 1
            parts = traffic.scratch.get(buffer.op, ())
            read, written = parts[place] if place < len(parts) else (0, 0)
        rows.append(Traffic(read, written))
    return tuple(rows)
