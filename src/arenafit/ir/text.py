"""A graph as text, one line per operator: what golden tests compare and what a terminal shows."""

from arenafit.ir.model import Graph, Model, Op, Tensor


def describe_tensor(tensor: Tensor) -> str:
    """Return ``name int8[1,96,96,1]``, marked ``const`` or ``var`` where it applies."""
    mark = " const" if tensor.is_constant else " var" if tensor.is_variable else ""
    shape = ",".join(str(extent) for extent in tensor.shape)
    return f"%{tensor.name or tensor.id} {tensor.dtype.label.lower()}[{shape}]{mark}"


def describe_op(graph: Graph, op: Op) -> str:
    """Return ``outputs = NAME(inputs) {options}``."""
    outputs = ", ".join(describe_tensor(tensor) for tensor in graph.outputs_of(op))
    inputs = ", ".join("_" if tensor is None else describe_tensor(tensor) for tensor in graph.inputs_of(op))
    values = op.options.values if op.options else ()
    options = " ".join(f"{name}={value!r}" for name, value in values if value not in (None, False, 0, ()))
    return f"{outputs} = {op.code.label}({inputs})" + (f" {{{options}}}" if options else "")


def describe(model: Model) -> str:
    """Return the whole model as text: a header per graph, a line per operator."""
    lines: list[str] = []
    for index, graph in enumerate(model.graphs):
        inputs = ", ".join(describe_tensor(graph.tensor(tensor)) for tensor in graph.inputs)
        lines.append(f"graph {index} {graph.name}({inputs}):".replace("  ", " "))
        lines += [f"  {describe_op(graph, op)}" for op in graph.ops]
        lines.append("  return " + ", ".join(f"%{graph.tensor(tensor).name}" for tensor in graph.outputs))
    return "\n".join(lines) + "\n"
