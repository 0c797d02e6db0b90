from dataclasses import replace

import pytest

from arenafit.errors import RunnerError
from arenafit.runtime import Category, Measurement, Record, RuntimeId
from arenafit.targets.target import WHEEL
from arenafit.tflm import footprint
from arenafit.tflm.comparison import compare
from support.models import conv_chain

PRICED = footprint(conv_chain(), WHEEL)
NAMES = {
    Category.EVAL_TENSORS: "eval_tensors",
    Category.PERSISTENT_TENSORS: "persistent_tensors",
    Category.PERSISTENT_QUANTIZATION: "persistent_tensor_quantization",
    Category.PERSISTENT_BUFFERS: "persistent_buffers",
    Category.NODES: "node_and_registrations",
}


def as_predicted() -> Measurement:
    """Return the measurement that would confirm the prediction; TFLM prints no category that is empty."""
    recorded = {category.value: found for category, found in PRICED.recording.categories.items()}
    records = tuple(
        Record(title.value, recorded[name].used_bytes, recorded[name].requested_bytes, recorded[name].count)
        for title, name in NAMES.items()
    )
    recording = PRICED.recording
    return Measurement(
        "0" * 64,
        RuntimeId("tflite-micro", "1", "reference", "lp64"),
        recording.head_bytes,
        recording.tail_bytes,
        recording.total_bytes,
        records,
        PRICED.min_arena_bytes,
        (),
        (),
        (),
        "",
    )


def test_a_measurement_as_predicted_is_equal() -> None:
    found = compare(PRICED, as_predicted())
    assert found.equal
    assert len(found.rows) == 4 + 3 * 6
    assert found.target == "wheel"


def test_the_smallest_arena_is_a_row_only_if_it_was_measured() -> None:
    found = compare(PRICED, replace(as_predicted(), min_arena_bytes=None))
    assert "smallest arena" not in [row.what for row in found.rows]


@pytest.mark.parametrize("name", ["head_bytes", "tail_bytes", "total_bytes", "min_arena_bytes"])
def test_one_byte_is_a_difference(name: str) -> None:
    measured = as_predicted()
    found = compare(PRICED, replace(measured, **{name: getattr(measured, name) + 1}))
    assert not found.equal
    assert [row.difference for row in found.differing] == [1]


@pytest.mark.parametrize("field", ["used_bytes", "requested_bytes", "count"])
@pytest.mark.parametrize("index", range(5))
def test_each_figure_of_each_record_counts(index: int, field: str) -> None:
    measured = as_predicted()
    records = list(measured.records)
    records[index] = replace(records[index], **{field: getattr(records[index], field) - 1})
    found = compare(PRICED, replace(measured, records=tuple(records)))
    assert [row.difference for row in found.differing] == [-1]


def test_a_category_nobody_predicted_is_a_difference() -> None:
    measured = as_predicted()
    found = compare(PRICED, replace(measured, records=(*measured.records, Record("Something new", 8, 8, 1))))
    assert [(row.what, row.predicted, row.measured) for row in found.differing] == [("Something new", 0, 8)]


def test_a_runtime_without_an_arena_cannot_be_compared() -> None:
    with pytest.raises(RunnerError, match="reported no arena"):
        compare(PRICED, replace(as_predicted(), head_bytes=None))
