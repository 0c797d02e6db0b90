"""`arenafit.sweep_model` and its company: a search over many candidates, from one model or from training code."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.errors import ConfigError, OutputError, UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.outputs import save_bytes
from arenafit.report.documents.answers.answer import Place
from arenafit.report.documents.answers.sweep import sweep_answer
from arenafit.report.documents.sweep import SweepDocument, pick_of, sweep_document
from arenafit.report.render.sweep_csv import render as render_csv
from arenafit.report.render.sweep_page import render as page_of
from arenafit.sweep import sources, store
from arenafit.sweep.from_model import space_of_model
from arenafit.sweep.plan import DEFAULT_OBJECTIVES, Plan, StudyConfig
from arenafit.sweep.pricing import as_priced
from arenafit.sweep.run import Status, Swept, begin, carry_out, go_on, join
from arenafit.sweep.space import load_space
from arenafit.sweep.supervisor import WorkerGroup
from arenafit.tflite import read_bytes, read_file
from arenafit.validity import demand
from arenafit.validity.usual import release_for

StrPath: TypeAlias = str | PathLike[str]

JOURNAL = "sweep.journal"
Told = Callable[[Status, str], None]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep shall do.

    Attributes:
        train: ``module:function`` of training code, instead of a model.
        space: a ``.toml`` file or ``module:function``; by default what `whatif` proposes for the model.
        data: samples to learn from and to quantise by, labels if there are any.
        validation: samples that the search judges by; by default a fifth of `data`.
        evaluation: samples for the verdict on what was chosen.
        objectives: of ``fitted``, ``loss``, ``instructions``, ``flash``, ``stock``.
        target: what to price for, as in `inspect_model`.
        tflm: another TFLM than the usual one, as for `inspect_model`; over training code the target's own is usual.
        board: a board instead; its RAM is the limit unless `ram_bytes` is given.
        ram_bytes: the largest arena after `fit` that is worth a training.
        flash_bytes: the largest file that is.
        instructions: the most instructions of an Invoke that are.
        max_drop: the greatest loss (fraction) of a choice, on validation samples.
        effort: of `fit` for each price.
        steps: batches of 32 of a training in the search.
        trials: how many candidates are looked at; by default 100 without `cpu_seconds`.
        cpu_seconds: how much CPU time is spent, by all workers together.
        priced_only: train nothing.
        seed: of sampling, splitting and training.
        seeds: trainings of each chosen point.
        choices: how many points are trained again and delivered, at most.
        storage: a database's URL or a journal file; by default ``sweep.journal`` in the output folder.
        workers: processes; 0: this one runs the trials.
    """

    train: str | None = None
    space: str | None = None
    data: str | None = None
    validation: str | None = None
    evaluation: str | None = None
    objectives: tuple[str, ...] = DEFAULT_OBJECTIVES
    target: str | None = None
    board: str | None = None
    tflm: str | None = None
    ram_bytes: int | None = None
    flash_bytes: int | None = None
    instructions: int | None = None
    max_drop: float | None = None
    effort: str | int = 1000
    steps: int = 600
    trials: int | None = None
    cpu_seconds: float | None = None
    priced_only: bool = False
    seed: int = 0
    seeds: int = 2
    choices: int = 6
    storage: str | None = None
    workers: int = 1


_DEFAULT_TRIALS = 100


@explained
def sweep_model(
    path: StrPath | None, folder: StrPath, options: Sweep, *, report: Told = lambda *_: None
) -> SweepDocument:
    """Search over candidates of the model at `path` (or of training code), and write the chosen ones into `folder`.

    `folder` gets the fitted models (``trial-N.tflite``) and the same before `fit` (``trial-N.stock.tflite``),
    a report of each (``trial-N.html``), ``firmware/`` with the picked one, ``report.html`` with the front,
    ``sweep.json``, ``sweep.csv``, and the journal unless another storage is named.

    Args:
        path: a float ``.tflite`` file, None with `options.train`; it is never written to.
        folder: where to write; it is made where it is missing, and may not hold a sweep yet.
        options: space, samples, limits, budget.
        report: called with what is known so far and what is being done.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if the model is quantised already, or cannot be trained.
        ConfigError: if an option is out of range, the space is unusable, or the storage holds a sweep already.
        DataError: if the samples do not fit the model.
        RuntimeUnavailableError: if Optuna (extra ``sweep``) is missing.
        OutputError: if a file cannot be written.
    """
    _demand_apart(None if path is None else Path(path), Path(folder))
    config = _config(None if path is None else Path(path), options)
    where = made_folder(folder)
    storage = options.storage or str(where / JOURNAL)
    trial_store = begin(storage, config)
    swept = carry_out(WorkerGroup(storage, options.workers), trial_store, config, report)
    return written(swept, storage, where)


def resume_sweep(
    storage: str,
    folder: StrPath,
    *,
    workers: int = 1,
    data: str | None = None,
    trials: int | None = None,
    cpu_seconds: float | None = None,
    report: Told = lambda *_: None,
) -> SweepDocument:
    """Go on with the sweep in `storage`: what was killed is run again, a larger budget is spent.

    Args:
        storage: its journal file, or the database's URL.
        folder: where to write, as `sweep_model` does.
        workers: processes; 0: this one runs the trials.
        data: where its samples are on this machine, if elsewhere.
        trials: another budget.
        cpu_seconds: another budget.
        report: as for `sweep_model`.

    Raises:
        ConfigError: if the storage holds no sweep.
        DataError: if the samples are others than those it began with.
    """
    trial_store, config = go_on(storage, trials=trials, cpu_seconds=cpu_seconds)
    where = made_folder(folder)
    swept = carry_out(WorkerGroup(storage, workers, data), trial_store, config, report)
    return written(swept, storage, where)


def join_sweep(storage: str, *, workers: int = 1, data: str | None = None, report: Told = lambda *_: None) -> Status:
    """Help the sweep in `storage` with workers of this machine until its budget is spent; nothing is written here.

    Raises:
        ConfigError: if the storage holds no sweep.
        DataError: if the samples are others than those it began with.
    """
    return join(storage, workers, data, report)


def _demand_apart(file: Path | None, folder: Path) -> None:
    """Refuse a model that stands where a delivered one may be written: it is never written to."""
    named = file is not None and re.fullmatch(r"trial-\d+(\.stock)?\.tflite", file.name)
    if file is not None and named and file.resolve().parent == folder.resolve():
        raise OutputError(f"{file}: the sweep may write a file of this name: name another folder with --output")


def made_folder(folder: StrPath) -> Path:
    """Return the output folder, made where it is missing.

    Raises:
        OutputError: if it cannot be one.
    """
    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{where}: cannot be made: {error.strerror or error}") from None
    return where


def _config(file: Path | None, options: Sweep) -> StudyConfig:
    if (file is None) == (options.train is None):
        raise ConfigError("give a model, or training code with --train, not both and not neither")
    content = None if file is None else read_file(file)
    plan = _plan(file, options)
    space = None if options.space is None else load_space(options.space)
    if content is None:
        if space is None:
            raise ConfigError("--train needs --space: what may vary is the training code's to say")
        config = StudyConfig(plan, space, None)
        sources.source_of(config)  # that there is such code, before anything is begun
        return config
    model = read_bytes(content, str(file))
    try:
        sources.check_model(model)
        release = release_for(plan.tflm, plan.place()[1], as_priced(model, {}))
        plan = replace(plan, tflm=None if release is None else release.name)
        demand(model, plan.place()[0])
        config = StudyConfig(plan, space or space_of_model(model, plan.place()[0]), content)
        sources.source_of(config)  # that samples and space fit the model, before anything is begun
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    return config


def _plan(file: Path | None, options: Sweep) -> Plan:
    data = None if options.data is None else _absolute(options.data)
    trials = options.trials
    if trials is None and options.cpu_seconds is None:
        trials = _DEFAULT_TRIALS
    plan = Plan(
        train=options.train,
        model=None if file is None else str(file),
        data=data,
        validation=None if options.validation is None else _absolute(options.validation),
        evaluation=None if options.evaluation is None else _absolute(options.evaluation),
        data_digest="" if data is None or options.priced_only else sources.digest_of(data),
        objectives=options.objectives,
        target=options.target,
        board=options.board,
        tflm=options.tflm,
        ram_bytes=options.ram_bytes,
        flash_bytes=options.flash_bytes,
        instructions=options.instructions,
        max_drop=options.max_drop,
        effort=options.effort,
        steps=options.steps,
        trials=trials,
        cpu_seconds=options.cpu_seconds,
        priced_only=options.priced_only,
        seed=options.seed,
        seeds=options.seeds,
        choices=options.choices,
    )
    board = plan.place()[1]
    if plan.ram_bytes is None and board is not None:
        return replace(plan, ram_bytes=board.on_chip_bytes)
    return plan


def _absolute(source: str) -> str:
    """Return a path that workers elsewhere in the file system find, too; callables as they are."""
    path = Path(source)
    return str(path.resolve()) if path.exists() else source


def written(swept: Swept, storage: str, where: Path) -> SweepDocument:
    """Write the models and tables of a sweep into a folder, and return its document."""
    files: dict[int, tuple[str, str]] = {}
    made: list[str] = []
    for item in swept.finals:
        number = item.seeded.point.number
        fitted, stock = where / f"trial-{number}.tflite", where / f"trial-{number}.stock.tflite"
        save_bytes(item.fit.content, fitted)
        save_bytes(item.seeded.content, stock)
        files[number] = (str(fitted), str(stock))
        made += [str(fitted), str(stock)]
    pick = pick_of(swept.finals, swept.config.plan.max_drop)
    if pick is not None:
        _firmware(Path(files[pick][0]), where / "firmware", swept.config.plan)
        made.append(str(where / "firmware"))
    pages = _pages(files, where, swept.config.plan)
    made += [str(where / page) for page in (*pages.values(), "sweep.csv", "sweep.json", "report.html")]
    document = sweep_document(store.shown(storage), swept, files, tuple(made))
    plan = swept.config.plan
    target, board = plan.place()
    named = None if board is not None and plan.tflm == board.product else plan.tflm
    document = replace(document, answer=sweep_answer(document, board, Place.of(target, board, named), plan.model))
    save_bytes(page_of(document, pages).encode(), where / "report.html")
    save_bytes(render_csv(document).encode(), where / "sweep.csv")
    save_bytes(document.to_json().encode() + b"\n", where / "sweep.json")
    return document


def _pages(files: dict[int, tuple[str, str]], where: Path, plan: Plan) -> dict[int, str]:
    """Write the report of each model delivered, before and after `fit`, and return the pages' names by trial."""
    from arenafit.api.report import report_model  # noqa: PLC0415 - loads what only reports need
    from arenafit.report.render.html import render  # noqa: PLC0415 - as above

    made = {}
    for number, (fitted, stock) in files.items():
        document = report_model(stock, fitted=fitted, effort=0, target=plan.target, board=plan.board, tflm=plan.tflm)
        made[number] = f"trial-{number}.html"
        save_bytes(render(document).encode(), where / made[number])
    return made


def _firmware(model: Path, folder: Path, plan: Plan) -> None:
    from arenafit.api.export import export_model  # noqa: PLC0415 - templates, for those who get this far

    export_model(model, folder, name="model", target=plan.target, board=plan.board, tflm=plan.tflm)
