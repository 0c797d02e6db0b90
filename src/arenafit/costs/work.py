"""What an operator does, counted: the work terms its instructions are priced by, its MACs and the bytes it moves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from numpy.typing import NDArray

from arenafit import registry
from arenafit.costs.core import Core
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic
from arenafit.ir import Graph, Model, Op, Tensor, TensorId
from arenafit.records import record

Array = NDArray[Any]
Values = Sequence[Array | None]
GraphRuns = Iterator[int]  # the indices of graphs, each to be run before the next is asked for


@dataclass(frozen=True, slots=True)
class Flow:
    """Which tensors decide the course of a control operator, and the pairs (from, to) of tensors it copies."""

    decides: tuple[TensorId, ...]
    copies: tuple[tuple[TensorId, TensorId], ...]


class Walk(Protocol):
    """What an operator that runs other graphs may ask of the walk over control flow."""

    def value(self, graph: Graph, tensor: TensorId) -> Array | None:
        """Return what is known of a tensor's content."""

    def copy(self, source: Sequence[TensorId], target: Sequence[TensorId]) -> None:
        """Copy tensors pair by pair."""

    def graph(self, index: int) -> Graph:
        """Return a graph by index."""

    def given(self, op: Op) -> int | None:
        """Return what the caller said of the operator: iterations of a loop, 1 or 0 for a branch."""

    def add_iterations(self, op: Op, count: int) -> None:
        """Count iterations of a loop."""

    def repeat(self, op: Op, count: int, conditions: int) -> bool:
        """Count a loop's runs unfollowed; False if the graphs it runs run others."""

    def give_up(self, graph: Graph, op: Op, why: str) -> None:
        """Note that the course of `op` is unknown, and with it what it writes."""


@record(frozen=True)
class KernelWork:
    """One pass through a kernel path: `terms` says how often each priced piece of it runs.

    The path is a table, the terms are keys of the coefficient files; every path has the term ``call`` (dispatch and
    set-up, once) unless its work is proportional to something else.
    """

    path: str
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Why an operator has no price."""

    why: str


@dataclass(frozen=True, slots=True)
class OpCost:
    """How the operators of one TFLM kernel are priced; every file in `ops/` exports one as COST.

    Attributes:
        names: schema names of the operators the file covers.
        work: returns the work of one invocation on the site's core; operators of subgraphs not included.
        macs: returns multiply-accumulates of one invocation, taps outside the image included; None where there are
            none.
        copied_bytes: returns the bytes an operator writes that only copies; None for operators that compute.
        evaluate: computes the outputs from known inputs (None for one left out), for integers that steer control
            flow; returns None if it cannot. None if the operator never steers.
        follow: walks into the graphs the operator runs (see `control`): yields each, one invocation of which is
            followed before the walk goes on.
        flow: says which tensors decide what `follow` does, and what it copies.
        overwrites: returns the bytes (first, last + 1) of the output that change, given where operand 2 says it
            begins; None if all of them do.
        traffic: returns what one invocation reads and writes, given the sizes of its scratch buffers; None if it reads
            its operands and scratch buffers once, and writes them and its outputs once.
    """

    names: tuple[str, ...]
    work: Callable[[OpContext], KernelWork | Uncovered]
    macs: Callable[[OpContext], int] | None = None
    copied_bytes: Callable[[OpContext], int] | None = None
    evaluate: Callable[[OpContext, Values], list[Array] | None] | None = None
    follow: Callable[[Walk, Graph, Op], GraphRuns] | None = None
    flow: Callable[[OpContext], Flow] | None = None
    overwrites: Callable[[OpContext, Array], tuple[int, int] | None] | None = None
    traffic: Callable[[OpContext, Sequence[int]], Traffic] | None = None


def _accept(part: object) -> OpCost:
    if not isinstance(part, OpCost):
        raise TypeError(f"{part!r} is no OpCost")
    return part


@cache
def op_costs() -> Mapping[str, OpCost]:
    """Return the cost rules by operator name."""
    found = registry.discover("arenafit.costs.ops", "COST", _accept)
    return {name: rule for rule in found for name in rule.names}


def macs(op: Op, graph: Graph) -> int:
    """Return the multiply-accumulates of one invocation of `op`, taps in the padding included; 0 where it has none."""
    rule = op_costs().get(op.name)
    return rule.macs(_site(op, graph)) if rule is not None and rule.macs is not None else 0


def moved_bytes(op: Op, graph: Graph) -> int:
    """Return the bytes `op` moves: those a copy operator writes, else the activations it reads and writes.

    Constants (weights) are not counted.
    """
    rule = op_costs().get(op.name)
    if rule is not None and rule.copied_bytes is not None:
        return rule.copied_bytes(_site(op, graph))
    read = sum(tensor.size_bytes for tensor in graph.inputs_of(op) if tensor is not None and not tensor.is_constant)
    return read + sum(tensor.size_bytes for tensor in graph.outputs_of(op))


def model_macs(model: Model) -> int:
    """Return the MACs of the main graph's operators, each counted once."""
    return sum(macs(op, model.main) for op in model.main.ops)


def _site(op: Op, graph: Graph) -> OpContext:
    return OpContext(op, graph, Core.M4_REFERENCE, None)


def output_bytes(site: OpContext) -> int:
    """Return the bytes of all outputs."""
    return sum(tensor.size_bytes for tensor in site.outputs)


def unmeasured(site: OpContext, *tensors: Tensor | None) -> Uncovered:
    """Return the refusal for element types whose kernels were not measured."""
    kinds = ", ".join(tensor.dtype.label for tensor in tensors if tensor is not None)
    return Uncovered(f"{site.op.code.label} was not measured for {kinds or 'these operands'}")
