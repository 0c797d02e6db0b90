"""The files that start workers elsewhere: what they call exists, and their syntax is that of who reads them."""

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

import arenafit
from arenafit.cli._app import build_app

_FOLDER = Path(__file__).parents[3] / "examples" / "sweep"
_SHELL = sorted(path for path in _FOLDER.iterdir() if path.suffix in (".sh", ".sbatch"))


def _options() -> set[str]:
    app: Any = typer.main.get_command(build_app())
    sweep: Any = app.get_command(None, "sweep")
    return {name for item in sweep.params for name in item.opts}


def _called(text: str) -> list[str]:
    """Return the options of each `arenafit sweep` in a text."""
    calls = re.findall(r"arenafit sweep ([^\n]*)", text)
    return [option for call in calls for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", call)]


def test_every_option_that_the_files_name_is_one() -> None:
    named = {path.name: _called(path.read_text(encoding="utf-8")) for path in _FOLDER.iterdir() if path.is_file()}
    assert {name for name, options in named.items() if "--join" in options} >= {
        "shell-loop.sh",
        "slurm.sbatch",
        "kubernetes.yaml",
    }
    assert {option for options in named.values() for option in options} <= _options()


@pytest.mark.parametrize("path", _SHELL, ids=lambda path: path.name)
def test_shells_take_the_scripts(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    shell = "bash" if first.endswith("bash") else "sh"
    found = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_the_slurm_file_says_what_it_needs_before_its_first_command() -> None:
    lines = (_FOLDER / "slurm.sbatch").read_text(encoding="utf-8").splitlines()
    first = next(place for place, line in enumerate(lines) if line and not line.startswith("#"))
    told = [line.split()[1].partition("=")[0] for line in lines[:first] if line.startswith("#SBATCH ")]
    assert told == ["--job-name", "--array", "--cpus-per-task", "--requeue"]
    assert not any(line.startswith("#SBATCH") for line in lines[first:]), "SLURM reads none behind a command"


def test_the_kubernetes_job_restarts_workers_and_gives_them_the_storage() -> None:
    job = yaml.safe_load((_FOLDER / "kubernetes.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in ("OnFailure", "Never"), "a Job takes no other"
    (container,) = pod["containers"]
    assert [item["name"] for item in container["env"]] == ["STORAGE"]
    assert '"$STORAGE"' in container["command"][-1]


@pytest.mark.parametrize("name", ["dask_workers.py", "ray_workers.py"])
def test_python_files_call_what_there_is(name: str) -> None:
    tree = ast.parse((_FOLDER / name).read_text(encoding="utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "arenafit"]
    names = [alias.name for node in imported for alias in node.names]
    called = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "arenafit"
    ]
    assert "join_sweep" in (*names, *called)
    assert all(hasattr(arenafit, item) for item in (*names, *called))
