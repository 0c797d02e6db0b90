"""What is asked of `prune`, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpId
from arenafit.learn.distil import Distilled
from arenafit.learn.engine import EngineName
from arenafit.prune.path import Objective, PathStep
from arenafit.targets.target import WHEEL, Target

DEFAULT_MAX_DROP = 0.01
# Forecasts: half of a redundant layer can go for this error; a layer is tight if an eighth of it costs more than that.
REDUNDANT, TIGHT = 0.002, 0.02


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        max_drop: the greatest loss on calibration data (fraction); None: 1 %, or any if `ram_bytes` is given.
        ram_bytes: the arena to come down to; the first step of the way that does is taken.
        objective: what shall get smaller.
        target: what to price for.
        force: go on where the forecast says that it will not work.
        effort: of the search, where the objective is the fitted arena.
        seed: of the choice of rows, and of distillation.
        distil_steps: batches of self-distillation after the refit; 0: none.
        engine: what computes them.
        as_int8: judge losses, and price what `fit` makes of it, as of the model quantised to int8.
    """

    max_drop: float | None = None
    ram_bytes: int | None = None
    objective: Objective = Objective.STOCK
    target: Target = WHEEL
    force: bool = False
    effort: str | int = 1000
    seed: int = 0
    distil_steps: int = 0
    engine: EngineName = EngineName.NUMPY
    as_int8: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """How much a layer can lose: the error when an eighth and when half of its channels are gone."""

    layer: str
    channels: int
    at_an_eighth: float
    at_half: float
    removable: int  # at the error of a redundant layer

    @property
    def verdict(self) -> str:
        """``redundant``, ``tight`` or ``between``."""
        if self.at_half <= REDUNDANT:
            return "redundant"
        return "tight" if self.at_an_eighth > TIGHT else "between"


@dataclass(frozen=True, slots=True)
class Tried:
    """A step of the way that was refitted and judged on the calibration data."""

    step: PathStep
    model: Model | None  # None where only the loss was wanted
    drop: float
    fitted_bytes: int | None

    @property
    def needed_model(self) -> Model:
        """The model of a step that was made."""
        if self.model is None:
            raise UnsupportedModelError("the step was judged, but its model was not made")
        return self.model


@dataclass(frozen=True)
class Pruned:
    """The chosen model, how it came about, and what the layers' forecasts are."""

    original: Model
    chosen: Tried
    way: tuple[PathStep, ...]
    tried: tuple[Tried, ...]
    forecasts: tuple[Forecast, ...]
    names: Mapping[OpId, str]
    counts: Mapping[OpId, int]
    samples_used: int
    distilled: Distilled | None = None

    @property
    def model(self) -> Model:
        """The model with fewer channels."""
        return self.chosen.needed_model

    @property
    def kept(self) -> dict[str, tuple[int, int]]:
        """Channels of each layer, before and after."""
        removed = self.chosen.step.removed
        return {self.names[op]: (count, count - removed[op]) for op, count in self.counts.items()}
