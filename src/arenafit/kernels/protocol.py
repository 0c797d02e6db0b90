"""What a kernel file states: the memory an operator's TFLM kernel asks for, in the order in which it asks.

A kernel file exports ``KERNEL = Kernel(...)``. Its `init` and `prepare` functions get a `Requests` and repeat on it
the calls that the TFLM kernel makes: temporary tensors, persistent buffers, scratch buffers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Graph, Op, Tensor, TensorId
from arenafit.kernels.conditions import Demand, Fault
from arenafit.kernels.sharing import Sharing
from arenafit.kernels.since import Since
from arenafit.targets.abi import StructLayout, int_array_size_bytes
from arenafit.targets.libraries import KernelFamily, KernelLibrary
from arenafit.targets.target import Abi, Target


class Ask(Enum):
    """What a kernel may ask for while it is initialised and prepared."""

    TEMP = "temporary tensor"  # lives in the head until Prepare returns; never reused within it
    HOLD = "temporary tensors are read to their last field later"
    PERSISTENT = "persistent buffer"  # in the tail, 16-aligned
    UNWRITTEN = "persistent buffer, written when the model runs"  # in the tail, 16-aligned
    SCRATCH = "scratch buffer"  # planned in the head with the tensors
    OVERRUN = "bytes written behind the last scratch buffer"  # a defect of the kernel: nothing is allocated for them


@dataclass(slots=True)
class PrepareState:
    """What earlier operators of the same model leave for later ones while TFLM prepares it."""

    shapes: dict[TensorId, tuple[int, ...]] = field(default_factory=dict)  # shapes that Prepare replaced
    variable_ids: dict[tuple[str, str], int] = field(default_factory=dict)  # resource variables by container and name
    variables_bytes: dict[int, int] = field(default_factory=dict)  # those whose buffer is allocated
    handles: dict[TensorId, int] = field(default_factory=dict)  # tensors that hold a resource id by pointer
    bound: set[TensorId] = field(default_factory=set)  # tensors whose data a kernel points elsewhere


class Requests:
    """The requests of one operator, in call order, and the facts a kernel may look at when it decides on them."""

    __slots__ = ("_graph", "asked", "op", "state", "target")

    def __init__(self, op: Op, graph: Graph, target: Target, state: PrepareState) -> None:
        """Begin with no requests for `op` of `graph`."""
        self.op = op
        self.target = target
        self.state = state
        self._graph = graph
        # (kind, bytes or number of scales, what)
        self.asked: list[tuple[Ask, int, str]] = []

    @property
    def abi(self) -> Abi:
        """The data model."""
        return self.target.abi

    @property
    def kernel_library(self) -> KernelLibrary:
        """The kernel library; only the formulas of its own family ask what it has."""
        return self.target.kernels

    def before(self, day: str) -> bool:
        """Return whether the target's TFLM is older than its change of that day, such as ``2024-09-27``."""
        return self.target.tflm < day

    def option(self, name: str, default: Any = None) -> Any:
        """Return a field of the operator's options, `default` if it has no options."""
        return default if self.op.options is None else self.op.options.get(name, default)

    def input(self, index: int) -> Tensor | None:
        """Return an operand; None if it is left out or there are fewer."""
        inputs = self.op.inputs
        found = inputs[index] if index < len(inputs) else None
        return None if found is None else self._graph.by_id[found]

    def output(self, index: int) -> Tensor | None:
        """Return an output; None if there are fewer."""
        outputs = self.op.outputs
        return self._graph.by_id[outputs[index]] if index < len(outputs) else None

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        """Return the tensor's shape as TFLM sees it now."""
        return self.state.shapes.get(tensor.id, tensor.shape)

    def elements(self, tensor: Tensor) -> int:
        """Return the number of elements; 1 for a scalar."""
        count = 1
        for size in self.state.shapes.get(tensor.id, tensor.shape):
            count *= size
        return count

    def needed_input(self, index: int) -> Tensor:
        """Return an operand the kernel cannot do without.

        Raises:
            UnsupportedModelError: if it is not there; TFLM would refuse the model too.
        """
        found = self.input(index)
        if found is None:
            raise UnsupportedModelError(f"{self.op.code.label} (operator {self.op.id}): operand {index} is missing")
        return found

    def needed_output(self, index: int) -> Tensor:
        """Return an output the kernel cannot do without.

        Raises:
            UnsupportedModelError: if it is not there.
        """
        found = self.output(index)
        if found is None:
            raise UnsupportedModelError(f"{self.op.code.label} (operator {self.op.id}): output {index} is missing")
        return found

    def temp_input(self, index: int) -> Tensor | None:
        """Ask for a temporary TfLiteTensor of an operand (MicroContext::AllocateTempInputTensor)."""
        found = self.input(index)
        self._temp(found)
        return found

    def temp_output(self, index: int) -> Tensor | None:
        """Ask for a temporary TfLiteTensor of an output (MicroContext::AllocateTempOutputTensor)."""
        found = self.output(index)
        self._temp(found)
        return found

    def temps(self, *indices: int, outputs: tuple[int, ...] = (0,)) -> None:
        """Ask for temporary tensors of these operands, then of these outputs."""
        for index in indices:
            self.temp_input(index)
        for index in outputs:
            self.temp_output(index)

    def _temp(self, tensor: Tensor | None) -> None:
        if tensor is not None:
            self.asked.append((Ask.TEMP, described_scales(tensor), tensor.name))

    def persistent(self, size_bytes: int, what: str, *, written: bool = True) -> None:
        """Ask for a persistent buffer (TfLiteContext::AllocatePersistentBuffer); `written` by Prepare itself or not.

        TFLM does not see a persistent buffer run into temporary tensors: what is written there destroys them.
        """
        self.asked.append((Ask.PERSISTENT if written else Ask.UNWRITTEN, size_bytes, what))

    def persistent_struct(self, layout: StructLayout, what: str = "operator data") -> None:
        """Ask for a persistent buffer that holds a structure."""
        self.asked.append((Ask.PERSISTENT, layout.size_bytes(self.target.abi), what))

    def scratch(self, size_bytes: int, what: str) -> None:
        """Ask for a scratch buffer (TfLiteContext::RequestScratchBufferInArena)."""
        self.asked.append((Ask.SCRATCH, size_bytes, what))

    def overrun(self, size_bytes: int, what: str) -> None:
        """Say that the kernel writes so many bytes behind the scratch buffer it asked for last."""
        self.asked.append((Ask.OVERRUN, size_bytes, what))

    def writable_output_dims(self, index: int, shape: tuple[int, ...]) -> None:
        """Copy an output's dimensions to the tail and set them (CreateWritableTensorDimsWithCopy, kernel_util.cc)."""
        output = self.needed_output(index)
        self.persistent(int_array_size_bytes(len(self.shape(output))), "copy of output dimensions")
        self.state.shapes[output.id] = shape

    def hold_temps(self) -> None:
        """Say that the kernel later reads its temporary tensors to the last field, zero points included."""
        self.asked.append((Ask.HOLD, 0, ""))

    def has_type(self, tensor: Tensor | None, *types: DType) -> bool:
        """Whether the tensor is there and has one of the types."""
        return tensor is not None and tensor.dtype in types


def described_scales(tensor: Tensor) -> int:
    """Return how many scales TFLM's quantisation record of `tensor` has; 0 if it makes none.

    micro_allocator.cc, InitializeTfLiteTensorFromFlatbuffer: a record needs both scales and zero points.
    """
    quant = tensor.quant
    return len(quant.scales) if quant is not None and quant.scales and quant.zero_points else 0


PrepareStep = Callable[[Requests], None]
Condition = Callable[[Graph, Op], bool]


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Real numbers from `low` to `high`, both included; `strict`: the kernel refuses others, or reads astray."""

    low: float
    high: float
    strict: bool = False


# Which numbers the operand at a position may hold; None: any.
Accepts = Callable[[Graph, Op, int], ValueRange | None]


@dataclass(frozen=True, slots=True)
class KernelMemory:
    """What one implementation of a kernel asks for. `init` is a structure allocated whole, or a step; None: nothing."""

    init: StructLayout | PrepareStep | None = None
    init_compression: StructLayout | None = None  # what `init` is with USE_TFLM_COMPRESSION, where it differs
    init_until: tuple[str, StructLayout] | None = None  # (day, what `init` was before it)
    prepare: PrepareStep | None = None
    source: str = ""  # TFLM file below tensorflow/lite/micro/kernels/
    conditions: tuple[Demand, ...] = ()  # what this implementation demands beside what all demand
    faults: tuple[Fault, ...] = ()  # where it is known to compute something else than the operator means


@dataclass(frozen=True, slots=True)
class Kernel:
    """The facts about one operator's TFLM kernels.

    `libraries` maps the families of kernel libraries that have a kernel of their own to what it asks for; a family that
    is not there uses the reference kernel.
    """

    name: str  # schema name, or the custom code
    reference: KernelMemory
    libraries: Mapping[KernelFamily, KernelMemory] = field(default_factory=dict)
    builtin: StructLayout | None = None  # parameters parsed from the flatbuffer; None if the parser allocates none
    builtin_since: tuple[
        tuple[str, StructLayout], ...
    ] = ()  # (compatibility level, parameters from it on), oldest first
    custom: bool = False
    # Where 8-bit operands and results must begin at multiples of 16: kernels that read or write whole vectors.
    aligned: Mapping[KernelLibrary, Condition] = field(default_factory=dict)
    conditions: tuple[Demand, ...] = ()  # what every implementation demands of its operands
    since: tuple[Since, ...] = ()  # what came to TFLM later than the rest
    sharing: Sharing | None = None  # what outputs may do with operands' memory; None: nothing is known to be safe
    accepts: Accepts | None = None  # which numbers operands may hold; None: any

    def parameters(self, tflm: str) -> StructLayout | None:
        """Return the parameters as a TFLM of compatibility level `tflm` parses them."""
        found = self.builtin
        for level, layout in self.builtin_since:
            if tflm >= level:
                found = layout
        return found

    def memory(self, library: KernelLibrary) -> KernelMemory:
        """Return what the kernel of `library` asks for."""
        return self.libraries.get(library.family, self.reference)


def steps(*parts: PrepareStep) -> PrepareStep:
    """Return a step that does the parts in order."""

    def run(requests: Requests) -> None:
        for part in parts:
            part(requests)

    return run


def temps(*inputs: int, outputs: tuple[int, ...] = (0,)) -> PrepareStep:
    """Return a Prepare that only looks at these operands, then at these outputs."""

    def prepare(requests: Requests) -> None:
        requests.temps(*inputs, outputs=outputs)

    return prepare
