"""How each channel-wise operator is cut along its channels: which operands are cut, where, and which are shared.

An operator is channel-wise if channel c of its output depends on channel c // multiplier of its input alone.
"""

from collections.abc import Collection
from dataclasses import replace

from arenafit import ops
from arenafit.ir import Constant, Op, Quant, Tensor, TensorId
from arenafit.ops import Operands
from arenafit.ops.facts import ChannelCut
from arenafit.rewrites._sites import Site


def cut_head(site: Site, op: Op) -> ChannelCut | None:
    """Return how to cut the operator that opens a region: it reads its whole input and writes some channels."""
    operator = ops.find(op.code)
    if operator is None or operator.cut_head is None:
        return None
    if len(op.outputs) != 1 or len(site.output(op).shape) != 4:
        return None
    cut = operator.cut_head(Operands(op, site.graph))
    if cut is not None and len(site.input(op, cut.source).shape) != 4:
        return None
    return cut if cut is not None and _constants_can_be_cut(site, op, cut) else None


def cut_follower(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    """Return how to cut an operator whose operands among `pieces` are cut, or None if it is not channel-wise."""
    operator = ops.find(op.code)
    if operator is None or operator.cut_follower is None:
        return None
    if len(op.outputs) != 1 or not site.input(op).shape or not site.output(op).shape:
        return None
    cut = operator.cut_follower(Operands(op, site.graph), pieces)
    return cut if cut is not None and _constants_can_be_cut(site, op, cut) else None


def slice_constant(tensor: Tensor, axis: int, first: int, end: int) -> tuple[Constant, tuple[int, ...], Quant | None]:
    """Return the content, the shape and the quantisation of the part [first, end) of a constant along `axis`."""
    index = tuple(slice(first, end) if position == axis else slice(None) for position in range(len(tensor.shape)))
    part = tensor.array()[index]
    return Constant.of(part), tuple(part.shape), _slice_quant(tensor.quant, first, end)


def _slice_quant(quant: Quant | None, first: int, end: int) -> Quant | None:
    if quant is None or len(quant.scales) <= 1:
        return quant

    def part(values: tuple[float, ...]) -> tuple[float, ...]:
        return values[first:end] if len(values) == len(quant.scales) else values

    zero_points = tuple(int(value) for value in part(quant.zero_points))
    return replace(
        quant,
        scales=quant.scales[first:end],
        zero_points=zero_points,
        minimum=part(quant.minimum),
        maximum=part(quant.maximum),
    )


def _constants_can_be_cut(site: Site, op: Op, cut: ChannelCut) -> bool:
    for position, axis in enumerate(cut.axes):
        if axis is None:
            continue
        tensor = site.constant(op, position)
        if tensor is None or not tensor.is_plain or tensor.data is None or len(tensor.data.data) != tensor.size_bytes:
            return False
        # Kernels take a convolution's scales to be per output channel, whatever dimension the file states.
        scales = len(tensor.quant.scales) if tensor.quant else 0
        if scales not in (0, 1, tensor.shape[axis]) or (tensor.quant and tensor.quant.extras):
            return False
    return True
