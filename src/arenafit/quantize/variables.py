"""Resource variables: what streaming models keep between invocations, quantised with everything that touches it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arenafit.accuracy.precision import Precision, quant_for_range, quantised_constant
from arenafit.ir import DType, Editor
from arenafit.quantize.working import original_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arenafit.ir import Graph, Model, Op, OpId, TensorId
    from arenafit.quantize.ranges import Range

_READ, _ASSIGN, _HANDLE, _ONCE = "READ_VARIABLE", "ASSIGN_VARIABLE", "VAR_HANDLE", "CALL_ONCE"
ACCESSES = (_READ, _ASSIGN)


@dataclass(frozen=True, slots=True)
class Variable:
    """A float variable that can be quantised: its accesses in the main graph and the tensors they carry."""

    name: tuple[str, str]  # container and shared name, as VAR_HANDLE gives them
    accesses: tuple[OpId, ...]
    tensors: tuple[TensorId, ...]


def find(model: Model) -> tuple[Variable, ...]:
    """Return the float variables that only the main graph uses, apart from constants that CALL_ONCE's graphs assign.

    TFLM stores a variable as the bytes of what is assigned to it (micro_resource_variable.cc), so all accesses must
    agree in type and scale.
    """
    initialising = {graph for op in model.main.ops if op.name == _ONCE for graph in op.subgraphs}
    found: dict[tuple[str, str], list[tuple[Op, TensorId]]] = {}
    spoilt: set[tuple[str, str]] = set()
    for index, graph in enumerate(model.graphs):
        for op, name, tensor_id in _accesses(graph):
            tensor = graph.tensor(tensor_id)
            is_initial = index in initialising and op.name == _ASSIGN and tensor.is_constant
            if tensor.dtype is not DType.FLOAT32 or not (index == 0 or is_initial):
                spoilt.add(name)
            if index == 0:
                found.setdefault(name, []).append((op, tensor_id))
    return tuple(
        Variable(name, tuple(op.id for op, _ in items), tuple(tensor for _, tensor in items))
        for name, items in found.items()
        if name not in spoilt and all(not model.tensors[tensor].is_constant for _, tensor in items)
    )


def agreed(variables: tuple[Variable, ...], wanted: Mapping[OpId, Precision]) -> dict[OpId, Precision]:
    """Return one precision for all accesses of each variable: float if one must stay float, else the widest wanted."""
    result: dict[OpId, Precision] = {}
    for variable in variables:
        asked = {wanted.get(op, Precision.FLOAT) for op in variable.accesses}
        widest = next(item for item in (Precision.FLOAT, Precision.INT16, Precision.INT8) if item in asked)
        result |= dict.fromkeys(variable.accesses, widest)
    return result


def initialised(
    quantised: Model,
    variables: tuple[Variable, ...],
    precisions: Mapping[OpId, Precision],
    ranges: Mapping[TensorId, Range],
) -> Model:
    """Return `quantised` with the initial values of quantised variables stored as the variables are.

    Args:
        quantised: with the accesses in the main graph quantised already.
        variables: what `find` gave for the float model.
        precisions: of the quantised operators, by the ids of the float model.
        ranges: tied, by the tensors of the float model.
    """
    chosen = {item.name: item for item in variables if item.accesses[0] in precisions}
    if not chosen:
        return quantised
    editor = Editor(quantised)
    for index, graph in enumerate(quantised.graphs[1:], start=1):
        for op, name, tensor_id in _accesses(graph):
            if name not in chosen:
                continue
            extent = ranges[chosen[name].tensors[0]]
            precision = precisions[chosen[name].accesses[0]]
            tensor = graph.tensor(tensor_id)
            quant = quant_for_range(extent.low, extent.high, precision)
            _, data = quantised_constant(tensor.array(), precision, quant)
            made = editor.add_tensor(tensor.name, precision.dtype, tensor.shape, quant=quant, data=data, graph=index)
            editor.update_op(replace(op, inputs=(op.inputs[0], made)), graph=index)
    editor.prune_tensors()
    return editor.build()


def carried(model: Model, op: Op) -> TensorId | None:
    """Return which tensor of the float model a variable access of the working copy carries."""
    tensor_id = op.outputs[0] if op.name == _READ else op.operands[1]
    return original_id(model.tensors[tensor_id].name)


def _accesses(graph: Graph) -> list[tuple[Op, tuple[str, str], TensorId]]:
    found = []
    for op in graph.ops:
        if op.name not in ACCESSES:
            continue
        handle = graph.producers.get(op.operands[0])
        if handle is None or handle.name != _HANDLE or handle.options is None:
            name = ("", f"tensor {op.operands[0]}")
        else:
            name = (handle.options.get("container") or "", handle.options.get("shared_name") or "")
        found.append((op, name, op.outputs[0] if op.name == _READ else op.operands[1]))
    return found
