"""Whether an operator has what it takes to say anything: TFLM refuses it otherwise, and rewrites leave it alone."""

from collections.abc import Mapping
from types import MappingProxyType

from arenafit.ir import Op

# The least operands, and the options.
_LEAST: Mapping[str, tuple[int, str | None]] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": (1, "Pool2DOptions"),
        "CONCATENATION": (1, "ConcatenationOptions"),
        "CONV_2D": (2, "Conv2DOptions"),
        "DEPTHWISE_CONV_2D": (2, "DepthwiseConv2DOptions"),
        "MAX_POOL_2D": (1, "Pool2DOptions"),
        "MIRROR_PAD": (2, "MirrorPadOptions"),
        "PAD": (2, None),
        "TRANSPOSE_CONV": (3, "TransposeConvOptions"),
    }
)


def is_sound(op: Op) -> bool:
    """Return whether `op` has as many operands as it needs at least, and options of its own kind."""
    least, kind = _LEAST.get(op.name, (1, None))
    return len(op.inputs) >= least and (kind is None or (op.options is not None and op.options.kind == kind))
