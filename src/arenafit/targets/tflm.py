"""Levels of TFLM's memory model: which builds a level stands for, and what changed with it.

A level is named by the month of the oldest build it is known to hold for. Only what was read in sources or measured
is stated; a figure for an older build is that of the oldest level, and may differ.
"""

from dataclasses import dataclass

from arenafit.errors import ArenafitError


@dataclass(frozen=True, slots=True)
class CompatLevel:
    """A level of the memory model. Levels order by name."""

    name: str
    builds: str  # which TFLM the figures of this level were read in or measured on
    changes: tuple[str, ...]  # against the level before


LEVELS: tuple[CompatLevel, ...] = (
    CompatLevel(
        "2026-08",
        "tflite-micro at commit 90b983c2 (2026-08-20), sources read, and measured on Cortex-M4 and Cortex-M55 builds",
        (),
    ),
    CompatLevel(
        "2026-10",
        "the PyPI wheel 0.dev20261023, measured on x86-64",
        ("FULLY_CONNECTED's parameters hold a pointer and a count more: 32 bytes on LP64, not 16 (32-bit: derived)",),
    ),
)


def level(name: str) -> CompatLevel:
    """Return the level called `name`.

    Raises:
        ArenafitError: if there is none; says which there are.
    """
    for known in LEVELS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in LEVELS)
    raise ArenafitError(f"'{name}' is no TFLM compatibility level; there are: {names}")
