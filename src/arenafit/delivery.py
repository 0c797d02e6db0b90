"""The functions behind the verbs that ship a model: budgets, firmware, error messages; the package re-exports them.

Each takes paths and names as the command line does, and returns data; nothing is printed.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api_explain import priced_or_problem
from arenafit.check import CONFIG_NAME, Budget, BudgetLimits, Config, load_config, pair
from arenafit.diagnostics import read_log
from arenafit.errors import UnsupportedModelError, naming
from arenafit.export import MANIFEST_MARGIN_BYTES, SourceLayout, firmware, lay_out, updated_manifest, write_files
from arenafit.fit import Settings
from arenafit.fit.diagnosis import explained
from arenafit.memories import spread_over
from arenafit.report.documents.check import CheckDocument, check_document
from arenafit.report.documents.explanation import ExplanationDocument, explanation_document
from arenafit.report.documents.export import ExportDocument, FileRow, export_document
from arenafit.structure.untrained import untrained_changes
from arenafit.targets.choice import choose
from arenafit.targets.memories import chosen_memories
from arenafit.targets.target import ESP_CHIPS
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.validity import demand

StrPath: TypeAlias = str | PathLike[str]

# For what differs between the TFLM that is predicted and the one that is built: a structure, an alignment.
_MARGIN_BYTES = 1024


def check_models(
    models: Sequence[StrPath] = (),
    limits: BudgetLimits | None = None,
    *,
    config: StrPath | None = None,
    measure: bool = False,
    estimate: bool = False,
) -> CheckDocument:
    """Return how models stand to their memory budgets; predicted, so it works on every platform.

    Args:
        models: ``.tflite`` files; by default those that the configuration lists.
        limits: limits that replace the configuration's.
        config: a file of budgets; by default ``arenafit.toml`` in the working directory, where there is one.
        measure: run the models in the real TFLM, too.
        estimate: go on where an operator's kernel is not known.

    Raises:
        ConfigError: if the configuration is unusable, or nothing is to be checked.
        TargetError: if a board or target is unknown.
        RuntimeUnavailableError: if there is nothing to measure with.
    """
    file = Path(CONFIG_NAME) if config is None else Path(config)
    found = Config(Path(), Budget("options", BudgetLimits()))
    if config is not None or file.exists():
        found = load_config(file)
    checks = pair(found, [Path(model) for model in models], limits or BudgetLimits())
    return check_document(checks, measure=measure, estimate=estimate)


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
    estimate: bool = False,
    untrained: bool = False,
    memories: Sequence[str] = (),
    arena: str | None = None,
) -> ExportDocument:
    """Write the model at `path` into `folder` as C++ sources, and return what was written.

    Args:
        path: a ``.tflite`` file.
        folder: where to write; it is made where it is missing.
        layout: how the files are arranged.
        name: namespace and name in C++; by default made of the file's name.
        margin_bytes: added to the predicted sizes; by default 1,024, in a manifest 8,192.
        manifest: an ESPHome microWakeWord manifest; a copy with this model's arena size goes into `folder`, enough on
            every chip whose ESP-NN kernels are known unless a target or board is named.
        target: what to predict for, as in `inspect_model`.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        estimate: go on where an operator's kernel is not known.
        untrained: export a model that `whatif` made and nobody trained.
        memories: memories that the buffers may go to, as ``dtcm=128K``, or ``board`` for all that the board has; a
            planner that leads them there is written, too.
        arena: the memory for the arena itself; by default where that costs least.

    Raises:
        BudgetError: if the model finds no place in `memories`.
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if an operator's memory is not known, no resolver of TFLM can register it, or the model
            is untrained.
        TargetError: if a name is unknown.
        OutputError: if a file cannot be written.
        DataError: if the manifest is none.
    """
    file, where = Path(path), Path(folder)
    chosen, found = choose(target, board, kernels)
    content = read_file(file)
    model = read_bytes(content, str(file))
    margin = _MARGIN_BYTES if margin_bytes is None else margin_bytes
    changes = untrained_changes(model)
    if changes is not None and not untrained:
        raise UnsupportedModelError(
            f"{file}: its weights are of no use, `whatif` made it ({', '.join(changes)}) and nobody trained it:"
            " train it first, or export it with --untrained"
        )
    try:
        findings = demand(model, chosen, but=("operator",) if estimate else ())
        made = firmware(model, content, file.name, chosen, found, name=name, margin_bytes=margin, estimate=estimate)
        spread = None
        if memories:
            regions = chosen_memories(memories, None if found is None else found.regions)
            priced = footprint(model, chosen, estimate=estimate)
            spread = spread_over(model, priced, regions, margin_bytes=margin, arena=arena)
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
    return export_document(str(file), layout.value, made, rows, shown, findings=findings, memories=spread)


def explain_log(
    text: str,
    *,
    model: StrPath | None = None,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    effort: str | int = "fast",
    seconds: float | None = None,
) -> ExplanationDocument:
    """Return what the messages of TFLM in `text` mean, and what to do about them.

    Args:
        text: a line, or a whole log; what is not known in it is passed over.
        model: the ``.tflite`` file it is about; what it needs is predicted, and what a fit would give.
        target: what to predict for, as in `inspect_model`.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        effort: work allowed to the search for a smaller arena, as for `fit_model`.
        seconds: a cap on its time.

    What is wrong with the model does not lose the explanation: it stands in the document's `problem`.

    Raises:
        TargetError: if a name is unknown.
    """
    matches = read_log(text)
    if model is None:
        return explanation_document(matches, None)
    chosen = choose(target, board, kernels)
    settings = Settings(target=chosen[0], effort=effort, seconds=seconds)
    return explanation_document(matches, *priced_or_problem(Path(model), chosen, settings, matches))
