import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.snippets import ROOT, Snippet, blocks, pages, snippets

EXAMPLES = ROOT / "examples"
SPECTROGRAM = EXAMPLES / "spectrogram"
# What stands for the reader's own files, page by page; the smallest example otherwise.
GIVEN: Mapping[str, Mapping[str, Path]] = {
    "quantize.md": {
        "model.tflite": EXAMPLES / "small" / "motion_fp32.tflite",
        "calibration.npz": EXAMPLES / "small" / "motion_calibration.npz",
        "evaluation.npz": EXAMPLES / "small" / "motion_calibration.npz",
    },
    "rows.md": {"model.tflite": EXAMPLES / "small" / "denoiser_fp32.tflite"},
    "corpora.md": dict.fromkeys(
        ("a.tflite", "b.tflite", "models/a.tflite", "models/b.tflite"), EXAMPLES / "small" / "motion_fp32.tflite"
    ),
}
DEFAULT = {"model.tflite": EXAMPLES / "small" / "motion_fp32.tflite"}
WITH_SNIPPETS = [page for page in pages() if any(snippet.kind != "file" for snippet in snippets(page))]

NEEDS_TFLM = ("arenafit measure", "arenafit fit", "arenafit quantize", "fit_model", "measure_model", "TflmRuntime")


def environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(home), "NO_COLOR": "1", "COLUMNS": "120"}


def run(snippet: Snippet, folder: Path) -> None:
    shell = ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c"]
    command = [*shell, snippet.text] if snippet.kind == "sh" else [sys.executable, "-c", snippet.text]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"line {snippet.line}: {snippet.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_SNIPPETS, ids=lambda page: page.name)
def test_every_command_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    wanted = snippets(page)
    if any(word in snippet.text for snippet in wanted for word in NEEDS_TFLM):
        pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    for name, source in GIVEN.get(page.name, DEFAULT).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(source, tmp_path / name)
    for snippet in wanted:
        if snippet.kind == "file":
            (tmp_path / snippet.name).write_text(snippet.text, encoding="utf-8")
        else:
            run(snippet, tmp_path)


def test_the_pages_hold_commands_and_every_one_is_accounted_for() -> None:
    assert {page.name for page in WITH_SNIPPETS} >= {"README.md", "tutorial.md", "ci.md", "firmware.md", "messages.md"}
    for page in pages():
        for language, content, mark, line in blocks(page.read_text(encoding="utf-8")):
            reason = mark.removeprefix("not run: ") if mark.startswith("not run: ") else "-"
            assert reason, f"{page.name}:{line} is not run, and does not say why"
            assert language, f"{page.name}:{line}: a block without a language is neither run nor seen to be text"
            assert content.strip()


def test_a_page_that_names_a_command_without_marking_it_would_be_run(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Text\n\n```sh\nfalse\n```\n\n<!-- not run: yours -->\n\n    arenafit check\n\n    arenafit boards\n\n"
        "<!-- file: a.toml -->\n```toml\nx = 1\n```\n\n<!-- command: main -->\n```sh\npip install .\n```\n"
    )
    assert [(item.kind, item.text, item.name) for item in snippets(page)] == [
        ("sh", "false", ""),
        ("sh", "arenafit boards", ""),
        ("file", "x = 1\n", "a.toml"),
    ]
    with pytest.raises(AssertionError, match="line 3"):
        run(snippets(page)[0], tmp_path)
