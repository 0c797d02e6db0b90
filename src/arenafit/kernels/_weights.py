"""What kernels with weights demand of filters and biases: one scale, or one for each channel; a bias that fits."""

from arenafit.ir import DType, Quant
from arenafit.kernels.conditions import QUANTIZED, Demand, Violation
from arenafit.ops import Operands

_AGAIN = "quantise the model again"


def channel_scales(filter_index: int, axis: int, *, image: int = 0, centred: bool = True) -> Demand:
    """The filter has one scale, or one for each of the channels along `axis`, all above 0, and as many zero points.

    A kernel that takes filters as `centred` computes as if their zero points were 0.
    """

    def condition(operands: Operands) -> Violation | None:
        weights, input_ = operands.input(filter_index), operands.input(image)
        if weights is None or input_ is None or input_.dtype not in QUANTIZED:
            return None
        channels = weights.shape[axis] if axis < len(weights.shape) else 1
        clause = _wrong(weights.quant or Quant(), channels, axis, centred=centred)
        return None if clause is None else Violation("scale", clause, _AGAIN, weights.name)

    return condition


def _wrong(quant: Quant, channels: int, axis: int, *, centred: bool) -> str | None:
    scales, zeros = quant.scales, quant.zero_points
    if not scales or not zeros:
        return "its filter has no scale"
    if len(scales) > 1 and (len(scales) != channels or quant.dimension != axis):
        return f"its filter has {len(scales)} scales along axis {quant.dimension}, and {channels} channels"
    if len(zeros) not in (1, len(scales)):
        return f"its filter has {len(scales)} scales and {len(zeros)} zero points"
    if centred and any(zeros):
        return "its kernel takes filters with zero point 0"
    return "its filter has a scale below 0" if min(scales) < 0 else None


def biased(bias_index: int, filter_index: int, axis: int) -> Demand:
    """The bias, where there is one, has a value for each channel of the filter along `axis`."""

    def condition(operands: Operands) -> Violation | None:
        bias, weights = operands.input(bias_index), operands.input(filter_index)
        if bias is None or weights is None or axis >= len(weights.shape):
            return None
        if bias.elements == weights.shape[axis]:
            return None
        clause = f"its bias has {bias.elements} values, and {weights.shape[axis]} channels"
        advice = "the file is damaged: convert it again"
        if bias.elements > weights.shape[axis]:
            return Violation("shape", f"{clause}: its kernel leaves the last ones out", advice, bias.name, runs=True)
        return Violation("shape", clause, advice, bias.name)

    return condition


def product_scale(operands: Operands) -> Violation | None:
    """The scale of the bias is about the product of those of input and weights.

    GetQuantizedConvolutionMultipler of tensorflow/lite/kernels/kernel_util.cc: the difference may be 0.02 of the
    output's scale.
    """
    tensors = [operands.input(0), operands.input(1), operands.input(2), operands.output()]
    scales = [item.quant.scales[0] if item and item.quant and item.quant.scales else 0.0 for item in tensors]
    input_, weights, bias = tensors[:3]
    if bias is None or input_ is None or weights is None or input_.dtype is DType.FLOAT32:
        return None
    if len(weights.quant.scales if weights.quant else ()) > 1 or not scales[3]:
        return None
    if abs(scales[0] * scales[1] - scales[2]) / scales[3] <= 0.02:
        return None
    clause = f"the bias has scale {scales[2]:g}, input times weights {scales[0] * scales[1]:g}"
    return Violation("scale", clause, _AGAIN, bias.name)
