"""The function behind `arenafit plan`, for use from Python; the package re-exports it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.errors import UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.fit.relayout import Effort, exported_csv, exported_trace, import_plan, plan_bytes
from arenafit.layout import LayoutRules
from arenafit.memories import MemoryRequest
from arenafit.outputs import check_outputs, save_bytes
from arenafit.report.documents.answers.answer import Budget, options_of
from arenafit.report.documents.answers.plan import plan_over_memories
from arenafit.report.documents.memories import memories_row
from arenafit.report.documents.plan import PlanDocument, plan_document
from arenafit.targets.boards import board_file
from arenafit.targets.choice import choose
from arenafit.tflite import read_bytes, read_file, with_associated_files
from arenafit.tflm.ascii_plan import side_by_side
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """What `plan_model` did: the document, and TFLM's maps of the memory before and after, side by side."""

    document: PlanDocument
    maps: str


@takes_models
@explained
def plan_model(
    path: StrPath,
    output: StrPath,
    *,
    effort: Effort = "default",
    keep_inputs: bool = False,
    csv: StrPath | None = None,
    import_csv: StrPath | None = None,
    trace: StrPath | None = None,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    only_kernels: bool = False,
    tflm: str | None = None,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
) -> PlannedModel:
    """Give the model at `path` a better layout, its operators kept, verify it, and write it to `output`.

    Args:
        path: a ``.tflite`` file; it is never written to.
        output: the file to write.
        effort: ``fast``, ``default`` or ``exact``.
        keep_inputs: write no result over a model input while it could still be read.
        csv: where to write the buffers and offsets as MiniMalloc's CSV.
        import_csv: such a file, whose offsets are taken instead of planning.
        trace: where to write the plan in Chrome's trace event format.
        target: what to price for; by default ``cortex-m4``. The wheel measures and proves.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        only_kernels: rely on the target's kernel library alone: the plan may be unsafe with another.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        memories: memories that the planned model's buffers are then spread over, as for `inspect_model`; so are `arena`
            and `pins`.
        arena: the memory for the arena itself.
        pins: tensors that must lie in one of `memories`.

    Raises:
        BudgetError: if the planned model finds no place in `memories`; nothing is written then.
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        DataError: if the CSV is none, or has no offsets.
        PlanError: if its offsets let buffers collide.
        OutputError: if a file cannot be written.
        TargetError: if a name is unknown.
        VerificationError: if the planned model does not compute what the model does.
    """
    file, written = Path(path), Path(output)
    content = read_file(file)
    others = [None if one is None else Path(one) for one in (csv, trace)]
    check_outputs([written, *others], [file, None if import_csv is None else Path(import_csv), board_file(board)])
    chosen, named = choose(target, board, kernels)
    chosen = dated(chosen, release_for(tflm, named, read_bytes(content, str(file))))
    library = chosen.kernels if only_kernels else None
    try:
        if import_csv is None:
            made = plan_bytes(content, str(file), chosen, effort=effort, rules=LayoutRules(keep_inputs, library))
        else:
            made = import_plan(content, str(file), chosen, Path(import_csv))
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    asked = MemoryRequest(tuple(memories), arena, tuple(pins))
    spread = None
    if memories:
        own = None if named is None else named.regions
        spread = asked.spread(made.after.model, made.after.footprint, own)
    save_bytes(with_associated_files(made.content, content), written, never=file)
    texts = {csv: exported_csv, trace: exported_trace}
    for where, text in texts.items():
        if where is not None:
            save_bytes(text(made.after.footprint).encode(), Path(where), never=file)
    options = options_of(chosen, named, tflm)
    document = plan_document(str(file), str(written), made, Budget(named), options)
    if spread is not None:
        answer = plan_over_memories(document.answer, str(written), (*options, *asked.options))
        document = replace(document, memories=memories_row(spread), answer=answer)
    return PlannedModel(document, side_by_side(made.before, made.after.footprint))
