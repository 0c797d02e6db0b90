"""Which outputs are distributions over classes, as far as the graph tells."""

from arenafit.ir import Model, Op, TensorId
from arenafit.ops import Family, find
from arenafit.ops.real import IDENTITY

_SAME_ELEMENTS = (Family.RESHAPING, Family.SQUEEZING, Family.EXPANSION)


def is_classifier(model: Model, tensor_id: TensorId) -> bool:
    """Return whether a softmax makes the output, but for a change of shape or type."""
    producer = model.main.producers.get(tensor_id)
    while producer is not None and _keeps_numbers(producer):
        producer = model.main.producers.get(producer.operands[0])
    known = None if producer is None else find(producer.code)
    return known is not None and known.distribution is not None


def _keeps_numbers(op: Op) -> bool:
    known = find(op.code)
    return known is not None and (known.family in _SAME_ELEMENTS or known.real is IDENTITY)
