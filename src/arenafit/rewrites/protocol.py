"""What a rewrite is: it proposes moves and applies one. It never measures and never prices."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from arenafit.ir import Model, OpId, Plain


class Claim(Enum):
    """What a move promises about the outputs; verification holds it to that.

    EQUAL_FOR_FINITE: every bit is equal as long as no tensor of the model holds an infinity or a NaN.
    """

    BIT_EXACT = "bit-exact"
    EQUAL_FOR_FINITE = "equal for finite values"


class Validity(Enum):
    """Which runtimes a rewritten model must run on with equal outputs."""

    TFLITE = "tflite"  # TFLM and desktop LiteRT
    TFLM = "tflm"  # TFLM alone: views without producer, empty loop signatures, shared operands


@dataclass(frozen=True, slots=True)
class Move:
    """One change that a rewrite offers: where, with which parameters, and what it promises."""

    rewrite: str
    where: tuple[OpId, ...]
    parameters: tuple[tuple[str, Plain], ...] = ()
    claim: Claim = Claim.BIT_EXACT
    validity: Validity = Validity.TFLITE
    note: str = field(default="", compare=False)  # one phrase for people: "PAD folded into CONV_2D 3"


def weakest(claims: Collection[Claim]) -> Claim:
    """Return what all of `claims` together promise."""
    return Claim.EQUAL_FOR_FINITE if Claim.EQUAL_FOR_FINITE in claims else Claim.BIT_EXACT


@runtime_checkable
class Rewrite(Protocol):
    """A graph rewrite. `cleanup` says that applying every move it proposes never costs memory or time."""

    name: str
    cleanup: bool

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves that apply to `model`; operators are named by id, graph 0 unless stated otherwise."""
        ...

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with `move` made; the input model stays as it is."""
        ...
