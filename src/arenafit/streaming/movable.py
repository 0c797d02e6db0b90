"""Which tensors the operators that move rows can move."""

from arenafit.ir import DType, Graph, TensorId


def is_movable(graph: Graph, tensor: TensorId) -> bool:
    """Return whether TFLM's DYNAMIC_UPDATE_SLICE, CONCATENATION, SLICE and PAD all know the tensor's type."""
    return graph.tensor(tensor).dtype in (DType.INT8, DType.INT16, DType.FLOAT32)
