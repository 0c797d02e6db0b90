import struct
from dataclasses import replace

import pytest

from arenafit.ir import OFFLINE_PLAN_METADATA, Editor, Model, TensorId
from arenafit.tflite import offline_plan_problem, read_bytes, write_bytes
from support.models import conv_chain
from support.small_models import while_loop


def with_raw_plan(model: Model, *raws: bytes) -> Model:
    return replace(model, metadata=tuple((OFFLINE_PLAN_METADATA, raw) for raw in raws))


def words(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def test_a_plan_counts_the_tensors_of_all_graphs() -> None:
    model = while_loop()
    count = len(model.tensors)
    raw = words(1, 3, count, *range(0, 16 * count, 16))
    read = read_bytes(write_bytes(with_raw_plan(model, raw)))
    assert read.offline_plan == {TensorId(number): 16 * number for number in range(count)}
    assert read.metadata == ()
    assert offline_plan_problem(read) is None


def test_minus_one_is_planned_at_run_time() -> None:
    model = read_bytes(write_bytes(conv_chain(layers=1)))
    count = len(model.tensors)
    read = read_bytes(write_bytes(with_raw_plan(model, words(1, 1, count, 0, *[-1] * (count - 1)))))
    assert read.offline_plan == {TensorId(0): 0}


def test_a_written_plan_has_the_words_that_tflm_reads() -> None:
    model = while_loop()
    first = model.main.tensors[0].id
    data = write_bytes(replace(model, offline_plan={first: 48}))
    raw = words(1, 3, len(model.tensors), 48, *[-1] * (len(model.tensors) - 1))
    assert raw in data
    assert OFFLINE_PLAN_METADATA.encode() in data


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "has 0 bytes, its header alone takes 12"),
        (b"\1\0\0\0\1", "has 5 bytes"),
        (words(1, 3, 2, 0, 0), "plans 2 tensors, the model has 14"),
        (words(1, 3, 14, 0), "has 16 bytes, 14 offsets take 68"),
        (words(1, 3, 14, -16, *[0] * 13), "negative offset -16"),
        (words(1, 3, -1), "plans -1 tensors"),
    ],
)
def test_a_malformed_plan_stays_metadata_and_says_why(raw: bytes, reason: str) -> None:
    model = while_loop()
    assert len(model.tensors) == 14
    read = read_bytes(write_bytes(with_raw_plan(model, raw)))
    assert read.offline_plan is None
    assert read.metadata == ((OFFLINE_PLAN_METADATA, raw),)
    assert reason in (offline_plan_problem(read) or "")
    assert read_bytes(write_bytes(read)) == read


def test_two_plans_stay_metadata() -> None:
    raw = words(1, 3, 14, *[0] * 14)
    read = read_bytes(write_bytes(with_raw_plan(while_loop(), raw, raw)))
    assert read.offline_plan is None
    assert "has 2 OfflineMemoryAllocation entries" in (offline_plan_problem(read) or "")


def test_a_new_plan_replaces_what_was_unusable() -> None:
    read = read_bytes(write_bytes(with_raw_plan(while_loop(), b"junk")))
    editor = Editor(read)
    editor.set_offline_plan({read.main.inputs[0]: 0})
    again = read_bytes(write_bytes(editor.build()))
    assert again.offline_plan == {read.main.inputs[0]: 0}
    assert again.metadata == ()
