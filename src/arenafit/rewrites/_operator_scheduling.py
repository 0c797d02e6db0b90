"""The order of operators that keeps the least alive, results that take their operands' place counted once.

What lives depends only on which operators have run, so orders meet in sets of operators that are closed under "runs
before". The best order is a path through these sets whose highest point is lowest: found exactly as long as the sets
that lie below the best known order are few enough, by a beam otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from arenafit.ir import Graph, Op, OpId, TensorId
from arenafit.kernels import find
from arenafit.kernels.sharing import OperandOverlap
from arenafit.rewrites._effects import touched_variables, variables_by_handle
from arenafit.rewrites._sites import Site
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# Operators that the exact search looks at, over all sets, and partial orders a beam keeps.
_WORK = 400_000
_BEAM = 24


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order, by position in the graph's schedule; its highest live set; whether no order has a lower one."""

    order: tuple[int, ...]
    peak_bytes: int
    proved: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """What an operator does to the live set."""

    needs: int  # bit set of the operators that must have run
    touched: tuple[int, ...]  # tensors it reads or writes, by number
    born_bytes: int  # of its outputs, views left out
    scratch_bytes: int
    saves: tuple[tuple[int, int], ...]  # (operand, bytes its place saves if it dies here), the most first
    many: bool  # whether all of these count, as for operands joined, or only the first


@dataclass(frozen=True)
class Orders:
    """The orders of one graph."""

    steps: tuple[_Step, ...]
    sizes: tuple[int, ...]  # by number of the tensor, aligned
    ends: tuple[int, ...]  # bit set of the operators after which a tensor is dead; 0: never
    start_bytes: int

    def run(self, done: int, live: int, index: int) -> tuple[int, int, int]:
        """Return (operators done, live bytes, bytes at the operator) after running operator `index`."""
        step = self.steps[index]
        after = done | 1 << index
        dead = {tensor for tensor in step.touched if self.ends[tensor] and not self.ends[tensor] & ~after}
        saved = [size for tensor, size in step.saves if tensor in dead]
        at_op = live + step.born_bytes - (sum(saved) if step.many else sum(saved[:1]))
        left = live + step.born_bytes - sum(self.sizes[tensor] for tensor in dead)
        return after, left, at_op + step.scratch_bytes

    def peak_bytes(self, order: Iterable[int]) -> int:
        """Return the largest live set of `order`."""
        done, live, peak = 0, self.start_bytes, self.start_bytes
        for index in order:
            done, live, at_op = self.run(done, live, index)
            peak = max(peak, at_op)
        return peak

    def best(self) -> FoundOrder:
        """Return the best order found; the present one unless another has a lower peak."""
        present = tuple(range(len(self.steps)))
        known = FoundOrder(present, self.peak_bytes(present), proved=False)
        if self._floor_bytes() >= known.peak_bytes:
            return FoundOrder(present, known.peak_bytes, proved=True)
        order = self._beam()
        if order is not None and self.peak_bytes(order) < known.peak_bytes:
            known = FoundOrder(order, self.peak_bytes(order), proved=False)
        return self._exact(known)

    def _floor_bytes(self) -> int:
        """No order has a lower peak: what one operator holds alone."""
        alone = (
            sum(self.sizes[tensor] for tensor in step.touched)
            + step.scratch_bytes
            - sum(size for _, size in step.saves)
            for step in self.steps
        )
        return max([self.start_bytes, *alone])

    def _ready(self, done: int) -> Iterable[int]:
        for index, step in enumerate(self.steps):
            if not done >> index & 1 and not step.needs & ~done:
                yield index

    def _settle(self, done: int, live: int, peak: int) -> tuple[int, int, list[int]]:
        """Run what can only help: operators that stay within `peak` and leave no more alive than before."""
        made: list[int] = []
        while True:
            for index in self._ready(done):
                after, left, at_op = self.run(done, live, index)
                if left <= live and at_op <= peak:
                    made.append(index)
                    done, live = after, left
                    break
            else:
                return done, live, made

    def _exact(self, known: FoundOrder) -> FoundOrder:
        """Visit sets of operators by their peak; the first time all have run, the order is the best."""
        everything = (1 << len(self.steps)) - 1
        # (peak, operators left, a number that tells equals apart, set, live bytes)
        start = (self.start_bytes, len(self.steps), 0, 0, self.start_bytes)
        waiting, number = [start], 0
        came_from: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
        visited: set[int] = set()
        peaks = {0: self.start_bytes}
        work = 0
        while waiting:
            peak, _, _, done, live = heappop(waiting)
            if done in visited:
                continue
            visited.add(done)
            if done == everything:
                return FoundOrder(_path(came_from, done), peak, proved=True)
            if work > _WORK:
                return known
            work += len(self.steps)
            for index in self._ready(done):
                after, left, at_op = self.run(done, live, index)
                higher = max(peak, at_op)
                if higher >= known.peak_bytes:
                    continue
                after, left, more = self._settle(after, left, higher)
                work += len(self.steps) * (len(more) + 1)
                if higher >= peaks.get(after, known.peak_bytes):
                    continue
                peaks[after] = higher
                came_from[after] = (done, (index, *more))
                number += 1
                heappush(waiting, (higher, len(self.steps) - after.bit_count(), number, after, left))
        return FoundOrder(known.order, known.peak_bytes, proved=True)

    def _beam(self) -> tuple[int, ...] | None:
        """Return the order with the smallest (peak, sum) a beam finds; None if no order exists."""
        states: dict[int, tuple[int, int, int, tuple[int, ...]]] = {0: (self.start_bytes, 0, self.start_bytes, ())}
        for _ in self.steps:
            found: dict[int, tuple[int, int, int, tuple[int, ...]]] = {}
            for done, (peak, total, live, order) in states.items():
                for index in self._ready(done):
                    after, left, at_op = self.run(done, live, index)
                    entry = (max(peak, at_op), total + at_op, left, (*order, index))
                    if after not in found or entry < found[after]:
                        found[after] = entry
            kept = sorted(found.items(), key=lambda item: (item[1][0], item[1][2], item[1][1], item[1][3]))
            states = dict(kept[:_BEAM])
        # A tensor with two writers may need one before itself: then no order exists.
        return min(states.values())[3] if states else None


def _path(came_from: Mapping[int, tuple[int, tuple[int, ...]]], done: int) -> tuple[int, ...]:
    order: tuple[int, ...] = ()
    while done:
        done, steps = came_from[done]
        order = (*steps, *order)
    return order


def orders(site: Site, scratch_bytes: Mapping[OpId, int] | None = None) -> Orders:
    """Return the orders of the graph at `site`; `scratch_bytes`: what operators need besides their tensors."""
    graph = site.graph
    position = {op.id: index for index, op in enumerate(graph.ops)}
    tensors = [tensor for tensor in graph.tensors if tensor.id in graph.producers or tensor.id in graph.inputs]
    number = {tensor.id: index for index, tensor in enumerate(tensors)}
    views = _views(graph, number)
    sizes = [
        0 if index in views else align_up(tensor.size_bytes, ARENA_ALIGNMENT_BYTES)
        for index, tensor in enumerate(tensors)
    ]
    kept = site.named - set(graph.inputs)
    ends = [
        0 if tensor.id in kept else _mask(position[op.id] for op in _touching(graph, tensor.id)) for tensor in tensors
    ]
    for view, source in reversed(views.items()):
        ends[source] = ends[source] | ends[view] if ends[view] and ends[source] else 0
    made = _Numbered(graph, number, tuple(sizes), views)
    scratch = scratch_bytes or {}
    return Orders(
        steps=tuple(_step(made, op, needs, scratch.get(op.id, 0)) for op, needs in _needs(site, position)),
        sizes=made.sizes,
        ends=tuple(ends),
        start_bytes=sum(sizes[number[name]] for name in dict.fromkeys(graph.inputs)),
    )


@dataclass(frozen=True, slots=True)
class _Numbered:
    graph: Graph
    number: Mapping[TensorId, int]  # tensors of the arena
    sizes: tuple[int, ...]  # aligned; 0 for a view, whose operand lives as long as it does
    views: Mapping[int, int]  # views with their operands


def _views(graph: Graph, number: Mapping[TensorId, int]) -> dict[int, int]:
    """Return the outputs that are their operand, or a part of it, with that operand, in schedule order."""
    found: dict[int, int] = {}
    for op in graph.ops:
        for way in _ways(graph, op):
            if not way.same_content or way.wanted_bytes is None or way.wanted_bytes < 0:
                continue
            source, output = op.inputs[way.operand], op.outputs[way.output]
            if source is not None and source in number and graph.producers.get(output) == op:
                found.setdefault(number[output], number[source])
    return found


def _step(made: _Numbered, op: Op, needs: int, scratch_bytes: int) -> _Step:
    number, sizes, views = made.number, made.sizes, made.views
    touched = [number[name] for name in (*op.operands, *op.outputs) if name in number]
    for index in touched:
        if index in views and views[index] not in touched:
            touched.append(views[index])
    outputs = [number[name] for name in op.outputs]
    saves: dict[int, int] = {}
    many = False
    for way in _ways(made.graph, op):
        operand = op.inputs[way.operand]
        if way.wanted_bytes is None or operand is None or operand not in number:
            continue
        if outputs[way.output] in views or number[operand] in views:
            continue
        many = many or way.same_content
        saves[number[operand]] = min(sizes[number[operand]], sizes[outputs[way.output]])
    return _Step(
        needs=needs,
        touched=tuple(sorted(set(touched))),
        born_bytes=sum(sizes[output] for output in dict.fromkeys(outputs)),
        scratch_bytes=scratch_bytes,
        saves=tuple(sorted(saves.items(), key=lambda item: -item[1])),
        many=many,
    )


def _ways(graph: Graph, op: Op) -> list[OperandOverlap]:
    kernel = find(op.code)
    return [] if kernel is None or kernel.sharing is None else list(kernel.sharing.ways(graph, op))


def _touching(graph: Graph, tensor: TensorId) -> list[Op]:
    return [op for op in graph.ops if tensor in op.outputs or tensor in op.operands]


def _needs(site: Site, position: Mapping[OpId, int]) -> list[tuple[Op, int]]:
    graph = site.graph
    written = [output for op in graph.ops for output in op.outputs]
    rewritten = {tensor for tensor in written if written.count(tensor) > 1}
    names = variables_by_handle(site)
    found = []
    everything = barriers = 0
    touching: dict[object, int] = {}  # by variable
    last: dict[TensorId, int] = {}
    for op in graph.ops:
        wanted = _mask(position[graph.producers[name].id] for name in op.operands if name in graph.producers)
        here = 1 << position[op.id]
        variables = touched_variables(site, op, names)
        if variables is None:
            wanted |= everything
            barriers |= here
        for variable in variables or ():
            # What a variable holds depends on the assignments to it before.
            wanted |= touching.get(variable, 0) | barriers
            touching[variable] = touching.get(variable, 0) | here
        everything |= 0 if variables == frozenset() else here
        for tensor in rewritten.intersection((*op.operands, *op.outputs)):
            wanted |= last.get(tensor, 0)
            last[tensor] = last.get(tensor, 0) | here
        found.append((op, wanted & ~here))
    return found


def _mask(positions: Iterable[int]) -> int:
    mask = 0
    for index in positions:
        mask |= 1 << index
    return mask
