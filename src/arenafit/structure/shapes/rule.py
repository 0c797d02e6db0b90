"""What a shape rule is, and what it may ask of the model under change."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, Editor, Graph, Model, Op, OpId, Quant, Tensor, TensorId

Shape = tuple[int, ...]


@dataclass
class Sizing:
    """A model under change: `old` shapes of the model before, `shape` of the one being made."""

    editor: Editor
    graph: Graph  # of the edited model, shapes not yet re-inferred
    before: Model
    _replaced: dict[OpId, Op] = field(default_factory=dict)

    def current(self, op: Op) -> Op:
        """Return the operator as it stands now."""
        return self._replaced.get(op.id, op)

    def update_op(self, op: Op) -> None:
        """Replace the operator that has the same id."""
        self._replaced[op.id] = op
        self.editor.update_op(op)

    def tensor(self, tensor: TensorId) -> Tensor:
        """Return a tensor as it stands now."""
        return self.editor.tensor(tensor)

    def shape(self, op: Op, position: int) -> Shape:
        """Return the present shape of an operand."""
        return self.tensor(self.needed(op, position)).shape

    def old(self, tensor: TensorId) -> Shape:
        """Return the shape before the change; of a new tensor the one it was drawn with."""
        known = self.before.tensors.get(tensor) or self.graph.by_id.get(tensor)
        return self.tensor(tensor).shape if known is None else known.shape

    def old_operand(self, op: Op, position: int) -> Shape:
        """Return the shape of what `op` read at `position` before the change, which may have been another tensor."""
        before = self.before.ops.get(op.id)
        was = before.inputs[position] if before is not None and position < len(before.inputs) else None
        return self.old(self.needed(op, position) if was is None else was)

    def needed(self, op: Op, position: int) -> TensorId:
        """Return an operand that must be there."""
        found = op.inputs[position] if position < len(op.inputs) else None
        if found is None:
            raise UnsupportedModelError(f"{op.code.label} (operator {op.id}): operand {position} is missing")
        return found

    def is_constant(self, tensor: TensorId) -> bool:
        """Whether the content stands in the file."""
        return self.tensor(tensor).is_constant

    def values(self, op: Op, position: int) -> list[int]:
        """Return the integers of a constant operand.

        Raises:
            UnsupportedModelError: if it is none.
        """
        tensor = self.tensor(self.needed(op, position))
        if not tensor.is_constant:
            raise UnsupportedModelError(f"{op.code.label} (operator {op.id}): its operand {position} is no constant")
        return [int(value) for value in tensor.array().reshape(-1)]

    def set_constant(self, op: Op, position: int, array: NDArray[Any], quant: Quant | None = None) -> Op:
        """Give `op` another constant operand; one that other operators read too stays as it is."""
        operand = self.needed(op, position)
        tensor = self.tensor(operand)
        shape = tuple(int(extent) for extent in array.shape)
        data = Constant.of(array)
        if len(self.graph.uses.get(operand, ())) == 1 and op.inputs.count(operand) == 1:
            changed = replace(tensor, shape=shape, data=data, quant=quant or tensor.quant, shape_signature=None)
            self.editor.update_tensor(changed)
            return op
        added = self.editor.add_tensor(tensor.name, tensor.dtype, shape, quant=quant or tensor.quant, data=data)
        inputs = list(op.inputs)
        inputs[position] = added
        replaced = replace(op, inputs=tuple(inputs))
        self.update_op(replaced)
        return replaced

    def resize_constant(self, op: Op, position: int, shape: Shape) -> Op:
        """Cut or repeat a constant operand to `shape`, its scales with it; nothing if it has that shape."""
        tensor = self.tensor(self.needed(op, position))
        if tensor.shape == shape:
            return op
        return self.set_constant(op, position, resized(tensor.array(), shape), resized_quant(tensor, shape))


def resized(array: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """Return `array` cut, or repeated from its beginning, along each axis to `shape`."""
    for axis, extent in enumerate(shape):
        present = array.shape[axis]
        if present != extent:
            array = np.take(array, np.arange(extent) % present, axis=axis)
    return array


def resized_quant(tensor: Tensor, shape: Shape) -> Quant | None:
    """Return the quantisation of `tensor` resized to `shape`."""
    quant = tensor.quant
    if quant is None or len(quant.scales) <= 1:
        return quant
    axis = next((axis for axis, extent in enumerate(tensor.shape) if extent == len(quant.scales)), None)
    axis = quant.dimension if quant.dimension < len(shape) and _fits(tensor, quant) else axis
    if axis is None:
        return quant
    return picked_quant(quant, [index % len(quant.scales) for index in range(shape[axis])])


def _fits(tensor: Tensor, quant: Quant) -> bool:
    return tensor.shape[quant.dimension] == len(quant.scales)


def picked_quant(quant: Quant, places: list[int]) -> Quant:
    """Return the quantisation of the channels at `places`."""
    count = len(quant.scales)

    def pick(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[place] for place in places) if len(values) == count else values

    return replace(
        quant,
        scales=pick(quant.scales),
        zero_points=pick(quant.zero_points),
        minimum=pick(quant.minimum),
        maximum=pick(quant.maximum),
    )


Infer = Callable[[Sizing, Op], tuple[Shape, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """How the outputs' shapes follow; `same_quant`: kernels that copy stored values keep to one scale."""

    infer: Infer
    same_quant: bool = False
    weighted: bool = False  # has constant weights at 1 and perhaps a bias at 2, whose scale follows the operand's


def elements(shape: Shape) -> int:
    """Return the number of elements."""
    return prod(shape)
