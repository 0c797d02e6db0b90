"""What quantising cost and gave, as plain data."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

from arenafit.accuracy.intervals import ConfidenceInterval
from arenafit.accuracy.scores import OutputScore
from arenafit.costs import Cost
from arenafit.quantize.bench import Trial
from arenafit.quantize.io import Boundary
from arenafit.quantize.recipes import PrecisionRow, Quantised
from arenafit.quantize.sensitivity import Sensitivity
from arenafit.report.documents.document import Document


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
    core: dict[str, Any]
    runtime: dict[str, Any]
    calibration: dict[str, Any]
    evaluation: dict[str, Any] | None
    float: dict[str, Any]
    recipes: list[dict[str, Any]]
    operators: list[dict[str, Any]]
    kept_float: list[dict[str, Any]]
    sensitivity: list[dict[str, Any]]
    boundary: list[dict[str, Any]]
    findings: list[str]
    warnings: list[str]
    model_bytes: int


def quantize_document(result: Quantised) -> QuantizeDocument:
    """Return the result as a document."""
    request = result.request
    runtime = result.float_execution.measurement.runtime
    return QuantizeDocument(
        recipe=request.recipe.value,
        io="float" if request.style.float_io else "int8",
        dense_per_channel=request.style.dense_per_channel,
        max_drop=request.max_drop,
        ram_bytes=request.ram_bytes,
        target=None if request.target is None else request.target.name,
        core={"name": result.float_cost.core.value, "build": result.float_cost.build.value},
        runtime={"name": runtime.name, "version": runtime.version, "kernels": runtime.kernels, "abi": runtime.abi},
        calibration={"source": result.calibration.source, "samples": len(result.calibration)},
        evaluation=None
        if result.evaluation is None
        else {"source": result.evaluation.source, "samples": len(result.evaluation)},
        float=_float_row(result),
        recipes=[_row(row) for row in result.rows],
        operators=_operators(result),
        kept_float=[
            {"operator": kept.operator, "tensor": kept.tensor, "reason": kept.reason}
            for kept in result.chosen.built.kept
        ],
        sensitivity=[_sensitivity(item) for item in result.sensitivities],
        boundary=[_boundary(item) for item in result.boundary],
        findings=[f"{finding.severity.name}: {finding.sentence}" for finding in result.findings],
        warnings=list(result.warnings),
        model_bytes=result.chosen.execution.model_bytes,
    )


def _float_row(result: Quantised) -> dict[str, Any]:
    found = result.float_execution
    return {
        "recorded_bytes": found.measurement.total_bytes,
        "head_bytes": found.measurement.head_bytes,
        "tail_bytes": found.measurement.tail_bytes,
        "arena_bytes": result.float_predicted_bytes,
        "model_bytes": found.model_bytes,
        **_cost(result.float_cost),
        "milliseconds": found.milliseconds,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {"instructions": cost.total_instructions, "instructions_complete": cost.is_complete}


def _row(row: PrecisionRow) -> dict[str, Any]:
    if row.trial is None:
        return {"recipe": row.recipe.value, "refused": row.reason}
    found = row.trial.execution
    return {
        "recipe": row.recipe.value,
        "refused": None,
        "recorded_bytes": found.measurement.total_bytes,
        "head_bytes": found.measurement.head_bytes,
        "tail_bytes": found.measurement.tail_bytes,
        "arena_bytes": row.trial.predicted_bytes,
        "model_bytes": found.model_bytes,
        **_cost(row.trial.cost),
        "milliseconds": found.milliseconds,
        "drop": _finite(row.trial.drop),
        "quantised_operators": _counts(row.trial),
        "outputs": [_score(item) for item in row.trial.scores],
    }


def _counts(trial: Trial) -> dict[str, int]:
    counts: dict[str, int] = {}
    for precision in trial.built.precisions.values():
        counts[precision.value] = counts.get(precision.value, 0) + 1
    return counts


def _operators(result: Quantised) -> list[dict[str, Any]]:
    # Ids are those of the float model, whose operators the reader knows.
    precisions = result.chosen.built.precisions
    return [{"operator": int(op), "precision": precision.value} for op, precision in precisions.items()]


def _score(item: OutputScore) -> dict[str, Any]:
    document: dict[str, Any] = {
        "output": item.output,
        "sqnr_db": _finite(item.sqnr_db),
        "cosine": item.cosine,
        "argmax_agreement": item.agreement,
        "drop": _finite(item.drop),
        "classes": None,
        "values": None,
    }
    if item.classes is not None:
        found = item.classes
        document["classes"] = {
            "samples": found.samples,
            "accuracy_float": found.right_float / found.samples,
            "accuracy": found.right_quantised / found.samples,
            "only_float_right": found.only_float_right,
            "only_quantised_right": found.only_quantised_right,
            "mcnemar_p": found.p_value,
            "change_interval": _interval(found.change),
            "per_class": [
                {
                    "label": entry.label,
                    "samples": entry.samples,
                    "right_float": entry.right_float,
                    "right_quantised": entry.right_quantised,
                }
                for entry in found.per_class
            ],
        }
    if item.values is not None:
        document["values"] = {
            "samples": item.values.samples,
            "mse_float": item.values.mse_float,
            "mse": item.values.mse_quantised,
            "change_interval": _interval(item.values.change),
        }
    return document


def _interval(interval: ConfidenceInterval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high, "confidence": interval.confidence}


def _sensitivity(item: Sensitivity) -> dict[str, Any]:
    return {
        "operator": int(item.op),
        "name": item.operator,
        "tensor": item.tensor,
        "noise": _finite(item.noise),
        "output_saved_bytes": item.output_saved_bytes,
        "saved_bytes": item.saved_bytes,
        "note": item.note,
    }


def _boundary(item: Boundary) -> dict[str, Any]:
    return {
        "name": item.name,
        "side": "input" if item.is_input else "output",
        "dtype": item.dtype.label.lower(),
        "shape": list(item.shape),
        "scale": item.scale,
        "zero_point": item.zero_point,
        "advice": item.advice,
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
