"""Groups of tensors at fixed distances in memory, with a check that none of them destroys what another still needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from arenafit.ir import DType, Graph, Model, Op, OpId, Tensor, TensorId
from arenafit.memory.layout.timeline import Timeline
from arenafit.planning.problem import Interval


# Kernels that read an element before they write it at the same address, reference and CMSIS-NN (TFLM 2026-08).
ELEMENTWISE = frozenset((
    "ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "RELU", "RELU6", "LEAKY_RELU", "PRELU", "LOGISTIC",
    "TANH", "HARD_SWISH", "ABS", "NEG", "EXP", "LOG", "SQRT", "RSQRT", "SQUARE", "FLOOR", "CEIL", "ROUND", "SIN", "COS",
    "ELU", "QUANTIZE",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behind:
    """Permission that loop output `tensor` starts at most `distance_bytes` after loop output `other`'s start.

    Both are outputs of one loop, the second an unchanged operand: the rows the loop writes run behind the rows it has
    yet to read.
    """

    tensor: TensorId
    other: TensorId
    distance_bytes: int


@dataclass(frozen=True, slots=True)
class Hints:
    """What a rewrite knows about the memory of the model it made.

    `behind`: overlaps between loop states. `tied`: (tensor, tensor, distance) that must stand so, unchecked. `carriers`:
    tensors that are raw memory for others tied to them. `read_by`, `made_by`: operators that read or make a tensor
    through views in the graphs they run, without naming it.
    """

    behind: tuple[Behind, ...] = ()
    tied: tuple[tuple[TensorId, TensorId, int], ...] = ()
    carriers: frozenset[TensorId] = frozenset()
    read_by: tuple[tuple[TensorId, OpId], ...] = ()
    made_by: tuple[tuple[TensorId, OpId], ...] = ()

    def __add__(self, other: "Hints") -> "Hints":
        """Return the hints of both."""
        return Hints(
            self.behind + other.behind,
            self.tied + other.tied,
            self.carriers | other.carriers,
            self.read_by + other.read_by,
            self.made_by + other.made_by,
        )


class Groups:
    """Tensors by group. Every tensor starts in a group of its own; `tie` joins two groups if that is safe."""

    def __init__(self, model: Model, times: Timeline, hints: Hints | None = None) -> None:
        """Start with the ties that `hints` demand."""
        known = hints or Hints()
        self._tensors = model.tensors
        self._times = times
        self._makers: Mapping[TensorId, tuple[Graph, Op]] = {
            output: (graph, op) for graph in model.graphs for op in graph.ops for output in op.outputs
        }
        self._root: dict[TensorId, TensorId] = {}
        self._members: dict[TensorId, dict[TensorId, int]] = {}
        self._content: dict[TensorId, TensorId] = {}
        self._states = _loop_states(model)
        self._behind = {
            (state, other_state): permission.distance_bytes
            for permission in known.behind
            for state in self._states.get(permission.tensor, ())
            for other_state in self._states.get(permission.other, ())
            if state[0] == other_state[0]
        }

        self._carriers = known.carriers
        for one, other, distance_bytes in known.tied:
            self._join(one, other, distance_bytes)

    def find(self, tensor: TensorId) -> tuple[TensorId, int]:
        """Return the group's root and the tensor's distance from it."""
        root = self._root.get(tensor, tensor)
        return root, self._members.get(root, {tensor: 0})[tensor]

    def tie(self, one: TensorId, other: TensorId, distance_bytes: int, *, same_content: bool) -> bool:
        """Put `other` at `distance_bytes` after `one`'s start, with their groups; False if that is not safe."""
        if not {one, other} <= self._times.live.keys():
            return False
        (root, at), (other_root, other_at) = self.find(one), self.find(other)
        if root == other_root:
            return other_at - at == distance_bytes
        shift = at + distance_bytes - other_at
        left = self._members.get(root, {root: 0})
        right = {tensor: place + shift for tensor, place in self._members.get(other_root, {other_root: 0}).items()}
        kept = dict(self._content)
        if same_content:
            self._content[self._content_of(one)] = self._content_of(other)
        if not all(self._compatible(pair[0], pair[1]) for pair in product(left.items(), right.items())):
            self._content = kept
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

    def _content_of(self, tensor: TensorId) -> TensorId:
        while tensor in self._content:
            tensor = self._content[tensor]
        return tensor

    def _compatible(self, left: tuple[TensorId, int], right: tuple[TensorId, int]) -> bool:
        (one, at), (other, other_at) = left, right
        if at >= other_at + self._tensors[other].size_bytes or other_at >= at + self._tensors[one].size_bytes:
            return True
        shared = [
            Interval(max(a.first, b.first), min(a.end, b.end))
            for a, b in product(self._times.live[one], self._times.live[other])
            if a.overlaps(b)
        ]
        if not shared or self._content_of(one) == self._content_of(other):
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
        return any(result[1] - source[1] <= self._behind[pair] for pair in pairs if pair in self._behind)

    def _hands_over(self, source: tuple[TensorId, int], result: tuple[TensorId, int], shared: list[Interval]) -> bool:
        """Whether both live together only while one operator turns the source into the result, in an order that fits."""
        if result[0] not in self._makers:
            return False
        graph, op = self._makers[result[0]]
        run = self._times.runs[op.id]
        if any(interval.first < run.first or interval.end > run.end for interval in shared):
            return False
        if source[0] not in op.inputs:
            return False
        if op.name == "SLICE":
            distance = slice_distance_bytes(graph, op)
            return distance is not None and result[1] <= source[1] + distance
        from_bytes, to_bytes = self._tensors[source[0]].size_bytes, self._tensors[result[0]].size_bytes
        if source[1] != result[1]:
            return False
        if op.name == "QUANTIZE":
            return to_bytes <= from_bytes
        if from_bytes != to_bytes:
            return False
        if op.name == "GATHER":
            return op.inputs[0] == source[0] and moves_rows_up(graph, op)
        if op.name == "DYNAMIC_UPDATE_SLICE":
            return op.inputs[0] == source[0]
        return op.name in ELEMENTWISE


def slice_distance_bytes(graph: Graph, op: Op) -> int | None:
    """Bytes from the operand's start to the first element a SLICE takes; None if that is known only at run time."""
    source, begin = graph.inputs_of(op)[:2]
    if source is None or begin is None or not begin.is_constant:
        return None
    starts = [int(value) for value in begin.array().reshape(-1)]
    if len(starts) != len(source.shape):
        return None
    return sum(start * step for start, step in zip(starts, strides_bytes(source), strict=True))


def moves_rows_up(graph: Graph, op: Op) -> bool:
    """Return whether a GATHER takes rows of one block in such an order that it may write over its operand."""
    source, rows = graph.inputs_of(op)[:2]
    if source is None or rows is None or not rows.is_constant or op.options is None or rows.dtype is not DType.INT32:
        return False
    axis = int(op.options["axis"]) % len(source.shape)
    taken = [int(row) for row in rows.array().reshape(-1)]
    in_one_block = all(extent == 1 for extent in source.shape[:axis])
    return in_one_block and all(row >= position for position, row in enumerate(taken))


def contiguous_slice_bytes(graph: Graph, op: Op) -> int | None:
    """Return where a SLICE's result stands in its operand, if it is one run of bytes known when the model is written."""
    distance = slice_distance_bytes(graph, op)
    source = graph.inputs_of(op)[0]
    output = graph.tensor(op.outputs[0])
    if distance is None or source is None or source.is_constant or len(output.shape) != len(source.shape):
        return None
    return distance if _one_run(output.shape, source.shape) else None


def contiguous_update_bytes(graph: Graph, op: Op) -> int | None:
    """Return where a DYNAMIC_UPDATE_SLICE writes in its operand, if it is one run of bytes known beforehand."""
    operand, rows, start = graph.inputs_of(op)[:3]
    if operand is None or rows is None or start is None or not start.is_constant or rows.is_constant:
        return None
    if len(rows.shape) != len(operand.shape) or not _one_run(rows.shape, operand.shape):
        return None
    limits = [whole - part for whole, part in zip(operand.shape, rows.shape, strict=True)]
    at = [max(0, min(int(value), limit)) for value, limit in zip(start.array().reshape(-1), limits, strict=True)]
    return sum(index * step for index, step in zip(at, strides_bytes(operand), strict=True))


def _one_run(part: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    first = next((axis for axis, extent in enumerate(part) if extent != 1), len(part))
    return part[first + 1 :] == whole[first + 1 :]


def strides_bytes(tensor: Tensor) -> list[int]:
    steps = [tensor.dtype.bits // 8] * len(tensor.shape)
    for position in range(len(tensor.shape) - 2, -1, -1):
        steps[position] = steps[position + 1] * tensor.shape[position + 1]
    return steps


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
