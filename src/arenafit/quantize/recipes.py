"""The whole of `arenafit quantize`: calibrate, build the recipes, run them in the real TFLM, tell what each costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from arenafit.accuracy.checks import warnings_for
from arenafit.accuracy.precision import Precision
from arenafit.accuracy.samples import input_ports
from arenafit.errors import ArenafitError, BudgetError, UnsupportedModelError
from arenafit.quantize.build import Style, calibrated, uniform
from arenafit.quantize.io import Boundary, boundaries
from arenafit.quantize.mixed import ChosenPrecisions, MixedObjective, choose
from arenafit.quantize.preparation import prepare
from arenafit.quantize.sensitivity import Sensitivity, sensitivities
from arenafit.quantize.trials import TrialRunner
from arenafit.runtime.agreement import disagreement
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.units import format_size
from arenafit.validity import Finding, demand, disagreeing

if TYPE_CHECKING:
    from arenafit.accuracy.execution import Execution, Runtime
    from arenafit.accuracy.samples import Samples
    from arenafit.costs import Cost
    from arenafit.ir import Model
    from arenafit.quantize.trials import Trial
    from arenafit.targets.target import Target

# What a mixed model may lose when nobody says.
DEFAULT_MAX_DROP = 0.01

# Told what is being done, how many steps of it are done, and how many there are (None: not known).
QuantizeProgress = Callable[[str, int, int | None], None]


class QuantizeRecipe(Enum):
    """How a model is quantised."""

    INT8 = "int8"
    INT16X8 = "int16x8"
    MIXED = "mixed"


_UNIFORM = {QuantizeRecipe.INT8: Precision.INT8, QuantizeRecipe.INT16X8: Precision.INT16}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        recipe: which recipe makes the result.
        style: float inputs and outputs, per-channel dense weights.
        max_drop: the greatest loss allowed (fraction); None: 1 % for the mixed recipe, any for the others.
        ram_bytes: the greatest arena allowed, on `target` if there is one, else as measured here.
        compare: also try the recipes that were not asked for (all but mixed), for the table.
        target: what to predict arenas for.
    """

    recipe: QuantizeRecipe = QuantizeRecipe.INT8
    style: Style = field(default_factory=Style)
    max_drop: float | None = None
    ram_bytes: int | None = None
    compare: bool = True
    target: Target | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRow:
    """One recipe in the table: what came of it, or why nothing did."""

    recipe: QuantizeRecipe
    trial: Trial | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """The result: `chosen` is the trial of the recipe asked for, its model is what to write."""

    request: Request
    chosen: Trial
    float_execution: Execution
    float_predicted_bytes: int | None
    float_cost: Cost
    rows: tuple[PrecisionRow, ...]
    sensitivities: tuple[Sensitivity, ...]
    mixed: ChosenPrecisions | None
    boundary: tuple[Boundary, ...]
    calibration: Samples
    evaluation: Samples | None
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...] = ()  # what is wrong with the float model, although TFLM runs it

    @property
    def model(self) -> Model:
        """The quantised model."""
        return self.chosen.built.model


def quantize(
    model: Model,
    calibration: Samples,
    evaluation: Samples | None,
    runtime: Runtime,
    request: Request | None = None,
    *,
    progress: QuantizeProgress | None = None,
) -> Quantised:
    """Return `model` quantised, with what it costs.

    Both the float and the quantised models run in `runtime`. Without `evaluation` the calibration samples are what
    they are judged by, which flatters.

    Raises:
        UnsupportedModelError: if the model cannot be quantised, naming operator and reason, or TFLM refuses either.
        BudgetError: if the result misses `max_drop` or `ram_bytes`.
        DataError: if a sample makes the model compute NaN.
        RuntimeUnavailableError: if litert-quantizer or the runtime is missing.
    """
    request = request or Request()
    report = progress or _silent
    # Types are what is about to change; float models as converters make them, hybrid ones included, are welcome.
    findings = demand(model, request.target or WHEEL, but=("type",))
    prepared = prepare(model)
    findings = (*disagreeing(disagreement(write_bytes(prepared.model))), *findings)
    source = calibrated(prepared.model, calibration, lambda done: report("calibrating", done, len(calibration)))
    judged_by = calibration if evaluation is None else evaluation
    report("running the float model", 0, 1)
    runner = TrialRunner(source, runtime, judged_by, style=request.style, target=request.target)
    ranked: tuple[Sensitivity, ...] = ()
    mixed: ChosenPrecisions | None = None
    if request.recipe is QuantizeRecipe.MIXED:
        # Ranked on calibration data: the evaluation data shall judge the choice, not make it.
        ranked = sensitivities(runner.on(calibration), lambda done, total: report("sensitivity", done, total))
        max_drop = DEFAULT_MAX_DROP if request.max_drop is None and request.ram_bytes is None else request.max_drop
        goal = MixedObjective(max_drop, request.ram_bytes)
        mixed = choose(runner, ranked, goal, lambda done: report("choosing precisions", done, None))
    chosen = mixed.trial if mixed is not None else _uniform_trial(runner, request.recipe, report)
    _check_goal(chosen, request)
    rows = tuple(_rows(runner, request, chosen, report))
    predicted, notes = _prediction(runner, model), _warnings(model, calibration, evaluation)
    return Quantised(
        request,
        chosen,
        runner.float_execution,
        predicted,
        runner.cost(prepared.model),
        rows,
        ranked,
        mixed,
        boundaries(chosen.built.model),
        calibration,
        evaluation,
        (*(item.line for item in findings), *prepared.notes, *_growth(predicted, chosen), *notes),
        findings,
    )


def _growth(float_bytes: int | None, chosen: Trial) -> tuple[str, ...]:
    after = chosen.predicted_bytes
    if float_bytes is None or after is None or after <= float_bytes:
        return ()
    sizes = f"{format_size(float_bytes)} to {format_size(after)} bytes"
    why = "what is converted between float and integer operators takes more than smaller activations save"
    return (f"the arena grows, from {sizes}: {why}",)


def _silent(doing: str, done: int, total: int | None) -> None:
    """Tell nobody."""


def _prediction(runner: TrialRunner, model: Model) -> int | None:
    try:
        return runner.predicted_bytes(model)
    except UnsupportedModelError:
        return None


def _uniform_trial(runner: TrialRunner, recipe: QuantizeRecipe, report: QuantizeProgress) -> Trial:
    report(recipe.value, 0, 1)
    return runner.try_out(uniform(runner.source, _UNIFORM[recipe]))


def _rows(runner: TrialRunner, request: Request, chosen: Trial, report: QuantizeProgress) -> list[PrecisionRow]:
    rows = []
    for recipe in QuantizeRecipe:
        if recipe is request.recipe:
            rows.append(PrecisionRow(recipe, chosen))
        elif request.compare and recipe is not QuantizeRecipe.MIXED:
            rows.append(_compared(runner, recipe, report))
    return rows


def _compared(runner: TrialRunner, recipe: QuantizeRecipe, report: QuantizeProgress) -> PrecisionRow:
    try:
        return PrecisionRow(recipe, _uniform_trial(runner, recipe, report))
    except ArenafitError as error:
        return PrecisionRow(recipe, None, str(error))


def _check_goal(chosen: Trial, request: Request) -> None:
    if request.ram_bytes is not None and chosen.arena_bytes > request.ram_bytes:
        raise BudgetError(
            f"{request.recipe.value} needs an arena of {format_size(chosen.arena_bytes)} bytes, "
            f"{format_size(request.ram_bytes)} are allowed; `arenafit fit` may shrink it further"
        )
    if request.max_drop is not None and chosen.drop > request.max_drop:
        raise BudgetError(
            f"{request.recipe.value} loses {chosen.drop:.2%}, {request.max_drop:.2%} are allowed; "
            "--recipe mixed keeps the sensitive operators in int16"
        )


def _warnings(model: Model, calibration: Samples, evaluation: Samples | None) -> tuple[str, ...]:
    if evaluation is None:
        return ("no evaluation data was given: losses are measured on the calibration data, which flatters",)
    return warnings_for(calibration, evaluation, input_ports(model))
