"""Groups of tensors at fixed distances in memory, with a check that none of them destroys what another still needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from arenafit.ir import Graph, Model, Op, OpId, TensorId
from arenafit.kernels.sharing import OperandOverlap
from arenafit.layout.content_lifetimes import Timeline
from arenafit.layout.contents import Contents, ways
from arenafit.planning.distances import Distances
from arenafit.planning.problem import Interval
from arenafit.units import ARENA_ALIGNMENT_BYTES


@dataclass(frozen=True, slots=True)
class Behind:
    """Permission that loop output `tensor` starts at most `distance_bytes` after loop output `other`'s start.

    Both are outputs of one loop, the second an unchanged operand: the rows the loop writes run behind the rows it has
    yet to read.
    """

    tensor: TensorId
    other: TensorId
    distance_bytes: int

    @property
    def distances(self) -> Distances:
        """How far after the other tensor the output may start."""
        return Distances(None, self.distance_bytes)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a rewrite knows about the memory of the model it made.

    `behind`: overlaps between loop states. `tied`: (tensor, tensor, distance) that must stand so, unchecked.
    `carriers`: tensors that are raw memory for others tied to them. `read_by`, `made_by`: operators that read or make a
    tensor through views in the graphs they run, without naming it. `unset`: variables that are the first content of a
    loop's output, every byte of which the loop writes before anybody reads it. `aligned`: tensors that the target's
    kernels take to begin at multiples of 16 bytes.
    """

    behind: tuple[Behind, ...] = ()
    tied: tuple[tuple[TensorId, TensorId, int], ...] = ()
    carriers: frozenset[TensorId] = frozenset()
    windows: frozenset[TensorId] = frozenset()  # views over several tied tensors, which occupy nothing of their own
    read_by: tuple[tuple[TensorId, OpId], ...] = ()
    made_by: tuple[tuple[TensorId, OpId], ...] = ()
    unset: frozenset[TensorId] = frozenset()
    aligned: frozenset[TensorId] = frozenset()

    def __add__(self, other: "Hints") -> "Hints":
        """Return the hints of both."""
        return Hints(
            self.behind + other.behind,
            self.tied + other.tied,
            self.carriers | other.carriers,
            self.windows | other.windows,
            self.read_by + other.read_by,
            self.made_by + other.made_by,
            self.unset | other.unset,
            self.aligned | other.aligned,
        )

    def within(self, model: Model) -> "Hints":
        """Return what of this is about tensors and operators that `model` has."""
        tensors, ops = model.tensors.keys(), model.ops.keys()
        return Hints(
            behind=tuple(item for item in self.behind if {item.tensor, item.other} <= tensors),
            tied=tuple(item for item in self.tied if {item[0], item[1]} <= tensors),
            carriers=self.carriers & tensors,
            windows=self.windows & tensors,
            read_by=tuple((tensor, op) for tensor, op in self.read_by if tensor in tensors and op in ops),
            made_by=tuple((tensor, op) for tensor, op in self.made_by if tensor in tensors and op in ops),
            unset=self.unset & tensors,
        )

    def source_views(self, model: Model) -> Iterator[tuple[TensorId, TensorId]]:
        """Yield each tensor that a loop reads through views, with a view of all of it that the loop never writes."""
        sources = {tensor for tensor, _ in self.read_by}
        written = {output for graph in model.graphs for op in graph.ops for output in op.outputs}
        for tensor, view, distance_bytes in self.tied:
            if tensor not in sources or distance_bytes or view in written or not {tensor, view} <= model.tensors.keys():
                continue
            if model.tensors[tensor].size_bytes == model.tensors[view].size_bytes:
                yield tensor, view


class AliasSets:
    """Tensors by group. Every tensor starts in a group of its own; `tie` joins two groups if that is safe."""

    def __init__(
        self, model: Model, times: Timeline, hints: Hints | None = None, contents: Contents | None = None
    ) -> None:
        """Start with the ties that `hints` demand; `contents` where they are known already."""
        known = hints or Hints()
        self._tensors = model.tensors
        self._times = times
        self._makers: Mapping[TensorId, tuple[Graph, Op]] = {
            output: (graph, op) for graph in model.graphs for op in graph.ops for output in op.outputs
        }
        self._root: dict[TensorId, TensorId] = {}
        self._members: dict[TensorId, dict[TensorId, int]] = {}
        self._contents = Contents(model, times, known.source_views(model)) if contents is None else contents
        self._states = _loop_states(model)
        self._behind = {
            (state, other_state): permission
            for permission in known.behind
            for state in self._states.get(permission.tensor, ())
            for other_state in self._states.get(permission.other, ())
            if state[0] == other_state[0]
        }

        self._carriers = known.carriers | known.windows
        self.windows = known.windows
        self._aligned_tensors = known.aligned
        for one, other, distance_bytes in known.tied:
            if {one, other} <= times.live.keys():
                self._join(one, other, distance_bytes)

    def find(self, tensor: TensorId) -> tuple[TensorId, int]:
        """Return the group's root and the tensor's distance from it."""
        root = self._root.get(tensor, tensor)
        return root, self._members.get(root, {tensor: 0})[tensor]

    def tie(self, one: TensorId, other: TensorId, distance_bytes: int) -> bool:
        """Put `other` at `distance_bytes` after `one`'s start, with their groups; False if that is not safe."""
        if not {one, other} <= self._times.live.keys():
            return False
        (root, at), (other_root, other_at) = self.find(one), self.find(other)
        if root == other_root:
            return other_at - at == distance_bytes
        shift = at + distance_bytes - other_at
        left = self._members.get(root, {root: 0})
        right = {tensor: place + shift for tensor, place in self._members.get(other_root, {other_root: 0}).items()}
        if not self._aligned({**left, **right}):
            return False
        if not all(self._compatible(pair[0], pair[1]) for pair in product(left.items(), right.items())):
            return False
        self._join(one, other, distance_bytes)
        return True

    def _join(self, one: TensorId, other: TensorId, distance_bytes: int) -> None:
        (root, at), (other_root, other_at) = self.find(one), self.find(other)
        if root == other_root:
            return
        shift = at + distance_bytes - other_at
        left = self._members.get(root, {root: 0})
        right = {tensor: place + shift for tensor, place in self._members.pop(other_root, {other_root: 0}).items()}
        self._members[root] = {**left, **right}
        self._root.update(dict.fromkeys([root, *right], root))

    def _aligned(self, members: Mapping[TensorId, int]) -> bool:
        """Whether every tensor begins at a multiple of its elements' size, as processors demand, or of a vector."""
        lowest = min(members.values())
        return all((at - lowest) % self._alignment_bytes(tensor) == 0 for tensor, at in members.items())

    def _alignment_bytes(self, tensor: TensorId) -> int:
        if tensor in self._aligned_tensors:
            return ARENA_ALIGNMENT_BYTES
        return max(1, min(self._tensors[tensor].dtype.bits // 8, ARENA_ALIGNMENT_BYTES))

    def _compatible(self, left: tuple[TensorId, int], right: tuple[TensorId, int]) -> bool:
        (one, at), (other, other_at) = left, right
        if at >= other_at + self._tensors[other].size_bytes or other_at >= at + self._tensors[one].size_bytes:
            return True
        shared = [
            Interval(max(a.first, b.first), min(a.end, b.end))
            for a, b in product(self._times.live[one], self._times.live[other])
            if a.overlaps(b)
        ]
        if not shared or self._contents.same(one, at, other, other_at):
            return True
        if one in self._carriers or other in self._carriers:
            return True
        if self._states.get(one, frozenset()) & self._states.get(other, frozenset()):
            return True
        if self._runs_behind(left, right) or self._runs_behind(right, left):
            return True
        return self._hands_over(left, right, shared) or self._hands_over(right, left, shared)

    def _runs_behind(self, result: tuple[TensorId, int], source: tuple[TensorId, int]) -> bool:
        """Whether a loop's output may run over a loop's source at this distance."""
        pairs = product(self._states.get(result[0], ()), self._states.get(source[0], ()))
        known = (self._behind[pair] for pair in pairs if pair in self._behind)
        return any(permission.distances.permits(result[1] - source[1]) for permission in known)

    def _hands_over(self, source: tuple[TensorId, int], result: tuple[TensorId, int], shared: list[Interval]) -> bool:
        """Whether both live together only while one operator turns the source into the result, in a fitting order."""
        if result[0] not in self._makers:
            return False
        graph, op = self._makers[result[0]]
        run = self._times.runs[op.id]
        if any(interval.first < run.first or interval.end > run.end for interval in shared):
            return False
        if source[0] not in op.inputs:
            return False
        return self._permitted(graph, op, source, result)

    def _permitted(self, graph: Graph, op: Op, source: tuple[TensorId, int], result: tuple[TensorId, int]) -> bool:
        """Whether the kernel lets the result stand so, for each position in which the operator reads the source."""
        output, distance_bytes = op.outputs.index(result[0]), result[1] - source[1]
        permitted = {
            way.operand
            for way in ways(graph, op)
            if way.output == output and way.permits(distance_bytes) and self._stands_beside(way, op, result[0])
        }
        return all(position in permitted for position, operand in enumerate(op.inputs) if operand == source[0])

    def _stands_beside(self, way: OperandOverlap, op: Op, result: TensorId) -> bool:
        """Whether the operand that a way needs at the output's place is there by now."""
        if way.beside is None:
            return True
        operand = op.inputs[way.beside]
        return operand is not None and self.find(operand) == self.find(result)


def contiguous_slice_bytes(graph: Graph, op: Op) -> int | None:
    """Return where a SLICE's result stands in its operand, if it is one run of bytes known as the model is written."""
    return next((way.wanted_bytes for way in ways(graph, op) if way.same_content), None)


def contiguous_update_bytes(graph: Graph, op: Op) -> int | None:
    """Return where a DYNAMIC_UPDATE_SLICE writes in its operand, if it is one run of bytes known beforehand."""
    found = (way.wanted_bytes for way in ways(graph, op) if way.operand == 1 and way.wanted_bytes is not None)
    return next((-distance for distance in found), None)


def contiguous_store_bytes(graph: Graph, op: Op) -> int | None:
    """Return where a BATCH_TO_SPACE_ND puts its operand in its output, if it is one run of bytes known beforehand."""
    found = (way.wanted_bytes for way in ways(graph, op) if way.operand == 0 and way.wanted_bytes is not None)
    return next((-distance for distance in found), None)


def _loop_states(model: Model) -> dict[TensorId, frozenset[tuple[OpId, int]]]:
    """The loops, with the position in their signature, that each carried tensor belongs to."""
    states: dict[TensorId, frozenset[tuple[OpId, int]]] = {}
    for graph in model.graphs:
        for op in graph.ops:
            if op.name != "WHILE" or len(op.subgraphs) != 2:
                continue
            cond, body = (model.graphs[index] for index in op.subgraphs)
            for position, (before, after) in enumerate(zip(op.inputs, op.outputs, strict=False)):
                body_out = body.outputs[position]
                carried = {after, cond.inputs[position], body.inputs[position]}
                if before is not None:
                    carried.add(before)
                if body_out not in body.inputs:
                    carried.add(body_out)
                for tensor in carried:
                    states[tensor] = states.get(tensor, frozenset()) | {(op.id, position)}
    return states
