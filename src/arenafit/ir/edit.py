"""The one way to change a Model: an `Editor` collects changes by id and builds a new, checked, frozen Model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from arenafit.ir.dtype import DType
from arenafit.ir.model import Constant, Graph, Model, Op, OpCode, OpId, Options, Quant, Tensor, TensorId
from arenafit.ir.well_formed import verify


@dataclass
class _Draft:
    """A graph under change."""

    tensors: dict[TensorId, Tensor]
    ops: list[Op]
    inputs: list[TensorId]
    outputs: list[TensorId]
    name: str
    source: Graph | None

    def build(self) -> Graph:
        """Freeze the draft."""
        extras = self.source.extras if self.source else ()
        tensors = tuple(self.tensors.values())
        return Graph(tensors, tuple(self.ops), tuple(self.inputs), tuple(self.outputs), self.name, extras)


class Editor:
    """Changes a copy of a model. Every method names the graph by its index; ids stay valid across changes."""

    def __init__(self, model: Model) -> None:
        """Start from `model`, which stays as it is."""
        self._model = model
        self._next_tensor = max((int(key) for key in model.tensors), default=-1) + 1
        self._next_op = max((int(key) for key in model.ops), default=-1) + 1
        self._offline_plan = None if model.offline_plan is None else dict(model.offline_plan)
        self._signatures = model.signatures
        self._drafts = [
            _Draft(dict(graph.by_id), list(graph.ops), list(graph.inputs), list(graph.outputs), graph.name, graph)
            for graph in model.graphs
        ]

    def tensor(self, tensor_id: TensorId, graph: int = 0) -> Tensor:
        """Return the tensor as it stands now."""
        return self._drafts[graph].tensors[tensor_id]

    def ops(self, graph: int = 0) -> tuple[Op, ...]:
        """Return the operators in their present order."""
        return tuple(self._drafts[graph].ops)

    def add_graph(self, name: str) -> int:
        """Append an empty graph and return its index."""
        self._drafts.append(_Draft({}, [], [], [], name, None))
        return len(self._drafts) - 1

    def add_tensor(
        self,
        name: str,
        dtype: DType,
        shape: Sequence[int],
        *,
        quant: Quant | None = None,
        data: Constant | None = None,
        graph: int = 0,
    ) -> TensorId:
        """Append a tensor and return its id."""
        created = TensorId(self._next_tensor)
        self._next_tensor += 1
        self._drafts[graph].tensors[created] = Tensor(created, name, dtype, tuple(shape), quant, data)
        return created

    def add_constant(self, name: str, array: NDArray[Any], *, quant: Quant | None = None, graph: int = 0) -> TensorId:
        """Append a constant tensor holding `array` and return its id."""
        dtype = DType.of(array.dtype)
        return self.add_tensor(name, dtype, array.shape, quant=quant, data=Constant.of(array), graph=graph)

    def make_op(
        self,
        name: str,
        inputs: Sequence[TensorId | None],
        outputs: Sequence[TensorId],
        options: Options | None = None,
        *,
        version: int = 1,
    ) -> Op:
        """Return a new operator with a fresh id, not yet in any graph."""
        created = Op(OpId(self._next_op), OpCode(name, version), tuple(inputs), tuple(outputs), options)
        self._next_op += 1
        return created

    def clone_op(self, op: Op, inputs: Sequence[TensorId | None], outputs: Sequence[TensorId], **changes: Any) -> Op:
        """Return a copy of `op` with a fresh id and other operands, not yet in any graph."""
        created = replace(op, id=OpId(self._next_op), inputs=tuple(inputs), outputs=tuple(outputs), **changes)
        self._next_op += 1
        return created

    def append_op(self, op: Op, graph: int = 0) -> None:
        """Append `op` to the schedule."""
        self._drafts[graph].ops.append(op)

    def replace_ops(self, old: Iterable[OpId], new: Sequence[Op], graph: int = 0) -> None:
        """Put `new` where the last of `old` stands in the schedule, and take `old` out."""
        removed = set(old)
        draft = self._drafts[graph]
        last = max(index for index, op in enumerate(draft.ops) if op.id in removed)
        before = [op for op in draft.ops[: last + 1] if op.id not in removed]
        draft.ops = [*before, *new, *draft.ops[last + 1 :]]

    def set_schedule(self, ops: Sequence[Op], graph: int = 0) -> None:
        """Replace the whole schedule."""
        self._drafts[graph].ops = list(ops)

    def update_op(self, op: Op, graph: int = 0) -> None:
        """Replace the operator that has the same id."""
        draft = self._drafts[graph]
        draft.ops = [op if present.id == op.id else present for present in draft.ops]

    def update_tensor(self, tensor: Tensor, graph: int = 0) -> None:
        """Replace the tensor that has the same id."""
        self._drafts[graph].tensors[tensor.id] = tensor

    def rename_uses(self, mapping: Mapping[TensorId, TensorId], graph: int = 0, *, outputs: bool = True) -> None:
        """Make every reader of a key read its value; graph outputs too unless `outputs` is False."""
        draft = self._drafts[graph]

        def mapped(tensor: TensorId | None) -> TensorId | None:
            return tensor if tensor is None else mapping.get(tensor, tensor)

        draft.ops = [replace(op, inputs=tuple(mapped(operand) for operand in op.inputs)) for op in draft.ops]
        if outputs:
            self.set_outputs([mapping.get(tensor, tensor) for tensor in draft.outputs], graph)

    def set_inputs(self, inputs: Sequence[TensorId], graph: int = 0) -> None:
        """Set the graph inputs; signatures that name an input follow to the one in its place."""
        draft = self._drafts[graph]
        if len(inputs) == len(draft.inputs):
            self._rename_in_signatures(dict(zip(draft.inputs, inputs, strict=True)), {}, graph)
        draft.inputs = list(inputs)

    def set_outputs(self, outputs: Sequence[TensorId], graph: int = 0) -> None:
        """Set the graph outputs; signatures that name an output follow to the one in its place."""
        draft = self._drafts[graph]
        if len(outputs) == len(draft.outputs):
            self._rename_in_signatures({}, dict(zip(draft.outputs, outputs, strict=True)), graph)
        draft.outputs = list(outputs)

    def _rename_in_signatures(
        self, inputs: Mapping[TensorId, TensorId], outputs: Mapping[TensorId, TensorId], graph: int
    ) -> None:
        self._signatures = tuple(
            entry
            if entry.graph_index != graph
            else replace(
                entry,
                inputs=tuple((name, inputs.get(tensor, tensor)) for name, tensor in entry.inputs),
                outputs=tuple((name, outputs.get(tensor, tensor)) for name, tensor in entry.outputs),
            )
            for entry in self._signatures
        )

    def set_offline_plan(self, plan: Mapping[TensorId, int] | None) -> None:
        """Replace the offline plan."""
        self._offline_plan = None if plan is None else dict(plan)

    def prune_tensors(self, keep: Callable[[Tensor], bool] = lambda _: False) -> None:
        """Drop tensors that no operator, graph boundary, signature or quantisation names, unless `keep` says so."""
        named = {tensor for entry in self._signatures for _, tensor in (*entry.inputs, *entry.outputs)}
        for draft in self._drafts:
            used = named | set(draft.inputs) | set(draft.outputs)
            for op in draft.ops:
                used.update(op.operands, op.outputs, op.intermediates)
            kept = {key for key, item in draft.tensors.items() if key in used or keep(item)}
            scales = [draft.tensors[key].quant for key in kept]
            kept.update(tensor for quant in scales if quant is not None for tensor in quant.tensors)
            draft.tensors = {key: item for key, item in draft.tensors.items() if key in kept}

    def build(self) -> Model:
        """Return the changed model, checked.

        Raises:
            UnsupportedModelError: if the result is inconsistent (see `ir.verify`).
        """
        graphs = tuple(draft.build() for draft in self._drafts)
        known = {tensor for draft in self._drafts for tensor in draft.tensors}
        plan = self._offline_plan
        kept = None if plan is None else {tensor: offset for tensor, offset in plan.items() if tensor in known}
        built = replace(self._model, graphs=graphs, offline_plan=kept, signatures=self._signatures)
        verify(built)
        return built
