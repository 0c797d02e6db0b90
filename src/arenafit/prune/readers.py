"""What reads a channel: operators whose weights can be fitted again, as linear maps of rows of their operand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from arenafit.ir import Model, Op, OpId
from arenafit.learn.lift import Lifted
from arenafit.learn.operators import dense, windows
from arenafit.learn.protocol import Array, Call
from arenafit.ops import Family, family_of
from arenafit.structure.channels import Channels
from arenafit.structure.labelling.rule import spread

MOST_ROWS = 20_000

# Of each operator with weights that are a matrix: its operand as rows, (N, rows, columns, elements) or (N, elements).
_ROWS: Mapping[Family | None, Callable[[Call], Array]] = {Family.CONVOLUTION: windows.patches, Family.DENSE: dense.rows}


@dataclass(frozen=True)
class Reader:
    """An operator with a weight matrix (units, elements): `labels` are those of its operand's elements.

    `operands`: rows of what it reads, (rows, elements); `targets`: what it makes of them before its activation,
    (rows, units); `places`: which rows of all these are.
    """

    op: OpId
    labels: Array
    operands: Array
    targets: Array
    places: Array
    per_sample: int  # rows of one sample

    def of_samples(self, kept: Array) -> "Reader":
        """Return the reader as seen on the samples that `kept` (samples,) says, numbered anew."""
        sample = self.places // self.per_sample
        chosen = kept[sample]
        number = np.cumsum(kept) - 1
        places = number[sample[chosen]] * self.per_sample + self.places[chosen] % self.per_sample
        return replace(self, operands=self.operands[chosen], targets=self.targets[chosen], places=places)

    @property
    def has_bias(self) -> bool:
        """Whether the last element is the constant 1 that a bias multiplies."""
        return bool(self.operands.shape[1] > len(self.labels))


def is_reader(model: Model, op: Op) -> bool:
    """Return whether the weights of `op` are a constant matrix."""
    if family_of(op) not in _ROWS or len(op.operands) < 2:
        return False
    weights, source = model.tensors[op.operands[1]], model.tensors[op.operands[0]]
    if not weights.is_constant or weights.dtype.numpy_name is None:
        return False
    return family_of(op) is not Family.CONVOLUTION or weights.shape[-1] == source.shape[-1]


def has_bias(op: Op, model: Model) -> bool:
    """Return whether `op` adds a constant bias."""
    return len(op.inputs) > 2 and op.inputs[2] is not None and model.tensors[op.inputs[2]].is_constant


def rows_of(call: Call, places: Array | None, *, bias: bool) -> Array:
    """Return the operand of a call as rows, those at `places`, with a 1 at the end for the bias."""
    found = _ROWS[family_of(call.op)](call)
    flat = found.reshape(-1, found.shape[-1])
    flat = flat if places is None else flat[places]
    return np.concatenate([flat, np.ones((len(flat), 1), flat.dtype)], axis=1) if bias else flat


def rows_per_sample(model: Model, op: Op) -> int:
    """Return how many rows one sample gives to a reader's operand: as many as it has outputs of each unit."""
    units = model.tensors[op.operands[1]].shape[0]
    return max(1, model.tensors[op.outputs[0]].elements // units)


def readers(lifted: Lifted, found: Channels, inputs: tuple[Array, ...], seed: int = 0) -> dict[OpId, Reader]:
    """Return every operator of the original whose weights can be fitted again, with what it reads and makes.

    Args:
        lifted: the original.
        found: its channels.
        inputs: samples, real-valued (N, *shape).
        seed: of the choice of rows, where there are more than `MOST_ROWS`.
    """
    model = lifted.model
    random = np.random.default_rng(seed)
    samples, batch = len(inputs[0]), most_samples(lifted, len(inputs[0]))
    places: dict[OpId, Array] = {}
    for op in lifted.ops:
        if is_reader(model, op):
            rows = rows_per_sample(model, op) * samples
            places[op.id] = np.sort(random.choice(rows, min(rows, MOST_ROWS), replace=False))
    operands: dict[OpId, list[Array]] = {op: [] for op in places}
    targets: dict[OpId, list[Array]] = {op: [] for op in places}
    for first in range(0, samples, batch):
        count = min(batch, samples - first)

        def look(call: Call, first: int = first, count: int = count) -> None:
            op = call.op
            if op.id not in places:
                return
            each = rows_per_sample(model, op)
            low, high = np.searchsorted(places[op.id], (first * each, (first + count) * each))
            seen = rows_of(call, places[op.id][low:high] - first * each, bias=has_bias(op, model))
            operands[op.id].append(seen)
            targets[op.id].append(seen @ _matrix(call, model).T)

        given = tuple(item[first : first + count] for item in inputs)
        for _ in lifted.steps(given, keep=model.main.outputs, before=look):
            pass
    return {
        op.id: Reader(
            op.id,
            _labels(found, op),
            np.concatenate(operands[op.id]),
            np.concatenate(targets[op.id]),
            places[op.id],
            rows_per_sample(model, op),
        )
        for op in lifted.ops
        if op.id in places
    }


def _matrix(call: Call, model: Model) -> Array:
    """Return the weights of a reader, (units, elements), with the bias as the last element if it has one."""
    weights = call.array(1).reshape(len(call.array(1)), -1)
    return np.concatenate([weights, call.array(2)[:, None]], axis=1) if has_bias(call.op, model) else weights


def _labels(found: Channels, op: Op) -> Array:
    graph = found.model.main
    source, weights = graph.by_id[op.operands[0]], graph.by_id[op.operands[1]]
    depth = int(np.prod(weights.shape[1:]))
    labels = found.of.get(source.id)
    if labels is None:
        return np.zeros(depth, np.int64)
    whole = spread(labels, source.shape).reshape(-1)
    last = whole[-weights.shape[-1] :]
    return np.tile(last, depth // weights.shape[-1])


def most_samples(lifted: Lifted, wanted: int) -> int:
    """Return how many samples at most can be run at once within some hundred megabytes."""
    model = lifted.model
    largest = 1
    for op in lifted.ops:
        elements = model.tensors[op.outputs[0]].elements
        if is_reader(model, op):
            weights = model.tensors[op.operands[1]]
            positions = elements // max(1, weights.shape[0])
            elements = max(elements, positions * int(np.prod(weights.shape[1:])))
        elif len(op.operands) > 1 and model.tensors[op.operands[1]].is_constant:
            elements *= max(1, int(np.prod(model.tensors[op.operands[1]].shape[1:3], dtype=np.int64)))
        largest = max(largest, elements)
    return max(1, min(wanted, _MOST_ELEMENTS // largest))


_MOST_ELEMENTS = 60_000_000
