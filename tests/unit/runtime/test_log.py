from arenafit.fit.differences import short
from arenafit.runtime import Category, Record
from arenafit.runtime.log import exception_in, parse_recording, reason_in, says_arena_too_small, without_traceback

REPORT = """\
[RecordingMicroAllocator] Arena allocation total 151200 bytes
[RecordingMicroAllocator] Arena allocation head 112928 bytes
[RecordingMicroAllocator] Arena allocation tail 38272 bytes
[RecordingMicroAllocator] 'TfLiteEvalTensor data' used 4320 bytes with alignment overhead (requested 4320 bytes for 180 allocations)
[RecordingMicroAllocator] 'Persistent buffer data' used 25948 bytes with alignment overhead (requested 25624 bytes for 178 allocations)
[RecordingMicroAllocator] 'NodeAndRegistration struct' used 5696 bytes with alignment overhead (requested 5696 bytes for 89 NodeAndRegistration structs)
"""  # noqa: E501 - as TFLM prints it


def test_every_line_of_the_report_is_read() -> None:
    arena = parse_recording(REPORT)

    assert arena is not None
    assert (arena.total_bytes, arena.head_bytes, arena.tail_bytes) == (151200, 112928, 38272)
    assert arena.records == (
        Record(Category.EVAL_TENSORS, 4320, 4320, 180),
        Record(Category.PERSISTENT_BUFFERS, 25948, 25624, 178),
        Record(Category.NODES, 5696, 5696, 89),
    )


def test_a_boards_time_stamps_and_line_ends_do_not_matter() -> None:
    noisy = "boot ok\r\n" + "".join(f"[12:00:01.250] {line}\r\n" for line in REPORT.splitlines()) + "bye"

    assert parse_recording(noisy) == parse_recording(REPORT)


def test_the_last_report_counts() -> None:
    earlier = REPORT.replace("151200", "1").replace("4320 bytes with", "7 bytes with")

    assert parse_recording(earlier + REPORT) == parse_recording(REPORT)


def test_a_report_without_its_totals_is_none() -> None:
    assert parse_recording("") is None
    assert parse_recording("\n".join(REPORT.splitlines()[1:])) is None


def test_the_reason_keeps_the_cause_and_the_operator() -> None:
    log = (
        "Didn't find op for builtin opcode 'TILE'\r\nFailed to get registration from op code TILE\r\n"
        "Traceback (most recent call last):\n  File 'x', line 1\nRuntimeError: TFLM failed to allocate tensors\n"
    )

    assert reason_in(log) == "Didn't find op for builtin opcode 'TILE' / Failed to get registration from op code TILE"
    assert exception_in(log) == "RuntimeError: TFLM failed to allocate tensors"
    assert "Traceback" not in without_traceback(log)


def test_no_reason_is_made_up() -> None:
    assert reason_in("") is None
    assert reason_in(REPORT) is None
    assert exception_in("ValueError: not ours, no traceback") is None


def test_a_long_reason_is_one_bounded_line() -> None:
    reason = reason_in("x" * 5000 + "\n" + "\x1b[31mred\x1b[0m")

    assert reason is not None
    assert len(reason) == 300
    assert "\x1b" not in reason


def test_tflms_ways_to_ask_for_a_larger_arena() -> None:
    assert says_arena_too_small("Failed to resize buffer. Requested: 112928, available 42048, missing: 70880")
    assert says_arena_too_small("Arena size is too small for all buffers. Needed 96 but only 64 was available.")
    assert says_arena_too_small("Too many buffers (max is 3)")
    assert not says_arena_too_small("Didn't find op for builtin opcode 'TILE'")


def test_what_is_left_out_of_a_reason_begins_behind_a_sentence_or_a_word() -> None:
    first = "read_variable.cc:67 variable != nullptr was not true."
    second = "Node number 3 (READ_VARIABLE) failed to prepare, and so on: " + "word " * 20
    assert short(f"{first} / short") == f"{first} / short"
    assert short(f"{first} / {second}") == f"{first} ..."
    cut = reason_in("lorem ipsum " * 100)
    assert cut is not None
    assert len(cut) <= 300
    assert cut.removesuffix(" ...").split()[-1] in ("lorem", "ipsum")
