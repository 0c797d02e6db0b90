"""A OpContext: one operator where it stands in its graph, as the cost rules look at it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from arenafit.costs.core import Core
from arenafit.ir import DType, Graph, Model, Op, Tensor, TensorId
from arenafit.records import record

# Short names of element types in the paths of the coefficient files.
_TAGS = {DType.INT8: "i8", DType.UINT8: "u8", DType.INT16: "i16", DType.INT32: "i32", DType.FLOAT32: "f32"}


@record(frozen=True)
class OpContext:
    """An operator, its graph, the core it runs on, and where tensors lie in the arena (None: unknown).

    Tensors in `addresses` at equal offsets share memory; without addresses, in-place operators are taken not to.
    Operators that run other graphs look them up in `model`; `iterations` is a loop's mean count per invocation.
    """

    op: Op
    graph: Graph
    core: Core
    addresses: Mapping[TensorId, int] | None
    model: Model | None = None
    iterations: float = 0

    @cached_property
    def inputs(self) -> tuple[Tensor | None, ...]:
        """The operands, None where one is left out."""
        by_id = self.graph.by_id
        return tuple([None if operand is None else by_id[operand] for operand in self.op.inputs])

    @cached_property
    def outputs(self) -> tuple[Tensor, ...]:
        """The tensors the operator writes."""
        by_id = self.graph.by_id
        return tuple([by_id[output] for output in self.op.outputs])

    @property
    def tags(self) -> tuple[str | None, str | None]:
        """Short names of the element types of the first input and the first output, None where there is none."""
        first = self.inputs[0] if self.inputs else None
        source = None if first is None else _TAGS.get(first.dtype)
        return source, _TAGS.get(self.outputs[0].dtype) if self.outputs else None

    @property
    def tag(self) -> str | None:
        """Short name of the element type of the first input."""
        return self.tags[0]

    def operand(self, index: int) -> Tensor:
        """Return input `index`, which the operator must have."""
        tensor = self.inputs[index]
        if tensor is None:
            raise IndexError(f"operator {self.op.id} has no input {index}")
        return tensor

    def option(self, name: str, default: Any = None) -> Any:
        """Return a builtin option, or `default` if there is no such field."""
        if self.op.options is None:
            return default
        for key, value in self.op.options.values:
            if key == name:
                return default if value is None else value
        return default

    def subgraph(self, name: str) -> Graph:
        """Return the graph an option such as ``body_subgraph_index`` names."""
        if self.model is None:
            raise ValueError("this site was made without its model")
        return self.model.graphs[int(self.option(name, 0))]

    def constant_ints(self, index: int) -> tuple[int, ...] | None:
        """Return the content of integer input `index` flattened, None if it is absent or no constant."""
        tensor = self.inputs[index] if index < len(self.inputs) else None
        if tensor is None or not tensor.is_constant:
            return None
        return tuple(int(value) for value in tensor.array().ravel())

    def shares_memory(self, first: TensorId, second: TensorId) -> bool:
        """Whether both tensors begin at the same address."""
        if first == second:
            return True
        if self.addresses is None:
            return False
        offset = self.addresses.get(first)
        return offset is not None and offset == self.addresses.get(second)
