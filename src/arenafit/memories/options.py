"""How a model is spread over memories: what the user asks for beside the memories themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from arenafit.errors import TargetError
from arenafit.ir import Model, TensorId
from arenafit.targets.memories import Region

# Traffic is predicted, and not to the percent: the last of what is saved may go for a plan that takes fewer bytes,
# as long as it saves a larger share of the bytes.
GIVEN_UP = 0.045

_FORM = "write TENSOR=MEMORY, such as input=sram1, output:0=dtcm or conv1/Relu=axi"


@dataclass(frozen=True, slots=True)
class SpreadOptions:
    """What a plan over several memories must keep to.

    Attributes:
        margin_bytes: added to the arena, for what differs in the user's build.
        arena: the memory that the arena must lie in; None: the one where that costs least.
        given_up: the part of what could be saved by fast memories that may go for a plan that takes fewer bytes.
        pins: tensors that must lie in a memory, named by it.
        exact: search by CP-SAT (the extra "exact") from the plan that is found.
    """

    margin_bytes: int = 0
    arena: str | None = None
    given_up: float = GIVEN_UP
    pins: Mapping[TensorId, str] = field(default_factory=lambda: MappingProxyType({}))
    exact: bool = False


def read_pins(texts: Sequence[str], model: Model, regions: Sequence[Region]) -> Mapping[TensorId, str]:
    """Return the tensors that texts such as ``input=sram1`` and ``output:1=dtcm`` pin, and the memory of each.

    ``input`` and ``output`` stand for all of the model's, ``input:1`` for the second; else a tensor's own
    name is meant.

    Raises:
        TargetError: if a text has another form, or names a tensor or a memory that is not there, or a tensor twice.
    """
    found: dict[TensorId, str] = {}
    for text in texts:
        name, equals, memory = text.rpartition("=")
        if not equals or not name or not memory:
            raise TargetError(f"'{text}' pins nothing: {_FORM}")
        if memory not in {region.name for region in regions}:
            names = ", ".join(region.name for region in regions)
            raise TargetError(f"'{text}': there is no memory '{memory}': there are {names}")
        for tensor in _tensors(name, text, model):
            if found.setdefault(tensor, memory) != memory:
                raise TargetError(f"'{text}': the tensor is pinned to memory {found[tensor]} already")
    return found


def _tensors(name: str, text: str, model: Model) -> list[TensorId]:
    kind, colon, number = name.partition(":")
    ends = {"input": model.main.inputs, "output": model.main.outputs}.get(kind)
    if ends is not None and not colon:
        return list(ends)
    if ends is not None and number.isdecimal():
        if int(number) >= len(ends):
            raise TargetError(f"'{text}': the model has {len(ends)} {kind}s, counted from 0")
        return [ends[int(number)]]
    named = [tensor.id for tensor in model.tensors.values() if tensor.name == name]
    if not named:
        raise TargetError(f"'{text}': the model has no tensor '{name}': {_FORM}")
    return named
