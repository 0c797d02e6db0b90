"""How kinds of channel-wise operators are cut along their channels; `pieces` are the operands that are cut.

An operator is channel-wise if channel c of its output depends on channel c // multiplier of its input alone.
"""

from collections.abc import Collection

from arenafit.ir import Op, TensorId
from arenafit.ops.facts import ChannelCut
from arenafit.ops.protocol import Operands


def bias_axes(op: Op) -> tuple[int | None, ...]:
    return tuple(None if operand is None else 0 for operand in op.inputs[2:])


def cut_unary(operands: Operands, pieces: Collection[TensorId]) -> ChannelCut | None:
    op = operands.op
    return ChannelCut((None,)) if len(op.inputs) == 1 and op.inputs[0] in pieces else None


def cut_with_shared_constants(operands: Operands, pieces: Collection[TensorId]) -> ChannelCut | None:
    op = operands.op
    others_constant = all(operands.constant(position) is not None for position in range(1, len(op.inputs)))
    return ChannelCut((None,) * len(op.inputs)) if op.inputs[0] in pieces and others_constant else None


def cut_pad(operands: Operands, pieces: Collection[TensorId]) -> ChannelCut | None:
    amounts = operands.constant(1)
    if amounts is None or amounts.elements < 2 or amounts.array().reshape(-1, 2)[-1].any():
        return None
    return cut_with_shared_constants(operands, pieces)


def cut_mean(operands: Operands, pieces: Collection[TensorId]) -> ChannelCut | None:
    axes = operands.constant(1)
    rank = len(operands.needed_input(0).shape)
    if axes is None or any(axis % rank == rank - 1 for axis in axes.array().reshape(-1).tolist()):
        return None
    return cut_with_shared_constants(operands, pieces)


def cut_elementwise(operands: Operands, pieces: Collection[TensorId]) -> ChannelCut | None:
    op = operands.op
    channels = operands.needed_output().shape[-1]
    axes: list[int | None] = []
    for position, operand in enumerate(op.inputs):
        constant = operands.constant(position)
        if operand in pieces:
            # A piece of one channel would be spread over all groups.
            if operands.needed_input(position).shape[-1:] != (channels,):
                return None
            axes.append(None)
        elif constant is None:
            return None
        else:
            wide = constant.shape[-1:] == (channels,) and channels > 1
            axes.append(len(constant.shape) - 1 if wide else None)
    return ChannelCut(tuple(axes))
