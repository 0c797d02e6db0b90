"""What a structural change is: it proposes changes and applies one. It never measures and never prices."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, Op, OpId

# What stands for the operator in settings that concern the whole model, such as ``all.channels=0.5``.
WHOLE = "all"


class Needs(StrEnum):
    """What the changed model needs before it is of use."""

    WEIGHTS_KEPT = "keeps weights"  # `prune` makes it from the trained weights, without training
    TRAINING = "retrain"
    OTHER_INPUT = "retrain, other input"  # the application must deliver inputs of another shape


@dataclass(frozen=True, slots=True)
class Change:
    """One change on offer. `setting` names it the way ``--set`` takes it; `ops` are the operators it is about."""

    kind: str
    setting: str
    value: str
    ops: tuple[OpId, ...]
    needs: Needs
    note: str = field(default="", compare=False)  # one phrase for people

    @property
    def text(self) -> str:
        """The change as ``--set`` takes it, such as ``pool#1.window=8``."""
        return f"{self.setting}={self.value}"


@runtime_checkable
class Structural(Protocol):
    """A kind of structural change. `key` is its name in settings: the part behind the operator's."""

    name: str
    key: str

    def propose(self, model: Model) -> Iterable[Change]:
        """Yield the changes worth a look; operators are of the main graph."""
        ...

    def parse(self, model: Model, op: Op | None, value: str) -> Change:
        """Return the change that a setting asks for; `op` is None for one that concerns the whole model.

        Raises:
            ConfigError: if the operator or the value does not take it.
        """
        ...

    def apply(self, model: Model, change: Change) -> Model:
        """Return the changed model with shapes that fit; weights that no longer fit are cut or repeated.

        Raises:
            UnsupportedModelError: naming the operator whose shape cannot be told.
        """
        ...


class NotHereError(UnsupportedModelError):
    """The change cannot be made in this model; the text says why."""
