"""`arenafit measure`: what the real TFLM says."""

from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.diagnose import measured_findings, refusal_reason
from arenafit.api.measure import DEFAULT_TIMEOUT_SECONDS, compare_model, fed_contract, measure_model, replay_rows
from arenafit.api.parts import replay_parts
from arenafit.cli._console import console, say
from arenafit.cli._options import DataOption, JsonOption, ModelArgument, TargetOption, TflmOption
from arenafit.errors import ComparisonError, ConfigError, NotVerifiedError, UnsupportedModelError, VerificationError
from arenafit.export.parts import is_parts
from arenafit.report.documents.measurement import measurement_document
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.measurement import render
from arenafit.runtime import Refusal, RuntimeId
from arenafit.targets.releases import find_release, untested_wheel
from arenafit.tflm.comparison import Comparison


def run(
    model: ModelArgument,
    *,
    min_arena: Annotated[bool, typer.Option("--min-arena", help="Look for the smallest arena that works.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Put the prediction beside it, row by row; exit code 11 if any differs.")
    ] = False,
    runner: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="Measure with this command instead of the tflite-micro wheel; `{model}` in it becomes the path."
            " `wasm32` is TFLM compiled to wasm32 (extra `wasm`).",
        ),
    ] = None,
    tflm: TflmOption = None,
    data: DataOption = None,
    original: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL",
            help="Of a model that is fed by rows: compare frames in a row with the model it was made of.",
            show_default=False,
        ),
    ] = None,
    target: TargetOption = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Time for the whole measurement, 60 by default.", min=0.1),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the model in the real TFLM, in a child process, and report what its recording allocator says.

    With `--tflm` in an older release: the newest wheel that is not younger, downloaded on first use and kept.

    Of a folder that `fit --parts` wrote, the hand-over from part to part is replayed and compared with the model.

    `--target` says what a `--runner` was built for, where it does not say so itself.
    """
    if is_parts(model):
        others = (runner, tflm, data, original, target, timeout)
        if min_arena or compare or any(option is not None for option in others):
            raise ConfigError(f"{model}: parts are replayed in the installed TFLM, without other options than --json")
        _replay(model, as_json=as_json)
        return
    if original is not None:
        _replay_rows(model, original, as_json=as_json)
    result = measure_model(model, min_arena=min_arena, runner=runner, timeout_seconds=timeout, tflm=tflm, data=data)
    if isinstance(result, Refusal):
        who = f"{_name(result.runtime, tflm)} refuses it ({result.stage.value})"
        why = refusal_reason(model, result) if runner is None and tflm is None else ""
        raise UnsupportedModelError(f"{model}: {who}: {result.reason}{why}")
    ours = runner is None and tflm is None  # the newest wheel: what the diagnosis knows is its kernels
    findings = measured_findings(model, timeout_seconds=timeout or DEFAULT_TIMEOUT_SECONDS) if ours else ()
    comparison = compare_model(model, result, target=target) if compare else None
    release = None if tflm is None else find_release(tflm)
    contract = fed_contract(model)
    document = measurement_document(str(model), result, comparison, release, findings, contract=contract)
    if as_json:
        typer.echo(render_json(document))
    else:
        render(document, console())
    if comparison is not None and not comparison.equal:
        newer = untested_wheel(result.runtime.version) if runner is None else None
        if newer is not None:
            say(f"arenafit: warning: {newer}: {_difference(comparison)}", err=True)
            return
        raise ComparisonError(_difference(comparison))


def _replay_rows(model: Path, original: Path, *, as_json: bool) -> None:
    found = replay_rows(model, original)
    if found.difference is not None:
        raise VerificationError(f"{model}: fed by rows it does not compute what {original} does: {found.difference}")
    if not found.verified:
        raise NotVerifiedError(f"{model}: {found.proof}: {found.runtime}")
    say(f"{model}: {found.inputs} frames by rows on {found.runtime}: outputs equal to {original}", err=as_json)


def _replay(folder: Path, *, as_json: bool) -> None:
    found = replay_parts(folder)
    if as_json:
        typer.echo(render_json(found))
    elif found.difference is None:
        same = found.inputs - found.declared
        say(f"{folder}: {found.parts} parts on {found.runtime}: outputs equal to {found.model} on {same} inputs")
    if found.difference is not None:
        raise VerificationError(f"{folder}: the parts do not compute what {found.model} does: {found.difference}")


def _name(runtime: RuntimeId, tflm: str | None) -> str:
    return runtime.name if tflm is None else f"{runtime.name} {runtime.version} (--tflm {tflm})"


def _difference(comparison: Comparison) -> str:
    first = comparison.differing[0]
    more = len(comparison.differing) - 1
    return (
        f"prediction and measurement differ: {first.what} was predicted {first.predicted:,}, measured"
        f" {first.measured:,}{f', and {more} rows more' if more else ''}; please report it with the model"
    )
