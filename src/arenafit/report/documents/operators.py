"""What each operator reads, writes, holds and costs, as plain rows; memory is predicted, instructions are estimated."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from arenafit.costs import Core, Cost, macs
from arenafit.costs import estimate as estimate_cost
from arenafit.costs.estimation import workload
from arenafit.errors import MALFORMED
from arenafit.fit.search.candidates import core
from arenafit.fit.settings import Settings
from arenafit.ir import Graph, Model, Op, OpId, TensorId
from arenafit.report.documents.inspection_head import occupancy
from arenafit.targets.target import Target
from arenafit.tflm import Footprint


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """An operator, `number` counting over all graphs in file order.

    `in_bytes` and `out_bytes` count tensors of the arena (no constants), each once. `live_bytes` is the most of the
    head that is live while it runs, with the graphs it runs and shared memory counted once; None if it never runs.
    `times` says how often it runs in one Invoke (not the first), 0 if it does not or that depends on data; `macs` and
    `instructions` (estimated) count all these runs. `instructions` is None where there is no price; `note` then says
    why, or what the figure rests on. `weights` is a digest of its constants, empty if it has none: where two models
    agree in it, the operator is the same.
    """

    number: int
    graph: int
    index: int
    name: str
    output: str
    output_shape: tuple[int, ...]
    output_dtype: str
    in_bytes: int
    out_bytes: int
    scratch_bytes: int
    tail_bytes: int
    live_bytes: int | None
    times: int
    macs: int
    instructions: int | None
    note: str
    weights: str
    runs: tuple[int, ...]  # the graphs it runs

    @property
    def label(self) -> str:
        """Such as ``#3 CONV_2D``; the graph is named unless it is the first."""
        return f"{f'graph {self.graph} ' if self.graph else ''}#{self.index} {self.name}"


@dataclass(frozen=True, slots=True)
class OperatorWork:
    """The work of one Invoke: MACs, and instructions estimated for `core`.

    `uncovered` operators have no price: if there are any, `instructions` is too low.
    """

    core: str
    macs: int
    instructions: int
    uncovered: int


def cost_of(model: Model, target: Target) -> Cost:
    """Return the estimated cost of `model` on the core that stands for `target` (as `fit` counts it)."""
    return estimate_cost(model, core_for(target))


def core_for(target: Target) -> Core:
    """Return the core whose instructions are counted for `target`."""
    return core(Settings(target=target))


def operator_rows(model: Model, footprint: Footprint, cost: Cost) -> tuple[OperatorRow, ...]:
    """Return a row for each operator of each graph, graph by graph."""
    facts = _Facts.of(model, footprint, cost)
    rows: list[OperatorRow] = []
    for number, graph in enumerate(model.graphs):
        for index, op in enumerate(graph.ops):
            rows.append(facts.row(len(rows), number, index, graph, op))
    return tuple(rows)


def work_of(rows: tuple[OperatorRow, ...], cost: Cost) -> OperatorWork:
    """Return the totals of the rows."""
    return OperatorWork(cost.core.value, sum(row.macs for row in rows), cost.total_instructions, len(cost.uncovered))


@dataclass(frozen=True, slots=True)
class _Facts:
    sizes: Mapping[TensorId, int]  # of the tensors in the arena, as TFLM counts them
    scratch: Mapping[OpId, int]
    tail: Mapping[OpId, int]
    live: Mapping[OpId, int]
    times: Mapping[OpId, int]
    notes: Mapping[OpId, str]
    instructions: Mapping[OpId, int]

    @classmethod
    def of(cls, model: Model, footprint: Footprint, cost: Cost) -> "_Facts":
        scratch, tail = Counter[OpId](), Counter[OpId]()
        sizes: dict[TensorId, int] = {}
        for item in footprint.plan:
            if item.buffer.tensor is not None:
                sizes[item.buffer.tensor] = item.buffer.size_bytes
            elif item.buffer.op is not None:
                scratch[item.buffer.op] += item.buffer.size_bytes
        for allocation in footprint.tail:
            if allocation.op is not None:
                tail[allocation.op] += allocation.size_bytes
        notes = {op.id: f"no price: {why}" for op, why in cost.uncovered}
        notes |= {op.id: f"priced by {basis}" for op, basis in cost.derived}
        times = {op.id: runs for op, runs, _ in workload(model, cost.core)}
        return cls(sizes, scratch, tail, _live(footprint), times, notes, cost.per_op)

    def row(self, number: int, graph_number: int, index: int, graph: Graph, op: Op) -> OperatorRow:
        output = graph.by_id[op.outputs[0]] if op.outputs else None
        return OperatorRow(
            number=number,
            graph=graph_number,
            index=index,
            name=op.code.label,
            output=output.name if output else "",
            output_shape=output.shape if output else (),
            output_dtype=output.dtype.label.lower() if output else "",
            in_bytes=sum(self.sizes.get(tensor, 0) for tensor in dict.fromkeys(op.operands)),
            out_bytes=sum(self.sizes.get(tensor, 0) for tensor in dict.fromkeys(op.outputs)),
            scratch_bytes=self.scratch.get(op.id, 0),
            tail_bytes=self.tail.get(op.id, 0),
            live_bytes=self.live.get(op.id),
            times=self.times.get(op.id, 0),
            macs=self.times.get(op.id, 0) * _macs(op, graph),
            instructions=self.instructions.get(op.id),
            note=self.notes.get(op.id, ""),
            weights=_digest(op, graph),
            runs=op.subgraphs,
        )


def _live(footprint: Footprint) -> dict[OpId, int]:
    found: dict[OpId, int] = defaultdict(int)
    alive = footprint.lifetimes
    occupied = occupancy(footprint)
    for op in alive.op_first:
        live = alive.scratch_interval(op)
        found[op] = occupied.most_in(live.first, live.end)
    return dict(found)


def _macs(op: Op, graph: Graph) -> int:
    try:
        return macs(op, graph)
    except MALFORMED:
        return 0  # operands no kernel would take; TFLM's refusal is reported elsewhere


def _digest(op: Op, graph: Graph) -> str:
    constants = [tensor.data.data for tensor in graph.inputs_of(op) if tensor is not None and tensor.data is not None]
    return hashlib.blake2b(b"".join(constants), digest_size=6).hexdigest() if constants else ""
