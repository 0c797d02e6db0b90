"""What the user asks of `fit`."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf

from arenafit.errors import ConfigError
from arenafit.fit.effort import effort_steps
from arenafit.rewrites.protocol import Validity
from arenafit.runtime.tflm import OtherWheel
from arenafit.runtime.types import Array
from arenafit.streaming import Stores
from arenafit.targets.memories import Region
from arenafit.targets.releases import Release
from arenafit.targets.target import CORTEX_M4, Target
from arenafit.tflite.one_reading import SINCE as ONE_READING_UNTIL
from arenafit.validity.usual import TFLM_WITH_LOOPS

_SHOWN = 40


class Exact(StrEnum):
    """For which values the outputs must stay equal, bit for bit: finite ones, or infinities and NaN, too."""

    FINITE = "finite"
    NONFINITE = "nonfinite"


class Loops(StrEnum):
    """How streamed segments are written: as loops, as straight-line operators, or whichever is better."""

    AUTO = "auto"
    ROLLED = "rolled"
    UNROLLED = "unrolled"


@dataclass(frozen=True, slots=True)
class FedInput:
    """Which input is fed by rows: the one of this name, or the largest.

    `begun_anew`: `MicroInterpreter::Reset()` has to begin every frame, as other models use the arena in between.
    """

    name: str | None = None
    begun_anew: bool = False


def fed_input(text: str | None) -> FedInput | None:
    """Return what ``rows`` or ``rows:NAME`` asks for; None asks for nothing.

    Raises:
        ConfigError: if it is neither.
    """
    if text is None:
        return None
    kind, colon, name = text.partition(":")
    if kind != "rows" or (colon and not name):
        raise ConfigError(f"--feed {text[:_SHOWN]}: write rows, or rows:NAME for the input of that name")
    return FedInput(name if colon else None)


@dataclass(frozen=True, slots=True)
class Settings:
    """The goal and the limits of a search.

    With neither `ram_bytes` nor `max_slowdown` the smallest arena wins; with `ram_bytes` the fastest model whose arena
    fits; with `max_slowdown` (0.1 = 10 % more instructions, predicted) the smallest arena within it.
    """

    target: Target = CORTEX_M4
    validity: Validity = Validity.TFLITE
    ram_bytes: int | None = None
    max_slowdown: float | None = None
    effort: str | int = "default"  # a name or thousands of steps; what the result depends on
    seconds: float | None = None  # a cap: where it cuts the search, the result depends on the machine
    seed: int = 0
    keep_inputs: bool = False
    stream: bool = True  # the target's TFLM has DYNAMIC_UPDATE_SLICE, there since 2025-11
    stream_otherwise: bool = False  # it has not, but runs loops that store with older operators
    one_reading: bool = False  # it takes entry i of a plan for tensor i of every graph: before 2023-03-29
    loops_copy_all: bool = False  # WHILE copies what it carries onto itself, too: before 2026-07-20
    loops: Loops = Loops.AUTO
    exact: Exact = Exact.FINITE
    samples: tuple[tuple[Array, ...], ...] = field(default=(), compare=False, repr=False)  # to verify on, besides
    older: OtherWheel | None = None  # compare outputs in this wheel of TFLM, too
    board: str | None = None  # whose target it is; for what the fitted file says of itself
    jobs: int = field(default=1, compare=False)  # processes that search; what is found is the same with any number
    only_these_kernels: bool = False  # rely on the target's kernel library alone, not on what is safe in all
    regions: tuple[Region, ...] = ()  # memories to spread over; what is fastest over them wins
    arena: str | None = None  # the memory of the arena, if they are several
    feed: FedInput | None = None  # an input that the application gives some rows at a time

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            ConfigError: if one of them is no number that limits anything.
        """
        if self.max_slowdown is not None and not 0.0 <= self.max_slowdown < inf:
            raise ConfigError(f"{self.max_slowdown} is no slowdown: write a share that is not negative, 0.1 for 10 %")
        if self.seconds is not None and not self.seconds >= 0.0:
            raise ConfigError(f"{self.seconds} is no time: write seconds")
        if self.seed < 0:
            raise ConfigError(f"{self.seed} is no seed: write a number that is not negative")
        if self.jobs < 1:
            raise ConfigError(f"{self.jobs} jobs search nothing: name one or more")

    @property
    def exact_only(self) -> bool:
        """Whether rewrites are forbidden that are exact for finite values only."""
        return self.exact is Exact.NONFINITE

    @property
    def time_counts(self) -> bool:
        """Whether instructions matter for more than breaking a tie."""
        return self.ram_bytes is not None or self.max_slowdown is not None

    @property
    def steps(self) -> int:
        """How much work the search may do.

        Raises:
            ConfigError: if the effort is none.
        """
        return effort_steps(self.effort)

    @property
    def rolls(self) -> bool:
        """Whether segments may be streamed in loops."""
        return (self.stream or self.stream_otherwise) and self.loops is not Loops.UNROLLED

    @property
    def stores(self) -> Stores:
        """What writes rows in loops."""
        if self.stream or not self.stream_otherwise:
            return Stores.UPDATE
        return Stores.SPACE if self.validity is Validity.TFLM else Stores.GATHER

    @property
    def unrolls(self) -> bool:
        """Whether segments may be unrolled."""
        return self.loops is not Loops.ROLLED


# Since when an offline plan may cover several graphs; before, tensors are put in an order that is read alike.
TFLM_WITH_PLANNED_LOOPS = "2023-04"


@dataclass(frozen=True, slots=True)
class LoopSupport:
    """What loops a TFLM of some day (YYYY-MM-DD) runs, and how."""

    tflm: str

    @property
    def update(self) -> bool:
        """Whether it has DYNAMIC_UPDATE_SLICE."""
        return self.tflm[:7] >= TFLM_WITH_LOOPS

    @property
    def one_reading(self) -> bool:
        """Whether it takes entry i of an offline plan for tensor i of every graph (see `tflite.one_reading`)."""
        return self.tflm < ONE_READING_UNTIL

    @property
    def copy_all(self) -> bool:
        """Whether WHILE copies tensors onto themselves (commit 8f1f3b262)."""
        return self.tflm < "2026-07-20"


def settings_for(release: Release | None, settings: Settings) -> Settings:
    """Return `settings` with loops that `release` runs, priced for it; as they are for None, the target's own TFLM."""
    return settings if release is None else on_its_tflm(replace(settings, target=release.dated(settings.target)))


def on_its_tflm(settings: Settings) -> Settings:
    """Return `settings` with loops that the TFLM of their target runs."""
    support = LoopSupport(settings.target.tflm)
    return replace(
        settings,
        stream=support.update,
        stream_otherwise=True,
        one_reading=support.one_reading,
        loops_copy_all=support.copy_all,
    )
