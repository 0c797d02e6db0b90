"""The function behind ``inspect``, for use from Python: a file of its own, so that it loads nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import size, takes_models
from arenafit.errors import MALFORMED, UnsupportedModelError, naming
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.inspection_build import Asked, inspect
from arenafit.targets.choice import choose
from arenafit.targets.memories import demand_memories
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.validity.usual import release_for

StrPath: TypeAlias = str | PathLike[str]


@takes_models
def inspect_model(
    path: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    reserve_bytes: int | str | None = None,
    estimate: bool = False,
    tflm: str | None = None,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
    exact: bool = False,
) -> Inspection:
    """Return what TFLM's arena holds for the model at `path`, predicted and explained; nothing is run.

    Args:
        path: a ``.tflite`` file, its content, or a converter such as ``tf.lite.TFLiteConverter``.
        target: what to predict for: ``cortex-m4`` (the default), ``cortex-m4-reference``, ``cortex-m55``,
            ``ilp32-int-enums-reference``, ``wheel``.
        board: name of a board, or a ``.toml`` file that describes one; instead of a target.
        kernels: a kernel library instead of the target's: ``reference``, ``cmsis-nn-dsp``, ``cmsis-nn-mve``.
        reserve_bytes: RAM to leave free on the board (``16K`` is understood), instead of what its description says.
        estimate: go on where an operator's kernel is not known; `Inspection.estimated` then says what is left out.
        tflm: another release of TFLM than the target's, as in `measure_model`: a month (``2024-06``), or what carries
            it. By default that of a board which usually has an older one, if it runs the model.
        memories: memories that the buffers may go to, as ``dtcm=128K``, or ``board`` for all that the board has.
        arena: the memory for the arena itself; by default where that costs least.
        pins: tensors that must lie in one of `memories`, as ``input=sram1`` or ``output:1=dtcm``.
        exact: search the plan over `memories` by CP-SAT, too (the extra "exact").

    Raises:
        BudgetError: if the model finds no place in `memories`.
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if an operator's kernel is not known, or TFLM cannot take the model.
        TargetError: if a name is unknown.
        RuntimeUnavailableError: if `exact` and OR-Tools is not installed.
    """
    chosen, found = choose(target, board, kernels, size(reserve_bytes))
    demand_memories(memories, arena, pins)
    file = Path(path)
    content = read_file(file)
    try:
        model = read_bytes(content, str(file))
        release = release_for(tflm, found, model)
        asked = Asked(estimate, release, is_named=tflm is not None)
        inspected = inspect(model, content, str(file), chosen, found, asked=asked)
        if not memories:
            return inspected
        from arenafit.memories import MemoryRequest  # noqa: PLC0415 - loads costs; only where memories are named
        from arenafit.report.documents.answers.memories import memories_answer  # noqa: PLC0415 - as above
        from arenafit.report.documents.memories import asked_row  # noqa: PLC0415 - as above

        request = MemoryRequest(tuple(memories), arena, tuple(pins), exact)
        row = asked_row(request, model, footprint(model, asked.dated(chosen), estimate=estimate), found)
        return replace(inspected, memories=row, answer=memories_answer(inspected, row, request.options))
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    except MALFORMED as error:
        from arenafit.fit.diagnosis import diagnosed  # noqa: PLC0415 - runs TFLM; only where something is odd

        why = diagnosed(content, str(file))
        if why is None:
            raise
        raise why from error
