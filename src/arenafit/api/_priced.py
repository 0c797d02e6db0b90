"""What `explain` says of the model that a log is about: what it needs, what a fit would give, what the log adds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from arenafit.api._blocks import block_notes
from arenafit.diagnostics import Match
from arenafit.errors import ArenafitError, BudgetError, RuntimeUnavailableError, UnsupportedModelError, naming
from arenafit.fit import Settings
from arenafit.fit.diagnosis import explained
from arenafit.fit.search.candidates import Candidate, conflict
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import settings_for
from arenafit.ir import Model
from arenafit.memories import MemoryRequest
from arenafit.report.documents.explanation import FitRow, ModelRow, ProblemRow
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.inspection_build import inspect
from arenafit.report.documents.memories import asked_row
from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.runtime import Refusal
from arenafit.runtime.tflm import TflmRuntime
from arenafit.targets.boards import Board
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file, write_bytes
from arenafit.tflm import footprint
from arenafit.units import format_size
from arenafit.validity.usual import dated, release_for

# Messages that state how much the head, or one part of the tail, takes.
_OF_THE_HEAD = ("resize-buffer", "arena-too-small")
_OF_THE_TAIL = ("tail-memory",)


def priced_or_problem(
    file: Path,
    chosen: tuple[Target, Board | None],
    settings: Settings,
    matches: Sequence[Match],
    asked: tuple[str | None, MemoryRequest | None] = (None, None),
) -> tuple[ModelRow | None, ProblemRow | None]:
    """Return what the model in `file` needs, or else what is wrong with it; the log is explained either way."""
    try:
        return priced(file, chosen, settings, matches, asked), None
    except ArenafitError as error:
        text = str(error)
        return None, ProblemRow(text if text.startswith(str(file)) else f"{file}: {text}", error.exit_code)


@explained
def priced(
    file: Path,
    chosen: tuple[Target, Board | None],
    settings: Settings,
    matches: Sequence[Match],
    asked: tuple[str | None, MemoryRequest | None] = (None, None),
) -> ModelRow:
    """Return what the model in `file` needs, predicted, and what `fit` with these settings would make of it.

    `asked` is the TFLM named, if one is, and memories: with these it also says
    what the model takes of several memories, or why it finds no place there.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
    """
    target, board = chosen
    tflm, memories = asked
    content = read_file(file)
    model = read_bytes(content, str(file))
    release = release_for(tflm, board, model)
    target, settings = dated(target, release), settings_for(release, settings)
    try:
        found = inspect(model, content, str(file), target, board)
        over, misfit = _over_memories(model, (target, board), memories)
        _must_run(content)
        search = Search(model, settings, lambda _: None)
        # As `fit` does: what the plan leaves no safe room for with some kernels is no candidate.
        usable = (one for one in search.run() if not one.stages or conflict(one.priced.model, settings) is None)
        best = next(usable, search.found[0])
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    return ModelRow(
        model=str(file),
        target=target.name,
        min_arena_bytes=found.min_arena_bytes,
        head_bytes=found.head.size_bytes,
        tail_bytes=found.tail.size_bytes,
        transient_bytes=found.transient_bytes,
        flash_bytes=len(content),
        step=found.binding.step,
        why=found.binding.why,
        estimated=found.estimated,
        fit=_fit_row(best, search.found[0]),
        notes=(
            *dict.fromkeys(note for match in matches for note in _notes(match, found)),
            *block_notes(matches, model, footprint(model, target)),
            *misfit,
        ),
        memories=over,
    )


def _over_memories(
    model: Model, chosen: tuple[Target, Board | None], asked: MemoryRequest | None
) -> tuple[MemoriesRow | None, tuple[str, ...]]:
    if asked is None or not asked.memories:
        return None, ()
    try:
        return asked_row(asked, model, footprint(model, chosen[0]), chosen[1]), ()
    except BudgetError as error:
        return None, (f"over the memories that are named: {error}",)


def _must_run(content: bytes) -> None:
    """`fit` begins with the original in TFLM, where there is one: what TFLM refuses gets no promise."""
    try:
        refusal = TflmRuntime().measure(content)
    except RuntimeUnavailableError:
        return
    if isinstance(refusal, Refusal):
        raise UnsupportedModelError(f"TFLM refuses the model as it is ({refusal.stage.value}): {refusal.reason}")


def _fit_row(best: Candidate, original: Candidate) -> FitRow | None:
    if best.arena_bytes >= original.arena_bytes:
        return None
    ratio = best.instructions / original.instructions if original.instructions else None
    steps = tuple(stage.move.note for stage in best.stages)
    return FitRow(best.arena_bytes, ratio, len(write_bytes(best.priced.model)), steps)


def _notes(match: Match, found: Inspection) -> Iterator[str]:
    """Yield what the numbers of a message say against the prediction."""
    asked = int(match.values.get("requested_bytes") or match.values.get("needed_bytes") or 0)
    target = found.target.name
    head, tail = found.head.size_bytes, found.tail.size_bytes
    if match.message.id in _OF_THE_HEAD and asked > max(head, found.transient_bytes):
        yield (
            f"line {match.line_number} asks for a head of {format_size(asked)} bytes, more than the"
            f" {format_size(head)} predicted for {target}: the kernels of this firmware need at least"
            f" {format_size(asked - head)} bytes more (another kernel library, release of TFLM, or model). Name what it"
            f" is built with (--target, --board, --kernels); an arena below {format_size(asked + tail)} bytes is too"
            " small for it, and what is said of fit holds for the predicted target only"
        )
    if match.message.id in _OF_THE_TAIL and asked > tail:
        yield (
            f"line {match.line_number} asks for {format_size(asked)} bytes in one piece, more than the whole tail of"
            f" {format_size(tail)} predicted for {target}: this firmware is built with other kernels, another release"
            " of TFLM, or another model; name what it is built with (--target, --board, --kernels)"
        )
