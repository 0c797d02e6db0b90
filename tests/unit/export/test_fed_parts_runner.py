"""The runner of parts whose first is fed by rows: compiled as C++11, and run on a TFLM that notices what is stale."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import arenafit
from arenafit.errors import UnsupportedModelError
from arenafit.ir import ROWS_METADATA, Editor, Feed, Model, Options
from support.compiling import STUBS, compile_all, real_headers
from support.parts_runner import ran, three_parts, written

FAKE = Path(__file__).parents[2] / "support" / "fed_parts_fake.cc"
FEEDS = {
    "rows before and behind the frame": Feed(0, (1, 21, 16, 3), 21, 48, 16, 2, -7, -128),
    "one row a call": Feed(0, (1, 5, 256, 3), 5, 768, 1, 7, -1, 3),
    "calls that only pad": Feed(0, (1, 9, 64, 3), 9, 192, 4, 6, -6),
}


def fed_parts(feed: Feed) -> list[Model]:
    """Three parts, the first with a contract: its operators do not matter here."""
    first, *others = three_parts()
    return [replace(first, metadata=((ROWS_METADATA, feed.packed()),)), *others]


@pytest.fixture(params=list(FEEDS.values()), ids=list(FEEDS))
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return written(tmp_path / "parts", fed_parts(request.param))


def test_rows_and_parts_frame_after_frame(parts: Path, tmp_path: Path) -> None:
    made = arenafit.export_parts(parts, tmp_path / "out")
    done = ran(FAKE, tmp_path / "out", made, tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_refuses_a_first_part_whose_frames_cannot_be_begun_anew(tmp_path: Path) -> None:
    first, *others = fed_parts(FEEDS["one row a call"])
    editor = Editor(first)
    options = Options("CallOnceOptions", (("init_subgraph_index", editor.add_graph("first_frame")),))
    editor.append_op(editor.make_op("CALL_ONCE", (), (), options))
    folder = written(tmp_path / "parts", [editor.build(), *others])
    with pytest.raises(UnsupportedModelError, match=r"part-1.*CALL_ONCE \(\d+\) begins the first frame alone"):
        arenafit.export_parts(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def never_begun_anew(text: str) -> str:
    return text.replace("return interpreter(0)->Reset();", "return kTfLiteOk;")


def first_tail_not_put_back(text: str) -> str:
    return re.sub(r"  std::memcpy\(tails_\[0\].*\n", "", text)


def first_part_run_again(text: str) -> str:
    return text.replace("return Run(1);", "return Run(0);")


def second_part_left_out(text: str) -> str:
    return text.replace("return Run(1);", "return Run(2);")


@pytest.mark.parametrize(
    "spoil", [never_begun_anew, first_tail_not_put_back, first_part_run_again, second_part_left_out]
)
def test_a_runner_that_does_it_otherwise_is_noticed(spoil: Callable[[str], str], tmp_path: Path) -> None:
    parts = written(tmp_path / "parts", fed_parts(FEEDS["one row a call"]))
    made = arenafit.export_parts(parts, tmp_path / "out")
    runner = tmp_path / "out" / "parts_runner.cc"
    text = runner.read_text(encoding="utf-8")
    spoiled = spoil(text)
    assert spoiled != text
    runner.write_text(spoiled, encoding="utf-8")
    assert ran(FAKE, tmp_path / "out", made, tmp_path).returncode != 0


@pytest.mark.parametrize("real", [False, True])
def test_all_of_it_compiles(real: bool, parts: Path, tmp_path: Path) -> None:
    headers = real_headers() if real else [STUBS]
    arenafit.export_parts(parts, tmp_path / "out")
    sources = sorted((tmp_path / "out").glob("*.cc"))
    assert {"usage.cc", "rows_feeder.cc"} <= {path.name for path in sources}
    compile_all(sources, [tmp_path / "out"], headers)


def test_the_answer_names_both_contracts(tmp_path: Path) -> None:
    parts = written(tmp_path / "parts", fed_parts(FEEDS["one row a call"]))
    made = arenafit.export_parts(parts, tmp_path / "out")
    assert made.answer is not None
    assert "3 parts run one after the other in one arena, the first of them fed by rows" in made.answer.needs


def test_refuses_a_later_part_that_keeps_state(tmp_path: Path) -> None:
    first, second, third = fed_parts(FEEDS["one row a call"])
    main = second.main
    made = main.tensor(main.ops[0].outputs[0])
    variable = replace(made, is_variable=True)
    tensors = tuple(variable if tensor.id == made.id else tensor for tensor in main.tensors)
    kept = replace(second, graphs=(replace(main, tensors=tensors),), metadata=first.metadata)
    with pytest.raises(UnsupportedModelError, match=r"part-2.*: cannot share an arena with other parts: .*variable"):
        arenafit.export_parts(written(tmp_path / "parts", [first, kept, third]), tmp_path / "out")
