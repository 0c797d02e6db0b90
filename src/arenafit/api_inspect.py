"""The function behind ``inspect``, for use from Python: a file of its own, so that it loads nothing else."""

from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.errors import MALFORMED, UnsupportedModelError, naming
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.inspection_build import inspect
from arenafit.targets.choice import choose
from arenafit.tflite import read_bytes, read_file

StrPath: TypeAlias = str | PathLike[str]


def inspect_model(
    path: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    reserve_bytes: int | None = None,
    estimate: bool = False,
) -> Inspection:
    """Return what TFLM's arena holds for the model at `path`, predicted and explained; nothing is run.

    Args:
        path: a ``.tflite`` file.
        target: what to predict for: ``cortex-m4`` (the default), ``cortex-m4-reference``, ``cortex-m55``,
            ``ilp32-int-enums-reference``, ``wheel``.
        board: name of a board, or a ``.toml`` file that describes one; instead of a target.
        kernels: a kernel library instead of the target's: ``reference``, ``cmsis-nn-dsp``, ``cmsis-nn-mve``.
        reserve_bytes: RAM to leave free on the board, instead of what its description says.
        estimate: go on where an operator's kernel is not known; `Inspection.estimated` then says what is left out.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if an operator's kernel is not known, or TFLM cannot take the model.
        TargetError: if a name is unknown.
    """
    chosen, found = choose(target, board, kernels, reserve_bytes)
    file = Path(path)
    content = read_file(file)
    try:
        return inspect(read_bytes(content, str(file)), content, str(file), chosen, found, estimate=estimate)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    except MALFORMED as error:
        from arenafit.fit.diagnosis import diagnosed  # noqa: PLC0415 - runs TFLM; only where something is odd

        why = diagnosed(content, str(file))
        if why is None:
            raise
        raise why from error
