"""When bytes of tensors can be read, and when equal bytes mean equal values."""

from arenafit.ir.model import Quant, Tensor


def holds_plain_data(tensor: Tensor) -> bool:
    """Whether `tensor` is a constant whose elements stand in the file one after another: not packed, not sparse."""
    is_dense = all(name == "has_rank" for name, _ in tensor.extras)
    return (
        is_dense
        and all(extent >= 0 for extent in tensor.shape)
        and tensor.dtype.numpy_name is not None
        and tensor.data is not None
        and (len(tensor.data.data) == tensor.size_bytes)
    )


def same_quant(first: Quant | None, second: Quant | None) -> bool:
    """Whether both store a real number as the same integer (recorded minimum and maximum do not matter)."""
    if first is None or second is None:
        return not (first and first.scales) and not (second and second.scales)
    core = (first.scales, first.zero_points, first.extras)
    dimensions_agree = len(first.scales) <= 1 or first.dimension == second.dimension
    return core == (second.scales, second.zero_points, second.extras) and dimensions_agree


def same_values(first: Tensor, second: Tensor) -> bool:
    """Whether equal bytes mean equal values: same element type, same quantisation."""
    return first.dtype is second.dtype and same_quant(first.quant, second.quant)
