"""The gate on the quality of `fit`: what passes, what fails, and which gate files are refused."""

from dataclasses import replace

import pytest

import quality_gate
from arenafit.errors import ConfigError
from quality_gate import Case, Found, cases, verdict

CASE = Case("examples/small/mobile_int8", "tflite", 1000, 10_000)
ENTRY = '[[model]]\nname = "examples/a"\neffort = 10\nbytes = 100\n'


@pytest.mark.parametrize(
    ("found_bytes", "passes", "word"),
    [(10_051, False, "FAILED"), (10_050, True, "ok"), (10_000, True, "ok"), (9_999, True, "better")],
)
def test_more_than_half_a_percent_fails(found_bytes: int, passes: bool, word: str) -> None:
    passed, line = verdict(CASE, Found(found_bytes, 1, 1))
    assert (passed, line.split()[0]) == (passes, word)


def test_bytes_that_were_allowed_pass_and_say_why() -> None:
    allowed = replace(CASE, allowed_bytes=11_000, why="safer scratch buffers")
    passed, line = verdict(allowed, Found(11_000, 1, 1))
    assert passed
    assert "safer scratch buffers" in line
    assert not verdict(allowed, Found(11_056, 1, 1))[0]


def test_a_model_of_the_repository_must_be_there_one_of_the_corpus_need_not() -> None:
    assert not verdict(CASE, None)[0]
    assert verdict(replace(CASE, model="dev/any"), None)[0]


def test_the_file_of_the_gate_is_sound_and_holds_a_dozen() -> None:
    found = cases(quality_gate.FILE.read_text(encoding="utf-8"))
    assert len(found) >= 12
    of_the_repository = [case for case in found if case.model.startswith("examples/")]
    assert len(of_the_repository) >= 4
    for case in of_the_repository:
        path = case.path(None)
        assert path is not None
        assert path.is_file()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ENTRY + '[[allowed]]\nname = "examples/a"\nbytes = 120\n', "examples/a tflite is allowed more bytes without"),
        (ENTRY + '[[allowed]]\nname = "examples/a"\nbytes = 120\nwhy = " "\n', "without saying why"),
        (ENTRY + '[[allowed]]\nname = "examples/b"\nbytes = 1\nwhy = "x"\n', "for examples/b, which is no case"),
        ('[[model]]\nname = "examples/a"\neffort = 10\n', "examples/a has no 'bytes'"),
    ],
)
def test_gate_files_that_make_no_sense_are_refused(content: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cases(content)


def test_a_search_of_the_gate_finds_what_stands_there() -> None:
    case = next(case for case in cases(quality_gate.FILE.read_text(encoding="utf-8")) if "streaming" in case.model)
    found = quality_gate.search(case, None)
    assert found is not None
    assert verdict(case, found)[0]
