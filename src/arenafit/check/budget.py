"""What a model may take."""

import re
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path

from arenafit.errors import ConfigError

# The threshold of TFLM's own memory_arena_threshold_test.cc.
DEFAULT_GROWTH = Fraction(3, 100)

_PERCENTAGE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*")


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """BudgetLimits, and what to price for; None: not stated, so that others' limits stand.

    `growth` is a share (3/100 = 3 %) of the arena of `baseline`: a model, a folder of models under the same names, or
    a JSON document that an earlier check wrote. `tflm` is another TFLM than the one
    that is usual. `memories` are those that the buffers may be spread over, such as
    ``dtcm=128K``; a board's need not hold the whole arena then. `arena_in` is the memory that the arena must lie in,
    `pins` are tensors that must lie in one, such as ``input=sram1``.
    """

    arena_bytes: int | None = None
    flash_bytes: int | None = None
    board: str | None = None
    target: str | None = None
    kernels: str | None = None
    tflm: str | None = None
    reserve_bytes: int | None = None
    growth: Fraction | None = None
    baseline: Path | None = None
    memories: tuple[str, ...] | None = None
    arena_in: str | None = None
    pins: tuple[str, ...] | None = None

    def over(self, below: "BudgetLimits") -> "BudgetLimits":
        """Return these limits, and those of `below` where this states none; a board replaces a target."""
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.board is not None or self.target is not None:
            below = replace(below, board=None, target=None, kernels=None, tflm=None, reserve_bytes=None)
        return replace(below, **{name: value for name, value in stated.items() if value is not None})

    @property
    def states_something(self) -> bool:
        """Whether a model can break these limits."""
        return any(
            value is not None
            for value in (self.arena_bytes, self.flash_bytes, self.board, self.baseline, self.memories)
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """BudgetLimits with the name they are reported under, and the patterns of the models they hold for."""

    name: str
    limits: BudgetLimits
    models: tuple[str, ...] = ()


def parse_growth(text: str) -> Fraction:
    """Return the share that a percentage like ``3%`` or ``0.5 %`` names.

    Raises:
        ConfigError: if it is none.
    """
    match = _PERCENTAGE.fullmatch(text)
    if match is None:
        raise ConfigError(f"'{text}' is no allowed growth: write a percentage such as 3%")
    return Fraction(match.group(1)) / 100
