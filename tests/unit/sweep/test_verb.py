"""The verb from end to end on a small classifier: trained, chosen, measured, judged, written; refusals in one line."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.api.sweep import Sweep, resume_sweep, sweep_model
from arenafit.report.documents.sweep import SweepDocument
from arenafit.structure.skeleton import int8_skeleton
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.sweeps import classifier, save_samples

SPACE = """[parameters]
"input" = ["keep", "0.5"]
"conv#0.channels" = [16, 8, 4]
recipe = ["int8"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "net.tflite").write_bytes(write_bytes(classifier()))
    (folder / "space.toml").write_text(SPACE)
    save_samples(folder / "train.npz")
    save_samples(folder / "eval.npz", 30, seed=9)
    return folder


@pytest.fixture(scope="module")
def swept(place: Path) -> SweepDocument:
    options = Sweep(
        space=str(place / "space.toml"),
        data=str(place / "train.npz"),
        evaluation=str(place / "eval.npz"),
        target="wheel",
        effort=1,
        steps=20,
        trials=4,
        seeds=2,
        choices=2,
        workers=0,
    )
    return sweep_model(place / "net.tflite", place / "out", options)


def test_what_is_delivered_is_measured_as_predicted(swept: SweepDocument) -> None:
    assert swept.counts.completed + swept.counts.given_up == 4
    assert swept.delivered
    picked = next(row for row in swept.delivered if row.is_pick)
    assert swept.answer is not None
    assert swept.answer.result.startswith(
        f"smallest working arena: {picked.stock_bytes:,} -> {picked.fitted_bytes:,} bytes ("
        if picked.fitted_bytes != picked.stock_bytes
        else f"smallest working arena: {picked.stock_bytes:,} bytes on wheel"
    )
    assert "on 30 samples unseen" in swept.answer.needs
    assert swept.answer.verdict.startswith("no budget named")
    assert swept.answer.next[0].command == f"arenafit inspect {picked.model} --board NAME"
    for row in swept.delivered:
        assert row.fitted_bytes == row.fitted_measured_bytes
        assert row.stock_bytes == row.stock_measured_bytes
        assert len(row.validation) == 2
        assert row.evaluated_on == 30
        assert row.proof == "verified"
        assert row.fitted_bytes <= row.stock_bytes
        assert Path(str(row.model)).is_file()
        assert Path(str(row.stock_model)).is_file()
    assert all(row.predicted_equal for row in swept.points)
    assert sum(row.is_pick for row in swept.delivered) == 1


def test_the_folder_holds_tables_page_and_firmware(place: Path, swept: SweepDocument) -> None:
    out = place / "out"
    rows = list(csv.DictReader((out / "sweep.csv").read_text().splitlines()))
    assert [int(row["trial"]) for row in rows] == [row.trial for row in swept.points]
    assert rows[0]["conv#0.channels"] in {"4", "8", "16"}
    assert SweepDocument.from_json((out / "sweep.json").read_text()).pick == swept.pick
    page = (out / "report.html").read_text()
    assert f'href="trial-{swept.pick}.html"' in page
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert (out / f"trial-{swept.pick}.html").exists()
    assert list((out / "firmware").glob("*.cc"))


def test_a_resumed_sweep_does_nothing_twice(place: Path, swept: SweepDocument) -> None:
    again = resume_sweep(str(place / "out" / "sweep.journal"), place / "again", workers=0)
    assert [row.trial for row in again.points] == [row.trial for row in swept.points]
    assert [row.validation for row in again.delivered] == [row.validation for row in swept.delivered]
    assert again.cpu_seconds == swept.cpu_seconds


def test_the_table_of_trials_is_written_where_it_is_wanted(place: Path, tmp_path: Path) -> None:
    common = [str(place / "net.tflite"), "--space", str(place / "space.toml"), "--priced-only", "--trials", "2"]
    common += ["--effort", "1", "--workers", "1"]
    file = tmp_path / "trials.csv"
    result = invoke("sweep", *common, "-o", str(tmp_path / "one"), "--csv", str(file), "--board", "esp32")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("smallest working arena: ")
    assert lines[1].startswith("fits ESP32-DevKitC: ")
    assert lines[2].startswith("priced, not trained; ")
    assert next(line for line in lines if line.startswith("next: ")).startswith("next: arenafit sweep ")
    assert result.exit_code == 0, result.output
    assert file.read_text() == (tmp_path / "one" / "sweep.csv").read_text()
    result = invoke("sweep", *common, "-o", str(tmp_path / "two"), "--csv", "-", "--target", "wheel")
    assert result.stdout == (tmp_path / "two" / "sweep.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["{net}", "--data", "{train}"], 13, "name a folder"),
        (["-o", "{out}"], 13, "give a model, or training code"),
        (["{net}", "-o", "{out}", "--trials", "2"], 13, "needs --data"),
        (["{net}", "-o", "{out}", "--data", "{train}", "--objectives", "size"], 13, "known are"),
        (["{net}", "-o", "{out}", "--data", "{train}", "--cpu-time", "soon"], 1, "is no time"),
        (["{int8}", "-o", "{out}", "--data", "{train}"], 4, "quantised already"),
        (["--join", "{out}/none.journal"], 13, "no such sweep"),
        (["{net}", "--resume", "{out}/none.journal", "-o", "{out}"], 13, "--resume goes on"),
        (["--together", "{net}", "{net}", "-o", "{out}", "--data", "{train}"], 13, "--together chooses"),
        (["--join", "{out}/none.journal", "--csv", "{out}/trials.csv"], 13, "writes nothing"),
        (["{net}", "-o", "{out}", "--priced-only", "--csv", "{net}"], 8, "is an input"),
        (["--train", "no_such_module:make", "-o", "{out}", "--data", "{train}", "--space", "{space}"], 13, "cannot be"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    place: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (place / "int8.tflite").write_bytes(write_bytes(int8_skeleton(classifier())))
    names = {"net": "net.tflite", "train": "train.npz", "space": "space.toml", "int8": "int8.tflite"}
    files = {name: str(place / file) for name, file in names.items()}
    result = invoke("sweep", *(item.format(out=tmp_path, **files) for item in arguments))
    assert result.exit_code == code, result.output
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_a_model_that_a_delivered_one_would_replace_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "trial-3.stock.tflite"
    file.write_bytes(write_bytes(classifier()))
    found = invoke("sweep", str(file), "--priced-only", "--trials", "1", "-o", str(tmp_path))
    assert (found.exit_code, "name another folder" in found.output) == (8, True), found.output
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_refused_leaves_no_folder(place: Path, tmp_path: Path) -> None:
    for arguments in ([str(place / "net.tflite")], ["--resume", str(tmp_path / "none.journal")]):
        assert invoke("sweep", *arguments, "-o", str(tmp_path / "out")).exit_code == 13
        assert not (tmp_path / "out").exists()


TRAINER = """
from pathlib import Path

from arenafit.structure.kinds import apply_changes, parse_setting
from arenafit.tflite import read_bytes, write_bytes
from arenafit.learn.student import TrainingSchedule, TrainingSet, train_student
from arenafit.learn.lift import lift
from arenafit.prune.refit import with_parameters
import numpy as np

HERE = Path(__file__).parent


def make(architecture, untrained=False, seed=0, effort=1):
    model = read_bytes((HERE / "net.tflite").read_bytes(), "net")
    model = apply_changes(model, [parse_setting(model, f"conv#0.channels={architecture['width']}")])
    if untrained:
        return write_bytes(model)
    data = np.load(HERE / "train.npz")
    examples = TrainingSet((data["x"],), (None,), (data["labels"],))
    found = train_student(lift(model), examples, examples, TrainingSchedule(steps=30 * effort, rate=1e-2, seed=seed))
    return write_bytes(with_parameters(model, found.parameters))
"""


def test_training_code_is_swept_from_a_set_of_parameters(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "sweep_trainer.py").write_text(TRAINER)
    (place / "widths.toml").write_text("[parameters]\nwidth = [16, 8, 4]\n")
    monkeypatch.chdir(place)
    options = Sweep(
        train="sweep_trainer:make",
        space="widths.toml",
        data="train.npz",
        evaluation="eval.npz",
        target="wheel",
        effort=1,
        trials=3,
        seeds=1,
        choices=1,
        workers=0,
    )
    found = sweep_model(None, place / "from-code", options)
    assert json.loads((place / "from-code" / "sweep.json").read_text())["model"] == "sweep_trainer:make"
    assert found.counts.completed + found.counts.given_up == 3
    assert all(row.predicted_equal for row in found.points)
    assert [row.fitted_bytes for row in found.delivered] == [row.fitted_measured_bytes for row in found.delivered]


LOST = """
from pathlib import Path

from arenafit.learn.lift import lift
from arenafit.prune.refit import with_parameters
from arenafit.tflite import read_bytes, write_bytes


def make(architecture):
    model = read_bytes((Path(__file__).parent / "net.tflite").read_bytes(), "net")
    lifted = lift(model)
    lost = {name: array * float("nan") for name, array in lifted.constants.items() if array.dtype.kind == "f"}
    return write_bytes(with_parameters(model, lost) if architecture["width"] == 8 else model)
"""


def test_a_training_that_gives_no_numbers_is_given_up_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "lost_trainer.py").write_text(LOST)
    (place / "lost.toml").write_text('[parameters]\nwidth = [16, 8]\nrecipe = ["float"]\n')
    monkeypatch.chdir(place)
    data = np.load(place / "train.npz")
    np.savez(place / "shares.npz", x=data["x"], labels=np.eye(3, dtype=np.float32)[data["labels"]])
    options = Sweep(
        train="lost_trainer:make",
        space="lost.toml",
        data="shares.npz",
        target="wheel",
        effort=1,
        trials=2,
        seeds=1,
        choices=1,
        workers=0,
    )
    found = sweep_model(None, place / "lost", options)
    assert (found.counts.completed, found.counts.given_up, found.counts.retried) == (1, 1, 0)
    assert found.reasons == {"no loss": 1}
    assert "NaN" not in (place / "lost" / "sweep.json").read_text()
