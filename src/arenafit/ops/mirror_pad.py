"""MIRROR_PAD: operand 0 mirrored around itself."""

from arenafit.ir import DType
from arenafit.ops import magnitudes
from arenafit.ops._axes import pad_axes
from arenafit.ops._bitcasts import pads_nothing
from arenafit.ops._channel_cuts import cut_pad
from arenafit.ops._row_rules import pad_amounts
from arenafit.ops._shapes import padded
from arenafit.ops.facts import COPY_INT8, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import MIRRORED, Window

# Element types of tensorflow/lite/micro/kernels/mirror_pad.cc (2026-08), which are those of GATHER, too.
_MIRRORABLE = (DType.INT8, DType.FLOAT32)


def _rows(operands: Operands, axis: int) -> Window | None:
    graph, op = operands.graph, operands.op
    pads, source = pad_amounts(operands), graph.inputs_of(op)[0]
    if pads is None or source is None or pads[3] != (0, 0) or op.options is None or source.dtype not in _MIRRORABLE:
        return None
    kind = MIRRORED[int(op.options["mode"])]
    # Beyond the other end of the image kernels take what they like.
    shift = 1 if kind == "reflect" else 0
    if any(max(pad) > extent - shift for pad, extent in zip(pads[1:3], source.shape[1:3], strict=True)):
        return None
    return Window(1, 1, *pads[axis], *pads[3 - axis], kind)


OPERATOR = Operator(
    "MIRROR_PAD",
    magnitude=magnitudes.as_operands,
    family=Family.MIRRORING,
    output_shapes=padded,
    least_operands=2,
    options_kind="MirrorPadOptions",
    rows=_rows,
    cut_follower=cut_pad,
    axes=pad_axes,
    is_bitcast=pads_nothing,
    resolver="AddMirrorPad",
    precisions=COPY_INT8,
)
