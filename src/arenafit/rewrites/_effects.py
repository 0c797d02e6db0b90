"""Which variables an operator reads or writes: only operators on the same one need an order among themselves."""

from collections.abc import Mapping

from arenafit.ir import Op, TensorId
from arenafit.rewrites._sites import Site, acts, has_effect


def variables_by_handle(site: Site) -> Mapping[TensorId, object]:
    """Return the resource variables by their handles."""
    return {
        op.outputs[0]: op.options.values
        for op in site.graph.ops
        if op.name == "VAR_HANDLE" and op.outputs and op.options
    }


def touched_variables(site: Site, op: Op, names: Mapping[TensorId, object]) -> frozenset[object] | None:
    """Return the variables that an operator reads or writes; None if it may have any effect, or read any."""
    if op.name in ("ASSIGN_VARIABLE", "READ_VARIABLE"):
        known = [names[handle] for handle in op.operands[:1] if handle in names]
        return frozenset(known) if known else None
    if not has_effect(site, op):
        return frozenset()
    kept = frozenset(name for name in (*op.operands, *op.outputs) if site.graph.tensor(name).is_variable)
    return None if acts(op) else kept
