"""What a kernel permits its output to do with the memory of its operands while it runs.

A rule stands in the operator's kernel file and gives, for one operator of a graph, every way in which an output may
overlap an operand. It says what the kernel's loops permit; whether the operand's content is still needed afterwards is
the business of whoever plans (room `layout`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from arenafit.ir import Graph, Op, Tensor
from arenafit.planning.distances import Distances
from arenafit.records import record
from arenafit.targets.libraries import KernelLibrary
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


@record(frozen=True)
class OperandOverlap:
    """An output may start at any of these distances after an operand's start (negative: before it).

    The distances permitted are [lowest_bytes, highest_bytes], None meaning no limit. At `wanted_bytes` memory or a copy
    is saved; None where the rule only permits. `same_content`: there the kernel writes what stands there already, so
    that the operand may be read later on. `carried`: the output may also follow the state of a loop that no later
    operator of the loop's body reads. `beside`: holds only where that operand stands at the output's very place.
    """

    operand: int
    output: int = 0
    lowest_bytes: int | None = 0
    highest_bytes: int | None = 0
    wanted_bytes: int | None = 0
    same_content: bool = False
    carried: bool = False
    beside: int | None = None

    @property
    def distances(self) -> Distances:
        """How far after the operand the output may start."""
        return Distances(self.lowest_bytes, self.highest_bytes)

    def permits(self, distance_bytes: int) -> bool:
        """Whether the output may start so far after the operand."""
        return self.distances.permits(distance_bytes)


SharingRule = Callable[[Graph, Op], Iterator[OperandOverlap]]


@dataclass(frozen=True, slots=True)
class Sharing:
    """The rules of one operator, with the reason why they hold.

    `portable` holds in the reference kernel, in CMSIS-NN's and, as far as can be told, in ESP-NN's; what `only` has for
    a library holds besides where that library's kernels run. `leaves` says whether an operator leaves some of an output
    as it finds it: what stood there before matters.
    """

    reason: str
    portable: SharingRule | None = None
    only: Mapping[KernelLibrary, SharingRule] = field(default_factory=dict)
    leaves: Callable[[Graph, Op], bool] | None = None

    def ways(self, graph: Graph, op: Op, *, library: KernelLibrary | None = None) -> Iterator[OperandOverlap]:
        """Yield every way that holds in all kernel libraries, and with a `library` those that hold in it alone."""
        if not op.outputs:
            return
        if self.portable is not None:
            yield from self.portable(graph, op)
        besides = None if library is None else self.only.get(library.base)
        if besides is not None:
            yield from besides(graph, op)


def elementwise(*positions: int) -> SharingRule:
    """Return the rule of a kernel that reads element i of these operands before it writes element i, in order.

    The operand must have the output's shape; one that is broadcast is not offered. Where element sizes differ, one of
    the types must be a byte: of other types a compiler may assume that they do not overlap. A narrower output begins
    where the operand does, a wider one ends where the operand does, to the alignment.
    """

    def rule(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
        output = graph.outputs_of(op)[0]
        for position in positions:
            operand = moving_input(graph, op, position)
            if operand is None or operand.shape != output.shape:
                continue
            sizes = (operand.dtype.bits, output.dtype.bits)
            if sizes[0] == sizes[1] or (8 in sizes and sizes[1] < sizes[0]):
                yield OperandOverlap(position)
            elif 8 in sizes:
                ahead_bytes = align_up(output.size_bytes - operand.size_bytes, ARENA_ALIGNMENT_BYTES)
                yield OperandOverlap(position, 0, -ahead_bytes, -ahead_bytes, -ahead_bytes)

    return rule


def same_bytes(position: int = 0) -> SharingRule:
    """Return the rule of a kernel that copies an operand whole, and leaves it be where both have one address."""

    def rule(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
        operand = moving_input(graph, op, position)
        if operand is not None and operand.size_bytes == graph.outputs_of(op)[0].size_bytes:
            yield OperandOverlap(position, same_content=True)

    return rule


def parts_of(graph: Graph, op: Op, position: int, axis: int | None) -> Iterator[OperandOverlap]:
    """Yield a way for each output of an operator that parts an operand along `axis`, where the parts are runs."""
    whole = moving_input(graph, op, position)
    if whole is None or axis is None or prod(whole.shape[:axis]) != 1:
        return
    at = 0
    for index, part in enumerate(graph.outputs_of(op)):
        yield OperandOverlap(position, index, at, at, at, same_content=True)
        at += part.size_bytes


def first_part(graph: Graph, op: Op, position: int, axis: int | None) -> Iterator[OperandOverlap]:
    """Yield that the first output of an operator may lie where the operand does, though its parts are no runs.

    For kernels that copy block by block, and in a block the first output first: what it writes over has been read as
    long as it takes no more than half of a block.
    """
    whole = moving_input(graph, op, position)
    if whole is None or axis is None or prod(whole.shape[:axis]) <= 1:
        return
    if 2 * graph.outputs_of(op)[0].size_bytes <= whole.size_bytes:
        yield OperandOverlap(position)


def joined(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield a way for each operand of an operator that joins them along its axis, where they are runs."""
    output = graph.outputs_of(op)[0]
    axis = axis_of(op, len(output.shape))
    if axis is None or prod(output.shape[:axis]) != 1:
        return
    at = 0
    for position, operand in enumerate(graph.inputs_of(op)):
        if operand is None:
            return
        if moving_input(graph, op, position) is not None and operand.dtype == output.dtype:
            yield OperandOverlap(position, 0, -at, -at, -at, same_content=True)
        at += operand.size_bytes


def input_at(graph: Graph, op: Op, position: int) -> Tensor | None:
    """Return the operand at `position`; None if it is left out or there are fewer."""
    inputs = graph.inputs_of(op)
    return inputs[position] if position < len(inputs) else None


def axis_of(op: Op, rank: int) -> int | None:
    """Return the axis that the options name, from 0; None if there is none of it."""
    axis = 0 if op.options is None else op.options.get("axis", 0)
    return axis % rank if isinstance(axis, int) and -rank <= axis < rank else None


def moving_input(graph: Graph, op: Op, position: int) -> Tensor | None:
    """Return the operand at `position` if it lives in the arena and is no variable; None otherwise."""
    found = input_at(graph, op, position)
    return found if found is not None and not found.is_constant and not found.is_variable else None


def constant_values(tensor: Tensor | None) -> list[int] | None:
    """Return the integers of a constant operand; None if it is none."""
    if tensor is None or tensor.data is None or len(tensor.data.data) < tensor.size_bytes:
        return None
    return [int(value) for value in tensor.array().reshape(-1)]


def strides_bytes(tensor: Tensor) -> list[int]:
    """Return the distance in bytes from one index to the next, by axis."""
    steps = [tensor.dtype.bits // 8] * len(tensor.shape)
    for position in range(len(tensor.shape) - 2, -1, -1):
        steps[position] = steps[position + 1] * tensor.shape[position + 1]
    return steps


def is_one_run(part: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether a block of shape `part` of a tensor of shape `whole` is one run of bytes."""
    first = next((axis for axis, extent in enumerate(part) if extent != 1), len(part))
    return part[first + 1 :] == whole[first + 1 :]
