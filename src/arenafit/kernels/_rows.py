"""How far behind its operand the output of a kernel may run that computes one row after the other."""

from arenafit.units import ARENA_ALIGNMENT_BYTES


def behind_the_row(rows: int, read_bytes: int, written_bytes: int) -> int:
    """Return the highest distance, output minus operand, at which no row is written over one still to be read.

    A row is read as long as its results are written, so these must end where it begins, for each of the `rows`. It is
    the first row that decides where results are shorter than what is read, else the last one.
    """
    first, last = -written_bytes, (rows - 1) * read_bytes - rows * written_bytes
    return min(first, last) // ARENA_ALIGNMENT_BYTES * ARENA_ALIGNMENT_BYTES
