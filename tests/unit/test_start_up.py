"""What the command line imports before it does anything: counted in modules, as times depend on the machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from arenafit.tflite import write_bytes
from support.models import conv_chain

_COUNT = """
import sys
from arenafit.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
sys.stdout.flush()
print(*sorted(sys.modules), file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    """Return the names of the modules that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, *arguments], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout
    return set(done.stderr.splitlines()[-1].split())


def rooms(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("arenafit.")}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_room_and_no_numpy(option: str) -> None:
    names = imported(option)
    assert rooms(names) == {"_version", "cli", "errors"}
    assert not {"numpy", "flatbuffers", "tflite_micro", "ortools"} & names


def test_the_help_of_a_verb_imports_no_other_verb() -> None:
    verbs = {path.stem for path in (Path(__file__).parents[2] / "src" / "arenafit" / "cli").glob("[!_]*.py")}
    loaded = {name.rpartition(".")[2] for name in imported("boards", "--help") if name.startswith("arenafit.cli.")}
    assert loaded & verbs <= {"boards"}


def test_inspect_imports_what_predicts_and_nothing_that_searches_or_runs(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(write_bytes(conv_chain()))
    names = imported("inspect", str(model))
    assert not {"fit", "streaming", "quantize", "accuracy", "layout", "runtime", "export"} & rooms(names)
    # It looks for dead channels, which is one rewrite's to know; all others stay away.
    assert "arenafit.rewrites.pipeline" not in names
    assert not {"tflite_micro", "ortools", "jinja2"} & names
    # Of the planners it needs TFLM's own alone.
    assert {name for name in names if name.startswith("arenafit.planning.planners.")} == {
        "arenafit.planning.planners.tflm_greedy"
    }
