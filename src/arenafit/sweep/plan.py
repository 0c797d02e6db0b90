"""What a sweep is asked to do, as it stands in the storage: every worker reads it there, wherever it runs."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from arenafit.errors import ConfigError
from arenafit.fit.effort import effort_steps
from arenafit.sweep.space import Space
from arenafit.targets.boards import Board
from arenafit.targets.choice import choose
from arenafit.targets.releases import find_release
from arenafit.targets.target import Target
from arenafit.validity.usual import dated

FORMAT = 1
FITTED, LOSS, INSTRUCTIONS, FLASH, STOCK = "fitted", "loss", "instructions", "flash", "stock"
OBJECTIVES = (FITTED, LOSS, INSTRUCTIONS, FLASH, STOCK)
DEFAULT_OBJECTIVES = (FITTED, LOSS, INSTRUCTIONS)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of what is asked for; plain values only.

    Attributes:
        train: ``module:function`` of training code, None for a sweep over a `.tflite`.
        model: the name of that file, for messages.
        data: samples to learn from and to quantise by.
        validation: samples that the search judges by; None: a fifth of `data`.
        evaluation: samples for the verdict.
        data_digest: what the samples held when the sweep began.
        objectives: what shall get smaller.
        target: what to price for; None: the first target there is, as for all verbs.
        board: a board instead.
        tflm: a TFLM instead of the target's own, as `find_release` takes it.
        ram_bytes: the largest arena after `fit` that is worth a training.
        flash_bytes: the largest file that is.
        instructions: the most instructions of an Invoke that are.
        max_drop: the greatest loss (fraction) against the reference for a choice.
        effort: of `fit` for each price, in thousands of steps or a name.
        steps: batches of a training in the search.
        rate: of a training.
        trials: how many combinations are looked at; None: no limit.
        cpu_seconds: how much CPU time is spent; None: no limit.
        priced_only: train nothing.
        seed: of sampling, splitting and training.
        seeds: trainings of each chosen point.
        choices: how many points of the front are trained again, at most.
    """

    train: str | None = None
    model: str | None = None
    data: str | None = None
    validation: str | None = None
    evaluation: str | None = None
    data_digest: str = ""
    objectives: tuple[str, ...] = DEFAULT_OBJECTIVES
    target: str | None = None
    board: str | None = None
    tflm: str | None = None
    ram_bytes: int | None = None
    flash_bytes: int | None = None
    instructions: int | None = None
    max_drop: float | None = None
    effort: str | int = 1000
    steps: int = 600
    rate: float = 4e-3
    trials: int | None = None
    cpu_seconds: float | None = None
    priced_only: bool = False
    seed: int = 0
    seeds: int = 2
    choices: int = 6

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: naming one that is out of range.
        """
        unknown = [name for name in self.objectives if name not in OBJECTIVES]
        if unknown or not self.objectives:
            raise ConfigError(f"--objectives {','.join(unknown)}: known are {', '.join(OBJECTIVES)}")
        if self.trials is not None and self.trials < 1:
            raise ConfigError(f"--trials {self.trials}: write a number of 1 or more")
        if self.cpu_seconds is not None and not 0 < self.cpu_seconds < float("inf"):
            raise ConfigError(f"--cpu-time {self.cpu_seconds}: write a time above zero")
        if self.seed < 0:
            raise ConfigError(f"{self.seed} is no seed: write a number that is not negative")
        if self.seeds < 1 or self.choices < 1 or self.steps < 1:
            raise ConfigError("--seeds, --choices and --steps are numbers of 1 or more")
        limits = (("--ram", self.ram_bytes), ("--flash", self.flash_bytes), ("--instructions", self.instructions))
        nothing = next((f"{name} {value}" for name, value in limits if value is not None and value < 1), None)
        if nothing is not None:
            raise ConfigError(f"{nothing}: write a number of 1 or more")
        if self.max_drop is not None and not 0 <= self.max_drop < float("inf"):
            raise ConfigError(f"--max-drop {self.max_drop}: write a share that is not negative, 0.01 for 1 %")
        effort_steps(self.effort)

    @property
    def aims(self) -> tuple[str, ...]:
        """The objectives that trials report: without the loss where nothing is trained."""
        return tuple(name for name in self.objectives if not (self.priced_only and name == LOSS))

    def place(self) -> tuple[Target, Board | None]:
        """Return the target and the board."""
        target, board = choose(self.target, self.board, None)
        return dated(target, None if self.tflm is None else find_release(self.tflm)), board

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Plan":
        """Return the plan that `as_json` gave.

        Raises:
            ConfigError: if another version of arenafit wrote it.
        """
        if data.get("format") != FORMAT:
            raise ConfigError(f"the storage holds a sweep of format {data.get('format')}, this version reads {FORMAT}")
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in data.items() if name in known}
        return cls(**{**given, "objectives": tuple(given["objectives"])})


@dataclass(frozen=True)
class StudyConfig:
    """What the storage holds of a study besides its trials: the plan, its space and the model it is about."""

    plan: Plan
    space: Space
    model: bytes | None
