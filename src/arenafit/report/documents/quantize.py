"""What quantising cost and gave, as plain data."""

from collections import Counter
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

from arenafit.accuracy.scores import ClassScore, OutputScore, ValueScore
from arenafit.quantize.io import Boundary
from arenafit.quantize.recipes import PrecisionRow, Quantised
from arenafit.quantize.sensitivity import Sensitivity
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.prune_rows import interval_row
from arenafit.report.documents.quantize_rows import (
    BoundaryRow,
    ClassesRow,
    ClassRow,
    CoreRow,
    FloatRow,
    KeptRow,
    OutputRow,
    PrecisionOfRow,
    RecipeRow,
    RuntimeRow,
    SamplesRow,
    SensitivityRow,
    ValuesRow,
)


@dataclass(frozen=True)
class QuantizeDocument(Document):
    """What quantising cost and gave; sizes in bytes, losses as fractions, times in milliseconds.

    In `float` and the rows of `recipes`, `arena_bytes` is the smallest working arena, predicted for `target`;
    `recorded_bytes`, head and tail are what the recording allocator says on the runtime. `instructions` are estimated
    for one invocation on `core`, without the operators it has no figures for if they are not complete; `milliseconds`
    were measured on this machine, whose reference kernels are no measure for a device.

    A figure that is infinite (SQNR of identical outputs) is None.
    """

    NAME: ClassVar[str] = "quantize"
    VERSION: ClassVar[int] = 2

    recipe: str
    io: str
    dense_per_channel: bool
    max_drop: float | None
    ram_bytes: int | None
    target: str | None
    core: CoreRow
    runtime: RuntimeRow
    calibration: SamplesRow
    evaluation: SamplesRow | None
    float: FloatRow
    recipes: tuple[RecipeRow, ...]
    operators: tuple[PrecisionOfRow, ...]
    kept_float: tuple[KeptRow, ...]
    sensitivity: tuple[SensitivityRow, ...]
    boundary: tuple[BoundaryRow, ...]
    findings: tuple[str, ...]
    warnings: tuple[str, ...]
    model_bytes: int
    answer: Answer | None = None


def quantize_document(result: Quantised) -> QuantizeDocument:
    """Return the result as a document."""
    request = result.request
    runtime = result.float_execution.measurement.runtime
    judged_by = result.evaluation
    return QuantizeDocument(
        recipe=request.recipe.value,
        io="float" if request.style.float_io else "int8",
        dense_per_channel=bool(request.style.dense_per_channel),
        max_drop=request.max_drop,
        ram_bytes=request.ram_bytes,
        target=None if request.target is None else request.target.name,
        core=CoreRow(result.float_cost.core.value, result.float_cost.build.value),
        runtime=RuntimeRow(runtime.name, runtime.version, runtime.kernels, runtime.abi),
        calibration=SamplesRow(result.calibration.source, len(result.calibration)),
        evaluation=None if judged_by is None else SamplesRow(judged_by.source, len(judged_by)),
        float=_float_row(result),
        recipes=tuple(_row(row) for row in result.rows),
        # Ids are those of the float model, whose operators the reader knows.
        operators=tuple(PrecisionOfRow(int(op), one.value) for op, one in result.chosen.built.precisions.items()),
        kept_float=tuple(KeptRow(kept.operator, kept.tensor, kept.reason) for kept in result.chosen.built.kept),
        sensitivity=tuple(_sensitivity(item) for item in result.sensitivities),
        boundary=tuple(_boundary(item) for item in result.boundary),
        findings=tuple(f"{finding.severity.name}: {finding.sentence}" for finding in result.findings),
        warnings=tuple(result.warnings),
        model_bytes=result.chosen.execution.model_bytes,
    )


def _float_row(result: Quantised) -> FloatRow:
    found = result.float_execution
    return FloatRow(
        recorded_bytes=found.measurement.total_bytes,
        head_bytes=found.measurement.head_bytes,
        tail_bytes=found.measurement.tail_bytes,
        arena_bytes=result.float_predicted_bytes,
        model_bytes=found.model_bytes,
        instructions=result.float_cost.total_instructions,
        instructions_complete=result.float_cost.is_complete,
        milliseconds=found.milliseconds,
    )


def _row(row: PrecisionRow) -> RecipeRow:
    if row.trial is None:
        return RecipeRow(row.recipe.value, row.reason)
    found = row.trial.execution
    return RecipeRow(
        recipe=row.recipe.value,
        refused=None,
        recorded_bytes=found.measurement.total_bytes,
        head_bytes=found.measurement.head_bytes,
        tail_bytes=found.measurement.tail_bytes,
        arena_bytes=row.trial.predicted_bytes,
        model_bytes=found.model_bytes,
        instructions=row.trial.cost.total_instructions,
        instructions_complete=row.trial.cost.is_complete,
        milliseconds=found.milliseconds,
        drop=_finite(row.trial.drop),
        quantised_operators=dict(Counter(one.value for one in row.trial.built.precisions.values())),
        outputs=tuple(_score(item) for item in row.trial.scores),
    )


def _score(item: OutputScore) -> OutputRow:
    return OutputRow(
        output=item.output,
        sqnr_db=_finite(item.sqnr_db),
        cosine=item.cosine,
        argmax_agreement=item.agreement,
        drop=_finite(item.drop),
        classes=None if item.classes is None else _classes(item.classes),
        values=None if item.values is None else _values(item.values),
    )


def _classes(found: ClassScore) -> ClassesRow:
    return ClassesRow(
        samples=found.samples,
        accuracy_float=found.right_float / found.samples,
        accuracy=found.right_quantised / found.samples,
        only_float_right=found.only_float_right,
        only_quantised_right=found.only_quantised_right,
        mcnemar_p=found.p_value,
        change_interval=interval_row(found.change),
        per_class=tuple(
            ClassRow(entry.label, entry.samples, entry.right_float, entry.right_quantised) for entry in found.per_class
        ),
    )


def _values(found: ValueScore) -> ValuesRow:
    return ValuesRow(found.samples, found.mse_float, found.mse_quantised, interval_row(found.change))


def _sensitivity(item: Sensitivity) -> SensitivityRow:
    return SensitivityRow(
        operator=int(item.op),
        name=item.operator,
        tensor=item.tensor,
        noise=_finite(item.noise),
        output_saved_bytes=item.output_saved_bytes,
        saved_bytes=item.saved_bytes,
        note=item.note,
    )


def _boundary(item: Boundary) -> BoundaryRow:
    return BoundaryRow(
        name=item.name,
        side="input" if item.is_input else "output",
        dtype=item.dtype.label.lower(),
        shape=tuple(item.shape),
        scale=item.scale,
        zero_point=item.zero_point,
        advice=item.advice,
    )


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
