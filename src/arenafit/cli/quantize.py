"""`arenafit quantize`: from a float model to one that TFLM runs in int8, and what that costs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.table import Table

from arenafit.api.quantize import Quantize, quantize_model
from arenafit.cli._console import console, error_console
from arenafit.cli._options import BoardOption, JsonOption, KernelsOption, ModelArgument, OutputModelOption, TargetOption
from arenafit.cli._shares import share
from arenafit.outputs import is_stdout
from arenafit.quantize import QuantizeRecipe
from arenafit.report.documents.document import plain
from arenafit.report.documents.quantize import QuantizeDocument
from arenafit.report.render.json import render as render_json
from arenafit.units import format_size, parse_size

_MOST_SENSITIVE_SHOWN = 10


class Io(StrEnum):
    """Types at the boundary of the model."""

    FLOAT = "float"
    INT8 = "int8"


def run(
    model: ModelArgument,
    *,
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="FILE|FOLDER|module:function",
            help="Calibration samples: `.npz` (arrays named as the inputs), `.npy`, a folder of `.npy`, or a callable.",
            show_default=False,
        ),
    ],
    output: OutputModelOption,
    evaluation: Annotated[
        str | None,
        typer.Option(
            "--eval",
            metavar="FILE|FOLDER|module:function",
            help="Evaluation samples, with `labels` or target values if there are any.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        QuantizeRecipe, typer.Option(help="Mixed chooses int8 or int16 per operator.")
    ] = QuantizeRecipe.INT8,
    io: Annotated[Io, typer.Option(help="Inputs and outputs: float, or of the recipe's integer type.")] = Io.INT8,
    max_drop: Annotated[
        str | None,
        typer.Option(metavar="1%", help="The greatest loss allowed (see below); mixed: 1 %.", show_default=False),
    ] = None,
    ram: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="The greatest arena allowed, like `96K`.", show_default=False),
    ] = None,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    dense_per_channel: Annotated[
        bool,
        typer.Option(
            "--dense-per-channel", help="A scale per output of dense layers: more exact, 8 bytes of arena for each."
        ),
    ] = False,
    only: Annotated[bool, typer.Option("--only", help="Do not try the other recipes for comparison.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Quantise a float model for TFLM and show memory and accuracy side by side.

    Loss is measured in the real TFLM, float against quantised: with class labels the accuracy lost, with target values
    the relative rise of the mean squared error, without labels the disagreement of a classifier's argmax, else the
    noise's share of the output's energy. Operators that TFLM has no integer kernel for stay float, and are listed.
    """
    options = Quantize(
        evaluation=evaluation,
        recipe=recipe.value,
        float_io=io is Io.FLOAT,
        dense_per_channel=dense_per_channel,
        max_drop=None if max_drop is None else share(max_drop),
        ram_bytes=None if ram is None else parse_size(ram),
        compare=not only,
        target=target,
        board=board,
        kernels=kernels,
    )
    errors = error_console()
    # On a terminal only: elsewhere it would leave empty lines.
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task("starting")
        document = quantize_model(model, data, output, options, report=lambda *step: _show_step(progress, bar, *step))
    if as_json:
        typer.echo(render_json(document), err=is_stdout(output))
    else:
        _show(document, output)


def _show_step(progress: Progress, bar: TaskID, doing: str, done: int, total: int | None) -> None:
    progress.update(bar, description=doing, completed=done, total=total)


def _show(result: QuantizeDocument, output: Path) -> None:
    out = console(output)
    document = plain(result)
    for finding in result.findings:
        out.print(finding, style="bold red", markup=False)
    out.print(_table(document))
    for row in document["recipes"]:
        for line in _loss_lines(row) if row["recipe"] == document["recipe"] else ():
            out.print(line, markup=False)
    if document["sensitivity"]:
        out.print(_sensitivity_table(document))
    for kept in document["kept_float"]:
        out.print(f"stays float: '{kept['tensor']}': {kept['reason']}", markup=False)
    for side in document["boundary"]:
        out.print(f"{side['side']}: {side['advice']}", markup=False)
    for warning in document["warnings"][len(result.findings) :]:
        out.print(f"note: {warning}", markup=False)
    runtime = document["runtime"]
    out.print(
        "arenas are the smallest that work, predicted; "
        f"measured on {runtime['name']} {runtime['version']}, {runtime['kernels']} kernels; "
        f"instructions estimated for {document['core']['name']}"
        + (" (>: some operators are without a figure)" if _is_incomplete(document) else ""),
        markup=False,
    )
    out.print(f"wrote {output}: {format_size(result.model_bytes)} bytes", markup=False)


def _is_incomplete(document: dict[str, Any]) -> bool:
    rows = [document["float"], *(row for row in document["recipes"] if not row["refused"])]
    return not all(row["instructions_complete"] for row in rows)


def _table(document: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("recipe")
    target = document["target"]
    for column in (
        *([f"arena on {target}"] if target else []),
        "head, measured",
        "tail, measured",
        "flash",
        "instructions, est.",
        "quality",
    ):
        table.add_column(column, justify="right" if column != "quality" else "left")
    rows = [{**document["float"], "recipe": "float", "refused": None}, *document["recipes"]]
    for row in rows:
        if row["refused"]:
            table.add_row(row["recipe"], *[""] * (len(table.columns) - 2), escape(row["refused"]))
            continue
        sizes = [*([row["arena_bytes"]] if target else []), row["head_bytes"], row["tail_bytes"]]
        cells = ["" if size is None else format_size(size) for size in (*sizes, row["model_bytes"])]
        quality = _quality(row["outputs"]) if "outputs" in row else _float_quality(document)
        work = f"{'' if row['instructions_complete'] else '> '}{row['instructions']:,}"
        table.add_row(row["recipe"], *cells, work, quality)
    return table


def _quality(outputs: list[dict[str, Any]]) -> str:
    return "; ".join(_one_quality(item) for item in outputs)


def _one_quality(item: dict[str, Any]) -> str:
    if item["classes"]:
        return f"accuracy {item['classes']['accuracy']:.2%}"
    if item["values"]:
        return f"MSE {item['values']['mse']:.4g}"
    ratio = "exact" if item["sqnr_db"] is None else f"SQNR {item['sqnr_db']:.1f} dB"
    agreement = "" if item["argmax_agreement"] is None else f", argmax {item['argmax_agreement']:.1%}"
    return f"{ratio}{agreement}, cosine {item['cosine']:.5f}"


def _float_quality(document: dict[str, Any]) -> str:
    done: list[dict[str, Any]] = next((row["outputs"] for row in document["recipes"] if not row["refused"]), [])
    parts = []
    for item in done:
        if item["classes"]:
            parts.append(f"accuracy {item['classes']['accuracy_float']:.2%}")
        elif item["values"]:
            parts.append(f"MSE {item['values']['mse_float']:.4g}")
    return "; ".join(parts)


def _loss_lines(row: dict[str, Any]) -> list[str]:
    lines = []
    for item in row["outputs"]:
        if item["classes"]:
            lines.append(_accuracy_line(item["output"], item["classes"]))
            lines += _class_lines(item["classes"])
        elif item["values"]:
            interval = item["values"]["change_interval"]
            lines.append(
                f"'{item['output']}': mean squared error {item['values']['mse_float']:.4g} -> "
                f"{item['values']['mse']:.4g}; 95 % interval of the change {interval['low']:.3g} ... "
                f"{interval['high']:.3g} ({item['values']['samples']} samples)"
            )
    return lines


def _accuracy_line(output: str, found: dict[str, Any]) -> str:
    interval = found["change_interval"]
    change = found["accuracy"] - found["accuracy_float"]
    verdict = "no more than chance" if found["mcnemar_p"] > 1 - interval["confidence"] else "a real difference"
    return (
        f"'{output}': accuracy {found['accuracy_float']:.2%} -> {found['accuracy']:.2%} ({100 * change:+.2f} points, "
        f"95 % interval {100 * interval['low']:+.2f} ... {100 * interval['high']:+.2f}); "
        f"{found['only_float_right']} lost, {found['only_quantised_right']} won of {found['samples']}, "
        f"McNemar p = {found['mcnemar_p']:.3g}: {verdict}"
    )


def _class_lines(found: dict[str, Any]) -> list[str]:
    changed = [entry for entry in found["per_class"] if entry["right_float"] != entry["right_quantised"]]
    return [
        f"  class {entry['label']}: {entry['right_float']} -> {entry['right_quantised']} of {entry['samples']} right"
        for entry in changed
    ]


def _sensitivity_table(document: dict[str, Any]) -> Table:
    precisions = {item["operator"]: item["precision"] for item in document["operators"]}
    table = Table(box=None, pad_edge=False, header_style="bold", title="Most sensitive operators", title_justify="left")
    table.add_column("operator")
    table.add_column("tensor", overflow="ellipsis", no_wrap=True, max_width=48)
    for column in ("noise in int8", "output bytes saved", "arena saved alone", "chosen"):
        table.add_column(column, justify="right")
    for item in document["sensitivity"][:_MOST_SENSITIVE_SHOWN]:
        noise = "fails" if item["noise"] is None else f"{item['noise']:.2e}"
        chosen = precisions.get(item["operator"], "float")
        saved = (format_size(item["output_saved_bytes"]), format_size(item["saved_bytes"]))
        table.add_row(item["name"], escape(item["tensor"]), noise, *saved, chosen)
    return table
