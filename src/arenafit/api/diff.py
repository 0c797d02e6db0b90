"""`arenafit.diff_models`: what changed in memory from one model to another."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.report import view_model
from arenafit.memories import MemoryRequest
from arenafit.report.documents.diff import DiffDocument, diff
from arenafit.report.documents.views import ModelView
from arenafit.tflite import read_bytes, read_file

StrPath: TypeAlias = str | PathLike[str]


def diff_models(
    before: StrPath,
    after: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    estimate: bool = False,
    tflm: str | None = None,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
) -> DiffDocument:
    """Return what changed in memory from one model to another, predicted for one target and one TFLM.

    Options and errors as for `inspect_model`; but that a model finds no place in `memories` is told as a change, and
    `pins` that name a tensor which only one of them has are an error.
    """
    asked = MemoryRequest(tuple(memories), arena, tuple(pins))
    models = [read_bytes(read_file(Path(path)), str(path)) for path in (before, after)]

    def view(path: StrPath) -> ModelView:
        return view_model(
            path,
            target=target,
            board=board,
            kernels=kernels,
            estimate=estimate,
            tflm=tflm,
            memories=asked,
            beside=models,
        )

    return diff(view(before), view(after))
