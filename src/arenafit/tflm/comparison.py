"""Where a prediction and a measurement meet, row by row, and nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass

from arenafit.errors import RunnerError
from arenafit.runtime import Category as Title
from arenafit.runtime import Measurement, RuntimeId
from arenafit.tflm.arena_run import TailCategory
from arenafit.tflm.footprints import Footprint

# The title TFLM prints each category of the tail under (recording_micro_allocator.cc, commit 90b983c2).
_TITLES = (
    (Title.EVAL_TENSORS, TailCategory.EVAL_TENSORS),
    (Title.PERSISTENT_TENSORS, TailCategory.PERSISTENT_TENSORS),
    (Title.PERSISTENT_QUANTIZATION, TailCategory.QUANTIZATION),
    (Title.PERSISTENT_BUFFERS, TailCategory.PERSISTENT_BUFFERS),
    (Title.VARIABLE_BUFFERS, TailCategory.VARIABLES),
    (Title.NODES, TailCategory.NODE_AND_REGISTRATIONS),
)


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One quantity, as predicted and as measured; bytes, or a count where its name says so."""

    what: str
    predicted: int
    measured: int

    @property
    def difference(self) -> int:
        """Measured less predicted."""
        return self.measured - self.predicted


@dataclass(frozen=True, slots=True)
class Comparison:
    """What arenafit predicted for a target beside what a runtime measured."""

    model_sha256: str
    target: str
    runtime: RuntimeId
    rows: tuple[ComparisonRow, ...]
    estimated: tuple[str, ...]  # why the prediction is an estimate; empty if it claims to be exact

    @property
    def differing(self) -> tuple[ComparisonRow, ...]:
        """The rows that differ."""
        return tuple(row for row in self.rows if row.difference)

    @property
    def equal(self) -> bool:
        """Whether every row is equal."""
        return not self.differing


def compare(footprint: Footprint, measurement: Measurement) -> Comparison:
    """Return the prediction beside the measurement: head, tail, total, every recorded category, the smallest arena.

    The rows of the recording allocator are compared with the prediction for it; the smallest arena, where it was
    measured, with that of the target's own allocator.

    Raises:
        RunnerError: if the runtime reported no arena.
    """
    if measurement.head_bytes is None or measurement.tail_bytes is None or measurement.total_bytes is None:
        raise RunnerError(f"{measurement.runtime.name} reported no arena, so there is nothing to compare")
    recording = footprint.recording
    rows = [
        ComparisonRow("head", recording.head_bytes, measurement.head_bytes),
        ComparisonRow("tail", recording.tail_bytes, measurement.tail_bytes),
        ComparisonRow("total", recording.total_bytes, measurement.total_bytes),
    ]
    if measurement.min_arena_bytes is not None:
        rows.append(ComparisonRow("smallest arena", footprint.min_arena_bytes, measurement.min_arena_bytes))
    rows += _recorded(footprint, measurement)
    return Comparison(
        measurement.model_sha256, footprint.target.name, measurement.runtime, tuple(rows), footprint.estimated
    )


def _recorded(footprint: Footprint, measurement: Measurement) -> Iterator[ComparisonRow]:
    for title, category in _TITLES:
        predicted, measured = footprint.recording.categories[category], measurement.record(title)
        yield ComparisonRow(title.value, predicted.used_bytes, measured.used_bytes)
        yield ComparisonRow(f"{title.value}, requested", predicted.requested_bytes, measured.requested_bytes)
        yield ComparisonRow(f"{title.value}, count", predicted.count, measured.count)
    known = {title.value for title, _ in _TITLES}
    for record in measurement.records:
        if record.title not in known:
            yield ComparisonRow(record.title, 0, record.used_bytes)
