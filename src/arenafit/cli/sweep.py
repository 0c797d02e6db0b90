"""`arenafit sweep`: memory, accuracy and time traded over many candidates."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from arenafit.api.sweep import Sweep, join_sweep, resume_sweep, sweep_model
from arenafit.api.together import share_arena
from arenafit.cli._console import console, error_console
from arenafit.cli._options import BoardOption, JsonOption, TargetOption, TflmOption
from arenafit.cli._shares import share
from arenafit.errors import BudgetError, ConfigError
from arenafit.outputs import check_outputs, is_stdout, save_bytes
from arenafit.report.documents.sweep import SweepDocument
from arenafit.report.documents.together import TogetherDocument
from arenafit.report.render.json import render as render_json
from arenafit.report.render.sweep_csv import render as render_csv
from arenafit.report.render.terminal.sweep import progress_table, render
from arenafit.report.render.terminal.together import render as render_together
from arenafit.sweep.run import Status
from arenafit.units import parse_seconds, parse_size


def run(
    models: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="MODEL",
            help="A float `.tflite`; none with `--train`, more with `--together`.",
            show_default=False,
        ),
    ] = None,
    *,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="FILE|FOLDER|module:function",
            help="Samples to learn from and to quantise by, with labels if there are any.",
            show_default=False,
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|FOLDER|module:function",
            help="Samples that the search judges by; by default a fifth of `--data`.",
            show_default=False,
        ),
    ] = None,
    evaluation: Annotated[
        str | None,
        typer.Option(
            "--eval",
            metavar="FILE|FOLDER|module:function",
            help="Samples for the verdict, used once, on what was chosen.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="The folder to write into.", show_default=False),
    ] = None,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="module:function", help="Training code instead of a model; see the docs.", show_default=False
        ),
    ] = None,
    space: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.toml|module:function",
            help="What may vary; by default what `whatif` proposes for the model.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", help="Worker processes on this machine.", min=1)] = 1,
    trials: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="How many candidates are looked at; 100 without `--cpu-time`.", show_default=False, min=1
        ),
    ] = None,
    cpu_time: Annotated[
        str | None,
        typer.Option(
            metavar="15m", help="CPU time to spend, of all workers together: `90s`, `15m`, `2h`.", show_default=False
        ),
    ] = None,
    objectives: Annotated[
        str, typer.Option(metavar="LIST", help="Of `fitted`, `loss`, `instructions`, `flash`, `stock`.")
    ] = "fitted,loss,instructions",
    ram: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="The largest fitted arena that is worth a training.", show_default=False),
    ] = None,
    flash: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The largest file that is.", show_default=False)
    ] = None,
    instructions: Annotated[
        int | None, typer.Option(metavar="N", help="The most instructions of an Invoke that are.", show_default=False)
    ] = None,
    max_drop: Annotated[
        str | None,
        typer.Option(metavar="1%", help="The greatest loss of what is picked; 1 % if not given.", show_default=False),
    ] = None,
    priced_only: Annotated[bool, typer.Option("--priced-only", help="Price candidates and train none.")] = False,
    steps: Annotated[int, typer.Option(metavar="N", help="Batches of 32 of a training in the search.", min=1)] = 600,
    effort: Annotated[
        str, typer.Option(metavar="fast|default|thorough|N", help="Of `fit` for each price, as `fit` takes it.")
    ] = "1000",
    seeds: Annotated[int, typer.Option(metavar="N", help="Trainings of each chosen point.", min=1)] = 2,
    choices: Annotated[int, typer.Option(metavar="N", help="Points trained again and delivered, at most.", min=1)] = 6,
    seed: Annotated[int, typer.Option(help="Seed of sampling, splitting and training.")] = 0,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL|FILE",
            help="Where the trials stand: a database such as `postgresql://…`, or a journal file; by default"
            " `sweep.journal` in the output folder.",
            show_default=False,
        ),
    ] = None,
    join: Annotated[
        str | None,
        typer.Option(metavar="STORAGE", help="Help a sweep that was begun elsewhere.", show_default=False),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="STORAGE", help="Go on with a sweep that ended or was killed, and deliver.", show_default=False
        ),
    ] = None,
    together: Annotated[
        bool,
        typer.Option(
            "--together",
            help="Choose models that run in turn in one arena: each a `.tflite`, or the folder of a sweep.",
        ),
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write the completed trials as CSV here, too; `-`: standard output."
        ),
    ] = None,
    target: TargetOption = None,
    board: BoardOption = None,
    tflm: TflmOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search over structure, channels, resolution and precision of one model, or over what training code makes.

    Each candidate is priced exactly before it is trained, and given up where its price alone rules it out. What is
    chosen is trained again with several seeds, quantised, fitted, measured in the real TFLM, and judged once on the
    evaluation samples. Workers share the storage and nothing else: `--join` helps from any machine.
    """
    cpu_seconds = None if cpu_time is None else parse_seconds(cpu_time)
    of_a_search = (data, validation, evaluation, train, space, trials, cpu_time, flash, instructions, storage, join)
    check_outputs([csv], [*(models or ()), data, validation, evaluation])
    if together:
        if resume is not None or priced_only or any(option is not None for option in (*of_a_search, csv)):
            raise ConfigError(
                "--together chooses among models that there are: of the rest it takes --ram and --max-drop"
            )
        most = None if max_drop is None else share(max_drop)
        ram_bytes = None if ram is None else parse_size(ram)
        found = share_arena(
            models or (), _folder(output), target=target, board=board, tflm=tflm, ram_bytes=ram_bytes, max_drop=most
        )
        _show_together(found, as_json=as_json)
        return
    if len(models or ()) > 1:
        raise ConfigError("a sweep is over one model; --together chooses among several for one arena")
    model = models[0] if models else None
    shown = error_console()
    with _Told(shown) as told:
        if join is not None:
            _demand_none(
                (model, output, resume, csv),
                "--join helps a sweep that was begun elsewhere: it takes no model and writes nothing",
            )
            status = join_sweep(join, workers=workers, data=data, report=told)
            told.done()
            typer.echo(f"{status.counts.completed} trials completed, {status.counts.given_up} given up by price")
            return
        folder = _folder(output)
        if resume is not None:
            _demand_none(
                (model, train, space, storage),
                "--resume goes on with what its storage holds: it takes no model, --train or --space",
            )
            document = resume_sweep(
                resume, folder, workers=workers, data=data, trials=trials, cpu_seconds=cpu_seconds, report=told
            )
        else:
            options = Sweep(
                train=train,
                space=space,
                data=data,
                validation=validation,
                evaluation=evaluation,
                objectives=tuple(name.strip() for name in objectives.split(",") if name.strip()),
                target=target,
                board=board,
                tflm=tflm,
                ram_bytes=None if ram is None else parse_size(ram),
                flash_bytes=None if flash is None else parse_size(flash),
                instructions=instructions,
                max_drop=None if max_drop is None else share(max_drop),
                effort=effort,
                steps=steps,
                trials=trials,
                cpu_seconds=cpu_seconds,
                priced_only=priced_only,
                seed=seed,
                seeds=seeds,
                choices=choices,
                storage=storage,
                workers=workers,
            )
            document = sweep_model(model, folder, options, report=told)
    if csv is not None:
        save_bytes(render_csv(document).encode(), csv)
    _show(document, as_json=as_json, silent=is_stdout(csv))


def _demand_none(given: tuple[object, ...], why: str) -> None:
    if any(option is not None for option in given):
        raise ConfigError(why)


def _folder(output: Path | None) -> Path:
    if output is None:
        raise ConfigError("name a folder to write into with --output")
    return output


def _show_together(document: TogetherDocument, *, as_json: bool) -> None:
    if as_json:
        typer.echo(render_json(document))
    else:
        render_together(document, console())


def _show(document: SweepDocument, *, as_json: bool, silent: bool) -> None:
    if as_json and not silent:
        typer.echo(render_json(document))
    elif not silent:
        render(document, console())
    if not document.points and document.ram_bytes is not None:
        raise BudgetError(f"{document.model}: no candidate fits into {document.ram_bytes:,} bytes")


class _Told:
    """Shows progress on a terminal; elsewhere a line now and then, when something was completed."""

    def __init__(self, shown: Console) -> None:
        self._console = shown
        self._live = Live(console=shown, transient=True, refresh_per_second=4) if shown.is_terminal else None
        self._last = -1

    def __enter__(self) -> "_Told":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done()

    def done(self) -> None:
        """Stop showing."""
        if self._live is not None:
            self._live.stop()

    def __call__(self, status: Status, doing: str) -> None:
        """Show what is known."""
        if self._live is not None:
            self._live.update(progress_table(status, doing))
            return
        if status.counts.completed >= self._last + 10:
            self._last = status.counts.completed
            self._console.print(progress_table(status, doing))
