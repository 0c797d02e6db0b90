import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.errors import ArenafitError
from arenafit.ir import Editor
from arenafit.tflite import write_bytes
from support.cli import invoke, run
from support.models import conv_chain
from support.small_models import SMALL_MODELS


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    return path


def test_in_a_process(model: Path) -> None:
    result = run("inspect", str(model))
    assert (result.returncode, result.stderr) == (0, "")
    assert "predicted for cortex-m4" in result.stdout
    assert "smallest working arena: " in result.stdout


def test_json_equals_the_python_api(model: Path) -> None:
    document = json.loads(invoke("inspect", str(model), "--json", "--board", "pico").stdout)
    found = arenafit.inspect_model(model, board="pico")
    assert document["min_arena_bytes"] == found.min_arena_bytes
    assert document["board"]["spare_bytes"] == 270_336 - 16_384 - found.min_arena_bytes


def test_the_reserve_is_what_was_asked_for(model: Path) -> None:
    document = json.loads(invoke("inspect", str(model), "--json", "--board", "pico", "--reserve", "64K").stdout)
    assert document["board"]["spare_bytes"] == 270_336 - 65_536 - document["min_arena_bytes"]


def test_a_board_of_ones_own(model: Path, tmp_path: Path) -> None:
    board = tmp_path / "mine.toml"
    pico = Path(arenafit.__file__).parent / "targets" / "boards" / "pico.toml"
    board.write_text(pico.read_text(encoding="utf-8").replace("270_336", "4_096").replace("16_384", "1_024"))
    result = invoke("inspect", str(model), "--board", str(board))
    assert result.exit_code == 0, "what does not fit is an answer, not an error"
    assert "does not fit" in result.stdout


def test_the_target_and_its_kernels_can_be_named(model: Path) -> None:
    m4 = json.loads(invoke("inspect", str(model), "--json", "--target", "cortex-m4").stdout)
    reference = json.loads(invoke("inspect", str(model), "--json", "--kernels", "reference").stdout)
    assert reference["target"]["kernels"] == "reference"
    assert m4["target"]["kernels"] == "cmsis-nn-dsp"
    assert m4["min_arena_bytes"] != reference["min_arena_bytes"]


def test_the_plan_is_shown_on_request(model: Path) -> None:
    assert "(id=0): size=" not in invoke("inspect", str(model)).stdout
    assert "(id=0): size=" in invoke("inspect", str(model), "--plan").stdout


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--target", "cortex-m5"], 12, "there is no target 'cortex-m5': did you mean cortex-m55"),
        (["--board", "picoo"], 12, "did you mean pico"),
        (["--board", "pico", "--target", "wheel"], 12, "name one of the two"),
        (["--reserve", "1K"], 12, "a reserve needs a board"),
        (["--kernels", "xnnpack"], 12, "there is no kernel library 'xnnpack': known are reference, cmsis-nn"),
        (["--kernels", "esp-nn-s3@2.0"], 12, "'esp-nn-s3' is not known in version '2.0': known are 1.1.0, 1.1.1"),
        (["--kernels", "cmsis-nn@1"], 12, "'cmsis-nn' has no versions of its own: leave out '@1'"),
        (["--board", "pico", "--reserve", "much"], 1, "'much' is not a size"),
    ],
)
def test_a_wrong_name_is_one_line(model: Path, options: list[str], code: int, says: str) -> None:
    result = invoke("inspect", str(model), *options)
    assert result.exit_code == code
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["inspect", "measure"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"not a model at all\n", "is no .tflite model"),
        (None, "there is no such file"),
        ("directory", "is a directory"),
        ("truncated", ""),
    ],
    ids=["empty", "text", "missing", "directory", "truncated"],
)
def test_what_is_no_model_is_one_line(tmp_path: Path, verb: str, content: bytes | str | None, says: str) -> None:
    path = tmp_path / "input"
    if content == "directory":
        path.mkdir()
    elif content == "truncated":
        path.write_bytes(write_bytes(conv_chain())[:1000])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    result = invoke(verb, str(path))
    assert (result.exit_code, result.stdout) == (3, "")
    assert says in result.stderr
    assert result.stderr.startswith("arenafit: error: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_a_damaged_model_is_read_or_refused(tmp_path: Path, name: str) -> None:
    content = write_bytes(SMALL_MODELS[name]())
    path = tmp_path / "damaged.tflite"
    places = np.random.default_rng(len(name)).integers(8 * len(content), size=60)
    messages = []
    for place in places.tolist():
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            arenafit.inspect_model(path)
        except ArenafitError as error:
            messages.append(str(error))
    assert all(message.isprintable() for message in messages)


def test_names_in_a_model_do_not_steer_the_terminal(tmp_path: Path) -> None:
    built = conv_chain()
    editor = Editor(built)
    tensor = built.main.tensor(built.main.ops[0].outputs[0])
    editor.update_tensor(replace(tensor, name="\x1b[31mred\nnext"))
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(editor.build()))
    text = invoke("inspect", str(path)).stdout
    assert "\x1b" not in text
    assert "?[31mred?next" in text
