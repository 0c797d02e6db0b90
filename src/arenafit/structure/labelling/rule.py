"""Labels of elements, kept in arrays that broadcast to a tensor's shape; elements of one label go or stay together.

Label 0 is for elements that must stay. A label is made by an operator with weights, one for each output channel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Graph, Op, Tensor, TensorId

Labels = NDArray[np.int64]
STAYS = 0


@dataclass
class Labelling:
    """Labels of a graph in the making; `parent` joins labels that turned out to be one."""

    graph: Graph
    of: dict[TensorId, Labels] = field(default_factory=dict)
    parent: list[int] = field(default_factory=lambda: [STAYS])
    made_by: dict[int, Op] = field(default_factory=dict)

    def fresh(self, op: Op, count: int) -> Labels:
        """Return `count` new labels, (count,)."""
        first = len(self.parent)
        self.parent += range(first, first + count)
        for label in range(first, first + count):
            self.made_by[label] = op
        return np.arange(first, first + count, dtype=np.int64)

    def root(self, label: int) -> int:
        """Return the label that stands for `label`."""
        while self.parent[label] != label:
            self.parent[label] = self.parent[self.parent[label]]
            label = self.parent[label]
        return label

    def join(self, first: Labels, second: Labels) -> None:
        """Make the labels one, element by element of the broadcast arrays."""
        pairs = np.unique(np.stack([item.reshape(-1) for item in np.broadcast_arrays(first, second)]), axis=1)
        for one, other in pairs.T.tolist():
            low, high = sorted((self.root(one), self.root(other)))
            self.parent[high] = low

    def freeze(self, labels: Labels) -> None:
        """Let all of `labels` stay."""
        for label in np.unique(labels).tolist():
            self.parent[self.root(label)] = STAYS

    def tensor(self, tensor: TensorId) -> Tensor:
        """Return a tensor of the graph."""
        return self.graph.by_id[tensor]

    def operand(self, op: Op, position: int) -> Tensor:
        """Return an operand that must be there."""
        found = op.inputs[position] if position < len(op.inputs) else None
        if found is None:
            raise UnsupportedModelError(f"{op.code.label} (operator {op.id}): operand {position} is missing")
        return self.graph.by_id[found]

    def labels(self, tensor: TensorId) -> Labels:
        """Return the labels of a tensor; those of a constant, and of one that nothing is known of, stay."""
        known = self.of.get(tensor)
        return np.zeros((1,) * len(self.tensor(tensor).shape), np.int64) if known is None else known

    def stay(self, op: Op) -> tuple[Labels, ...]:
        """Freeze what `op` reads, and return labels that stay for what it writes."""
        for operand in op.operands:
            self.freeze(self.labels(operand))
        return tuple(np.zeros((1,) * len(self.tensor(output).shape), np.int64) for output in op.outputs)

    def along(self, tensor: TensorId) -> int | None:
        """Return the one axis along which the labels differ; -1 if there is none, None if there are several."""
        labels = self.labels(tensor)
        axes = [axis for axis, extent in enumerate(labels.shape) if extent > 1]
        return -1 if not axes else axes[0] if len(axes) == 1 else None

    def is_number(self, tensor: TensorId) -> bool:
        """Whether the tensor holds what a network computes, and not shapes or indices."""
        return self.tensor(tensor).dtype in (DType.FLOAT32, DType.INT8, DType.INT16, DType.UINT8)


def compressed(labels: Labels) -> Labels:
    """Return `labels` with every axis along which nothing differs cut to 1."""
    for axis in range(labels.ndim):
        first = np.take(labels, [0], axis=axis)
        if labels.shape[axis] > 1 and (labels == first).all():
            labels = first
    return labels


def spread(labels: Labels, shape: tuple[int, ...]) -> Labels:
    """Return `labels` broadcast to the whole `shape`."""
    return np.broadcast_to(labels, shape)


class Side:
    """Along what an axis of a constant is cut."""

    OUTPUT = "output"  # the labelled axis of the first output
    OPERAND = "operand"  # the labelled axis of the operand, flattened where the operator flattens it


Rule = Callable[[Labelling, Op], tuple[Labels, ...]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The rule of an operator: its outputs' labels, and how its constants are cut (operand -> axis -> side).

    `source`: the operand whose elements the weights multiply; `aligned`: all its constants broadcast to the output and
    are cut with it; `restates`: its options or a constant state the output's shape.
    """

    rule: Rule
    constants: Mapping[int, Mapping[int, str]] = field(default_factory=lambda: MappingProxyType({}))
    source: int = 0
    aligned: bool = False
    restates: bool = False
