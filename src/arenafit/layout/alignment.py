"""Which tensors must begin at multiples of 16 bytes: a kernel reads or writes whole vectors there."""

from arenafit.ir import DType, Model, TensorId
from arenafit.kernels import find
from arenafit.targets.libraries import KernelLibrary
from arenafit.units import ARENA_ALIGNMENT_BYTES


def vector_tensors(model: Model, library: KernelLibrary) -> frozenset[TensorId]:
    """Return the 8-bit tensors of the arena that kernels of `library` take to begin at multiples of 16 bytes."""
    found: set[TensorId] = set()
    for graph in model.graphs:
        for op in graph.ops:
            kernel = find(op.code)
            demands = None if kernel is None else kernel.aligned.get(library.base)
            if demands is None or not demands(graph, op):
                continue
            tensors = (*graph.inputs_of(op), *graph.outputs_of(op))
            found.update(
                tensor.id
                for tensor in tensors
                if tensor is not None and not tensor.is_constant and _is_byte(tensor.dtype)
            )
    return frozenset(found)


def misaligned(model: Model, library: KernelLibrary) -> TensorId | None:
    """Return a tensor that the model's plan puts where a kernel of `library` would read or write beside it."""
    plan = model.offline_plan or {}
    wanted = (tensor for tensor in sorted(plan) if plan[tensor] % ARENA_ALIGNMENT_BYTES)
    vectors = vector_tensors(model, library) if plan else frozenset[TensorId]()
    return next((tensor for tensor in wanted if tensor in vectors), None)


def _is_byte(dtype: DType) -> bool:
    return dtype is DType.INT8
