import re
from pathlib import Path

import pytest

from arenafit.diagnostics import Message, load_messages, read_log
from arenafit.report.documents.explanation import explanation_document
from support.compiling import real_headers

MESSAGES = load_messages()
FORMS = [(message, text) for message in MESSAGES for text in message.formats]
SAMPLES = {"s": "CONV_2D", "d": "7", "u": "1234", "x": "1f", "zu": "5", "lu": "6"}
CONVERSION = re.compile(r"%(?:l|ll|z)?([dusx])")


def sample(text: str) -> str:
    return CONVERSION.sub(lambda found: SAMPLES[found[1]], text)


@pytest.mark.parametrize(("message", "text"), FORMS, ids=lambda item: item if isinstance(item, str) else item.id)
def test_every_form_is_recognised_as_what_it_is(message: Message, text: str) -> None:
    (match,) = read_log(f"I (333) app: {sample(text)} \n")
    assert match.message.id == message.id
    (row,) = explanation_document([match], None).messages
    assert "{" not in row.means + "".join(row.do)
    assert "?" not in row.means or "?" in message.means
    assert row.do


def test_every_conversion_has_a_name_or_is_of_no_interest() -> None:
    for message in MESSAGES:
        named = set(re.findall(r"\{(\w+)\}", message.means + "".join(message.do))) - {"method", "missing_bytes"}
        assert named <= set(message.fields), message.id
        longest = max(len(CONVERSION.findall(text)) for text in message.formats)
        assert longest >= len(message.fields) or message.id == "filter-type-for-input", message.id


def test_ids_and_forms_are_unique() -> None:
    assert len({message.id for message in MESSAGES}) == len(MESSAGES)
    assert len({text for _, text in FORMS}) == len(FORMS)


def test_the_figures_of_the_oldest_message() -> None:
    text = "Arena size is too small for all buffers. Needed 212064 but only 191120 was available."
    (match,) = read_log(text)
    assert match.missing_bytes == 20944
    (row,) = explanation_document([match], None).messages
    assert "212,064" in row.means
    assert "20,944" in row.means
    assert row.until is not None


def test_the_missing_operator_is_named_with_its_method() -> None:
    (match,) = read_log("Didn't find op for builtin opcode 'BATCH_MATMUL' version '4'. An older version might do.")
    (row,) = explanation_document([match], None).messages
    assert row.values == {"operator": "BATCH_MATMUL", "version": "4"}
    assert "resolver.AddBatchMatMul();" in row.do[0]


def test_a_log_is_read_line_by_line_and_each_message_once() -> None:
    log = (
        "boot\r\nFailed to resize buffer. Requested: 10, available 5, missing: 5\r\n"
        "Failed to resize buffer. Requested: 10, available 5, missing: 5\r\n"
        "Failed to resize buffer. Requested: 20, available 5, missing: 15\r\nAllocateTensors() failed\n"
    )
    assert [(match.message.id, match.line_number) for match in read_log(log)] == [
        ("resize-buffer", 2),
        ("resize-buffer", 4),
        ("allocate-tensors-failed", 5),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "all is well", "Failed to resize", "%s:%d", "\x00" * 50, "a" * 100_000])
def test_other_text_is_not_recognised(text: str) -> None:
    assert read_log(text) == ()


def test_what_today_s_tflm_prints_is_in_its_sources() -> None:
    root = next(folder for folder in real_headers() if (folder / "tensorflow" / "lite" / "micro").is_dir())
    files = [
        *(root / "tensorflow" / "lite" / "micro").rglob("*.[ch]*"),
        *(root / "tensorflow" / "lite" / "core").rglob("*.[ch]*"),
    ]
    sources = _strings("\n".join(path.read_text(encoding="utf-8") for path in files if path.suffix != ".cpp"))
    absent = [
        text
        for message in MESSAGES
        if message.until is None and message.source.startswith("tensorflow/")
        for text in message.formats[-1:]
        if _normal(text) not in sources
    ]
    # printf's %x and Arduino's own printf give these another look than the source has.
    assert [text for text in absent if not text.startswith("Node ")] == []


def _strings(text: str) -> str:
    # Neighbouring literals are one string to a compiler.
    return _normal(re.sub(r'"\s*(?:PRIu32\s*)?"', "", text.replace("\\n", " ")))


def _normal(text: str) -> str:
    return " ".join(text.split())


def test_patterns_are_quick_on_a_long_line(tmp_path: Path) -> None:
    # Lazy groups that a long line could send back and forth.
    assert read_log("tensorflow/lite/x.cc:1 " + "a != b (" * 20_000) == ()
