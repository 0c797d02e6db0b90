"""What an operator file states: facts of what the operator computes, whatever kernel runs it.

An operator file exports ``OPERATOR = Operator(...)``. A fact that is a function gets the `Operands` of one use of the
operator: its operands, outputs, options and those operands whose values stand in the file.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Graph, Op, Tensor, TensorId, holds_plain_data
from arenafit.ops.facts import ChannelCut, Family, MovedAxes, OpSupport, Places, RowsForm
from arenafit.ops.real import BinaryFunction, UnaryFunction
from arenafit.ops.rows import Geometry, Reduction

Shape = tuple[int, ...]


class ShapeError(Exception):
    """The operands of one operator contradict each other; the text is a clause saying how."""


@dataclass(frozen=True, slots=True)
class Operands:
    """One operator of a graph, and what may be asked about it."""

    op: Op
    graph: Graph

    def option(self, name: str, default: Any = None) -> Any:
        """Return a field of the operator's options, `default` if it has no options or no such field."""
        return default if self.op.options is None else self.op.options.get(name, default)

    def input(self, index: int) -> Tensor | None:
        """Return an operand; None if it is left out or there are fewer."""
        inputs = self.op.inputs
        found = inputs[index] if index < len(inputs) else None
        return None if found is None else self.graph.by_id[found]

    def output(self, index: int = 0) -> Tensor | None:
        """Return an output; None if there are fewer."""
        outputs = self.op.outputs
        return self.graph.by_id[outputs[index]] if index < len(outputs) else None

    def number(self, name: str) -> int:
        """Return an option as an int, 0 if it is not set."""
        return int(self.option(name) or 0)

    def constant(self, index: int) -> Tensor | None:
        """Return a constant operand whose values stand in the file one after another; None if it is none."""
        found = self.input(index)
        return found if found is not None and holds_plain_data(found) else None

    def needed_input(self, index: int) -> Tensor:
        """Return an operand the operator cannot do without.

        Raises:
            UnsupportedModelError: if it is left out; no kernel would run such an operator.
        """
        found = self.input(index)
        if found is None:
            raise UnsupportedModelError(f"{self.op.name} (operator {self.op.id}) has no input {index}")
        return found

    def needed_output(self, index: int = 0) -> Tensor:
        """Return an output the operator cannot do without.

        Raises:
            UnsupportedModelError: if it has none.
        """
        found = self.output(index)
        if found is None:
            raise UnsupportedModelError(f"{self.op.name} (operator {self.op.id}) has no output {index}")
        return found

    def shape(self, index: int) -> Shape:
        """Return the shape of an operand.

        Raises:
            ShapeError: if it is not there.
        """
        found = self.input(index)
        if found is None:
            raise ShapeError(f"operand {index} is missing")
        return found.shape

    def values(self, index: int) -> NDArray[Any] | None:
        """Return the values of an operand that stand in the file, flat; None if they are not known before a run."""
        found = self.input(index)
        if found is None or found.data is None or found.dtype.numpy_name is None:
            return None
        count = prod(found.shape)
        if not 0 <= count * found.dtype.bits // 8 <= len(found.data.data):
            return None
        return np.frombuffer(found.data.data, dtype=found.dtype.numpy, count=count)

    def integers(self, index: int) -> tuple[int, ...] | None:
        """Return `values` as integers; None if they are not known, or are no integers."""
        found = self.values(index)
        if found is None or not np.issubdtype(found.dtype, np.integer):
            return None
        return tuple(int(value) for value in found)

    @property
    def outputs(self) -> int:
        """How many outputs the operator has."""
        return len(self.op.outputs)


OutputShapes = Callable[[Operands], Sequence[Shape | None] | None]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Operator:
    """The facts about one operator. A fact left out says that nothing is known to be safe, or that it does not apply.

    Attributes:
        name: schema name, or the custom code.
        output_shapes: returns the shape of each output, None for one (or for all) that cannot be known before a run;
            raises `ShapeError` where the operands contradict each other.
        family: the description it shares with others; None: nothing but its own facts is known of it.
        any_view: the TFLM kernels write as many elements as `output_shapes` says, in the same order, however the
            output's shape divides them.
        custom: whether `name` is a custom code.
        least_operands: as many operands it needs to say anything.
        options_kind: the type of its options in the schema, where it cannot do without them.
        has_effect: it does something that its outputs do not show.
        keeps_state: something of it stays from one Invoke to the next, whatever its operands are.
        elementwise: whether each element of the output depends on one element of each operand, and of how many.
        real: the function, of one that is elementwise in one operand.
        pair: the function, of one that is elementwise in two.
        summary: what a window or a reduction makes of the elements it sees.
        distribution: what the last axis of its result states about classes.
        repeats: one that resizes takes each element of its result from one element of its operand.
        moves: the positions of the operands whose values it only moves; `ALL_OPERANDS` for one that joins them.
        keeps_values: beyond `moves`, the positions of the operands whose elements come out as the numbers they stand
            for, whatever their type becomes.
        magnitude: in floats, how large the elements of its one output can be, from the largest of each operand;
            infinity where that is not known.
        fuses_activation: it can take in a following activation as `fused_activation_function`.
        fused_as: what it is as `fused_activation_function` of the operator before it.
        rows: which input rows an output row needs along an axis (1 = H, 2 = W); None: it cannot be streamed.
        reduction: how it averages the rows of an image (1, H, W, C) along an axis.
        taps: position of the constant operand (·, H, W, ·) whose products with a window are summed.
        size_operand: position of the operand that states the output's size, and the axes it names.
        cut_head: how to cut it into channel groups where it reads its whole input and writes some channels.
        cut_follower: how to cut it where some operands are cut already.
        rows_form: how it is written for tensors (1, N, 1, K) of so many rows.
        axes: what changes about it when the axes of its activations move.
        is_bitcast: whether it copies its input byte for byte and in order; type, quantisation and size are seen to.
        keeps_finite: whether, in floats, it gives every finite number back, the sign of zero included, and no more.
        evaluate: its outputs for constant operands, None where they are not certain.
        reads_shape_only: `evaluate` needs no values.
        short: what settings call it, where its name in lower case is too long.
        keras: the layer that computes it, as an expression of Keras, where its family does not tell.
        resolver: the method of MicroMutableOpResolver that registers it (micro_mutable_op_resolver.h, 2026-08).
        precisions: which quantised kernels TFLM has, and what they demand (type switches of the reference kernels,
            tensorflow/lite/micro/kernels/, 2026-08).
        unquantised: why it stays in float though its types would allow more.
    """

    name: str
    output_shapes: OutputShapes | None = None
    family: Family | None = None
    any_view: bool = False
    custom: bool = False
    least_operands: int = 1
    options_kind: str | None = None
    has_effect: bool = False
    keeps_state: bool = False
    elementwise: Literal["unary", "binary"] | None = None
    real: UnaryFunction | None = None
    pair: BinaryFunction | None = None
    summary: Literal["mean", "sum", "max", "min"] | None = None
    distribution: Literal["probabilities", "logarithms"] | None = None
    repeats: bool = False
    moves: tuple[int, ...] = ()
    keeps_values: tuple[int, ...] = ()
    magnitude: Callable[[Operands, list[float]], float] | None = None
    fuses_activation: bool = False
    fused_as: int | None = None
    rows: Callable[[Operands, int], Geometry | None] | None = None
    reduction: Callable[[Operands, Tensor, int], Reduction | None] | None = None
    taps: int | None = None
    size_operand: tuple[int, slice] | None = None
    cut_head: Callable[[Operands], ChannelCut | None] | None = None
    cut_follower: Callable[[Operands, Collection[TensorId]], ChannelCut | None] | None = None
    rows_form: Callable[[Operands, int], RowsForm | None] | None = None
    axes: Callable[[Operands, Places], MovedAxes | None] | None = None
    is_bitcast: Callable[[Operands], bool] | None = None
    keeps_finite: Callable[[Operands], bool] | None = None
    evaluate: Callable[[Operands, list[Array]], list[Array] | None] | None = None
    reads_shape_only: bool = False
    short: str | None = None
    keras: str | None = None
    resolver: str | None = None
    precisions: OpSupport | None = None
    unquantised: str | None = None


def sizes_agree(stored: Shape, inferred: Shape) -> bool:
    """Whether two shapes have as many elements."""
    return prod(stored) == prod(inferred)
