"""The answer of `fit --parts`."""

from collections.abc import Iterable, Sequence

from arenafit.fit import Settings
from arenafit.ir import Model
from arenafit.report.documents.answers.answer import (
    Answer,
    Budget,
    arena_result,
    export_step,
    needed_tflm,
    place_of,
    quantize_step,
    tflm_clause,
)
from arenafit.report.documents.parts import PartsDocument
from arenafit.units import format_size


def parts_answer(
    document: PartsDocument, parts: Iterable[Model], settings: Settings, options: Sequence[str], *, floats: bool
) -> Answer:
    """Return what `fit --parts` answers; `floats`: quantising would make the model smaller.

    `options` name the board or target to go on with.
    """
    before, after = document.before_predicted_bytes, document.arena_bytes
    limit = settings.ram_bytes
    name = "" if limit is None else settings.board or f"an arena of {format_size(limit)} bytes"
    budget = Budget(None, limit, name)
    # What is left of a flash is not told: images may lie in it or in a slower RAM.
    verdict, fitting, spare = budget.verdict(after, 0)
    flash = f"{format_size(document.flash_bytes_after)} bytes of flash"
    images = f"{format_size(document.images_bytes)} of flash or slow RAM for images of the tails"
    more = f"{100 * (document.instructions_ratio - 1):+.1f} % instructions (estimated)"
    target = settings.target
    export = export_step(document.folder, options, "writes the C++, the runner of the parts among it")
    result = arena_result(before, after, place_of(target.name, target.tflm))
    return Answer(
        result=f"{result}; one arena for {len(document.parts)} parts",
        verdict=verdict,
        needs=f"{tflm_clause(needed_tflm(parts))}; {flash}, {images}; {more}; outputs {document.claim}",
        next=(quantize_step(document.model, options),) if fitting is False and floats else (export,),
        fits=fitting,
        spare_bytes=spare,
        contract=f"part 1, {document.contract}" if document.contract else "",
    )
