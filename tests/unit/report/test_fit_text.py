"""What `fit` says beside its figures."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import Console

import arenafit
from arenafit.report.render.terminal.fit import render
from arenafit.tflite import write_bytes
from support.models import conv_chain


def test_an_arena_that_grows_on_the_wheel_alone_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    found = arenafit.fit_model(path, tmp_path / "made.tflite", effort=0)

    def said(before_bytes: int, after_bytes: int) -> str:
        console = Console(file=StringIO(), width=300)
        render(replace(found, before_measured_bytes=before_bytes, after_measured_bytes=after_bytes), console)
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()

    why = "what is saved on cortex-m4 are buffers that these kernels do not ask for"
    assert why in said(1000, 2000)
    assert why not in said(2000, 1000)
