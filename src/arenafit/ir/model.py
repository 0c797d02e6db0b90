"""The core types: Tensor, Op, Graph, Model. All frozen; `edit.py` is the one way to change them.

Ids are stable and unique in a whole Model (over all its graphs); flatbuffer indices exist only inside tflite/.
Order carries meaning: the order of `Graph.ops` is the schedule, the order of `Graph.tensors` is the order in the
file (TFLM allocates its tensor table in it, and its planner breaks ties by it).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any, NewType, cast

import numpy as np
from numpy.typing import NDArray

from arenafit.ir.dtype import DType
from arenafit.records import FieldsAlone

TensorId = NewType("TensorId", int)
OpId = NewType("OpId", int)

# A value of an option or of an extra: plain, hashable data.
Plain = None | bool | int | float | str | bytes | tuple["Plain", ...] | tuple[tuple[str, "Plain"], ...]

OFFLINE_PLAN_METADATA = "OfflineMemoryAllocation"


@dataclass(frozen=True)
class Constant:
    """The bytes of a constant tensor, as the flatbuffer stores them (little endian, row major)."""

    data: bytes

    def array(self, dtype: DType, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return a read-only view of the bytes as an array of `dtype` and `shape`; bytes beyond it are ignored.

        Raises:
            TypeError: if numpy has no such layout.
            ValueError: if there are too few bytes.
        """
        return np.frombuffer(self.data, dtype=dtype.numpy, count=prod(shape)).reshape(shape)

    @classmethod
    def of(cls, array: NDArray[Any]) -> "Constant":
        """Return the constant holding `array`."""
        return cls(np.ascontiguousarray(array).tobytes())


@dataclass(frozen=True)
class Quant:
    """Quantisation of a tensor: real = scale * (stored - zero_point), per tensor or along `dimension`.

    `extras` keeps what arenafit does not interpret, for lossless writing: ``details`` is (table name, fields) of
    custom, blockwise or multi-axis details, whose tensors are named by id.
    """

    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    dimension: int = 0
    minimum: tuple[float, ...] = ()
    maximum: tuple[float, ...] = ()
    extras: tuple[tuple[str, Plain], ...] = ()

    @property
    def per_tensor(self) -> tuple[float, int] | None:
        """The one (scale, zero point), or None if there is none or one per channel."""
        if len(self.scales) == 1 and len(self.zero_points) <= 1:
            return self.scales[0], self.zero_points[0] if self.zero_points else 0
        return None

    @property
    def tensors(self) -> tuple[TensorId, ...]:
        """The tensors that hold scales and zero points where details (blockwise, multi-axis) name such."""
        details = dict(self.extras).get("details")
        if not isinstance(details, tuple):
            return ()
        _, fields = details
        named = dict(cast("tuple[tuple[str, Plain], ...]", fields))
        found = (named.get(name) for name in ("scales", "zero_points"))
        return tuple(TensorId(value) for value in found if isinstance(value, int) and value >= 0)


@dataclass(frozen=True)
class Options:
    """Builtin options of an operator: the schema's table name and its fields in snake_case."""

    kind: str
    values: tuple[tuple[str, Plain], ...] = ()

    def __getitem__(self, name: str) -> Any:
        """Return the field `name`; `KeyError` if the table has none."""
        for key, value in self.values:
            if key == name:
                return value
        raise KeyError(f"{self.kind} has no field {name}")

    def get(self, name: str, default: Any = None) -> Any:
        """Return the field `name`, or `default`."""
        for key, value in self.values:
            if key == name:
                return value
        return default

    def with_values(self, **changes: Plain) -> "Options":
        """Return options with some fields replaced; `KeyError` for a field the table does not have."""
        known = dict(self.values)
        for name in changes:
            if name not in known:
                raise KeyError(f"{self.kind} has no field {name}")
        return replace(self, values=tuple({**known, **changes}.items()))


@dataclass(frozen=True)
class OpCode:
    """Which operator: the builtin's schema name (``CONV_2D``; ``CUSTOM`` with its custom code), and its version."""

    name: str
    version: int = 1
    custom_code: str | None = None

    @property
    def label(self) -> str:
        """The name to show: the custom code for a custom operator."""
        return self.custom_code or self.name if self.name == "CUSTOM" else self.name


@dataclass(frozen=True)
class Tensor:
    """A tensor. `data` is its constant content; a tensor without data lives in the arena when the model runs."""

    id: TensorId
    name: str
    dtype: DType
    shape: tuple[int, ...]
    quant: Quant | None = None
    data: Constant | None = None
    is_variable: bool = False
    shape_signature: tuple[int, ...] | None = None
    extras: tuple[tuple[str, Plain], ...] = ()

    @property
    def elements(self) -> int:
        """Number of elements; 1 for a scalar."""
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes the elements take, packed types rounded up to whole bytes."""
        return -(-self.elements * self.dtype.bits // 8)

    @property
    def is_constant(self) -> bool:
        """Whether the content stands in the file."""
        return self.data is not None

    @property
    def is_plain(self) -> bool:
        """Whether nothing beside type, shape, quantisation and content says how to read it (sparsity, say)."""
        return all(name == "has_rank" for name, _ in self.extras)

    def array(self) -> NDArray[Any]:
        """Return the constant content as an array of `shape`.

        Raises:
            ValueError: if the tensor is no constant, or its bytes do not fill its shape.
        """
        if self.data is None:
            raise ValueError(f"tensor '{self.name}' is no constant")
        return self.data.array(self.dtype, self.shape)


@dataclass(frozen=True)
class Op:
    """An operator. `None` among the inputs is an optional operand left out (flatbuffer index -1)."""

    id: OpId
    code: OpCode
    inputs: tuple[TensorId | None, ...]
    outputs: tuple[TensorId, ...]
    options: Options | None = None
    intermediates: tuple[TensorId, ...] = ()
    custom_options: bytes | None = None
    extras: tuple[tuple[str, Plain], ...] = ()

    @property
    def name(self) -> str:
        """Schema name of the operator, such as ``CONV_2D``."""
        return self.code.name

    @property
    def operands(self) -> tuple[TensorId, ...]:
        """The inputs that are there."""
        inputs = self.inputs
        if None not in inputs:
            return cast("tuple[TensorId, ...]", inputs)
        return tuple(tensor for tensor in inputs if tensor is not None)

    @cached_property
    def subgraphs(self) -> tuple[int, ...]:
        """Indices of the graphs this operator runs, in the order it names them (condition before body)."""
        if self.options is None:
            return ()
        return tuple(
            int(value)
            for name, value in self.options.values
            if name.endswith("subgraph_index") and isinstance(value, int) and value >= 0
        )


@dataclass(frozen=True)
class Graph(FieldsAlone):
    """One subgraph: its tensors (file order), its operators (their order is the schedule), inputs and outputs."""

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[TensorId, ...]
    outputs: tuple[TensorId, ...]
    name: str = ""
    extras: tuple[tuple[str, Plain], ...] = ()

    @cached_property
    def by_id(self) -> Mapping[TensorId, Tensor]:
        """Tensors by id."""
        return {tensor.id: tensor for tensor in self.tensors}

    @cached_property
    def producers(self) -> Mapping[TensorId, Op]:
        """The operator that writes each produced tensor (the last one, should several do)."""
        return {output: op for op in self.ops for output in op.outputs}

    @cached_property
    def uses(self) -> Mapping[TensorId, tuple[Op, ...]]:
        """The operators that read each tensor, in schedule order, each once."""
        found: dict[TensorId, list[Op]] = {}
        for op in self.ops:
            for operand in dict.fromkeys(op.operands):
                found.setdefault(operand, []).append(op)
        return {tensor: tuple(ops) for tensor, ops in found.items()}

    def tensor(self, tensor_id: TensorId) -> Tensor:
        """Return the tensor with this id; `KeyError` if the graph has none."""
        return self.by_id[tensor_id]

    def inputs_of(self, op: Op) -> tuple[Tensor | None, ...]:
        """The operand tensors of `op`, None where one is left out."""
        return tuple(None if operand is None else self.by_id[operand] for operand in op.inputs)

    def outputs_of(self, op: Op) -> tuple[Tensor, ...]:
        """The tensors `op` writes."""
        return tuple(self.by_id[output] for output in op.outputs)


@dataclass(frozen=True, slots=True)
class Signature:
    """A named entry point: argument names to tensors of one graph."""

    key: str
    graph_index: int
    inputs: tuple[tuple[str, TensorId], ...]
    outputs: tuple[tuple[str, TensorId], ...]


@dataclass(frozen=True)
class Model(FieldsAlone):
    """A whole `.tflite` model.

    `offline_plan` maps tensors to their offset in the head, as the OfflineMemoryAllocation metadata states it (a
    tensor that is absent is planned at run time); None if the file has no such metadata. `metadata` keeps every other
    entry in file order; `extras` what arenafit does not interpret.
    """

    graphs: tuple[Graph, ...]
    offline_plan: Mapping[TensorId, int] | None = None
    signatures: tuple[Signature, ...] = ()
    metadata: tuple[tuple[str, bytes], ...] = ()
    description: str = ""
    version: int = 3
    extras: tuple[tuple[str, Plain], ...] = field(default=())

    @property
    def main(self) -> Graph:
        """The first graph, the one the interpreter invokes."""
        return self.graphs[0]

    @cached_property
    def tensors(self) -> Mapping[TensorId, Tensor]:
        """All tensors of all graphs by id."""
        return {tensor.id: tensor for graph in self.graphs for tensor in graph.tensors}

    @cached_property
    def ops(self) -> Mapping[OpId, Op]:
        """All operators of all graphs by id."""
        return {op.id: op for graph in self.graphs for op in graph.ops}

    def all_tensors(self) -> Iterator[Tensor]:
        """All tensors, graph by graph, in file order."""
        for graph in self.graphs:
            yield from graph.tensors
