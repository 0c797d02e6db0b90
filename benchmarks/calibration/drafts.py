"""Small models built in memory, for records."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Graph, Model, Op, OpCode, OpId, Options, Quant, Tensor, TensorId


class Draft:
    """Tensors and operators of a model under construction; graph 0 is the main one."""

    def __init__(self) -> None:
        """Start with one empty graph."""
        self._tensors: dict[TensorId, tuple[int, Tensor]] = {}
        self._ops: list[tuple[int, Op]] = []
        self._bounds: list[tuple[tuple[TensorId, ...], tuple[TensorId, ...]]] = [((), ())]

    def add_graph(self) -> int:
        """Append an empty graph and return its index."""
        self._bounds.append(((), ()))
        return len(self._bounds) - 1

    def set_bounds(self, graph: int, inputs: Sequence[TensorId], outputs: Sequence[TensorId]) -> None:
        """Set the inputs and outputs of a graph."""
        self._bounds[graph] = (tuple(inputs), tuple(outputs))

    def tensor(
        self,
        dtype: DType,
        shape: Sequence[int],
        *,
        graph: int = 0,
        data: Constant | None = None,
        quant: Quant | None = None,
    ) -> TensorId:
        """Append a tensor and return its id."""
        created = TensorId(len(self._tensors))
        self._tensors[created] = (graph, Tensor(created, f"t{created}", dtype, tuple(shape), quant, data))
        return created

    def constant(self, array: NDArray[Any], *, graph: int = 0) -> TensorId:
        """Append a constant and return its id."""
        return self.tensor(DType.of(array.dtype), array.shape, graph=graph, data=Constant.of(array))

    def ints(self, *values: int, graph: int = 0) -> TensorId:
        """Append an int32 vector and return its id."""
        return self.constant(np.asarray(values, np.int32), graph=graph)

    def dtype(self, tensor: TensorId) -> DType:
        """Return the element type of a tensor."""
        return self._tensors[tensor][1].dtype

    def op(
        self,
        name: str,
        inputs: Sequence[TensorId | None],
        outputs: Sequence[TensorId],
        options: Mapping[str, Any] | None = None,
        *,
        graph: int = 0,
    ) -> OpId:
        """Append an operator and return its id."""
        created = OpId(len(self._ops))
        table = Options(f"{name}Options", tuple((options or {}).items()))
        self._ops.append((graph, Op(created, OpCode(name), tuple(inputs), tuple(outputs), table)))
        return created

    def model(self) -> Model:
        """Return the model, without an offline plan."""
        graphs = tuple(
            Graph(
                tuple(tensor for owner, tensor in self._tensors.values() if owner == index),
                tuple(op for owner, op in self._ops if owner == index),
                inputs,
                outputs,
            )
            for index, (inputs, outputs) in enumerate(self._bounds)
        )
        return Model(graphs)
