"""The function behind the verb `quantize`: from a float model to one of integers; the package re-exports it.

It takes paths and names as the command line does, and returns data; nothing is printed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.errors import ConfigError, UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.outputs import check_outputs, save_bytes
from arenafit.quantize import (
    Quantised,
    QuantizeRecipe,
    Request,
    Style,
    load_calibration,
    load_evaluation,
    prepare,
    quantize,
)
from arenafit.report.documents.answers.answer import (
    SAMPLES,
    Answer,
    Budget,
    NextStep,
    beside,
    command,
    operand,
    options_of,
    place_of,
)
from arenafit.report.documents.answers.changes import Changed, changed_answer
from arenafit.report.documents.quantize import QuantizeDocument, quantize_document
from arenafit.runtime import TflmPool
from arenafit.targets.boards import Board, board_file
from arenafit.targets.choice import choose
from arenafit.targets.releases import Release
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file, with_associated_files, write_bytes
from arenafit.units import format_size
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]

# A loss that makes a model of no use, where nobody said how much is allowed: other precisions come before firmware.
_MUCH = 0.1


@dataclass(frozen=True, slots=True)
class Quantize:
    """What `quantize_model` shall do.

    Attributes:
        evaluation: samples to judge by, with labels or target values if there are any; by default the calibration's.
        recipe: ``int8``, ``int16x8`` or ``mixed``, which chooses per operator.
        float_io: inputs and outputs stay float.
        dense_per_channel: a scale per output of dense layers.
        max_drop: the greatest loss allowed (0.01 = 1 %); None: 1 % for ``mixed``, any for the others.
        ram_bytes: the greatest arena allowed.
        compare: also try the other recipes, for the table.
        target: what to predict arenas for.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
    """

    evaluation: str | None = None
    recipe: str = QuantizeRecipe.INT8.value
    float_io: bool = False
    dense_per_channel: bool = False
    max_drop: float | None = None
    ram_bytes: int | None = None
    compare: bool = True
    target: str | None = None
    board: str | None = None
    kernels: str | None = None
    tflm: str | None = None


@takes_models
@explained
def quantize_model(
    path: StrPath,
    data: str,
    output: StrPath,
    options: Quantize | None = None,
    *,
    report: Callable[[str, int, int | None], None] = lambda *_: None,
) -> QuantizeDocument:
    """Quantise the float model at `path`, run it and the float one in the real TFLM, and write it to `output`.

    Args:
        path: a ``.tflite`` file; it is never written to.
        data: calibration samples: ``.npz`` (arrays named as the inputs), ``.npy``, a folder of ``.npy``, or
            ``module:function``.
        output: the file to write.
        options: recipe, limits, target.
        report: called with what is being done, how many steps are done, of how many (None: not known).

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if the model is no float model, or TFLM does not run it.
        BudgetError: if the limits cannot be kept.
        DataError: if the samples do not fit the model.
        ConfigError: if the recipe is none.
        TargetError: if a name is unknown.
        RuntimeUnavailableError: if the extra ``quantize`` is not installed.
        OutputError: if the output cannot be written.
    """
    wanted = options or Quantize()
    file, written = Path(path), Path(output)
    content = read_file(file)
    check_outputs([written], [file, data, wanted.evaluation, board_file(wanted.board)])
    target, board = choose(wanted.target, wanted.board, wanted.kernels)
    try:
        source = read_bytes(content, str(file))
        prepare(source)  # what is no float model is refused before its data are looked at
        calibration = load_calibration(data, source)
        judged_by = None if wanted.evaluation is None else load_evaluation(wanted.evaluation, source)
        release = release_for(wanted.tflm, board, source)
        with TflmPool(1) as runtime:

            def made(release: Release | None) -> Quantised:
                request = _request(wanted, dated(target, release))
                return quantize(source, calibration, judged_by, runtime, request, progress=report)

            result = made(release)
            if release_for(wanted.tflm, board, source, result.model) != release:
                result = made(None)  # the board's usual TFLM runs the float model alone: both figures are of the newest
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    save_bytes(with_associated_files(write_bytes(result.model), content), written, never=file)
    return replace(quantize_document(result), answer=_answer(result, (file, written), board, wanted))


def _answer(result: Quantised, files: tuple[Path, Path], board: Board | None, wanted: Quantize) -> Answer | None:
    file, written = files
    before, after, target = result.float_predicted_bytes, result.chosen.predicted_bytes, result.request.target
    if before is None or after is None or target is None:
        return None
    drop, samples = result.chosen.drop, result.evaluation or result.calibration
    worst = max(result.chosen.scores, key=lambda item: item.drop)
    loss = f"loss {100 * drop:.2f} % ({worst.kind}), measured in TFLM on {len(samples)} samples"
    place = place_of(target.name, target.tflm)
    made = Changed(result.model, str(written), place, before, after, result.chosen.execution.model_bytes, loss)
    named = "" if wanted.ram_bytes is None else f"an arena of {format_size(wanted.ram_bytes)} bytes"
    options = options_of(target, board, wanted.tflm)
    found = changed_answer(made, Budget(board, wanted.ram_bytes, named), options)
    if drop <= _MUCH or wanted.max_drop is not None or wanted.recipe != QuantizeRecipe.INT8.value:
        return found
    mixed = ("quantize", operand(str(file)), "--data", SAMPLES, *options, "--recipe", QuantizeRecipe.MIXED.value)
    out = beside(str(file), "mixed.tflite")
    return replace(found, next=(NextStep(command(*mixed, "-o", out), "loses less: int16 where int8 loses most"),))


def _request(wanted: Quantize, target: Target) -> Request:
    known = [recipe.value for recipe in QuantizeRecipe]
    if wanted.recipe not in known:
        raise ConfigError(f"'{wanted.recipe}' is no recipe: write {', '.join(known)}")
    return Request(
        recipe=QuantizeRecipe(wanted.recipe),
        style=Style(float_io=wanted.float_io, dense_per_channel=wanted.dense_per_channel),
        max_drop=wanted.max_drop,
        ram_bytes=wanted.ram_bytes,
        compare=wanted.compare,
        target=target,
    )
