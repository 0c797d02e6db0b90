"""Samples: what calibration and evaluation data become once they are known to fit the model's inputs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from arenafit.ir import DType, Model, TensorId

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of the model: `names` are all it may be called by, the best first."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: DType

    @property
    def name(self) -> str:
        """The name to show."""
        return self.names[0]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape without a batch dimension of one."""
        return self.shape[1:] if self.shape[:1] == (1,) else self.shape


@dataclass(frozen=True, slots=True)
class Samples:
    """`arrays[i]` holds the samples of input i, (N, *shape); `labels[j]` those of output j, or None.

    `source` says where they came from, for messages.
    """

    arrays: tuple[Array, ...]
    labels: tuple[Array | None, ...]
    source: str

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.arrays[0])

    def __iter__(self) -> Iterator[tuple[Array, ...]]:
        """Yield the input set of each sample."""
        return iter(zip(*self.arrays, strict=True))

    def first(self, count: int) -> "Samples":
        """Return the first `count` samples, or all if there are fewer."""
        labels = tuple(None if label is None else label[:count] for label in self.labels)
        return Samples(tuple(array[:count] for array in self.arrays), labels, self.source)

    def where(self, mask: Array) -> "Samples":
        """Return the samples that `mask` (N,) marks."""
        labels = tuple(None if label is None else label[mask] for label in self.labels)
        return Samples(tuple(array[mask] for array in self.arrays), labels, self.source)


@dataclass(frozen=True, slots=True)
class Raw:
    """Data as found: `named` arrays or `ordered` ones (the other is empty), each with all samples in its first axis.

    With `are_samples` the named arrays may as well be single samples of the one input, to be stacked.
    """

    named: Mapping[str, Array]
    ordered: Sequence[Array]
    source: str
    are_samples: bool = False


def input_ports(model: Model) -> tuple[Port, ...]:
    """Return the inputs of `model`'s main graph, with their signature names where it has a signature."""
    return _ports(model, model.main.inputs, [dict(entry.inputs) for entry in model.signatures if not entry.graph_index])


def output_ports(model: Model) -> tuple[Port, ...]:
    """Return the outputs of `model`'s main graph, with their signature names where it has a signature."""
    entries = [dict(entry.outputs) for entry in model.signatures if not entry.graph_index]
    return _ports(model, model.main.outputs, entries)


def _ports(model: Model, ids: Sequence[TensorId], entries: Sequence[Mapping[str, TensorId]]) -> tuple[Port, ...]:
    ports = []
    for position, tensor_id in enumerate(ids):
        tensor = model.tensors[tensor_id]
        signature = [name for entry in entries for name, target in entry.items() if target == tensor_id]
        plain = tensor.name.removeprefix("serving_default_").removesuffix(":0")
        names = dict.fromkeys([*signature, tensor.name, plain, str(position)])
        ports.append(Port(tuple(name for name in names if name), tensor.shape, tensor.dtype))
    return tuple(ports)
