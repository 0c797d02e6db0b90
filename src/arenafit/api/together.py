"""`arenafit.share_arena`: models that run in turn in one arena, chosen of sweeps or given, with the C++ for it."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.errors import BudgetError, ConfigError, DataError
from arenafit.export import firmware, write_files
from arenafit.export.together import shared, sources
from arenafit.fit.diagnosis import explained
from arenafit.report.documents.sweep import SweepDocument
from arenafit.report.documents.together import TogetherDocument
from arenafit.sweep.front import DEFAULT_MAX_DROP
from arenafit.sweep.pairs import Choice, Member, front_of, member
from arenafit.targets.choice import choose
from arenafit.targets.target import Target
from arenafit.textfiles import read_text
from arenafit.tflite import read_bytes, read_file
from arenafit.units import format_size
from arenafit.validity import demand
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]

# For what differs between the TFLM that is predicted and the one that is built; each size gets it.
_MARGIN_BYTES = 256
_FEWEST = 2


@explained
def share_arena(
    models: Sequence[StrPath],
    folder: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    tflm: str | None = None,
    ram_bytes: int | None = None,
    max_drop: float | None = None,
    margin_bytes: int | None = None,
) -> TogetherDocument:
    """Choose models that run in turn in one arena, and write the C++ that lets them.

    Activations share the arena (the largest model's count), what persists of each stays. The picked choice is the
    smallest within `max_drop`, or within `ram_bytes` that of the least loss.

    Args:
        models: two or more, each a ``.tflite`` file or the folder of a sweep, whose delivered models are candidates.
        folder: where to write; it is made where it is missing.
        target: what to predict for, as in `inspect_model`.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        board: a board instead; its RAM is the limit unless `ram_bytes` is given.
        ram_bytes: the largest arena.
        max_drop: the greatest loss (fraction) of any model against its original; 1 % unless `ram_bytes` says enough.
        margin_bytes: added to each model's own bytes and to those shared; by default 256.

    Raises:
        ConfigError: if fewer than two models are given.
        DataError: if a folder is not that of a sweep, or it delivered nothing.
        UnsupportedModelError: if a model keeps state where the others overwrite it.
        BudgetError: if no choice fits.
        OutputError: if a file cannot be written.
    """
    if len(models) < _FEWEST:
        raise ConfigError("--together takes two or more models, each a .tflite file or the folder of a sweep")
    chosen, found = choose(target, board, None)
    files = [file for item in models for file in _files(Path(item))]
    release = release_for(tflm, found, *(read_bytes(read_file(file), str(file)) for file, _ in files))
    chosen = dated(chosen, release)
    places = [_candidates(Path(item), chosen) for item in models]
    front = front_of(places)
    limit = ram_bytes if ram_bytes is not None or found is None else found.on_chip_bytes
    picked = _picked(front, limit, max_drop)
    margin = _MARGIN_BYTES if margin_bytes is None else margin_bytes
    made = []
    for number, item in enumerate(front[picked].members, start=1):
        content = read_file(Path(item.file))
        model = read_bytes(content, item.file)
        name = f"model_{number}"
        made.append(firmware(model, content, Path(item.file).name, chosen, found, name=name, margin_bytes=margin))
    whole = shared("together", made)
    written = write_files(sources(whole), Path(folder), never=tuple(Path(m.file) for p in places for m in p))
    return TogetherDocument(
        tuple(str(item) for item in models),
        chosen.name,
        front,
        picked,
        whole.arena_bytes,
        tuple(str(path) for path in written),
    )


def _candidates(path: Path, target: Target) -> list[Member]:
    named = f"{path.name}/" if path.is_dir() else ""
    return [_member(file, f"{named}{file.name}", target, drop) for file, drop in _files(path)]


def _files(path: Path) -> list[tuple[Path, float | None]]:
    """Return the model, or those that a sweep delivered, each with its loss if that is known."""
    if not path.is_dir():
        return [(path, None)]
    table = path / "sweep.json"
    if not table.is_file():
        raise DataError(f"{path}: is no folder of a sweep: it holds no sweep.json")
    try:
        document = SweepDocument.from_json(read_text(table, DataError))
    except DataError as error:
        raise DataError(str(error) if str(error).startswith(str(table)) else f"{table}: {error}") from None
    found = [(path / f"trial-{row.trial}.tflite", row.validation_drop) for row in document.delivered]
    if not found:
        raise DataError(f"{path}: the sweep delivered no model")
    return found


def _member(file: Path, name: str, target: Target, drop: float | None) -> Member:
    model = read_bytes(read_file(file), str(file))
    demand(model, target)
    return member(name, str(file), model, target, drop)


def _picked(front: Sequence[Choice], ram_bytes: int | None, max_drop: float | None) -> int:
    if ram_bytes is not None and max_drop is None:
        within = [place for place, item in enumerate(front) if item.arena_bytes <= ram_bytes]
        if not within:
            raise BudgetError(
                f"the smallest choice takes {format_size(front[0].arena_bytes)} bytes,"
                f" {format_size(ram_bytes)} are allowed"
            )
        return within[-1]
    most = DEFAULT_MAX_DROP if max_drop is None else max_drop
    for place, item in enumerate(front):
        if (item.drop or 0.0) <= most and (ram_bytes is None or item.arena_bytes <= ram_bytes):
            return place
    if max_drop is not None or ram_bytes is not None:
        raise BudgetError(f"no choice keeps a loss of {most:.2%} and the memory allowed")
    return len(front) - 1
