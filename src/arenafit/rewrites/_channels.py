"""How each channel-wise operator is cut along its channels: which operands are cut, where, and which are shared.

An operator is channel-wise if channel c of its output depends on channel c // multiplier of its input alone.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from arenafit.ir import Constant, Op, Quant, Tensor, TensorId
from arenafit.rewrites._sites import Site


@dataclass(frozen=True, slots=True)
class ChannelCut:
    """How to cut one operator into channel groups.

    `axes` has an entry for each input: the axis along which a constant is cut, None for what is shared or is itself
    a piece. A group of n channels read becomes n * `multiplier` channels written. `depth_multiplier` says that the
    option of that name must become the channels written, as it must where one channel fans out.
    """

    axes: tuple[int | None, ...]
    multiplier: int = 1
    sets_depth_multiplier: bool = False


Cutter = Callable[[Site, Op, Collection[TensorId]], ChannelCut | None]


def cut_head(site: Site, op: Op) -> ChannelCut | None:
    """Return how to cut the operator that opens a region: it reads its whole input and writes some channels."""
    cutter = _HEADS.get(op.name)
    if cutter is None or len(op.outputs) != 1 or len(site.input(op).shape) != 4 or len(site.output(op).shape) != 4:
        return None
    cut = cutter(site, op)
    return cut if cut is not None and _constants_can_be_cut(site, op, cut) else None


def cut_follower(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    """Return how to cut an operator whose operands among `pieces` are cut, or None if it is not channel-wise."""
    cutter = _FOLLOWERS.get(op.name)
    if cutter is None or len(op.outputs) != 1 or not site.input(op).shape or not site.output(op).shape:
        return None
    cut = cutter(site, op, pieces)
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


def _bias_axes(op: Op) -> tuple[int | None, ...]:
    return tuple(None if operand is None else 0 for operand in op.inputs[2:])


def _conv_head(site: Site, op: Op) -> ChannelCut | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 4 or weights.shape[0] != site.output(op).shape[-1]:
        return None
    # A grouped convolution ties output channels to input channels.
    if weights.shape[3] != site.input(op).shape[-1]:
        return None
    return ChannelCut((None, 0, *_bias_axes(op)))


def _depthwise_head(site: Site, op: Op) -> ChannelCut | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 4 or site.input(op).shape[-1] != 1:
        return None
    if op.options is not None and op.options.get("depth_multiplier") is None:
        return None
    return ChannelCut((None, 3, *_bias_axes(op)), sets_depth_multiplier=True)


def _depthwise(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 4 or op.inputs[0] not in pieces:
        return None
    channels = site.input(op).shape[-1]
    if channels == 0 or weights.shape[3] % channels:
        return None
    return ChannelCut((None, 3, *_bias_axes(op)), multiplier=weights.shape[3] // channels)


def _unary(_site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    return ChannelCut((None,)) if len(op.inputs) == 1 and op.inputs[0] in pieces else None


def _with_shared_constants(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    others_constant = all(site.constant(op, position) is not None for position in range(1, len(op.inputs)))
    return ChannelCut((None,) * len(op.inputs)) if op.inputs[0] in pieces and others_constant else None


def _pad(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    amounts = site.constant(op, 1)
    if amounts is None or amounts.elements < 2 or amounts.array().reshape(-1, 2)[-1].any():
        return None
    return _with_shared_constants(site, op, pieces)


def _mean(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    axes = site.constant(op, 1)
    rank = len(site.input(op).shape)
    if axes is None or any(axis % rank == rank - 1 for axis in axes.array().reshape(-1).tolist()):
        return None
    return _with_shared_constants(site, op, pieces)


def _elementwise(site: Site, op: Op, pieces: Collection[TensorId]) -> ChannelCut | None:
    channels = site.output(op).shape[-1]
    axes: list[int | None] = []
    for position, operand in enumerate(op.inputs):
        constant = site.constant(op, position)
        if operand in pieces:
            # A piece of one channel would be spread over all groups.
            if site.input(op, position).shape[-1:] != (channels,):
                return None
            axes.append(None)
        elif constant is None:
            return None
        else:
            wide = constant.shape[-1:] == (channels,) and channels > 1
            axes.append(len(constant.shape) - 1 if wide else None)
    return ChannelCut(tuple(axes))


_HEADS: Mapping[str, Callable[[Site, Op], ChannelCut | None]] = MappingProxyType(
    {"CONV_2D": _conv_head, "DEPTHWISE_CONV_2D": _depthwise_head}
)
UNARY = (
    "ABS",
    "CAST",
    "DEQUANTIZE",
    "ELU",
    "EXP",
    "HARD_SWISH",
    "LEAKY_RELU",
    "LOGISTIC",
    "NEG",
    "QUANTIZE",
    "RELU",
    "RELU6",
    "RSQRT",
    "SQRT",
    "SQUARE",
    "TANH",
)
BINARY = ("ADD", "DIV", "MAXIMUM", "MINIMUM", "MUL", "PRELU", "SQUARED_DIFFERENCE", "SUB")
_ACTIVATIONS_AND_POOLS = (*UNARY, "AVERAGE_POOL_2D", "MAX_POOL_2D", "RELU_N1_TO_1")
_FOLLOWERS: Mapping[str, Cutter] = MappingProxyType(
    {
        **dict.fromkeys(_ACTIVATIONS_AND_POOLS, _unary),
        **dict.fromkeys(BINARY, _elementwise),
        "DEPTHWISE_CONV_2D": _depthwise,
        "MEAN": _mean,
        "MIRROR_PAD": _pad,
        "PAD": _pad,
        "PADV2": _pad,
        "RESIZE_BILINEAR": _with_shared_constants,
        "RESIZE_NEAREST_NEIGHBOR": _with_shared_constants,
    }
)
