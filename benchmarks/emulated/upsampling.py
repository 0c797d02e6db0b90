"""Operators that change an image's size without a sliding window, to measure."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from cases import Case, Operand, Shape, Weights

from arenafit.ir import DType, Quant

SAME, VALID = 0, 1
BIAS_SCALE = 1e-4


def resizes() -> Iterator[Case]:
    """RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: sizes, factors, and how positions are rounded."""
    shapes: list[tuple[Shape, tuple[int, int]]] = [
        ((1, 4, 4, 8), (8, 8)), ((1, 6, 10, 3), (12, 20)), ((1, 3, 5, 16), (9, 15)), ((1, 1, 12, 8), (1, 24)),
        ((1, 8, 1, 5), (32, 1)), ((1, 5, 7, 1), (8, 9)), ((1, 8, 8, 32), (4, 4)), ((1, 2, 16, 24), (4, 32)),
        ((1, 2, 2, 64), (4, 4)),
    ]  # fmt: skip
    modes = [(False, False), (False, True), (True, False)]
    kinds = [("RESIZE_BILINEAR", "ResizeBilinearOptions", ("i8", "f32"))]
    kinds += [("RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighborOptions", ("i8", "i16", "f32"))]
    for (name, table, dtypes), (shape, size), (corners, centers) in product(kinds, shapes, modes):
        for dtype in dtypes:
            yield Case(
                name, dtype, (shape,), (shape[0], *size, shape[3]), table,
                {"align_corners": corners, "half_pixel_centers": centers}, (np.array(size, np.int32),),
                {"size": list(size), "align_corners": corners, "half_pixel_centers": centers},
            )  # fmt: skip


def shuffles() -> Iterator[Case]:
    """DEPTH_TO_SPACE and SPACE_TO_DEPTH; the shape given is the deep one's."""
    shapes = [((1, 4, 6, 16), 2), ((1, 1, 12, 8), 2), ((1, 3, 4, 9), 3), ((1, 5, 5, 4), 2), ((1, 2, 4, 64), 4)]
    for (deep, block), dtype in product(shapes, ("i8", "f32")):
        wide = (1, deep[1] * block, deep[2] * block, deep[3] // block**2)
        options = {"block_size": block}
        yield Case("DEPTH_TO_SPACE", dtype, (deep,), wide, "DepthToSpaceOptions", options, attrs=options)
        yield Case("SPACE_TO_DEPTH", dtype, (wide,), deep, "SpaceToDepthOptions", options, attrs=options)


def transposed() -> Iterator[Case]:
    """TRANSPOSE_CONV: (H, W, C), output channels, kernel, stride; CMSIS-NN tells more than 16 channels from fewer."""
    shapes: list[tuple[tuple[int, int, int], int, tuple[int, int], tuple[int, int]]] = [
        ((4, 4, 8), 6, (3, 3), (2, 2)), ((5, 7, 4), 3, (4, 4), (2, 2)), ((3, 9, 6), 5, (2, 2), (2, 2)),
        ((1, 12, 8), 8, (3, 3), (2, 2)), ((2, 6, 16), 8, (3, 3), (2, 2)), ((6, 5, 3), 4, (5, 3), (1, 2)),
        ((4, 6, 5), 2, (3, 3), (3, 3)), ((3, 3, 24), 6, (3, 3), (4, 4)), ((4, 4, 7), 4, (3, 3), (1, 1)),
        ((3, 2, 12), 9, (4, 2), (3, 2)), ((2, 11, 2), 7, (1, 4), (1, 4)), ((1, 8, 10), 1, (4, 4), (2, 2)),
        ((4, 4, 32), 8, (3, 3), (2, 2)), ((3, 5, 20), 5, (4, 4), (2, 2)), ((1, 8, 24), 12, (3, 3), (2, 2)),
        ((2, 3, 17), 3, (2, 2), (2, 2)), ((3, 4, 18), 4, (3, 3), (1, 1)), ((4, 3, 22), 6, (5, 2), (1, 2)),
        ((2, 4, 64), 16, (3, 3), (2, 2)), ((5, 3, 19), 7, (3, 5), (2, 1)),
    ]  # fmt: skip
    for (image, outputs, kernel, stride), padding, bias in product(shapes, (SAME, VALID), (True, False)):
        for dtype in ("i8", "i16", "f32") if bias else ("i8", "f32"):  # int16 without a bias is refused
            if padding == SAME:
                size = tuple(length * step for length, step in zip(image, stride, strict=False))
            else:
                size = tuple((image[i] - 1) * stride[i] + max(kernel[i], stride[i]) for i in (0, 1))
            output = (1, *size, outputs)
            weights = (outputs, *kernel, image[2])
            yield Case(
                "TRANSPOSE_CONV", dtype, ((1, *image),), output, "TransposeConvOptions",
                {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]},
                constants=offsets(dtype, outputs) if bias else (),
                attrs={"stride": list(stride), "padding": ("SAME", "VALID")[padding], "bias": bias},
                shapes=((1, *image), weights), leading=(np.array(output, np.int32), kernels(dtype, weights)),
            )  # fmt: skip


def kernels(dtype: str, shape: Shape, axis: int | None = 0, weight_type: DType = DType.INT8) -> Operand:
    """Return random weights for activations of `dtype`, quantised along `axis` or (None) with one scale."""
    random = np.random.default_rng(sum(shape))
    if dtype == "f32":
        return random.uniform(-1, 1, shape).astype(np.float32)
    limit = 7 if weight_type is DType.INT4 else 127
    values = random.integers(-limit, limit + 1, shape, np.int8)
    count = 1 if axis is None else shape[axis]
    # With one scale, that of the bias must be the product of input's and weights'.
    scale = 1.0 / (limit * max(1, np.prod(shape[1:]) ** 0.5)) if axis is not None else BIAS_SCALE / 0.05
    return Weights(values, weight_type, Quant((scale,) * count, (0,) * count, axis or 0))


def offsets(dtype: str, count: int) -> tuple[Operand, ...]:
    """Return a bias."""
    random = np.random.default_rng(count)
    if dtype == "f32":
        return (random.uniform(-1, 1, count).astype(np.float32),)
    scale = BIAS_SCALE if dtype == "i8" else BIAS_SCALE / 256
    drawn = random.integers(-500, 500, count, np.int64 if dtype == "i16" else np.int32)
    return (Weights(drawn, DType.of(drawn.dtype), Quant((scale,) * count, (0,) * count, 0)),)


def upsampling() -> list[Case]:
    """Return every case."""
    return [*resizes(), *shuffles(), *transposed()]
