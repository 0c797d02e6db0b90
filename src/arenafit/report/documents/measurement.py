"""A measurement, and a comparison with the prediction, as documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.answers.measurement import measurement_answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.inspection import FindingRow, finding_rows
from arenafit.runtime import Measurement, Record, RuntimeId, TensorDetails
from arenafit.targets.releases import Release
from arenafit.tflm.comparison import Comparison
from arenafit.validity import Finding


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One quantity: bytes, or a count where its name says so."""

    what: str
    predicted: int
    measured: int
    difference: int


@dataclass(frozen=True, slots=True)
class ComparisonPart:
    """The prediction beside the measurement; `equal` if no row differs."""

    target: str
    equal: bool
    estimated: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]


@dataclass(frozen=True, slots=True)
class ReleasePart:
    """The TFLM that was asked for, by name and day; `stands_in`: no wheel is as old, the oldest measured instead."""

    name: str
    tflm: str
    stands_in: bool
    source: str | None


@dataclass(frozen=True)
class MeasurementDocument(Document):
    """What the real runtime reported. Figures are None where it reports none; `min_arena_bytes` where not asked for."""

    NAME: ClassVar[str] = "measurement"
    VERSION: ClassVar[int] = 1

    model: str
    model_sha256: str
    runtime: RuntimeId
    figures: str  # "measured"
    head_bytes: int | None
    tail_bytes: int | None
    total_bytes: int | None
    min_arena_bytes: int | None
    records: tuple[Record, ...]
    inputs: tuple[TensorDetails, ...]
    outputs: tuple[TensorDetails, ...]
    output_digests: tuple[tuple[str, ...], ...]
    comparison: ComparisonPart | None
    release: ReleasePart | None = None
    findings: tuple[FindingRow, ...] = ()
    answer: Answer | None = None


def measurement_document(
    name: str,
    measurement: Measurement,
    comparison: Comparison | None = None,
    release: Release | None = None,
    findings: Iterable[Finding] = (),
    *,
    contract: str = "",
) -> MeasurementDocument:
    """Return a measurement of the model called `name`, with the comparison if one was made, and the TFLM asked for.

    `contract` says how the model was fed, if by rows.
    """
    return MeasurementDocument(
        model=name,
        model_sha256=measurement.model_sha256,
        runtime=measurement.runtime,
        figures="measured",
        head_bytes=measurement.head_bytes,
        tail_bytes=measurement.tail_bytes,
        total_bytes=measurement.total_bytes,
        min_arena_bytes=measurement.min_arena_bytes,
        records=measurement.records,
        inputs=measurement.inputs,
        outputs=measurement.outputs,
        output_digests=measurement.digests,
        comparison=None if comparison is None else _part(comparison),
        release=None if release is None else release_part(release),
        findings=finding_rows(findings),
        answer=measurement_answer(name, measurement, contract),
    )


def release_part(release: Release) -> ReleasePart:
    """Return what a document says of a release."""
    source = None if release.product is None else release.product.source
    return ReleasePart(release.name, release.tflm, release.stands_in, source)


def _part(comparison: Comparison) -> ComparisonPart:
    rows = tuple(ComparisonRow(row.what, row.predicted, row.measured, row.difference) for row in comparison.rows)
    return ComparisonPart(comparison.target, comparison.equal, comparison.estimated, rows)
