"""How each operator that works row by row is written for tensors (1, N, 1, K): N rows of K elements, one after another.

A row is what the last dimensions of a tensor hold; N is the product of those before them. An operator works row by row
if row n of its output depends on row n of each operand, and on constants that are the same for all rows.
"""

from collections.abc import Iterator

from arenafit import ops
from arenafit.ir import Op, Tensor, TensorId
from arenafit.ops import Operands
from arenafit.ops.facts import RowsForm
from arenafit.rewrites._bitcasts import is_view
from arenafit.rewrites._sites import Site, has_effect


def lifted(site: Site, op: Op, rows: int) -> RowsForm | None:
    """Return `op` written for so many rows, or None if it does not work on them one by one."""
    operator = ops.find(op.code)
    if operator is None or operator.rows_form is None or not ops.is_well_formed(op):
        return None
    if has_effect(site, op) or len(op.outputs) != 1:
        return None
    operands = list(moving(site, op))
    if not operands or not all(_has_rows(site.graph.tensor(tensor), rows) for tensor in (op.outputs[0], *operands)):
        return None
    return operator.rows_form(Operands(op, site.graph), rows)


def joins_rows(site: Site, op: Op, rows: int) -> bool:
    """Whether `op` only gives so many rows another shape."""
    return is_view(site, op) and all(
        _has_rows(tensor, rows) and not tensor.is_constant for tensor in (site.input(op), site.output(op))
    )


def moving(site: Site, op: Op) -> Iterator[TensorId]:
    """Yield the operands that are no constants."""
    return (operand for operand in op.operands if not site.graph.tensor(operand).is_constant)


def rows_shape(tensor: Tensor, rows: int) -> tuple[int, ...]:
    """Return the shape (1, N, 1, K) of a tensor that has so many rows."""
    return 1, rows, 1, tensor.elements // rows


def _has_rows(tensor: Tensor, rows: int) -> bool:
    # Scales along a dimension would have to move with it.
    per_channel = tensor.quant is not None and len(tensor.quant.scales) > 1
    whole = tensor.elements > 0 and tensor.elements % rows == 0
    return whole and not per_channel and not tensor.is_variable and tensor.is_plain and tensor.dtype.bits >= 8
