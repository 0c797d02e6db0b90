"""The rows of what `quantize` prints: recipes, operators, scores, the boundary of the model."""

from dataclasses import dataclass

from arenafit.report.documents.prune_rows import IntervalRow


@dataclass(frozen=True, slots=True)
class CoreRow:
    """Whose instructions are estimated: a core with its kernels, and the build."""

    name: str
    build: str


@dataclass(frozen=True, slots=True)
class RuntimeRow:
    """What ran the models."""

    name: str
    version: str
    kernels: str
    abi: str


@dataclass(frozen=True, slots=True)
class SamplesRow:
    """Where samples came from, and how many there were."""

    source: str
    samples: int


@dataclass(frozen=True, slots=True)
class FloatRow:
    """The model as it came; sizes in bytes, None where the runtime does not say."""

    recorded_bytes: int | None
    head_bytes: int | None
    tail_bytes: int | None
    arena_bytes: int | None
    model_bytes: int
    instructions: int
    instructions_complete: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Samples of one label, and how many were classed right."""

    label: int
    samples: int
    right_float: int
    right_quantised: int


@dataclass(frozen=True, slots=True)
class ClassesRow:
    """Accuracy against labels, paired, with the exact test of McNemar."""

    samples: int
    accuracy_float: float
    accuracy: float
    only_float_right: int
    only_quantised_right: int
    mcnemar_p: float
    change_interval: IntervalRow
    per_class: tuple[ClassRow, ...]


@dataclass(frozen=True, slots=True)
class ValuesRow:
    """Mean squared errors against target values."""

    samples: int
    mse_float: float
    mse: float
    change_interval: IntervalRow


@dataclass(frozen=True, slots=True)
class OutputRow:
    """How one output compares with the float model's; a figure that is infinite is None."""

    output: str
    sqnr_db: float | None
    cosine: float
    argmax_agreement: float | None
    drop: float | None
    classes: ClassesRow | None
    values: ValuesRow | None


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """One recipe: what came of it, or why nothing did (`refused`); then the figures are None."""

    recipe: str
    refused: str | None
    recorded_bytes: int | None = None
    head_bytes: int | None = None
    tail_bytes: int | None = None
    arena_bytes: int | None = None
    model_bytes: int | None = None
    instructions: int | None = None
    instructions_complete: bool | None = None
    milliseconds: float | None = None
    drop: float | None = None
    quantised_operators: dict[str, int] | None = None
    outputs: tuple[OutputRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PrecisionOfRow:
    """The precision of an operator of the float model."""

    operator: int
    precision: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """An operator that stays float, what it makes, and why."""

    operator: str
    tensor: str
    reason: str


@dataclass(frozen=True, slots=True)
class SensitivityRow:
    """What quantising one operator alone costs: noise as a share of the output's energy, and bytes saved."""

    operator: int
    name: str
    tensor: str
    noise: float | None
    output_saved_bytes: int
    saved_bytes: int
    note: str


@dataclass(frozen=True, slots=True)
class BoundaryRow:
    """An input or output of the quantised model, and what the application does with it."""

    name: str
    side: str  # input, output
    dtype: str
    shape: tuple[int, ...]
    scale: float | None
    zero_point: int | None
    advice: str
