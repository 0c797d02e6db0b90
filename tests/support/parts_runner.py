"""Parts as `fit --parts` writes them, and what is exported of them run on a TFLM that stands in."""

import hashlib
import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from arenafit.fit.parts import part_model, waists
from arenafit.ir import Model
from arenafit.report.documents.export import ExportDocument
from arenafit.tflite import write_bytes
from support.compiling import STUBS
from support.models import conv_chain


def written(folder: Path, models: list[Model]) -> Path:
    """Write models as `fit --parts` does."""
    folder.mkdir()
    rows = []
    for number, model in enumerate(models, start=1):
        content = write_bytes(model)
        (folder / f"net.part-{number}.tflite").write_bytes(content)
        rows.append({"file": f"net.part-{number}.tflite", "sha256": hashlib.sha256(content).hexdigest()})
    listed = {"document": "arenafit.parts", "model": "somewhere/net.tflite", "parts": rows}
    (folder / "parts.json").write_text(json.dumps(listed))
    return folder


def three_parts() -> list[Model]:
    model = conv_chain()
    cuts = [None, waists(model)[0], waists(model)[1], None]
    return [part_model(model, begin, end) for begin, end in pairwise(cuts)]


def ran(fake: Path, out: Path, made: ExportDocument, folder: Path) -> subprocess.CompletedProcess[str]:
    """Compile the exported sources with `fake`, the TFLM that stands in, and run them."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    outputs = [model.main.tensor(model.main.outputs[0]).size_bytes for model in three_parts()]
    defines = " ".join(f"DEFINE({method})" for method in made.operators)
    text = fake.read_text(encoding="utf-8").replace("MADE}", f"{', '.join(map(str, outputs))}}}")
    text = text.replace("namespace MODEL", f"namespace {made.name}").replace("\nMETHODS\n", f"\n{defines}\n")
    source = folder / "fake.cc"
    source.write_text(text.replace("Resolver<COUNT>", f"Resolver<{len(made.operators)}>"), encoding="utf-8")
    own = [str(path) for path in (*sorted(out.glob("part*.cc")), *out.glob("rows*.cc"))]
    binary = folder / "runner"
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-DTF_LITE_STATIC_MEMORY", f"-I{out}", "-isystem", str(STUBS)]
    command = [compiler, *flags, str(source), *own, "-o", str(binary)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stderr
    return subprocess.run([str(binary)], capture_output=True, text=True, check=False, timeout=60)
