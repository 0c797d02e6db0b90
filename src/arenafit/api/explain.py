"""`arenafit.explain_log`: what TFLM's messages mean, and what to do about them."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api._priced import priced_or_problem
from arenafit.diagnostics import read_log
from arenafit.fit import Settings
from arenafit.memories import MemoryRequest
from arenafit.report.documents.explanation import ExplanationDocument, explanation_document
from arenafit.targets.choice import choose

StrPath: TypeAlias = str | PathLike[str]


def explain_log(
    text: str,
    *,
    model: StrPath | None = None,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    tflm: str | None = None,
    effort: str | int = "fast",
    seconds: float | None = None,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
) -> ExplanationDocument:
    """Return what the messages of TFLM in `text` mean, and what to do about them.

    Args:
        text: a line, or a whole log; what is not known in it is passed over.
        model: the ``.tflite`` file it is about; what it needs is predicted, and what a fit would give.
        target: what to predict for, as in `inspect_model`.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        effort: work allowed to the search for a smaller arena, as for `fit_model`.
        seconds: a cap on its time.
        memories: memories that the model's buffers may go to, as in `inspect_model`; so are `arena` and `pins`.
        arena: the memory for the arena itself.
        pins: tensors that must lie in one of `memories`.

    What is wrong with the model does not lose the explanation: it stands in the document's `problem`.

    Raises:
        TargetError: if a name is unknown.
    """
    matches = read_log(text)
    if model is None:
        return explanation_document(matches, None)
    chosen = choose(target, board, kernels)
    asked = MemoryRequest(tuple(memories), arena, tuple(pins))
    settings = Settings(target=chosen[0], effort=effort, seconds=seconds)
    return explanation_document(matches, *priced_or_problem(Path(model), chosen, settings, matches, (tflm, asked)))
