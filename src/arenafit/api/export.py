"""`arenafit.export_model`: what firmware needs of a model, as C++ sources."""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.api.as_fitted import choose_as_fitted
from arenafit.errors import UnsupportedModelError, naming
from arenafit.export import MANIFEST_MARGIN_BYTES, SourceLayout, firmware, lay_out, updated_manifest, write_files
from arenafit.fit.diagnosis import explained
from arenafit.memories import MemoryRequest
from arenafit.report.documents.answers.answer import options_of
from arenafit.report.documents.answers.export import Exported, export_answer
from arenafit.report.documents.export import ExportDocument, FileRow, export_document
from arenafit.structure.untrained import untrained_changes
from arenafit.targets.releases import find_release
from arenafit.targets.target import ESP_CHIPS
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.validity import demand
from arenafit.validity.provenance import provenance
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]


# For what differs between the TFLM that is predicted and the one that is built: a structure, an alignment.
_MARGIN_BYTES = 1024


@takes_models
@explained
def export_model(
    path: StrPath,
    folder: StrPath,
    *,
    layout: SourceLayout = SourceLayout.PLAIN,
    name: str | None = None,
    margin_bytes: int | None = None,
    manifest: StrPath | None = None,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    tflm: str | None = None,
    estimate: bool = False,
    untrained: bool = False,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
    exact: bool = False,
) -> ExportDocument:
    """Write the model at `path` into `folder` as C++ sources, and return what was written.

    Args:
        path: a ``.tflite`` file.
        folder: where to write; it is made where it is missing.
        layout: how the files are arranged; for Arduino's library memory is that of its TFLM.
        name: namespace and name in C++; by default made of the file's name.
        margin_bytes: added to the predicted sizes; by default 1,024, in a manifest 8,192.
        manifest: an ESPHome microWakeWord manifest; a copy with this model's arena size goes into `folder`, enough on
            every chip whose ESP-NN kernels are known unless a target or board is named.
        target: what to predict for; by default what a fitted model says that it was fitted for, as in `inspect_model`.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        estimate: go on where an operator's kernel is not known.
        untrained: export a model that `whatif` made and nobody trained.
        memories: memories that the buffers may go to, as ``dtcm=128K``, or ``board`` for all that the board has; a
            planner that leads them there is written, too.
        arena: the memory for the arena itself; by default where that costs least.
        pins: tensors that must lie in one of the memories, as ``input=sram1``.
        exact: search the plan over `memories` by CP-SAT, too (the extra "exact").

    Raises:
        BudgetError: if the model finds no place in `memories`.
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if an operator's memory is not known, no resolver of TFLM can register it, or the model
            is untrained.
        TargetError: if a name is unknown.
        RuntimeUnavailableError: if `exact` and OR-Tools is not installed.
        OutputError: if a file cannot be written.
        DataError: if the manifest is none.
    """
    asked = MemoryRequest(tuple(memories), arena, tuple(pins), exact)
    file, where = Path(path), Path(folder)
    content = read_file(file)
    model = read_bytes(content, str(file))
    made_by = provenance(model)
    chosen, found = choose_as_fitted(made_by, target, board, kernels)
    margin = _MARGIN_BYTES if margin_bytes is None else margin_bytes
    changes = untrained_changes(model)
    if changes is not None and not untrained:
        raise UnsupportedModelError(
            f"{file}: its weights are of no use, `whatif` made it ({', '.join(changes)}) and nobody trained it:"
            " train it first, or export it with --untrained"
        )
    try:
        chosen = dated(chosen, release_for(tflm, found, model))
        findings = demand(model, chosen, but=("operator",) if estimate else ())
        sized = find_release("arduino").of(chosen) if layout is SourceLayout.ARDUINO and tflm is None else chosen
        made = firmware(model, content, file.name, sized, found, name=name, margin_bytes=margin, estimate=estimate)
        spread = None
        if memories:
            priced = footprint(model, chosen, estimate=estimate)
            spread = asked.spread(model, priced, None if found is None else found.regions, margin_bytes=margin)
        files = dict(lay_out(made, layout, spread))
        updated = None
        if manifest is not None:
            generic = (chosen,) if target or board else ESP_CHIPS
            slack = MANIFEST_MARGIN_BYTES if margin_bytes is None else margin_bytes
            updated = updated_manifest(Path(manifest), model, generic, slack)
            files[Path(manifest).name] = updated.text
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    never = (file,) if manifest is None else (file, Path(manifest))
    written = write_files(files, where, never=never)
    rows = tuple(FileRow(str(one), one.stat().st_size) for one in written)
    shown = None if updated is None or manifest is None else (str(where / Path(manifest).name), updated)
    document = export_document(str(file), layout.value, made, rows, shown, findings=findings, memories=spread)
    sizes = Exported(made.min_arena_bytes, made.arena_bytes, len(content))
    answer = export_answer(str(file), made, sizes, found, options_of(chosen, found, tflm))
    return replace(document, made_by=None if made_by is None else made_by.sentence, answer=answer)
