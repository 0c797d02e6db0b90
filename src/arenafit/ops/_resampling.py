"""What operators that make an image larger, or trade rows for channels, have in common.

What is said of kernels mirrors tensorflow/lite/kernels/internal/reference/{resize_nearest_neighbor,resize_bilinear,
depth_to_space,space_to_depth,transpose_conv}.h (2026-08); TFLM, desktop LiteRT's reference kernels and, for
TRANSPOSE_CONV, CMSIS-NN agree on it.
"""

from arenafit.ir import DType, Op, Tensor

# Element types that TFLM's GATHER takes (tensorflow/lite/micro/kernels/gather.cc, 2026-08).
GATHERED = (DType.INT8, DType.FLOAT32)


def factor_of(source: Tensor | None, output: Tensor, axis: int) -> int | None:
    """Return how many output rows there are for an input row, if a whole number."""
    if source is None or source.is_constant or len(source.shape) != 4 or source.shape[0] != 1:
        return None
    factor, rest = divmod(output.shape[axis], max(1, source.shape[axis]))
    return factor if factor and not rest else None


def corners_and_centers(op: Op) -> tuple[bool, bool]:
    """Return align_corners and half_pixel_centers."""
    options = op.options
    return (
        options is not None and bool(options.get("align_corners", False)),
        options is not None and bool(options.get("half_pixel_centers", False)),
    )
