"""What is wrong with tensors whoever reads them: scales that are no numbers, sparse storage, missing or short data."""

from collections.abc import Iterator
from math import isfinite

from arenafit.ir import DType, Model, Tensor
from arenafit.validity.finding import Finding, Place, Severity

# ConvertTensorType of tensorflow/compiler/mlir/lite/core/api/flatbuffer_conversions.cc refuses other numbers.
_TYPE_OPTIONS = ("quantized_bias_type", "in_data_type", "out_data_type", "out_type", "output_type", "idx_out_type")
_LAST_TYPE = 18
_UNSCALED = (DType.FLOAT32, DType.BOOL)
_DAMAGED = "the file is damaged: convert it again"


def tensor_findings(place: Place) -> Iterator[Finding]:
    """Yield what is wrong with the tensors that an operator reads and writes."""
    for tensor in _touched(place):
        yield from _reset(place, tensor)
        if any(name == "sparsity" for name, _ in tensor.extras):
            clause = "its values are stored sparse; TFLM reads them as if they were dense"
            advice = "convert without sparsity (pruned weights compress as well when dense)"
            yield place.finding(Severity.MISCOMPUTE, "data", clause, advice, tensor.name)
        scales = tensor.quant.scales if tensor.quant else ()
        wrong = next((scale for scale in scales if not isfinite(scale) or scale < 0), None)
        if wrong is not None:
            yield _of_scale(place, tensor, wrong)
        if any(size < 0 for size in tensor.shape):
            clause = f"its shape {list(tensor.shape)} is not known"
            yield place.finding(Severity.REFUSE, "shape", clause, "convert the model with fixed shapes", tensor.name)
    for name, value in place.op.options.values if place.op.options else ():
        if name in _TYPE_OPTIONS and isinstance(value, int) and not 0 <= value <= _LAST_TYPE:
            yield place.finding(Severity.REFUSE, "option", f"its option {name} is the unknown type {value}", _DAMAGED)
    for output in place.graph.outputs_of(place.op):
        if len(output.shape) > 1 and 0 in output.shape:
            clause = f"its shape {list(output.shape)} holds nothing: TFLM takes it for one that changes while it runs"
            yield place.finding(Severity.REFUSE, "shape", clause, "convert the model with fixed shapes", output.name)
        if output.data is not None and output.data.data and not output.is_variable:
            clause = "it writes to a constant, which lies in flash"
            yield place.finding(Severity.REFUSE, "data", clause, _DAMAGED, output.name)


def _of_scale(place: Place, tensor: Tensor, scale: float) -> Finding:
    if tensor.dtype in _UNSCALED:
        clause = f"its scale is {scale}, which kernels of {tensor.dtype.label} do not look at"
        return place.finding(Severity.WARN, "scale", clause, "convert it again without that scale", tensor.name)
    advice = "quantise the model again, with data that reaches this tensor"
    return place.finding(Severity.REFUSE, "scale", f"its scale is {scale}", advice, tensor.name)


def _reset(place: Place, tensor: Tensor) -> Iterator[Finding]:
    """Yield that a variable holds in the file what TFLM does not set it to: zero, for int8 its zero point.

    Mirrors ResetVariableTensors of tensorflow/lite/micro/micro_interpreter_graph.cc (commit 90b983c2).
    """
    zero_points = tensor.quant.zero_points if tensor.quant and tensor.dtype is DType.INT8 else ()
    value = zero_points[0] & 0xFF if zero_points else 0
    if tensor.is_variable and tensor.data is not None and set(tensor.data.data) - {value}:
        clause = "it is a constant marked as a variable: TFLM gives it memory of its own and resets that"
        yield place.finding(Severity.MISCOMPUTE, "variable", clause, _DAMAGED, tensor.name)


def _touched(place: Place) -> list[Tensor]:
    keys = dict.fromkeys((*place.op.operands, *place.op.outputs))
    return [place.graph.by_id[key] for key in keys]


def short_data(model: Model) -> Iterator[Finding]:
    """Yield each constant whose bytes do not fill its shape."""
    for graph in model.graphs:
        for tensor in graph.tensors:
            if tensor.data is None or not tensor.data.data or not tensor.is_plain or tensor.dtype.bits == 0:
                continue
            held, wanted = len(tensor.data.data), tensor.size_bytes
            if held < wanted:
                clause = f"its data has {held} bytes, its shape {list(tensor.shape)} takes {wanted}"
                yield Finding(Severity.MISCOMPUTE, "data", "", tensor.name, clause, _DAMAGED)
