"""The GitHub Action's steps, run as GitHub's shell runs them."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from arenafit.ir import DType
from arenafit.tflite import write_bytes
from support.models import conv_chain, residual

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, CHECK = ACTION["runs"]["steps"]
SHELL = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")  # what GitHub runs for "shell: bash"
EXPRESSION = re.compile(r"\$\{\{ (\w+)\.(\w+) \}\}")


def run_step(
    step: Mapping[str, Any], inputs: Mapping[str, str], folder: Path
) -> tuple[subprocess.CompletedProcess[str], str]:
    given = {name: entry["default"] for name, entry in ACTION["inputs"].items()} | dict(inputs)
    contexts = {"inputs": given, "github": {"action_path": str(ROOT)}}
    assert not EXPRESSION.search(step["run"]), "an expression in a script is a way in for what a model is called"
    variables = {
        name: EXPRESSION.sub(lambda found: contexts[found[1]][found[2]], value)
        for name, value in step.get("env", {}).items()
    }
    summary = folder / "summary.md"
    own = {"RUNNER_TEMP": str(folder / "runner"), "GITHUB_STEP_SUMMARY": str(summary), "COLUMNS": "120"}
    command = [*SHELL, step["run"]]
    done = subprocess.run(
        command,
        cwd=folder / "workspace",
        env={**os.environ, **own, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done, summary.read_text(encoding="utf-8") if summary.exists() else ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a workspace, and a runner whose environment is this one's."""
    models = tmp_path / "workspace" / "models" / "deep"
    models.mkdir(parents=True)
    (models / "a small one.tflite").write_bytes(write_bytes(residual()))
    (models / "wide.tflite").write_bytes(write_bytes(conv_chain(DType.FLOAT32, size=64, channels=16)))
    programs = tmp_path / "runner" / "arenafit" / "bin"
    programs.mkdir(parents=True)
    program = programs / "arenafit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m arenafit "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def test_it_annotates_and_summarises(folder: Path) -> None:
    done, summary = run_step(CHECK, {"models": "models/**/*.tflite", "budget": "16K"}, folder)
    assert done.returncode == 7
    lines = done.stdout.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::notice", "::error"]
    assert "file=models/deep/a small one.tflite" in lines[0]
    assert summary.startswith("### arenafit: 1 of 2 checks failed")


def test_every_input_reaches_the_command(folder: Path) -> None:
    config = folder / "workspace" / "budgets.toml"
    config.write_text('[budget]\narena = "1K"\n', encoding="utf-8")
    inputs = {
        "models": "models/deep/a small one.tflite",
        "config": "budgets.toml",
        "target": "cortex-m4",
        "budget": "64K",
        "flash": "64K",
        "growth": "1%",
        "baseline": "models/deep/wide.tflite",
        "format": "junit",
        "output": "out.xml",
    }
    done, _ = run_step(CHECK, inputs, folder)
    assert done.returncode == 0, done.stderr
    written = (folder / "workspace" / "out.xml").read_text(encoding="utf-8")
    assert written.count("<testcase") == 3
    done, _ = run_step(CHECK, {"models": inputs["models"], "board": "pico"}, folder)
    assert "Raspberry Pi Pico" in done.stdout
    assert set(inputs) | {"board", "package"} == set(ACTION["inputs"])


def test_without_inputs_the_configuration_says_what_to_check(folder: Path) -> None:
    config = folder / "workspace" / "arenafit.toml"
    config.write_text('[budget]\nmodels = ["models/deep/*.tflite"]\narena = "16K"\n', encoding="utf-8")
    done, summary = run_step(CHECK, {}, folder)
    assert (done.returncode, "2 checks" in summary) == (7, True)


@pytest.mark.parametrize("models", ["none/*.tflite", "$(touch broken).tflite", "`touch broken`", "-x"])
def test_what_matches_nothing_fails_and_is_no_command(folder: Path, models: str) -> None:
    done, _ = run_step(CHECK, {"models": models, "budget": "16K"}, folder)
    assert done.returncode == 3
    assert not (folder / "workspace" / "broken").exists()


def test_it_installs_itself_or_what_is_asked_for(folder: Path) -> None:
    fake = folder / "fake"
    fake.mkdir()
    # Stands for python3 -m venv: the environment it makes has a pip that says what it was told.
    (fake / "python3").write_text(
        '#!/bin/sh\n[ "$1 $2" = "-m venv" ] || exit 9\nmkdir -p "$3/bin"\n'
        'printf "#!/bin/sh\\necho \\"\\$@\\"\\n" > "$3/bin/pip"\nchmod +x "$3/bin/pip"\n',
        encoding="utf-8",
    )
    (fake / "python3").chmod(0o755)
    step = {**INSTALL, "env": {**INSTALL["env"], "PATH": f"{fake}{os.pathsep}{os.environ['PATH']}"}}
    assert run_step(step, {}, folder)[0].stdout.split()[-1] == str(ROOT)
    assert run_step(step, {"package": "arenafit==0.1.0"}, folder)[0].stdout.split()[-1] == "arenafit==0.1.0"


def test_the_hook_names_a_command_that_exists() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "arenafit check"
    assert (ROOT / "src" / "arenafit" / "cli" / f"{hook['entry'].split()[1]}.py").exists()
    assert re.search(hook["files"], "models/a.tflite")
    assert re.search(hook["files"], "arenafit.toml")
    assert not re.search(hook["files"], "readme.md")


def test_the_workflow_in_the_documentation_uses_inputs_that_exist() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (workflow,) = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(name: .+?)```", page, re.DOTALL)]
    (step,) = [step for step in workflow["jobs"]["arena"]["steps"] if "/arenafit@" in step["uses"]]
    assert set(step["with"]) <= set(ACTION["inputs"])
