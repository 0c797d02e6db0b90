"""The functions behind the verbs that change what a model computes: `whatif`; the package re-exports them.

Each takes paths and names as the command line does, and returns data; nothing is printed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.errors import ConfigError, UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.ir import Model
from arenafit.outputs import check_outputs, save_bytes
from arenafit.report.documents.answers.answer import Answer, Budget, needed_tflm, options_of, place_of, tflm_clause
from arenafit.report.documents.answers.changes import Change, Changed, whatif_answer
from arenafit.report.documents.whatif import WhatIfDocument, whatif_document
from arenafit.structure.keras_script import keras_script
from arenafit.structure.kinds import parse_setting
from arenafit.structure.pricing import PricedChanges, Pricer, Row, price_changes
from arenafit.structure.protocol import Needs
from arenafit.structure.untrained import marked_untrained
from arenafit.targets.boards import Board, board_file
from arenafit.targets.choice import choose
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file, write_bytes
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]
_KEEPS = Needs.WEIGHTS_KEPT.value


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What `whatif_model` shall look at.

    Attributes:
        target: what to price for; by default ``cortex-m4``.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        as_int8: price a float model as if it were quantised to int8; needs no data.
        settings: changes to make together, such as ``("pool#1.window=8", "input=0.5")``; by default each change
            worth a look is a row of its own.
        fit: also tell the arena after `fit`, for the model and the first `fitted_rows` rows.
        effort: of the search for each, as `fit` takes it.
        fitted_rows: how many rows that is.
    """

    target: str | None = None
    board: str | None = None
    kernels: str | None = None
    tflm: str | None = None
    as_int8: bool = False
    settings: tuple[str, ...] = ()
    fit: bool = False
    effort: str | int = "fast"
    fitted_rows: int = 10


@takes_models
@explained
def whatif_model(
    path: StrPath,
    options: WhatIf | None = None,
    *,
    apply: int | None = None,
    output: StrPath | None = None,
    keras: StrPath | None = None,
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> WhatIfDocument:
    """Return what structural changes of the model at `path` would take: exact, and before any training.

    Args:
        path: a ``.tflite`` file; it is never written to.
        options: what to look at.
        apply: the number of the row whose model is written; by default that of `settings`, which are one row.
        output: where to write that model: its weights are of no use, and its metadata say so.
        keras: where to write that model's architecture as a Keras script to train.
        report: called with what is being done, how many are done, of how many.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if the model cannot be priced, or a change asked for cannot be made.
        ConfigError: if a setting, or the number to apply, is none.
        TargetError: if a name is unknown.
        OutputError: if a file cannot be written.
    """
    wanted = options or WhatIf()
    file = Path(path)
    content = read_file(file)
    places = [None if place is None else Path(place) for place in (output, keras)]
    check_outputs(places, [file, board_file(wanted.board)])
    target, board = choose(wanted.target, wanted.board, wanted.kernels)
    try:
        model = read_bytes(content, str(file))
        if wanted.as_int8:
            from arenafit.structure.skeleton import int8_skeleton  # noqa: PLC0415 - an extra, and heavy

            model = int8_skeleton(model)
        target = dated(target, release_for(wanted.tflm, board, model))
        pricer = Pricer(target, wanted.effort if wanted.fit else None)
        changes = [parse_setting(model, text) for text in wanted.settings]
        fitted_rows = wanted.fitted_rows if wanted.fit else 0
        priced = price_changes(model, pricer, changes, fitted_rows=fitted_rows, report=report)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    form = "int8" if wanted.as_int8 else "as it is"
    document = whatif_document(str(file), form, target.name, pricer.core.value, priced)
    document = replace(
        document,
        core_stands_for=target.kernels.name if target.kernels.is_stand_in else None,
        answer=_answer(document, model, (target, board), (len(content), wanted)),
    )
    if output is None and keras is None:
        if apply is not None:
            raise ConfigError("--apply says which row to write: name a file for it with --output or --keras")
        return document
    number, row = _chosen(priced, apply)
    if output is not None:
        save_bytes(write_bytes(marked_untrained(row.model, row.settings)), Path(output), never=file)
    if keras is not None:
        save_bytes(keras_script(row.model, row.settings).encode(), Path(keras), never=file)
    written = tuple(str(place) for place in (output, keras) if place is not None)
    return replace(document, applied=number, written=written)


def _answer(
    document: WhatIfDocument, model: Model, where: tuple[Target, Board | None], asked: tuple[int, WhatIf]
) -> Answer:
    model_bytes, wanted = asked
    now = document.before.arena_bytes
    smaller = [row for row in document.rows if row.price.arena_bytes < now]
    best = min(smaller, key=lambda row: row.price.arena_bytes, default=None)
    found = None if best is None else Change(best.number, best.settings, best.price.arena_bytes, best.needs == _KEEPS)
    form = () if document.form == "as it is" else ("--as", document.form)
    needed = "; priced as ".join((tflm_clause(needed_tflm([model]), where[1]), *form[1:]))
    as_it_is = Changed(model, document.model, place_of(where[0].name, where[0].tflm), now, now, model_bytes, needed)
    return whatif_answer(as_it_is, found, Budget(where[1]), options_of(*where, wanted.tflm), (*form, *_asked(wanted)))


def _asked(wanted: WhatIf) -> tuple[str, ...]:
    """Return the options that the rows depend on: with others their numbers are other changes'."""
    words = [word for text in wanted.settings for word in ("--set", text)]
    if wanted.fit:
        plain = WhatIf()
        words.append("--fit")
        words += [] if wanted.effort == plain.effort else ["--effort", str(wanted.effort)]
        words += [] if wanted.fitted_rows == plain.fitted_rows else ["--rows", str(wanted.fitted_rows)]
    return tuple(words)


def _chosen(priced: PricedChanges, apply: int | None) -> tuple[int, Row]:
    if apply is None and len(priced.rows) == 1:
        apply = 1
    if apply is None:
        raise ConfigError("say which row to write: its number with --apply, or its changes with --set")
    if not 1 <= apply <= len(priced.rows):
        raise ConfigError(f"--apply {apply}: the rows are numbered 1 to {len(priced.rows)}")
    return apply, priced.rows[apply - 1]
