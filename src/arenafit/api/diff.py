"""`arenafit.diff_models`: what changed in memory from one model to another."""

from os import PathLike
from typing import TypeAlias

from arenafit.api.report import view_model
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
) -> DiffDocument:
    """Return what changed in memory from one model to another, predicted for one target.

    Options and errors as for `inspect_model`.
    """

    def view(path: StrPath) -> ModelView:
        return view_model(path, target=target, board=board, kernels=kernels, estimate=estimate)

    return diff(view(before), view(after))
