"""Bytes of tensors as TFLM counts them, which is not what the file stores: packed 4-bit types take a byte each.

Mirrors TfLiteTypeSizeOf and TfLiteEvalTensorByteLength of tensorflow/lite/micro/memory_helpers.cc (commit 90b983c2).
"""

from collections.abc import Iterable, Mapping
from math import prod

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Tensor

ELEMENT_BYTES: Mapping[DType, int] = {
    DType.FLOAT16: 2,
    DType.BFLOAT16: 2,
    DType.FLOAT32: 4,
    DType.FLOAT64: 8,
    DType.INT16: 2,
    DType.INT32: 4,
    DType.UINT32: 4,
    DType.UINT8: 1,
    DType.UINT16: 2,
    DType.INT8: 1,
    DType.INT64: 8,
    DType.UINT64: 8,
    DType.BOOL: 1,
    DType.RESOURCE: 4,
    DType.COMPLEX64: 8,
    DType.COMPLEX128: 16,
    DType.INT4: 1,
}


def tensor_size_bytes(tensor: Tensor, shape: Iterable[int] | None = None) -> int:
    """Return the bytes TFLM reckons for `tensor`, with `shape` instead of its own if given.

    Raises:
        UnsupportedModelError: if TFLM knows no size for the element type, or a dimension is negative.
    """
    element_bytes = ELEMENT_BYTES.get(tensor.dtype)
    if element_bytes is None:
        raise UnsupportedModelError(f"tensor '{tensor.name}': TFLM does not support the type {tensor.dtype.label}")
    size_bytes = prod(tensor.shape if shape is None else shape) * element_bytes
    if size_bytes < 0:
        raise UnsupportedModelError(
            f"tensor '{tensor.name}': shape {list(tensor.shape)} is not known; TFLM needs it fixed"
        )
    return size_bytes


def holds_data(tensor: Tensor) -> bool:
    """Whether the tensor's content stands in the file; an empty buffer counts as none (GetFlatbufferTensorBuffer)."""
    return tensor.data is not None and len(tensor.data.data) > 0
