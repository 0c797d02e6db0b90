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


@dataclass(frozen=True, slots=True)
class ReleaseChange:
    """A change of what the arena holds, as TFLM's history dates it."""

    date: str
    commit: str  # of tflite-micro
    what: str


# Read in the sources' history and not modelled: the figures are those of TFLM from the oldest level on. A build from
# before one of these dates differs in what the line says, perhaps in more.
HISTORY: tuple[ReleaseChange, ...] = (
    ReleaseChange("2022-03-02", "8c41f9606", "the tensors of all graphs are planned together"),
    ReleaseChange("2022-12-14", "7925e839c", "tensors that nothing uses get a lifetime"),
    ReleaseChange("2023-02-13", "58aa9833f", "variable tensors may be planned offline"),
    ReleaseChange("2023-03-29", "e60e8caf5", "an offline plan may cover several graphs"),
    ReleaseChange(
        "2023-09-14", "ad8d238f9", "parameters of CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV grow by a type"
    ),
    ReleaseChange(
        "2023-09-19", "3022d0960", "CMSIS-NN keeps sums of FULLY_CONNECTED and SVDF weights where it had scratch"
    ),
    ReleaseChange("2024-09-27", "47b545074", "FULLY_CONNECTED keeps multipliers and shifts per channel"),
    ReleaseChange("2024-12-10", "112d7a65a", "compressed tensors; structures grow in builds with USE_TFLM_COMPRESSION"),
    ReleaseChange("2025-11-10", "62cbc8e3e", "DYNAMIC_UPDATE_SLICE exists"),
    ReleaseChange("2026-01-16", "0efdd51a3", "reductions ask for a scratch buffer more"),
    ReleaseChange("2026-07-20", "8f1f3b262", "WHILE copies its inputs and outputs rightly"),
)

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
