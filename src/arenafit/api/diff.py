"""`arenafit.diff_models`: what changed in memory from one model to another."""

from collections.abc import Sequence
from os import PathLike
from typing import TypeAlias

from arenafit.api.report import view_model
from arenafit.memories import MemoryRequest
from arenafit.report.documents.diff import DiffDocument, diff
from arenafit.report.documents.views import ModelView

StrPath: TypeAlias = str | PathLike[str]


def diff_models(
    before: StrPath,
    after: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    estimate: bool = False,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
) -> DiffDocument:
    """Return what changed in memory from one model to another, predicted for one target.

    Options and errors as for `inspect_model`; but that a model finds no place in `memories` is told as a change, and
    `pins` that name a tensor which only one of them has are an error.
    """
    asked = MemoryRequest(tuple(memories), arena, tuple(pins))

    def view(path: StrPath) -> ModelView:
        return view_model(path, target=target, board=board, kernels=kernels, estimate=estimate, memories=asked)

    return diff(view(before), view(after))
