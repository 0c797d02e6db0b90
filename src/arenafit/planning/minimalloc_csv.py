"""MiniMalloc's CSV of buffers and offsets: `id,lower,upper,size[,offset]`, `upper` exclusive, one line per buffer."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arenafit.errors import DataError
from arenafit.planning.offsets import aligned_size_bytes, plan_at
from arenafit.planning.problem import Buffer, BufferId, Interval, Plan, Problem
from arenafit.textfiles import read_text

_REQUIRED = ("id", "lower", "upper", "size")
_KNOWN = frozenset({*_REQUIRED, "offset"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds: the buffers, numbered in the order of the file, what it calls them, and the plan if any."""

    problem: Problem
    names: Mapping[BufferId, str]
    plan: Plan | None


def read(path: Path, *, alignment_bytes: int = 1, capacity_bytes: int | None = None) -> Imported:
    """Return what the CSV file at `path` describes, as `parse` does.

    Raises:
        DataError: if the file cannot be read, is not text, or is not such a file.
    """
    text = read_text(path, DataError)
    try:
        return parse(text, alignment_bytes=alignment_bytes, capacity_bytes=capacity_bytes)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def parse(text: str, *, alignment_bytes: int = 1, capacity_bytes: int | None = None) -> Imported:
    """Return what the CSV `text` describes; the plan is there if the file has offsets, and is not validated.

    The columns may come in any order; the format knows neither alignment nor capacity, so they are given beside it.

    Raises:
        DataError: naming the line, if the text is not such a file.
    """
    # Strict mode refuses a quote that is never closed instead of swallowing the rest of the file.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        lines = [(reader.line_num, [field.strip() for field in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} is not CSV: {error}") from error
    if not lines:
        raise DataError("the file is empty: the first line must be id,lower,upper,size or id,lower,upper,size,offset")
    columns = _columns(lines[0][1])
    rows = [_row(number, fields, columns) for number, fields in lines[1:]]
    names = {BufferId(index): row.name for index, row in enumerate(rows)}
    _check_names(rows)
    buffers = tuple(
        Buffer(BufferId(index), row.size_bytes, Interval(row.lower, row.upper)) for index, row in enumerate(rows)
    )
    problem = Problem(buffers, (), alignment_bytes, capacity_bytes)
    offsets = {BufferId(index): row.offset_bytes for index, row in enumerate(rows) if row.offset_bytes is not None}
    plan = plan_at(problem, offsets) if "offset" in columns else None
    return Imported(problem, names, plan)


def render(problem: Problem, plan: Plan | None = None, *, names: Mapping[BufferId, str] | None = None) -> str:
    """Return `problem`, and the offsets of `plan` if given, as MiniMalloc's CSV.

    Sizes are written rounded up to the alignment, so that what any tool plans for them is aligned too. Shares and fixed
    offsets are not in the format: a plan made elsewhere keeps to neither, and one made here may overlap where a share
    permits it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_REQUIRED, *(["offset"] if plan is not None else [])])
    for buffer in problem.buffers:
        name = str(buffer.id) if names is None else names[buffer.id]
        offset = [] if plan is None else [plan.offsets_bytes[buffer.id]]
        writer.writerow([name, buffer.live.first, buffer.live.end, aligned_size_bytes(problem, buffer), *offset])
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    name: str
    lower: int
    upper: int
    size_bytes: int
    offset_bytes: int | None


def _columns(header: list[str]) -> dict[str, int]:
    """Return the index of every column."""
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise DataError(f"line 1 lacks the column {missing[0]}: it must name id, lower, upper and size")
    unknown = [name for name in header if name not in _KNOWN]
    if unknown:
        raise DataError(f"line 1 names the column '{unknown[0]}', which is none of id, lower, upper, size, offset")
    if len(set(header)) != len(header):
        raise DataError("line 1 names a column twice")
    return {name: index for index, name in enumerate(header)}


def _row(number: int, fields: list[str], columns: Mapping[str, int]) -> _Row:
    if len(fields) != len(columns):
        raise DataError(f"line {number} has {len(fields)} fields, the header has {len(columns)}")
    values = {name: _integer(number, name, fields[index]) for name, index in columns.items() if name != "id"}
    name = fields[columns["id"]]
    if values["upper"] < values["lower"]:
        raise DataError(
            f"line {number}: buffer {name} ends at {values['upper']}, before it begins at {values['lower']}"
        )
    return _Row(number, name, values["lower"], values["upper"], values["size"], values.get("offset"))


def _integer(number: int, column: str, text: str) -> int:
    # Python's int() would take "1_000" and other scripts' digits too, and refuse thousands of digits with an error.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise DataError(f"line {number}: {column} is '{text[:40]}', it must be a whole number from 0 to 10^18")
    return int(text)


def _check_names(rows: list[_Row]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.name in first:
            raise DataError(f"line {row.number}: the id {row.name} was used in line {first[row.name]} already")
        first[row.name] = row.number
