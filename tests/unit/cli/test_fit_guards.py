"""What fit refuses before it searches, and what it leaves alone beside its output."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.fit.search.driver import Search
from arenafit.ir import Constant, DType, Quant
from arenafit.targets.boards import find_board
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import conv_chain
from support.netsketch import NetSketch

QUICK = ("--effort", "1", "--inputs", "1")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain(layers=2, size=8, channels=2)))
    return path


def _never(*_: object) -> object:
    raise AssertionError("searched although the command line is wrong")


@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_front_that_cannot_be_written_is_told_before_the_search(
    place: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setattr(Search, "run", _never)
    ended = invoke("fit", str(model), "-o", str(tmp_path / "out"), "--pareto", str(tmp_path / place), *QUICK)

    assert ended.exit_code == 8, ended.output
    assert "cannot be a directory" in ended.stderr
    assert (tmp_path / "taken").read_text() == "a file"


def test_more_inputs_than_can_be_kept_are_refused_before_the_search(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Search, "run", _never)
    ended = invoke("fit", str(model), "-o", str(tmp_path / "out"), "--inputs", "1000000000")

    assert ended.exit_code == 13, ended.output
    assert "at most 10,000" in ended.stderr


def test_beside_a_device_no_defect_is_written(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = NetSketch(DType.INT8)
    other = drawn.finish(drawn.dense(drawn.reshape(drawn.input(1, 8, 8, 2), 1, 128), 3))
    ranked = Search.ranked

    def spoiled(self: Search) -> object:
        found = ranked(self)
        if not found:
            return found
        best, *others = found
        return [replace(best, priced=replace(best.priced, model=other)), *others]

    monkeypatch.setattr(Search, "ranked", spoiled)
    before = sorted(Path("/dev").iterdir())
    ended = invoke("fit", str(model), "-o", "/dev/null", "--json", *QUICK)

    assert ended.exit_code == 0, ended.output
    assert '"defects": []' not in ended.stdout
    assert sorted(Path("/dev").iterdir()) == before
    assert Path("/dev/null").is_char_device()


def test_a_model_that_cannot_be_cut_is_fitted_all_the_same(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise UnsupportedModelError("a part cannot begin before MUL")

    monkeypatch.setattr("arenafit.api.fit.predicted_parts", refuse)
    ended = invoke("fit", str(model), "-o", str(tmp_path / "out.tflite"), *QUICK)

    assert ended.exit_code == 0, ended.output
    assert (tmp_path / "out.tflite").exists()


def test_real_weights_that_have_a_scale_are_no_integers(tmp_path: Path) -> None:
    drawn = NetSketch(DType.FLOAT32)
    made = drawn.finish(drawn.dense(drawn.input(1, 8), 3))
    weights = next(tensor for tensor in made.main.tensors if tensor.data is not None and len(tensor.shape) == 2)
    values = np.full(weights.shape, np.nan, np.float32)
    odd = replace(weights, data=Constant(values.tobytes()), quant=Quant((0.1,), (0,)))
    tensors = tuple(odd if tensor.id == odd.id else tensor for tensor in made.main.tensors)
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(replace(made, graphs=(replace(made.main, tensors=tensors),))))

    # Warnings are errors here: NaN made an integer would be one.
    assert invoke("inspect", str(path)).exit_code in {0, 14}


@pytest.mark.parametrize(
    ("options", "aimed_at"),
    [
        (("--board", "pico"), find_board("pico").on_chip_bytes),
        (("--board", "pico", "--ram", "9K"), 9 * 1024),
        (("--board", "pico", "--smallest"), None),
        ((), None),
    ],
    ids=["board", "board and ram", "smallest", "nothing"],
)
def test_parts_are_to_fit_the_board_unless_something_else_is_asked_for(
    options: tuple[str, ...], aimed_at: int | None, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    monkeypatch.setattr("arenafit.cli.fit.run_parts", lambda *given: asked.append(given[3].settings.ram_bytes))
    ended = invoke("fit", str(model), "-o", str(tmp_path / "out"), "--parts", "2", *options)

    assert ended.exit_code == 0, ended.output
    assert asked == [aimed_at]
