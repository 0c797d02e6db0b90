import json
import shlex
from pathlib import Path

import pytest

from arenafit.ir import DType
from arenafit.structure.untrained import untrained_changes
from arenafit.tflite import read_model, write_bytes
from support.cli import invoke
from support.models import conv_chain
from support.rewrite_nets import Net


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chain.tflite").write_bytes(write_bytes(conv_chain()))
    Path("float.tflite").write_bytes(write_bytes(conv_chain(DType.FLOAT32)))


def test_rows_at_the_peak_and_all_of_them() -> None:
    few, many = invoke("whatif", "chain.tflite"), invoke("whatif", "chain.tflite", "--all")
    assert few.exit_code == 0
    assert "--all shows them" in few.stdout
    assert "dense" not in few.stdout
    assert len(many.stdout.splitlines()) > len(few.stdout.splitlines())


def test_the_applied_row_is_marked_and_export_refuses_it() -> None:
    document = json.loads(invoke("whatif", "chain.tflite", "--json").stdout)
    assert document["document"] == "arenafit.whatif"
    second = document["rows"][1]
    result = invoke("whatif", "chain.tflite", "--apply", "2", "-o", "changed.tflite", "--json")
    assert json.loads(result.stdout)["applied"] == 2
    assert untrained_changes(read_model(Path("changed.tflite"))) == tuple(second["settings"])
    inspected = json.loads(invoke("inspect", "changed.tflite", "--json").stdout)
    assert inspected["min_arena_bytes"] == second["price"]["arena_bytes"]
    refused = invoke("export", "changed.tflite", "-o", "firmware")
    assert refused.exit_code == 4
    assert "nobody trained it" in refused.stderr
    assert not Path("firmware").exists()
    assert invoke("export", "changed.tflite", "-o", "firmware", "--untrained").exit_code == 0


def test_settings_make_one_row_that_can_be_written() -> None:
    result = invoke(
        "whatif", "chain.tflite", "--set", "conv#0.channels=4", "--set", "input=0.5", "-o", "small.tflite", "--json"
    )
    document = json.loads(result.stdout)
    assert [row["settings"] for row in document["rows"]] == [["conv#0.channels=4", "input=0.5"]]
    assert document["rows"][0]["needs"] == "retrain, other input"
    small = read_model(Path("small.tflite"))
    assert small.tensors[small.main.inputs[0]].shape == (1, 8, 8, 3)


def test_float_models_are_priced_as_int8() -> None:
    document = json.loads(invoke("whatif", "float.tflite", "--as", "int8", "--json").stdout)
    plain = json.loads(invoke("whatif", "float.tflite", "--json").stdout)
    assert document["before"]["arena_bytes"] < plain["before"]["arena_bytes"]


def test_fitted_arenas_stand_beside_the_stock_ones() -> None:
    arguments = ("whatif", "chain.tflite", "--fit", "--rows", "2", "--effort", "50", "--json")
    document = json.loads(invoke(*arguments).stdout)
    assert document["before"]["fitted_bytes"] <= document["before"]["arena_bytes"]
    fitted = [row["price"]["fitted_bytes"] for row in document["rows"]]
    assert sum(item is not None for item in fitted) == 2


def test_the_keras_script_has_the_layers() -> None:
    assert invoke("whatif", "chain.tflite", "--set", "conv#0.channels=4", "--keras", "arch.py").exit_code == 0
    script = Path("arch.py").read_text(encoding="utf-8")
    compile(script, "arch.py", "exec")
    assert "keras.Input((16, 16, 3))" in script
    assert 'keras.layers.Conv2D(4, (3, 3), strides=(1, 1), padding="same"' in script
    assert "conv#0.channels=4" in script


def test_what_has_no_layer_in_keras_is_offered_as_a_file() -> None:
    net = Net(DType.FLOAT32)
    source = net.conv(net.input(1, 16, 16, 3), 8)
    floored = net.pool(net.op("FLOOR", (source,), (1, 16, 16, 8)), 2)
    Path("floor.tflite").write_bytes(write_bytes(net.finish(net.conv(floored, 4))))
    document = json.loads(invoke("whatif", "floor.tflite", "--json").stdout)
    (step,) = document["answer"]["next"]
    words = shlex.split(step["command"])[1:]
    assert words[:2] == ["whatif", "floor.tflite"]
    assert words[-2:] == ["-o", "floor_changed.tflite"]
    assert invoke(*words).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--apply", "1"), 13, "name a file"),
        (("-o", "out.tflite"), 13, "--apply"),
        (("--apply", "999", "-o", "out.tflite"), 13, "numbered 1 to"),
        (("--set", "conv#0.channels=99"), 13, "it has 8 channels"),
        (("--as", "int4"), 13, "int8"),
        (("--as", "int8"), 4, "quantised already"),
        (("--set", "input=0.5", "-o", "chain.tflite"), 8, "chain.tflite"),
        (("--target", "nowhere"), 12, "nowhere"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], code: int, says: str) -> None:
    before = Path("chain.tflite").read_bytes()
    result = invoke("whatif", "chain.tflite", *arguments)
    assert (result.exit_code, says in result.stderr) == (code, True), result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert Path("chain.tflite").read_bytes() == before
    assert not Path("out.tflite").exists()
