"""The functions behind the verbs that take channels out of trained models: `prune` and `history`.

Each takes paths and names as the command line does, and returns data; nothing is printed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.accuracy.binding import load_calibration, load_evaluation
from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.execution import Execution, execute
from arenafit.accuracy.samples import Samples, output_ports
from arenafit.accuracy.scores import OutputScore, score
from arenafit.api.arguments import choice, takes_models
from arenafit.errors import ConfigError, UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.ir import Model
from arenafit.learn.engine import EngineName
from arenafit.outputs import check_beside, check_outputs, save_bytes
from arenafit.prune.history import Entry, History, add_entry, load_history, open_history
from arenafit.prune.path import Objective
from arenafit.prune.request import Pruned, Request
from arenafit.prune.run import prune
from arenafit.prune.synthetic import SYNTHETIC, synthetic_samples
from arenafit.report.documents.answers.answer import Answer, Budget, options_of, place_of
from arenafit.report.documents.answers.changes import Changed, changed_answer
from arenafit.report.documents.prune import (
    HistoryDocument,
    Judged,
    Names,
    PruneDocument,
    history_document,
    prune_document,
)
from arenafit.runtime import Refusal, TflmPool
from arenafit.targets.boards import Board, board_file
from arenafit.targets.choice import choose
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file, with_associated_files, write_bytes
from arenafit.tflm import footprint
from arenafit.units import format_size
from arenafit.validity import demand
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class Prune:
    """What `prune_model` shall do.

    Attributes:
        evaluation: samples to judge by, with labels or target values if there are any; by default the calibration's.
        max_drop: the greatest loss allowed on held-back calibration samples (fraction); None: 1 %, or any with
            `ram_bytes`.
        ram_bytes: the arena to come down to.
        objective: ``stock``, ``fitted``, ``flash`` or ``instructions``: what shall get smaller.
        target: what to price for; by default ``cortex-m4``; the wheel measures and judges.
        board: a board instead of a target; its RAM is the goal unless `ram_bytes` is given.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        force: go on where the forecast says that it will not work.
        history: a folder that keeps each result; a model of it may be pruned further, and is judged by the original.
        seed: of the choice of rows, and of distillation.
        distil: batches of self-distillation after the refit; 0: none.
        as_int8: judge losses, and price the fitted arena, as of the model quantised to int8 afterwards (extra
            ``quantize``); the result is float all the same.
        engine: ``numpy`` or ``tensorflow`` (extra ``train``): what computes them.
    """

    evaluation: str | None = None
    max_drop: float | None = None
    ram_bytes: int | None = None
    objective: str = Objective.STOCK.value
    target: str | None = None
    board: str | None = None
    tflm: str | None = None
    force: bool = False
    history: StrPath | None = None
    seed: int = 0
    distil: int = 0
    engine: str = EngineName.NUMPY.value
    as_int8: bool = False


@takes_models
@explained
def prune_model(
    path: StrPath,
    data: str,
    output: StrPath,
    options: Prune | None = None,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> PruneDocument:
    """Take channels out of the model at `path`, fit what reads them again, judge it in TFLM, write it to `output`.

    Args:
        path: a ``.tflite`` file, float or integer; it is never written to.
        data: calibration samples, labels not needed (see `quantize`); ``synthetic`` makes some up.
        output: the file to write.
        options: goal, objective, target, evaluation.
        report: called with what is being done.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if an operator is not known as a function of real numbers, or the forecast says that
            pruning will not work.
        BudgetError: if the goal cannot be met.
        DataError: if the samples do not fit the model.
        ConfigError: if the history is another model's, the objective or engine is none, or the seed is negative.
        RuntimeUnavailableError: if the engine is not installed.
        OutputError: if a file cannot be written.
    """
    wanted = options or Prune()
    file, written = Path(path), Path(output)
    content = read_file(file)
    made_up = data.partition(":")[0] == SYNTHETIC
    check_outputs([written], [file, None if made_up else data, wanted.evaluation, board_file(wanted.board)])
    kept_in = None if wanted.history is None else Path(wanted.history)
    if kept_in is not None:
        check_beside(written, kept_in)
    try:
        model = read_bytes(content, str(file))
        target, board = choose(wanted.target, wanted.board, None)
        request = _request(wanted, dated(target, release_for(wanted.tflm, board, model)), board)
        demand(model, request.target)
        calibration = synthetic_samples(model, data, wanted.seed) if made_up else load_calibration(data, model)
        judged_by = calibration if wanted.evaluation is None else load_evaluation(wanted.evaluation, model)
        history, parent = (None, 0) if kept_in is None else open_history(kept_in, content)
        original = model if history is None else read_bytes(read_file(history.original), str(history.original))
        with TflmPool(1) as runtime:
            made = prune(model, calibration, request, report, runtime=runtime if wanted.as_int8 else None)
            report("judging in TFLM")
            judged = _judged(original, made.model, judged_by, runtime)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    result = with_associated_files(write_bytes(made.model), content)
    save_bytes(result, written, never=file)
    if history is not None:
        _keep(history, parent, result, made, wanted)
    names = Names(
        str(file),
        str(written),
        str(file if history is None else history.original),
        None if history is None else str(history.folder),
        request.target.name,
        request.objective.value,
        calibration.source,
        made_up,
    )
    document = prune_document(names, made, judged)
    # Of the files: on its way pruning looks at a model whose constant shapes are written down.
    document = replace(
        document,
        before=replace(document.before, arena_bytes=_arena(model, request), flash_bytes=len(content)),
        after=replace(document.after, arena_bytes=_arena(made.model, request), flash_bytes=len(result)),
    )
    named = options_of(request.target, board, wanted.tflm)
    return replace(document, answer=_answer(document, made.model, board, request, named))


def prune_history(folder: StrPath) -> HistoryDocument:
    """Return the iterations in a folder that `prune_model` kept.

    Raises:
        ConfigError: if the folder holds none.
    """
    return history_document(load_history(Path(folder)))


def _answer(
    document: PruneDocument, model: Model, board: Board | None, request: Request, options: tuple[str, ...]
) -> Answer:
    loss = f"loss {100 * document.drop:.2f} % on calibration samples held back, which it was chosen by"
    made = Changed(
        model,
        document.output,
        place_of(request.target.name, request.target.tflm),
        document.before.arena_bytes,
        document.after.arena_bytes,
        document.after.flash_bytes,
        loss,
        document.fitted_bytes,
        request.as_int8,
    )
    ram = request.ram_bytes if board is None else None
    budget = Budget(board, ram, "" if ram is None else f"an arena of {format_size(ram)} bytes")
    return changed_answer(made, budget, options)


def _arena(model: Model, request: Request) -> int:
    return footprint(model, request.target).min_arena_bytes


def _request(wanted: Prune, target: Target, board: Board | None) -> Request:
    if wanted.seed < 0:
        raise ConfigError(f"{wanted.seed} is no seed: write a number that is not negative")
    ram = wanted.ram_bytes if wanted.ram_bytes is not None or board is None else board.on_chip_bytes
    return Request(
        max_drop=wanted.max_drop,
        ram_bytes=ram,
        objective=choice(Objective, wanted.objective, "objective"),
        target=target,
        force=wanted.force,
        seed=wanted.seed,
        distil_steps=wanted.distil,
        engine=choice(EngineName, wanted.engine, "engine"),
        as_int8=wanted.as_int8,
    )


def _judged(original: Model, model: Model, samples: Samples, runtime: TflmPool) -> Judged:
    before, after = execute(runtime, original, samples), execute(runtime, model, samples)
    for found, which in ((before, "original"), (after, "pruned model")):
        if isinstance(found, Refusal):
            raise UnsupportedModelError(f"TFLM does not run the {which} ({found.stage.value}): {found.reason}")
    assert isinstance(before, Execution)  # noqa: S101 - refusals were raised
    assert isinstance(after, Execution)  # noqa: S101 - refusals were raised
    return Judged(
        samples.source,
        before.measurement.total_bytes,
        after.measurement.total_bytes,
        _scores(original, before, after, samples),
    )


def _scores(original: Model, before: Execution, after: Execution, samples: Samples) -> tuple[OutputScore, ...]:
    names = tuple(port.name for port in output_ports(original))
    classes = tuple(is_classifier(original, tensor) for tensor in original.main.outputs)
    return score(before.outputs, after.outputs, samples, names, classes)


def _keep(history: History, parent: int, content: bytes, made: Pruned, wanted: Prune) -> None:
    chosen = made.chosen
    entry = Entry(
        number=0,
        parent=parent,
        file="",
        sha256="",
        made_by="prune",
        arena_bytes=chosen.step.sizes.arena_bytes,
        flash_bytes=len(content),
        instructions=chosen.step.sizes.instructions,
        drop=chosen.drop,
        kept={name: list(counts) for name, counts in made.kept.items()},
        parameters={
            "max_drop": wanted.max_drop,
            "ram_bytes": wanted.ram_bytes,
            "objective": wanted.objective,
            "seed": wanted.seed,
            "distil": wanted.distil,
            "as_int8": wanted.as_int8,
        },
    )
    add_entry(history, content, entry)
