"""Which outputs are distributions over classes, as far as the graph tells."""

from arenafit.ir import Model, TensorId

_DISTRIBUTIONS = ("SOFTMAX", "LOG_SOFTMAX")
_TRANSPARENT = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "DEQUANTIZE", "QUANTIZE")


def is_classifier(model: Model, tensor_id: TensorId) -> bool:
    """Return whether a softmax makes the output, but for a change of shape or type."""
    producer = model.main.producers.get(tensor_id)
    while producer is not None and producer.name in _TRANSPARENT:
        producer = model.main.producers.get(producer.operands[0])
    return producer is not None and producer.name in _DISTRIBUTIONS
