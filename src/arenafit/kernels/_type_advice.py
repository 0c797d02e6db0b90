"""What to do about types that no kernel has."""

from arenafit.ir import DType, Tensor


def type_advice(tensors: list[Tensor | None]) -> str:
    """Return what to do about an operator whose tensors are these (None: left out)."""
    types = {item.dtype for item in tensors if item is not None}
    if DType.FLOAT16 in types or DType.BFLOAT16 in types:
        return "TFLM has no 16-bit floating point: convert without float16 weights, or quantise to integers"
    if DType.FLOAT32 in types and types & {DType.INT8, DType.INT4}:
        return "TFLM has no hybrid kernels (dynamic range): quantise activations too, or keep the weights in float"
    if DType.UINT8 in types:
        return "TFLM has no uint8 kernels: convert to int8"
    if DType.FLOAT64 in types or DType.COMPLEX64 in types:
        return "convert the model with 32-bit floating point"
    return "convert it to types that this kernel has"
